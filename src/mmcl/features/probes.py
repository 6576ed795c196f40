"""Few-shot probes: draws of shots, one loop over them, and intervals for differences of answers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from mmcl.errors import InputError
from mmcl.features.heads import chosen
from mmcl.features.representations import representation
from mmcl.randomness import stream

BLOCK = 100  # bootstrap samples at a time
LEVEL = 0.95  # of intervals


@dataclass(frozen=True)
class Labelled:
    """Features (n, d) with a label each (n,)."""

    features: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or self.labels.shape != self.features.shape[:1]:
            raise InputError(
                f"features have shape {self.features.shape} and labels {self.labels.shape}; "
                "give (n, d) and (n,), one label a row"
            )
        if not np.isfinite(self.features).all():
            bad = int((~np.isfinite(self.features).all(axis=1)).sum())
            raise InputError(f"{bad} rows of the features hold NaN or infinity; leave them out")

    def __getitem__(self, rows: Any) -> "Labelled":
        return Labelled(self.features[rows], self.labels[rows])

    def __len__(self) -> int:
        return len(self.labels)


Space = Callable[[int], Any]  # a draw -> a fitted transformer
Known = Callable[[int], Mapping[str, Labelled]]  # a draw -> rows to choose settings on, by name
Fit = Callable[[Labelled, Mapping[str, Labelled]], list[Any]]
# shots, and rows to choose on, both as the transformer gives them -> a classifier for each setting


@dataclass(frozen=True, eq=False)  # a task is itself: what was fitted on it is looked up by it
class FewShot:
    """Rows to draw shots from, to choose settings on and to test on by name; draws, and a seed."""

    pool: Labelled
    validation: Mapping[str, Labelled]
    tests: Mapping[str, Labelled]
    draws: int
    seed: int

    def shots(self, count: int, draw: int) -> Labelled:
        """The shots of a draw."""
        rng = stream(self.seed, f"shots {count} {draw}")
        return self.pool[draw_shots(self.pool.labels, count, rng)]

    def right(self, classifier: Any, rows: Labelled) -> np.ndarray:
        """Which rows of a test a classifier gets right: (n,) of bool."""
        return classifier.predict(rows.features) == rows.labels


class Tried(NamedTuple):
    """Answers {test: (settings, draws, rows)}, true where right, and the accuracies
    {rows to choose on: (settings, draws)}."""

    answers: dict[str, np.ndarray]
    told: dict[str, np.ndarray]

    @property
    def best(self) -> int:
        """The first setting of those with the best accuracy on "validation", over all draws."""
        return int(self.told["validation"].mean(axis=1).argmax())

    def chosen(self, test: str) -> np.ndarray:
        """Answers (draws, rows) at that setting."""
        return self.answers[test][self.best]

    def chosen_anew(self, test: str, on: str) -> np.ndarray:
        """Answers (draws, rows), where each draw has the setting that is best on its rows."""
        best = self.told[on].argmax(axis=0)
        return self.answers[test][best, np.arange(len(best))]


def draw_shots(labels: ArrayLike, shots: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `shots` rows of each label, drawn without replacement, sorted by label.

    Errors: ValueError that names the labels with fewer rows.

    Shapes: labels (n,); returns (shots * classes,) of places below n.

    >>> labels = np.array(["cat", "dog", "cat", "dog", "cat"])
    >>> places = draw_shots(labels, 2, stream(0, "shots"))
    >>> labels[places].tolist()
    ['cat', 'cat', 'dog', 'dog']
    """
    labels = np.asarray(labels)
    if type(shots) is not int or shots < 1:
        raise InputError(f"shots is {shots!r}; give a whole number >= 1")
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise InputError(f"there is one label, {classes[:1].tolist()}; give two or more")
    few = [f"{name!r} ({count})" for name, count in zip(classes.tolist(), counts, strict=True)
           if count < shots]  # fmt: skip
    if few:
        raise InputError(f"fewer than {shots} rows have the label {', '.join(few[:5])}")
    return np.concatenate(
        [rng.choice(np.flatnonzero(labels == name), shots, replace=False) for name in classes]
    )


def space_of(method: str, rows: np.ndarray, k: int, first: int, seed: int) -> Any:
    """A `representation` fitted on rows (n, d); on fewer than k + 2 it takes fewer components."""
    most = min(len(rows) - 1, rows.shape[1])
    k = min(k, len(rows) - 2, rows.shape[1])
    return representation(method, k, first=max(k, min(first, most)), random_state=seed).fit(rows)


def fixed(transformer: Any) -> Space:
    """The same fitted transformer at every draw."""
    return lambda draw: transformer


def every(estimator: Any, grid: Mapping[str, Sequence[Any]]) -> Fit:
    """An unfitted classifier with every combination of a grid's values."""
    settings = list(ParameterGrid(dict(grid)))

    def fit(shots: Labelled, told: Mapping[str, Labelled]) -> list[Any]:
        fresh: list[Any] = [clone(estimator) for _ in settings]
        return [each.set_params(**setting).fit(shots.features, shots.labels)
                for each, setting in zip(fresh, settings, strict=True)]  # fmt: skip

    return fit


def crossvalidated(of: Callable[[int], tuple[Any, dict[str, list[Any]]]], seed: int) -> Fit:
    """A head with the setting that cross-validation on the shots alone chooses.

    of: what gives the unfitted head and its grid for a number of columns.
    """
    return lambda shots, told: [
        chosen(*of(shots.features.shape[1]), shots.features, shots.labels, seed)
    ]


def tried(
    task: FewShot, count: int, space: Space, fit: Fit, *, known: Known | None = None
) -> Tried:
    """Fit on `count` shots a class, look at rows to choose on, score on tests: at every draw.

    known: what settings are chosen on, where it differs by draw; else the task's validation rows.
    """
    answers, told = defaultdict(list), defaultdict(list)
    for draw in range(task.draws):
        view = space(draw)
        some = task.validation if known is None else known(draw)
        some = {name: transformed(view, rows) for name, rows in some.items()}
        fitted = fit(transformed(view, task.shots(count, draw)), some)
        for name, rows in some.items():
            told[name].append([(f.predict(rows.features) == rows.labels).mean() for f in fitted])
        for name, test in task.tests.items():
            rows = transformed(view, test)
            answers[name].append([task.right(each, rows) for each in fitted])
    return Tried(
        {name: np.array(each).swapaxes(0, 1) for name, each in answers.items()},
        {name: np.array(each).T.copy() for name, each in told.items()},
    )


def transformed(space: Any, rows: Labelled) -> Labelled:
    """Rows as a representation gives them."""
    return Labelled(np.asarray(space.transform(rows.features), dtype=np.float64), rows.labels)


def interval(
    differences: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
    times: int = 2000,
) -> tuple[float, float, float]:
    """Mean over tests of a - b, and its interval over draws of shots and rows of the tests.

    differences: (draws, rows) for each test, all with the same draws. Draws and rows are resampled
    with replacement (a two-way bootstrap), since another draw *and* other test images could have
    come. Percentile interval.
    Source: Owen, "The pigeonhole bootstrap" (2007): slightly wide, never too narrow.
    Cost: O(times * draws * rows). Errors: ValueError for shapes, or one draw.
    """
    shapes = [values.shape for values in differences]
    if any(len(shape) != 2 or shape[0] < 2 for shape in shapes) or len({s[0] for s in shapes}) != 1:
        raise InputError(f"a - b has shape {shapes}; give (draws, rows), draws >= 2, for each test")
    draws = shapes[0][0]
    each = rng.multinomial(draws, np.full(draws, 1 / draws), size=times) / draws
    means = np.zeros(times)
    for values in differences:
        rows = values.shape[1]
        for start in range(0, times, BLOCK):
            block = slice(start, start + BLOCK)
            size = len(means[block])
            weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=size) / rows
            means[block] += ((each[block] @ values) * weights).sum(axis=1) / len(differences)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(np.mean([values.mean() for values in differences])), float(low), float(high)


def paired_interval(
    a: ArrayLike, b: ArrayLike, *, rng: np.random.Generator, times: int = 2000
) -> tuple[float, float, float]:
    """Mean of a - b and its `interval`: a and b (draws, rows), true where a probe was right.

    Both probes have the same draws of shots and the same test rows.
    """
    difference = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return interval([difference], rng=rng, times=times)
