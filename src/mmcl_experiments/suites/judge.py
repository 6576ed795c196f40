"""Few-shot accuracy of a data set's features: representations, heads, and both protocols.

"as released": the representation is fitted on the shots and some validation pictures, and the
strength of the penalty is searched on the latter (`strength`), as CoOp's linear probe and the code
of Liu et al. do. "leak-free": it is fitted on training pictures without labels, and the strength is
chosen by cross-validation on the shots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from mmcl.features import probes
from mmcl.features.heads import head
from mmcl.features.probes import FewShot, Labelled
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


def right(setting: Setting, task: AsCoOp, shots: int) -> dict[str, np.ndarray]:
    """Which test pictures are right at each draw of the shots: {test: (draws, n) of bool}.

    The draws depend on the seed, and not on method, head and protocol, so that they are paired.
    """
    k = setting.components(shots)

    def on_few(draw: int) -> Any:
        rows = np.vstack([each.features for each in task.drawn(shots, draw)])
        return probes.space_of(setting.method, rows, k, KEPT, task.seed)

    def candidates(d: int) -> tuple[Any, dict[str, list[Any]]]:
        """A head, unfitted, and the grid to choose from; for L2 the strengths that are released."""
        if setting.head == "l2":
            usual = {"C": [1.0, *(c for c in STRENGTHS if c != 1.0)]}
            return LogisticRegression(max_iter=1000), usual
        return head(setting.head, d=d, seed=task.seed)

    def as_released(some: Labelled, told: Mapping[str, Labelled]) -> list[Any]:
        if setting.head == "l2":
            known = told["validation"]
            return [strength(some.features, some.labels, known.features, known.labels)]
        return probes.every(*candidates(some.features.shape[1]))(some, told)

    space, fit = on_few, as_released
    if setting.protocol != "as released":
        space = probes.fixed(of_training(task, setting.method, k))
        fit = probes.crossvalidated(candidates, task.seed)
    found = probes.tried(
        task, shots, space, fit, known=lambda draw: {"validation": task.drawn(shots, draw)[1]}
    )
    return {test: found.chosen_anew(test, "validation") for test in task.tests}


@lru_cache(maxsize=2)
def of_training(task: AsCoOp, method: str, k: int) -> Any:
    """A representation fitted on training pictures without labels: one for all draws of a task."""
    return probes.space_of(method, task.pool.features, k, KEPT, task.seed)


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
