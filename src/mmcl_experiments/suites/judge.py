"""Few-shot accuracy of a data set's features: representations, heads, and three protocols.

"as released": the representation is fitted on the shots and some validation pictures, and settings
are searched on the latter (for L2 by `strength`), as CoOp's linear probe and the code of Liu et al.
do. "matched": the same with as many training pictures, which no test has, so that the two differ by
the leak alone. "leak-free": it is fitted on all training pictures without labels, and settings are
chosen by cross-validation on the shots.

Random rotations and starts of ICA are drawn anew with the shots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from mmcl.errors import InputError
from mmcl.features import heads, probes, tip
from mmcl.features.probes import FewShot, Labelled
from mmcl.features.resampled import Spaces, some_of
from mmcl.randomness import stream

STRENGTHS = (1e6, 1e4, 1e2, 1.0, 1e-2, 1e-4, 1e-6)  # tried first, as released
STEPS = 8  # of the search that follows
VALIDATION = 4  # shots of the validation part at most
COMPONENTS, KEPT = 300, 500  # of ICA alone; principal axes before ICA


@dataclass(frozen=True, eq=False)
class AsCoOp(FewShot):
    """Features of one data set: shots and answers as CoOp takes them."""

    name: str

    def drawn(self, count: int, draw: int) -> tuple[Labelled, Labelled]:
        """Shots, and rows of the validation part, at a draw: of each label, or all that it has."""
        rng = stream(self.seed, f"{self.name}, {count} shots, draw {draw}")
        told = self.validation["validation"]
        shots = self.pool[drawn(self.pool.labels, count, rng)]
        return shots, told[drawn(told.labels, min(count, VALIDATION), rng)]

    def matched(self, count: int, draw: int) -> tuple[Labelled, Labelled]:
        """The same shots, and as many rows that are none of them, of the training part."""
        rng = stream(self.seed, f"{self.name}, {count} shots, draw {draw}")
        rest = np.setdiff1d(np.arange(len(self.pool)), drawn(self.pool.labels, count, rng))
        rng = stream(self.seed, f"{self.name}, {count} shots, matched, draw {draw}")
        told = rest[some_of(self.pool.labels[rest], min(count, VALIDATION), rng)]
        if not len(told):
            raise InputError(
                f"{self.name} has no training picture beside {count} shots, and the protocol "
                "'matched' needs some; leave it out, or give a larger --pool"
            )
        return self.drawn(count, draw)[0], self.pool[told]

    def shots(self, count: int, draw: int) -> Labelled:
        return self.drawn(count, draw)[0]

    def right(self, classifier: Any, rows: Labelled) -> np.ndarray:
        """Answers are among the classes that the test set has."""
        return masked(classifier, rows.features, rows.labels) == rows.labels


@dataclass(frozen=True)
class Setting:
    """A representation with its number of components, a head, and a protocol."""

    method: str
    head: str = "l2"
    protocol: str = "leak-free"
    k: int | None = None

    def components(self, shots: int) -> int:
        """How many components: given, or as Liu et al. chose them."""
        released = (160 if shots <= 4 else 200) if self.method == "pca+ica" else COMPONENTS
        return self.k or released


def right(
    setting: Setting, task: AsCoOp, shots: int, words: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Which test pictures are right at each draw of the shots: {test: (draws, n) of bool}.

    The draws depend on the seed, and not on method, head and protocol, so that they are paired.
    words: class features (c, d), for the heads that need them.
    """
    k = setting.components(shots)
    some = task.matched if setting.protocol == "matched" else task.drawn

    def on_few(draw: int) -> Any:
        rows = np.vstack([each.features for each in some(shots, draw)])
        return probes.space_of(setting.method, rows, k, KEPT, task.seed + draw)

    def beside(draw: int) -> Any:
        return space(draw) if words is None else tip.Beside(space(draw), words)

    def searched(some: Labelled, told: Mapping[str, Labelled]) -> list[Any]:
        if setting.head == "l2":
            known = told["validation"]
            return [strength(some.features, some.labels, known.features, known.labels)]
        return probes.every(*candidates(setting, some.features.shape[1], task.seed))(some, told)

    space, fit = on_few, searched
    if setting.protocol == "leak-free":
        space = of_training(task, setting.method, k)
        fit = probes.crossvalidated(lambda d: candidates(setting, d, task.seed), task.seed)
    worded = words is not None and setting.head in tip.WORDED
    found = probes.tried(
        task, shots, beside if worded else space, fit,
        known=lambda draw: {"validation": some(shots, draw)[1]},
    )  # fmt: skip
    return {test: found.chosen_anew(test, "validation") for test in task.tests}


def candidates(setting: Setting, d: int, seed: int) -> tuple[Any, dict[str, list[Any]]]:
    """A head, unfitted, and the grid to choose from; for L2 the strengths that are released."""
    if setting.head == "l2":
        return LogisticRegression(max_iter=1000), {"C": [1.0, *(c for c in STRENGTHS if c != 1.0)]}
    if setting.head in tip.WORDED:
        return tip.worded(setting.head, seed=seed)
    return heads.head(setting.head, d=d, seed=seed)


@lru_cache(maxsize=8)
def of_training(task: AsCoOp, method: str, k: int) -> Spaces:
    """A representation by draw, fitted on training pictures without labels: one for all shots."""
    return Spaces(method, task.pool.features, k, task.seed)


def drawn(labels: np.ndarray, shots: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `shots` rows of each label, or of all that it has, as CoOp does."""
    places = [rng.permutation(np.flatnonzero(labels == name))[:shots] for name in np.unique(labels)]
    return np.concatenate(places)


def scarce(labels: np.ndarray, shots: int) -> int:
    """How many labels have fewer rows than shots."""
    return int((np.unique(labels, return_counts=True)[1] < shots).sum())


def strength(X: np.ndarray, y: np.ndarray, X_val: np.ndarray, y_val: np.ndarray) -> Any:
    """Logistic regression with the released search for C: seven values, then eight halvings.

    Each halving tries both ends of an interval around the best and goes on in the half beside the
    better end (the lower one at a tie); the better end of the last one is kept.
    Source: CoOp, lpclip/linear_probe.py (Zhou et al., 2022).
    """

    def at(c: float) -> tuple[Any, float]:
        fitted = LogisticRegression(C=c, max_iter=1000).fit(X, y)
        return fitted, float((fitted.predict(X_val) == y_val).mean())

    scores = [at(c)[1] for c in STRENGTHS]
    best = np.log10(STRENGTHS[int(np.argmax(scores))])
    low, high, kept = best - 1, best + 1, None
    for _ in range(STEPS):
        (left, left_score), (other, other_score) = at(10**low), at(10**high)
        middle = (low + high) / 2
        if left_score < other_score:
            low, kept = middle, other
        else:
            high, kept = middle, left
    return kept


def masked(fitted: Any, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Predictions among the classes that the test set has, as for ImageNet's 200-class sets."""
    known = np.isin(fitted.classes_, np.unique(labels))
    if known.all():
        return fitted.predict(X)
    scores = fitted.predict_proba(X) if hasattr(fitted, "predict_proba") else fitted.logits(X)
    return fitted.classes_[np.where(known, scores, -np.inf).argmax(axis=1)]
