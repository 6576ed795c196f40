"""What few-shot experiments share: draws, every setting of a head tried, answers compared.

A setting of a head is chosen on validation rows, by the mean accuracy over all draws: rows of the
pool that no shot is drawn from, never rows of a test.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from mmcl.clip import ours
from mmcl.features.heads import head
from mmcl.features.probes import Labelled, draw_shots, paired_interval
from mmcl.ica import random_rotation
from mmcl.randomness import stream

Space = Callable[[int, Labelled], Any]  # (draw, its shots) -> something with .transform


def clip_of(settings: Mapping[str, Any], seed: int) -> Path:
    """The CLIP that this book keeps, or where the setting `own` is true, that of the seed."""
    return ours.path("default", seed if settings["own"] else 0)


class Task(NamedTuple):
    """Rows to draw shots from, to choose on, and to test on by name; how many draws, and a seed."""

    pool: Labelled
    validation: Labelled
    tests: Mapping[str, Labelled]
    draws: int
    seed: int

    def shots(self, count: int, draw: int) -> Labelled:
        """The shots of a draw."""
        rng = stream(self.seed, f"shots {count} {draw}")
        return self.pool[draw_shots(self.pool.labels, count, rng)]


class Tried(NamedTuple):
    """Answers {test: (settings, draws, rows)}, true where right; validation accuracy (settings,);
    the settings."""

    right: dict[str, np.ndarray]
    told: np.ndarray
    grid: list[dict[str, Any]]

    @property
    def best(self) -> int:
        """The place of the chosen setting: the first of those that are best on validation rows."""
        return int(self.told.argmax())

    def chosen(self, test: str) -> np.ndarray:
        """Answers (draws, rows) at the chosen setting."""
        return self.right[test][self.best]


class Turned:
    """A transformer followed by a rotation of its own for each draw."""

    def __init__(self, space: Any, k: int, seed: int, draw: int):
        self.space = space
        self.rotation = random_rotation(k, stream(seed, f"rotation {draw}"))

    def transform(self, X: np.ndarray) -> np.ndarray:
        return self.space.transform(X) @ self.rotation.T


def fixed(transformer: Any) -> Space:
    """The same fitted transformer at every draw."""
    return lambda draw, shots: transformer


def turned(transformer: Any, k: int, seed: int) -> Space:
    """A fitted transformer of k columns, turned at random at every draw anew."""
    return lambda draw, shots: Turned(transformer, k, seed, draw)


def settings_of(name: str, grid: Mapping[str, list[Any]], d: int, **more: Any) -> tuple[Any, list]:
    """A head of `mmcl.features.heads`, unfitted, and every combination of a grid's values."""
    estimator, _ = head(name, d=d, **more)
    return estimator, list(ParameterGrid(dict(grid)))


def given(estimator: Any, setting: Mapping[str, Any]) -> Any:
    """A head with a setting, unfitted."""
    fresh: Any = clone(estimator)
    return fresh.set_params(**setting)


def tried(
    task: Task, space: Space, estimator: Any, grid: list[dict[str, Any]], count: int
) -> Tried:
    """Every setting of a head at every draw of `count` shots a class."""
    shape = (len(grid), task.draws)
    right = {name: np.zeros((*shape, len(t)), bool) for name, t in task.tests.items()}
    told = np.zeros(shape)
    for draw in range(task.draws):
        shots = task.shots(count, draw)
        view = space(draw, shots)
        X, X_val = view.transform(shots.features), view.transform(task.validation.features)
        seen = {name: view.transform(test.features) for name, test in task.tests.items()}
        for place, setting in enumerate(grid):
            fitted = given(estimator, setting).fit(X, shots.labels)
            told[place, draw] = (fitted.predict(X_val) == task.validation.labels).mean()
            for name, test in task.tests.items():
                right[name][place, draw] = fitted.predict(seen[name]) == test.labels
    return Tried(right, told.mean(axis=1), grid)


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
