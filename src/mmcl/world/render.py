"""Pictures of factors: the whole way from a table to bytes, a chunk of scenes at a time."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.errors import InputError
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.world.domains import DOMAINS, Domain
from mmcl.world.scene import Scenes, scenes
from mmcl.world.trace import trace

PIXELS = 200 * 64 * 64  # of a chunk: more are hardly faster and need more memory


def render(
    table: pd.DataFrame,
    *,
    size: int = 64,
    domain: str = "photo",
    samples: int = 2,
    rng: np.random.Generator | None = None,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Tensor:
    """Pictures (n, size, size, 3) of a table of factors, bytes from 0 to 255, on the CPU.

    samples: rays along each side of a pixel. rng: for the noise of low light; without it, always
    the same noise. Cost: 3 to 4 ms of one core for a photo of 64 x 64 pixels and 2 x 2 samples,
    250 MB whatever n is.
    Errors: ValueError for an unknown domain or factor, a value out of range, or sizes below 1.
    """
    draw = domain_of(domain)
    check_size(size, samples)
    rng = rng or stream(0, "noise")
    images = torch.empty((len(table), size, size, 3), dtype=torch.uint8)
    whole = scenes(table, dtype=dtype, device=device)
    chunk = max(1, 4 * PIXELS // (size * samples) ** 2)
    for start in range(0, len(table), chunk):
        part = whole.map(lambda value, start=start: value[start : start + chunk])
        picture = _picture(part, draw, size, samples, rng)
        images[start : start + chunk] = (255 * picture).round().to("cpu", torch.uint8)
    return images


@torch.no_grad()
def _picture(
    part: Scenes, draw: Domain, size: int, samples: int, rng: np.random.Generator
) -> Tensor:
    return draw(part, trace(part, size * samples), size, rng)


def domain_of(name: str) -> Domain:
    """A domain by name. Errors: ValueError for an unknown one, with the nearest that there is."""
    return DOMAINS[nearest(name, tuple(DOMAINS), "domain")]


def check_size(size: int, samples: int = 2) -> None:
    """ValueError unless pictures can have this size and this many samples a side of a pixel."""
    for name, value in {"size": size, "samples": samples}.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"{name} is {value!r}; give an integer >= 1")


def check_device(device: str) -> None:
    """ValueError unless torch can compute on this device here."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter from a build without CUDA
        raise InputError(f"device is {device!r}: {error}; give one that is here: cpu") from error
