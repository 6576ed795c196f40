"""Pairs that a CLIP is trained on and judged by: pictures as bytes, captions, factors."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.randomness import stream
from mmcl.world import store
from mmcl.world.dataset import World

HELD_OUT = 2**31  # the seed of the world that every CLIP is judged by; none is trained on it


class Captioned(NamedTuple):
    """images (n, 3, side, side) bytes, n captions, and the factors that made them."""

    images: Tensor
    captions: list[str]
    table: pd.DataFrame


def held_out(n: int, side: int, domain: str = "photo") -> Captioned:
    """The first n pairs of the world that no CLIP is trained on. Cost: about 1 ms each at 32."""
    spec = store.Spec(seed=HELD_OUT, size=side, domain=domain)
    counts = [min(store.BLOCK, n - start) for start in range(0, n, store.BLOCK)]
    return joined([store.block(spec, place, rows) for place, rows in enumerate(counts)])


def of_world(folder: Path | str) -> Captioned:
    """All pairs of a folder that `mmcl world` has made. Errors: as `World`."""
    world = World(folder)
    return joined([world.shard(place) for place in range(len(world.shards))])


def joined(shards: list[store.Shard]) -> Captioned:
    """Blocks of pairs as one."""
    images = torch.from_numpy(np.concatenate([shard.images for shard in shards]))
    return Captioned(
        images.permute(0, 3, 1, 2).contiguous(),
        [caption for shard in shards for caption in shard.captions],
        pd.concat([shard.table for shard in shards], ignore_index=True),
    )


def order(n: int, batch: int, seed: int) -> Callable[[int], Tensor]:
    """The rows of each step's batch: every pair once an epoch, in an order that the seed sets.

    A function of the step alone, so that a run that was stopped goes on exactly.

    Returns a function from a step, 0 and up, to rows: (batch,) int64, each below n.
    """
    each, kept = n // batch, {}

    def rows(step: int) -> Tensor:
        epoch, place = divmod(step, each)
        if epoch not in kept:
            kept.clear()
            kept[epoch] = torch.from_numpy(stream(seed, f"order {epoch}").permutation(n))
        return kept[epoch][place * batch : (place + 1) * batch]

    return rows
