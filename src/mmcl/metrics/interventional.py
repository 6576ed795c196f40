"""What is in a code? R2 of a block of latents after that block alone was dealt out anew."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcl.errors import InputError
from mmcl.metrics.regression import kernel_r2

Blocks = Mapping[str, Tensor]


def interventional_r2(
    blocks: Blocks, encode: Callable[[Blocks], Tensor], *, rng: np.random.Generator, **search: Any
) -> dict[str, float]:
    """For each block the held-out kernel R2 from codes of scenes in which it was redrawn.

    The rows of one block are exchanged at random, so that it keeps its own law and depends on no
    other block any more; the scenes are encoded again, and the regression, fitted and scored on
    those, finds what the code holds of the block *itself*. 1 is perfect and 0 useless, as for
    `kernel_r2`; but a code of style that content causes, which may tell nearly all of content by
    `kernel_r2`, scores 0 here.

    blocks: name to latents (n, d), matched by row; encode: from blocks of such shapes to codes
    (n, k), the mixing and then the encoder; search: as of `kernel_r2`.
    Source: the intervention of Daunhawer et al. (2023), Figure 8, for every block. It asks codes
    about scenes that may be rare; where the blocks' joint density isn't positive, an encoder has
    seen no such scene, and the score judges what it makes of one.
    Errors: InputError without blocks or where they differ in rows; ValueError as of `kernel_r2`.
    Cost: an encoding and a `kernel_r2` a block.
    """
    counts = {name: len(values) for name, values in blocks.items()}
    if len(set(counts.values())) != 1:
        raise InputError(f"blocks have {counts} rows; give one block or more, all of the same n")
    found = {}
    for name, values in blocks.items():
        new = values[torch.from_numpy(rng.permutation(len(values)))]
        found[name] = kernel_r2(new, encode({**blocks, name: new}), rng=rng, **search)
    return found
