"""What few-shot experiments share: the CLIP, axes after a representation, answers compared.

A setting of a head is chosen on validation rows, by the mean accuracy over all draws: rows of the
pool that no shot is drawn from, never rows of a test.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmcl.clip import ours
from mmcl.features.probes import Space, paired_interval
from mmcl.ica import random_rotation
from mmcl.randomness import stream


def clip_of(settings: Mapping[str, Any], seed: int) -> Path:
    """The CLIP that this book keeps, or where the setting `own` is true, that of the seed."""
    return ours.path("default", seed if settings["own"] else 0)


class Then:
    """A transformer, and then a matrix (k, j), or only some of its columns, by their places."""

    def __init__(self, space: Any, change: np.ndarray):
        self.space, self.change = space, change

    def transform(self, X: np.ndarray) -> np.ndarray:
        Z = self.space.transform(X)
        return Z @ self.change if self.change.ndim == 2 else Z[:, self.change]


def turned(space: Space, k: int, seed: int) -> Space:
    """A space of k columns, turned at random at every draw anew."""
    return lambda draw: Then(space(draw), random_rotation(k, stream(seed, f"rotation {draw}")).T)


def interval(a: np.ndarray, b: np.ndarray, name: str, times: int, seed: int) -> dict[str, float]:
    """value, low, high of the mean of a - b: `paired_interval`, seeded by a name."""
    value, low, high = paired_interval(a, b, rng=stream(seed, f"interval {name}"), times=times)
    return {"value": value, "low": low, "high": high}


def row(
    method: str, head: str, metric: str, value: Any, *, low: Any = None, high: Any = None,
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """One measurement; low and high are the value where there is no interval."""
    bounds = [float(value if bound is None else bound) for bound in (low, high)]
    return {
        "method": method, "head": head, "metric": metric, "value": float(value),
        "low": bounds[0], "high": bounds[1], **more,
    }  # fmt: skip


def scores(
    found: Mapping[str, np.ndarray], pairs: list[tuple[str, str]], head: str, times: int, seed: int
) -> list[dict[str, Any]]:
    """Accuracy of each method's answers (draws, rows), and differences of pairs of them."""
    rows = [
        row(name, head, "accuracy", **interval(a, np.zeros_like(a), name, times, seed))
        for name, a in found.items()
    ]
    return rows + [
        row(f"{a} - {b}", head, "difference", **interval(found[a], found[b], head, times, seed))
        for a, b in pairs
    ]
