"""From what rays meet to colors: a lamp, a wall, and an object with a highlight.

Blinn and Phong's model: color = albedo (ambient + diffuse max(n . l, 0)) + highlight, the last two
where the light reaches, times the beam of the spotlight. No gamma: hues of what a white light
shows are those of the albedo exactly.
"""

import torch
from torch import Tensor

from mmcl.world.scene import CAMERA, LIGHT_HEIGHT, LIGHT_RADIUS, WALL, Scenes
from mmcl.world.trace import Buffers, grid

AMBIENT, DIFFUSE, HIGHLIGHT, SHININESS = 0.38, 0.72, 0.28, 24
BEAM = (0.76, 0.97)  # cosines of angles at which the spotlight ends and is full


def photo(scenes: Scenes, seen: Buffers, size: int) -> Tensor:
    """Pictures (n, size, size, 3) of scenes.

    The wall is shaded once a pixel, where light and shadow are weighed by its samples; the object
    is shaded once a sample.
    """
    wall = seen.hit.logical_not()
    dim, bright = wall_colors(scenes, size)
    image = dim * pooled(wall, size)[..., None] + bright * pooled(wall & seen.lit, size)[..., None]
    at = seen.hit.nonzero(as_tuple=True)
    colors = torch.zeros_like(seen.normal)
    colors[at] = object_colors(scenes, seen, at)
    return (image + pooled(colors, size)).clamp(0, 1)


def pooled(samples: Tensor, size: int) -> Tensor:
    """Means over the samples of each pixel: (n, s, s, ...) to (n, size, size, ...)."""
    k = samples.shape[1] // size
    values = samples.to(torch.get_default_dtype()) if samples.dtype == torch.bool else samples
    if k == 1:
        return values
    total = sum(values[:, i::k, j::k] for i in range(k) for j in range(k))
    assert isinstance(total, Tensor)
    return total / k**2


def wall_colors(scenes: Scenes, size: int) -> tuple[Tensor, Tensor]:
    """What every pixel of the wall sends back of ambient light, and of the spotlight if lit.

    Shapes (n, 1, 1, 3) and (n, size, size, 3).
    """
    across = grid(size, scenes)
    x = scenes.light[:, 0, None, None] - across[None, None, :]
    y = scenes.light[:, 1, None, None] + across[None, :, None]
    z = scenes.light[:, 2, None, None] - WALL
    length = (x * x + y * y + z * z).sqrt()
    strength = DIFFUSE * z / length * beam(scenes.light[:, None, None], x, y, z, length)
    albedo = scenes.wall_color[:, None, None]
    return AMBIENT * albedo, strength[..., None] * albedo * scenes.light_color[:, None, None]


def object_colors(scenes: Scenes, seen: Buffers, at: tuple[Tensor, ...]) -> Tensor:
    """Colors (m, 3) of the object at samples (scene, row, column)."""
    i, row, column = at
    across = grid(seen.hit.shape[1], scenes)
    light = scenes.light[i]
    x = light[:, 0] - across[column]
    y = light[:, 1] + across[row]
    z = light[:, 2] - (CAMERA - seen.depth[at])
    length = (x * x + y * y + z * z).sqrt()
    n_x, n_y, n_z = seen.normal[at].unbind(dim=-1)
    strength = beam(light, x, y, z, length) * seen.lit[at]
    facing = ((n_x * x + n_y * y + n_z * z) / length).clamp_min(0)
    # Half way between the light and the camera, which is at z without end.
    half = (n_x * x + n_y * y + n_z * (z + length)) / (2 * length * (length + z)).sqrt()
    shine = HIGHLIGHT * half.clamp_min(0) ** SHININESS * strength
    albedo, color = scenes.object_color[i], scenes.light_color[i]
    diffuse = (DIFFUSE * facing * strength)[:, None] * color
    return albedo * (AMBIENT + diffuse) + shine[:, None] * color


def beam(light: Tensor, x: Tensor, y: Tensor, z: Tensor, length: Tensor) -> Tensor:
    """How much of a spotlight that points to the origin goes along -(x, y, z), from 0 to 1."""
    reach = (LIGHT_RADIUS**2 + LIGHT_HEIGHT**2) ** 0.5
    cosine = (x * light[..., 0] + y * light[..., 1] + z * light[..., 2]) / (length * reach)
    t = ((cosine - BEAM[0]) / (BEAM[1] - BEAM[0])).clamp(0, 1)
    return t * t * (3 - 2 * t)
