"""Few-shot probes: a representation, a head, a protocol, and intervals for their differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmcl.errors import InputError
from mmcl.features.heads import chosen, chosen_on, head
from mmcl.features.representations import representation
from mmcl.naming import nearest

PROTOCOLS = ("leak-free", "as released")
BLOCK = 100  # bootstrap samples at a time


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


@dataclass(frozen=True)
class Probe:
    """What is done with the shots of a draw.

    method, k, first: a `representation`; of fewer than k + 2 rows to fit on it takes fewer
    components. name: a head. protocol: "leak-free" fits the representation on unlabelled rows
    without test images, or where there are none on the shots, and chooses the head's strength by
    cross-validation on the shots. "as released" fits it on shots and validation rows, and chooses
    by accuracy on the latter, which in the released code are rows of the test split.
    """

    method: str
    name: str
    k: int
    first: int | None = None
    protocol: str = "leak-free"
    seed: int = 0

    def __post_init__(self) -> None:
        nearest(self.protocol, PROTOCOLS, "protocol")


def draw_shots(labels: ArrayLike, shots: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `shots` rows of each label, drawn without replacement, sorted by label.

    Errors: ValueError that names the labels with fewer rows.
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


def space_of(probe: Probe, rows: np.ndarray) -> Any:
    """The representation of a probe, fitted on rows (n, d).

    Where these are no rows of single draws, it is the same for every draw and number of shots.
    """
    k = min(probe.k, len(rows) - 2, rows.shape[1])
    first = None if probe.first is None else max(k, min(probe.first, len(rows) - 1, rows.shape[1]))
    return representation(probe.method, k, first=first, random_state=probe.seed).fit(rows)


def fitted(
    probe: Probe,
    train: Labelled,
    *,
    space: Any = None,
    validation: Labelled | None = None,
    class_features: ArrayLike | None = None,
) -> tuple[Any, Any]:
    """The representation and the head of a probe, fitted on the shots of a draw.

    space: for "leak-free", what `space_of` fitted on unlabelled rows before.
    Errors: ValueError when "as released" has no validation rows.
    """
    released = probe.protocol == "as released"
    if released and validation is None:
        raise InputError("the protocol 'as released' chooses on validation rows; give some")
    if released and validation is not None:
        space = space_of(probe, np.vstack([train.features, validation.features]))
    elif space is None:
        space = space_of(probe, train.features)
    X = space.transform(train.features)
    texts = None if class_features is None else space.transform(np.asarray(class_features))
    estimator, grid = head(probe.name, d=X.shape[1], class_features=texts, seed=probe.seed)
    if released and validation is not None:
        told = space.transform(validation.features), validation.labels
        return space, chosen_on(estimator, grid, X, train.labels, *told)
    return space, chosen(estimator, grid, X, train.labels, probe.seed)


def correct(
    probe: Probe, train: Labelled, tests: Mapping[str, Labelled], **more: Any
) -> dict[str, np.ndarray]:
    """Which test rows a probe gets right: {domain: (n,) of bool}. more: as `fitted` takes it."""
    space, classifier = fitted(probe, train, **more)
    return {
        name: classifier.predict(space.transform(test.features)) == test.labels
        for name, test in tests.items()
    }


def interval(
    differences: Sequence[np.ndarray],
    *,
    rng: np.random.Generator,
    times: int = 2000,
    level: float = 0.95,
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
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(np.mean([values.mean() for values in differences])), float(low), float(high)


def paired_interval(
    a: ArrayLike, b: ArrayLike, *, rng: np.random.Generator, **more: Any
) -> tuple[float, float, float]:
    """Mean of a - b and its `interval`: a and b (draws, rows), true where a probe was right.

    Both probes have the same draws of shots and the same test rows. more: as `interval` takes it.
    """
    difference = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return interval([difference], rng=rng, **more)
