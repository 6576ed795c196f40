"""Climates of a continent that no label came from: codes against kernels of coordinates alone.

All learners are one regression, of the indicators of four climates, and differ by their kernel.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from mmcl.features.places import PlaceTower
from mmcl.randomness import stream
from mmcl_experiments.places import atlas

CLIMATES = "ABCD"  # tropical, dry, temperate, cold: the first letter of a zone
RIDGES = (1e-4, 1e-3, 1e-2, 1e-1)  # of the kernel's mean diagonal, times rows
WIDTHS = (0.05, 0.2, 0.8)  # of Gaussian kernels; the sphere has radius one
BORDER = 500.0  # km around a held-out continent without labels
ON, NEAR = 2, 1


def elsewhere(
    towns: pd.DataFrame, towers: Mapping[str, PlaceTower], settings: dict[str, Any], seed: int
) -> Iterator[dict[str, Any]]:
    """Rows of the part "continents": the learner as `network`, the continent, balanced accuracy.

    Widths and ridges are those that do best on other continents: each of them is held out in turn,
    without the one that is judged.
    """
    points = balanced(towns, settings["rows"], stream(seed, "continents"))
    truth = points.climate.str[0].map(CLIMATES.index).to_numpy()
    near, least = borders(points), settings["rows"] // 3
    asked = [name for name in near if rich(truth[near[name] == ON], least)]
    for learner, kernels in learners(points, towers):

        def judge(*out: str) -> dict[str, np.ndarray]:
            return fitted(kernels, truth, near, out, least)  # noqa: B023 (called in this round)

        told = {pair: judge(*pair) for pair in itertools.combinations(asked, 2)}
        for name in asked:
            inner = [each[name_of(pair, name)] for pair, each in told.items() if name in pair]
            value = judge(name)[name][int(np.mean(inner, axis=0).argmax())]
            yield {"part": "continents", "network": learner, "label": name,
                   "metric": "balanced accuracy", "value": value}  # fmt: skip


def rich(truth: np.ndarray, least: int) -> bool:
    """Whether so many towns of two climates or more are there."""
    return bool((np.bincount(truth, minlength=len(CLIMATES)) >= least).sum() > 1)


def name_of(pair: tuple[str, ...], other: str) -> str:
    """The continent of a pair that isn't the other."""
    return pair[0] if pair[1] == other else pair[1]


def balanced(towns: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most so many towns of each climate on each continent, at most 10 of a block."""
    known: Any = towns[towns.continent.notna()]
    points: Any = atlas.spread(known, 10, rng)
    zone = points.climate.str[0]
    points = points[zone.isin(list(CLIMATES))]
    return points.groupby(["continent", zone]).head(rows).reset_index(drop=True)


def borders(points: pd.DataFrame) -> dict[str, np.ndarray]:
    """For each continent what points (n,) are to it: ON it, NEAR it (within BORDER) or neither."""
    globe, found = atlas.on_globe(points), {}
    chord = 2 * np.sin(BORDER / atlas.RADIUS / 2)
    for name in sorted(points.continent.unique()):
        on = points.continent.eq(name).to_numpy()
        found[name] = np.where(on, ON, NEAR * (KDTree(globe[on]).query(globe)[0] < chord))
    return found


def learners(
    points: pd.DataFrame, towers: Mapping[str, PlaceTower]
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Kernels (n, n) of each learner, one for each width."""
    where, globe = atlas.coordinates(points), atlas.on_globe(points)
    for name, tower in towers.items():
        codes = tower.features(where).values
        codes = codes - codes.mean(axis=0)
        yield name, [codes @ codes.T]
    north = np.abs(np.radians(where[:, :1]))
    yield "sphere", [gaussian(globe, width) for width in WIDTHS]
    yield "latitude", [gaussian(north, width) for width in WIDTHS]


def gaussian(rows: np.ndarray, width: float) -> np.ndarray:
    """A Gaussian kernel (n, n) of rows (n, d)."""
    return np.exp(-cdist(rows, rows, "sqeuclidean") / (2 * width**2))


def fitted(
    kernels: list[np.ndarray], truth: np.ndarray, near: Mapping[str, np.ndarray],
    out: tuple[str, ...], least: int,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Balanced accuracy (widths x ridges,) on each continent of `out`, with labels of others."""
    train = np.flatnonzero(np.max([near[name] for name in out], axis=0) == 0)
    targets = np.eye(len(CLIMATES))[truth[train]]
    mean, found = targets.mean(axis=0), {name: [] for name in out}
    for kernel in kernels:
        inside = kernel[np.ix_(train, train)]
        for ridge in RIDGES:
            strength = ridge * len(train) * np.trace(inside) / len(train)
            factor = cho_factor(inside + strength * np.eye(len(train)), lower=True)
            weights = cho_solve(factor, targets - mean)
            for name in out:
                test = np.flatnonzero(near[name] == ON)
                guess = (kernel[np.ix_(test, train)] @ weights + mean).argmax(axis=1)
                found[name].append(recall(truth[test], guess, least))
    return {name: np.array(values) for name, values in found.items()}


def recall(truth: np.ndarray, guess: np.ndarray, least: int) -> float:
    """The mean share found, over the climates that so many rows have or more."""
    names, counts = np.unique(truth, return_counts=True)
    return float(np.mean([(guess[truth == n] == n).mean() for n in names[counts >= least]]))
