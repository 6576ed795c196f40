"""Classes told by words: zero-shot, Tip-Adapter and Tip-Adapter-F, beside any representation.

A class feature is what a text tower makes of prompts that name the class. Zero-shot compares it
with the features as they come, since both towers share that space alone; the cache compares
labelled features with new ones in whatever representation. So rows of these heads are codes (n, k)
and beside them the zero-shot logits (n, c).
"""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from mmcl.errors import InputError
from mmcl.metrics.geometry import normalized
from mmcl.naming import nearest

WORDED = ("zero-shot", "tip", "tip-f")  # heads that need class features
SCALE = 100.0  # of cosines in logits: where CLIP's own ends up
EPOCHS, BATCH, RATE = 20, 256, 1e-3  # of Tip-Adapter-F, as released
DECAY, MOMENTS, EPSILON = 0.01, (0.9, 0.999), 1e-4  # of AdamW there


class Beside:
    """A fitted transformer, and beside its columns the zero-shot logits of words (c, d)."""

    def __init__(self, space: Any, words: np.ndarray):
        self.space, self.words = space, normalized(words)

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Codes and logits (n, k + c)."""
        return np.hstack([self.space.transform(X), SCALE * normalized(X) @ self.words.T])


class ZeroShot(ClassifierMixin, BaseEstimator):
    """The class with the largest of the logits that stand beside the codes; learns nothing."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Note the labels of y (n,); X (n, d) teaches nothing."""
        self.classes_ = np.unique(y)
        return self

    def logits(self, X: np.ndarray) -> np.ndarray:
        """Logits (n, c)."""
        return X[:, -len(self.classes_) :]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Labels (n,) of X (n, d)."""
        return self.classes_[self.logits(X).argmax(axis=1)]


class TipAdapter(ZeroShot):
    """Zero-shot logits plus those of a cache of the shots, in the space of the codes.

    The cache adds weight * exp(-sharpness (1 - cosine)) for each shot to the logit of its class.
    Source: Zhang et al., "Tip-Adapter" (2022), equations 2 to 5.
    """

    def __init__(self, *, weight=1.0, sharpness=5.5):
        self.weight = weight
        self.sharpness = sharpness

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Keep X (n, d) and labels y (n,) as the cache."""
        self.classes_, places = np.unique(y, return_inverse=True)
        self.values_ = np.eye(len(self.classes_))[places]
        self.keys_ = self.directions(X)
        return self

    def directions(self, X: np.ndarray) -> np.ndarray:
        """The codes (n, k), each of length one."""
        return normalized(X[:, : -len(self.classes_)])

    def logits(self, X: np.ndarray) -> np.ndarray:
        """Logits (n, c) of X (n, d), those of the cache included."""
        return super().logits(X) + self.cached(self.directions(X)) @ self.values_

    def cached(self, codes: np.ndarray) -> np.ndarray:
        """What each key (m,) says of codes (n, k): (n, m)."""
        return self.weight * np.exp(-self.sharpness * (1 - codes @ self.keys_.T))


class TipAdapterF(TipAdapter):
    """Tip-Adapter whose keys are trained on the shots: cross-entropy, by AdamW as released.

    The keys begin as the shots; they don't stay of length one. Deterministic in random_state.
    Source: Zhang et al. (2022), section 3.2, and their code.
    """

    def __init__(self, *, weight=1.0, sharpness=5.5, epochs=EPOCHS, random_state=0):
        super().__init__(weight=weight, sharpness=sharpness)
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Keep X (n, d) and labels y (n,), and train the keys on them."""
        super().fit(X, y)
        rng, n = np.random.default_rng(self.random_state), len(X)
        codes, known, wanted = self.directions(X), ZeroShot.logits(self, X), self.values_.copy()
        first, second = np.zeros_like(self.keys_), np.zeros_like(self.keys_)
        orders = [rng.permutation(n) for _ in range(self.epochs)]
        batches = [order[i : i + BATCH] for order in orders for i in range(0, n, BATCH)]
        for step, rows in enumerate(batches):
            slope = self.slope(codes[rows], known[rows], wanted[rows])
            first = MOMENTS[0] * first + (1 - MOMENTS[0]) * slope
            second = MOMENTS[1] * second + (1 - MOMENTS[1]) * slope**2
            mean, square = (
                moment / (1 - decay ** (step + 1))
                for moment, decay in zip((first, second), MOMENTS, strict=True)
            )
            rate = RATE * (1 + np.cos(np.pi * step / len(batches))) / 2
            self.keys_ -= rate * (mean / (np.sqrt(square) + EPSILON) + DECAY * self.keys_)
        return self

    def slope(self, codes: np.ndarray, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """How the mean cross-entropy of a batch changes with the keys: (m, k)."""
        cached = self.cached(codes)
        logits = known + cached @ self.values_
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        of_logits = (shares - wanted) / len(codes)
        return self.sharpness * (of_logits @ self.values_.T * cached).T @ codes


def worded(name: str, *, seed: int = 0) -> tuple[Any, dict[str, list[Any]]]:
    """An unfitted head that words tell its classes, and its grid, the usual value first."""
    nearest(name, WORDED, "head")
    sharp = [5.5, 1.0, 10.0]
    return {
        "zero-shot": (ZeroShot(), {}),
        "tip": (TipAdapter(), {"weight": [1.0, 0.3, 3.0, 10.0], "sharpness": sharp}),
        "tip-f": (TipAdapterF(random_state=seed), {"weight": [1.0, 0.3, 3.0]}),
    }[name]


def class_features(
    rows: np.ndarray, labels: np.ndarray | None, classes: np.ndarray, place: str
) -> np.ndarray:
    """A feature (d,) for each class, of length one: the mean direction of its prompts: (c, d).

    rows (m, d) of prompts, labels (m,) that say of which class each is; without them one row for
    each class, in the sorted order of the classes. Rows of other classes are left out.
    Errors: InputError for another number of rows, and for a class without one.
    """
    directions = normalized(rows)
    if not np.isfinite(directions).all() or not directions.any(axis=1).all():
        raise InputError(f"{place} has rows of zeros, NaN or infinity; take these features again")
    if labels is None:
        if len(rows) != len(classes):
            raise InputError(
                f"{place} has {len(rows)} rows and there are {len(classes)} classes; give a row "
                "for each in sorted order, or --class-labels that say which is whose"
            )
        return directions
    if len(labels) != len(rows):
        raise InputError(f"{place} has {len(rows)} rows and {len(labels)} labels; give one a row")
    lacking = [name for name in classes.tolist() if name not in set(labels.tolist())]
    if lacking:
        raise InputError(f"{place} has no row for {len(lacking)} classes: {lacking[:5]}")
    return normalized(np.stack([directions[labels == name].mean(axis=0) for name in classes]))
