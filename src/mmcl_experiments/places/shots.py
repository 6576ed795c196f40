"""Climates and countries from a few labelled towns, in blocks that no label came from."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mmcl.features.heads import head
from mmcl.features.places import PlaceTower
from mmcl.features.probes import FewShot, Labelled, every, fixed, tried
from mmcl.features.representations import representation
from mmcl.ica import random_rotation
from mmcl.randomness import stream
from mmcl_experiments.places import atlas
from mmcl_experiments.places.axes import halved

GRIDS: dict[str, dict[str, list[Any]]] = {
    "l2": {"C": [0.1, 1.0, 10.0]},
    "axes": {"choose__k": [2, 4, 8]},
    "tree": {"max_depth": [3, 5, 8]},
}
SPACES = ("raw", "whitened", "ica", "rotated")


def few_shots(
    towns: pd.DataFrame, tower: PlaceTower, settings: dict[str, Any], seed: int
) -> Iterator[dict[str, Any]]:
    """Rows of the part "shots": head, arm, shots, the label that is asked for, and accuracy.

    Half of the blocks are for the test; of the others a third is for choosing how strong a head
    is, and labels and axes come from the rest. Settings of heads are the best over all draws.
    The L2 probe doesn't see rotations, so that "whitened" is any ICA as well.
    """
    k = settings["sizes"][0]
    points = atlas.spread(towns, max(settings["most"] // 4, 1), stream(seed, "shots"))
    codes = tower.features(atlas.coordinates(points)).values
    rest, test = halved(points.block.to_numpy(), stream(seed, "shots halves"))
    known = points.block.iloc[rest].to_numpy()
    pool, validation = halved(known // 3 * 3, stream(seed, "shots validation"))
    spaces = {name: representation(name, k, random_state=seed).fit(codes[rest]) for name in SPACES}
    for column in ("climate", "country"):
        labels = points[column].to_numpy(dtype=str)
        names = common(labels, (rest[pool], rest[validation], test), settings)
        parts = [
            Labelled(codes[part], labels[part]) for part in (rest[pool], rest[validation], test)
        ]
        pooled, told, asked = (each[np.isin(each.labels, names)] for each in parts)
        task = FewShot(pooled, {"validation": told}, {"test": asked}, settings["draws"], seed)
        for row in judged(task, spaces, settings["shots"], k):
            yield {"part": "shots", "network": "trained", "label": column, "k": k, **row}


def common(
    labels: np.ndarray, parts: tuple[np.ndarray, ...], settings: dict[str, Any]
) -> list[str]:
    """The labels with most rows among those that have enough in each part."""
    counts = [pd.Series(labels[part]).value_counts() for part in parts]
    least: Any = pd.concat(counts, axis=1).fillna(0).min(axis=1)
    least = least[least >= max(settings["shots"])].sort_values(ascending=False, kind="stable")
    return list(least.index[: settings["classes"]])


def judged(
    task: FewShot, spaces: dict[str, Any], shots: list[int], k: int
) -> Iterator[dict[str, Any]]:
    """Accuracy of each head on each space; the random rotation is another one at each draw."""
    turns = {
        draw: random_rotation(k, stream(task.seed, f"turn {draw}")) for draw in range(task.draws)
    }
    views = {name: fixed(space) for name, space in spaces.items()}
    views["rotated"] = lambda draw: Turned(spaces["whitened"], turns[draw])
    for count in shots:
        for name, grid in GRIDS.items():
            if name == "axes" and count == 1:  # nothing varies within a class
                continue
            fit = every(head(name, d=k)[0], grid)
            for view in ("raw", "whitened") if name == "l2" else SPACES[1:]:
                right = tried(task, count, views[view], fit).chosen("test")
                found = {"head": name, "arm": view, "shots": count, "metric": "accuracy"}
                yield {**found, "value": right.mean()}


class Turned:
    """A fitted space, turned."""

    def __init__(self, space: Any, turn: np.ndarray):
        self.space, self.turn = space, turn

    def transform(self, rows: np.ndarray) -> np.ndarray:
        """Rows (n, d) to (n, k)."""
        return self.space.transform(rows) @ self.turn.T
