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

from mmcl.features.heads import chosen, chosen_on, head
from mmcl.features.probes import Labelled, Probe, space_of
from mmcl.randomness import stream

STRENGTHS = (1e6, 1e4, 1e2, 1.0, 1e-2, 1e-4, 1e-6)  # tried first, as released
STEPS = 8  # of the search that follows
VALIDATION = 4  # shots of the validation part at most
COMPONENTS, KEPT = 300, 500  # of ICA alone; principal axes before ICA


@dataclass(frozen=True, eq=False)  # a task is itself: what was fitted on it is looked up by it
class Task:
    """Features of one data set. train: what shots are drawn from; tests by name."""

    name: str
    train: Labelled
    validation: Labelled
    tests: Mapping[str, Labelled]


@dataclass(frozen=True)
class Setting:
    """A representation with its numbers of components, a head, a protocol, and the seed."""

    method: str
    head: str = "l2"
    protocol: str = "leak-free"
    k: int | None = None
    seed: int = 0

    def probe(self, shots: int) -> Probe:
        """The probe, with components and principal axes before them as Liu et al. chose them."""
        released = (160 if shots <= 4 else 200) if self.method == "pca+ica" else COMPONENTS
        return Probe(self.method, self.head, self.k or released, KEPT, self.protocol, self.seed)


def right(setting: Setting, task: Task, shots: int, draw: int) -> dict[str, np.ndarray]:
    """Which test pictures are right at one draw of the shots: {test: (n,) of bool}.

    The draw depends on the seed, and not on method, head and protocol, so that they are paired.
    """
    rng = stream(setting.seed, f"{task.name}, {shots} shots, draw {draw}")
    train = task.train[drawn(task.train.labels, shots, rng)]
    told = task.validation[drawn(task.validation.labels, min(shots, VALIDATION), rng)]
    released = setting.protocol == "as released"
    probe = setting.probe(shots)
    if released:
        space = space_of(probe, np.vstack([train.features, told.features]))
    else:
        space = of_training(task, probe)
    X, told_X = (np.asarray(space.transform(each.features), dtype=np.float64)
                 for each in (train, told))  # fmt: skip
    if released and setting.head == "l2":
        fitted = strength(X, train.labels, told_X, told.labels)
    elif released:
        fitted = chosen_on(*candidates(setting, X), X, train.labels, told_X, told.labels)
    else:
        fitted = chosen(*candidates(setting, X), X, train.labels, setting.seed)
    return {
        name: masked(fitted, space.transform(test.features), test.labels) == test.labels
        for name, test in task.tests.items()
    }


@lru_cache(maxsize=2)
def of_training(task: Task, probe: Probe) -> Any:
    """A representation fitted on training pictures without labels: one for all draws of a task."""
    return space_of(probe, task.train.features)


def candidates(setting: Setting, X: np.ndarray) -> tuple[Any, dict[str, list[Any]]]:
    """A head, unfitted, and the grid to choose from; for L2 the strengths that are released."""
    if setting.head == "l2":
        usual = {"C": [1.0, *(c for c in STRENGTHS if c != 1.0)]}
        return LogisticRegression(max_iter=1000), usual
    return head(setting.head, d=X.shape[1], seed=setting.seed)


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

    def tried(c: float) -> tuple[Any, float]:
        fitted = LogisticRegression(C=c, max_iter=1000).fit(X, y)
        return fitted, float((fitted.predict(X_val) == y_val).mean())

    scores = [tried(c)[1] for c in STRENGTHS]
    best = np.log10(STRENGTHS[int(np.argmax(scores))])
    low, high, kept = best - 1, best + 1, None
    for _ in range(STEPS):
        (left, left_score), (other, other_score) = tried(10**low), tried(10**high)
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
