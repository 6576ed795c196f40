"""A world on disk as a data set of torch."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmcl.errors import InputError
from mmcl.world import store
from mmcl.world.captions import tokens


class World(Dataset[dict[str, Any]]):
    """The pairs of a folder that `mmcl world` has made.

    Item i is a dictionary: "image" (3, size, size), floats from 0 to 1, or what `transform` makes
    of it; "tokens" (length,) of the caption; "caption"; "index" i. `table` has all factors.
    keep: how many shards stay in memory (12 MB each at 64 x 64). A shard is checked against its
    checksum when it is read.
    Errors: ValueError for a folder without a world, an unfinished one, or a damaged shard.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        transform: Callable[[Tensor], Tensor] | None = None,
        keep: int = 32,
    ):
        index = store.read_index(folder)
        self.folder, self.transform, self.keep = Path(folder), transform, keep
        self.n: int = index["n"]
        self.spec = store.Spec(**index["world"])
        self.shards: dict[str, dict[str, Any]] = index["shards"]
        self._read: OrderedDict[int, store.Shard] = OrderedDict()
        there = sum(shard["rows"] for shard in self.shards.values())
        if there != self.n:
            raise InputError(
                f"{folder} has {there} of {self.n} pairs; "
                "run the same `mmcl world` command again, which makes the others"
            )

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not -self.n <= index < self.n:
            raise IndexError(f"pair {index} of {self.n}")
        place, row = divmod(index % self.n, store.BLOCK)
        shard = self.shard(place)
        image = torch.from_numpy(shard.images[row].copy()).permute(2, 0, 1).float() / 255
        caption = shard.captions[row]
        return {
            "image": self.transform(image) if self.transform else image,
            "tokens": torch.from_numpy(tokens([caption])[0]),
            "caption": caption,
            "index": index % self.n,
        }

    def shard(self, place: int) -> store.Shard:
        """The pairs of a block, from memory or from disk."""
        if place not in self._read:
            name = store.name_of(place)
            self._read[place] = store.load(self.folder, name, self.shards[name]["sha256"])
            while len(self._read) > self.keep:
                self._read.popitem(last=False)
        self._read.move_to_end(place)
        return self._read[place]

    @property
    def table(self) -> pd.DataFrame:
        """The factors of all pairs, a row each. Cost: reads every shard."""
        tables = [self.shard(place).table for place in range(len(self.shards))]
        return pd.concat(tables, ignore_index=True)
