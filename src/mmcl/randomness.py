"""Named streams of random numbers: one seed, one independent generator for each purpose.

A chapter that draws its mixing from `stream(seed, "mixing")` and its batches from
`stream(seed, "batches")` keeps the same mixing when the number of batches changes.
"""

import zlib

import numpy as np
import torch

from mmcl.errors import InputError


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of a named purpose under a seed.

    Streams with different names or seeds are independent; the same pair always gives the
    same numbers. Errors: ValueError for a seed that isn't an integer >= 0.

    >>> number = stream(0, "pairs").random()
    >>> number == stream(0, "pairs").random()
    True
    >>> number == stream(0, "mixing").random()
    False
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed is {seed!r}; give an integer >= 0")
    return np.random.default_rng([int(seed), zlib.crc32(name.encode())])


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """A CPU generator for torch, seeded by one draw from `rng`."""
    return torch.Generator().manual_seed(int(rng.integers(2**63)))
