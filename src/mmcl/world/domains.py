"""Six looks of the same scene: what is seen is the same, how it is drawn isn't.

A domain takes scenes, what the rays met, the size in pixels and a generator, and returns
pictures (n, size, size, 3) with values from 0 to 1. Only low light uses the generator, for its
noise; the others are functions of the scene.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmcl.world.scene import Scenes
from mmcl.world.shading import photo, pooled
from mmcl.world.trace import Buffers

Domain = Callable[[Scenes, Buffers, int, np.random.Generator], Tensor]
INK = 0.12  # of lines, as a gray
CREASE = 0.75  # cosine between neighboring normals below which a line is drawn
DARK, NOISE = 0.3, 0.05  # of low light: what is left of the light, and the noise's deviation


def as_photo(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """Shaded, as it is.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    return photo(scenes, seen, size)


def line_drawing(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """Outline and edges in ink on white paper: no color, no light.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    ink = pooled(lines(seen), size).to(seen.depth.dtype)
    return (1 - (1 - INK) * ink)[..., None].expand(-1, -1, -1, 3).clone()


def cartoon(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """Flat colors in two tones, one where the light falls, with an outline.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    beam = scenes.light / scenes.light.square().sum(dim=1, keepdim=True).sqrt()
    bright = ((seen.normal * beam[:, None, None]).sum(dim=-1) > 0.35) & seen.lit
    tone = (0.6 + 0.4 * bright)[..., None].to(seen.depth.dtype)
    albedo = torch.where(
        seen.hit[..., None], scenes.object_color[:, None, None], scenes.wall_color[:, None, None]
    )
    return pooled(torch.where(lines(seen)[..., None], INK, albedo * tone), size)


def silhouette(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """The object black, all else white.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    outside = 1 - pooled(seen.hit, size).to(seen.depth.dtype)
    return outside[..., None].expand(-1, -1, -1, 3).clone()


def low_light(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """The photo with little light and a sensor's noise.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    dim = DARK * photo(scenes, seen, size)
    noise = torch.from_numpy(rng.standard_normal(tuple(dim.shape), dtype=np.float32))
    return (dim + NOISE * noise.to(dim)).clamp(0, 1)


def recolored(scenes: Scenes, seen: Buffers, size: int, rng: np.random.Generator) -> Tensor:
    """The photo of a world with other paint: hues a third further on objects, back on walls.

    Returns (n, size, size, 3), floats from 0 to 1, for n scenes.
    """
    paint = {
        "object_color": scenes.object_color.roll(1, dims=1),
        "wall_color": scenes.wall_color.roll(-1, dims=1),
    }
    return photo(replace(scenes, **paint), seen, size)


def lines(seen: Buffers) -> Tensor:
    """Which samples lie on an outline or an edge: (n, s, s) bool."""
    drawn = torch.zeros_like(seen.hit)
    for axis in (1, 2):
        length = seen.hit.shape[axis] - 1
        hit, other = (seen.hit.narrow(axis, start, length) for start in (0, 1))
        one, two = (seen.normal.narrow(axis, start, length) for start in (0, 1))
        edge = (hit != other) | (hit & ((one * two).sum(dim=-1) < CREASE))
        for start in (0, 1):
            drawn.narrow(axis, start, length).logical_or_(edge)
    return drawn


DOMAINS: dict[str, Domain] = {
    "photo": as_photo,
    "lines": line_drawing,
    "cartoon": cartoon,
    "silhouette": silhouette,
    "low-light": low_light,
    "recolored": recolored,
}
