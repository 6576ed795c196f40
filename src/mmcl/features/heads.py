"""Heads: classifiers that a few labelled features are given to, and which of them see rotations."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mmcl.errors import InputError
from mmcl.metrics.geometry import normalized
from mmcl.metrics.repeats import first_equals
from mmcl.naming import nearest

BLIND = ("l2", "cache")  # give the same answers when features are turned
SEEING = ("l1", "tree", "axes")
HEADS = (*BLIND, *SEEING)
STRENGTHS = tuple(10.0**power for power in range(-4, 5))
FOLDS = 4


class ZeroShot(ClassifierMixin, BaseEstimator):
    """The class whose feature has the largest cosine; of the labelled features it takes no notice.

    class_features (c, d) in the order of sorted labels, in the same representation as the features.
    Errors: ValueError for class features of another shape.
    """

    def __init__(self, class_features):
        self.class_features = class_features

    def fit(self, X: Any, y: Any) -> Self:
        """Keep X (n, d) and labels y (n,). Errors: as `class_rows`."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        self.keys_ = normalized(X)
        self.values_ = np.eye(len(self.classes_))[places]
        if self.class_features is not None:
            self.texts_ = class_rows(self.class_features, len(self.classes_), X.shape[1])
        return self

    def logits(self, X: Any) -> np.ndarray:
        """Cosines (n, c)."""
        return self.directions(X) @ self.texts_.T

    def directions(self, X: Any) -> np.ndarray:
        """X (n, d), checked, each row of length one."""
        check_is_fitted(self)
        return normalized(np.asarray(validate_data(self, X, dtype=np.float64, reset=False)))

    def predict(self, X: Any) -> np.ndarray:
        """Labels (n,) of X (n, d)."""
        best = self.logits(X).argmax(axis=1)
        return self.classes_[best]


class Cache(ZeroShot):
    """Nearest labelled features with weights, beside zero-shot: the cache of Tip-Adapter.

    Logits of a class: weight * sum over its shots of exp(-sharpness (1 - cosine)), plus
    scale * cosine to its class feature where class_features (c, d), in the order of sorted labels,
    are given. Cosines are of features as they come, in whatever representation.
    Source: Zhang et al., "Tip-Adapter" (2022), equations 2 to 5 (training-free).
    Errors: ValueError for class features of another shape.
    """

    def __init__(self, class_features=None, *, weight=1.0, sharpness=5.5, scale=100.0):
        super().__init__(class_features)
        self.weight = weight
        self.sharpness = sharpness
        self.scale = scale

    def logits(self, X: Any) -> np.ndarray:
        """Logits (n, c)."""
        X = self.directions(X)
        logits = self.weight * np.exp(-self.sharpness * (1 - X @ self.keys_.T)) @ self.values_
        if self.class_features is not None:
            logits += self.scale * X @ self.texts_.T
        return logits


def class_rows(features: ArrayLike, classes: int, d: int) -> np.ndarray:
    """Class features of length one; ValueError when there isn't one of d numbers for each class.

    Shapes: features (classes, d); returns the same in float64.
    """
    rows = np.asarray(features, dtype=np.float64)
    if rows.shape != (classes, d):
        raise InputError(
            f"class features have shape {rows.shape}; give ({classes}, {d}), a row for each label "
            "in sorted order, in the same representation as the features"
        )
    return normalized(rows)


def head(name: str, *, d: int, seed: int = 0) -> tuple[Any, dict[str, list[Any]]]:
    """An unfitted classifier and the grid of what is chosen for it, the usual value first.

    "l2": logistic regression, ridge penalty. Its solver takes the same steps in equal
    representations and ends where one gains less than 64 eps of the loss, so their answers agree to
    1e-5, though they may be 1e-3 of a probability from the optimum. "l1": one against the rest,
    lasso penalty. "tree": of small depth. "axes": logistic regression on the j of d single columns
    in which classes differ most (`difference`). "cache": as its class.
    Errors: ValueError for an unknown name.

    >>> classifier, grid = head("axes", d=4)
    >>> grid  # how many columns it looks at
    {'choose__k': [4, 1, 2]}
    >>> X = np.random.default_rng(0).standard_normal((60, 4))
    >>> y = X[:, 2] > 0
    >>> bool(chosen(classifier, grid, X, y).score(X, y) > 0.9)
    True
    """
    nearest(name, HEADS, "head")
    strengths = [1.0, *(c for c in STRENGTHS if c != 1.0)]
    ridge = LogisticRegression(tol=1e-8, max_iter=10_000)
    columns = [j for j in (4, 1, 2, 8, 16, 32) if j <= d] or [d]
    axes = Pipeline([("choose", SelectKBest(difference)), ("fit", ridge)])
    return {
        "l2": (ridge, {"C": strengths}),
        "l1": (lasso(seed), {"estimator__C": [*strengths[:1], 0.1, 10.0, 100.0]}),
        "tree": (DecisionTreeClassifier(random_state=seed), {"max_depth": [4, 2, 3, 6, 8]}),
        "axes": (axes, {"choose__k": columns}),
        "cache": (Cache(), {"weight": [1.0, 10.0, 100.0], "sharpness": [5.5, 1.0, 20.0]}),
    }[name]


def difference(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much classes y (n,) differ in each column of X (n, d): (d,), 0 where nothing varies.

    F of the analysis of variance. Where each class has one row nothing varies within classes and F
    isn't defined: there, the variance between the rows.
    """
    if len(np.unique(y)) == len(X):
        return np.var(X, axis=0)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.filterwarnings("ignore", message="Features .* are constant")
        found = f_classif(X, y)[0]
    return np.where(np.isnan(found), 0.0, found)


def lasso(seed: int) -> OneVsRestClassifier:
    """Logistic regression with a lasso penalty, one class against the rest."""
    one = LogisticRegression(l1_ratio=1.0, solver="liblinear", max_iter=1000, random_state=seed)
    return OneVsRestClassifier(one)


def chosen(estimator: Any, grid: dict[str, list[Any]], X: Any, y: Any, seed: int = 0) -> Any:
    """The estimator fitted on X, y with the best of its grid by cross-validation on the same rows.

    Folds have every class, and of equal rows of a class the first alone; where a class has one row
    there is nothing to validate on, and the usual values are taken. Of equal scores the one that
    stands first in the grid counts.
    """
    rows = distinct(np.asarray(X), np.asarray(y))
    some, known = (X, y) if len(rows) == len(X) else (X[rows], y[rows])
    shots = int(np.unique(known, return_counts=True)[1].min())
    if shots < 2:
        return estimator.set_params(**{name: values[0] for name, values in grid.items()}).fit(X, y)
    folds = StratifiedKFold(min(shots, FOLDS), shuffle=True, random_state=seed)
    strict: Any = "raise"  # a fit that fails is an error, and not a score
    search = GridSearchCV(estimator, grid, cv=folds, error_score=strict, refit=False)
    best: Any = clone(estimator)
    return best.set_params(**search.fit(some, known).best_params_).fit(X, y)


def distinct(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Places of the rows of X (n, d) that equal none before them with the same label (n,)."""
    _, labels = np.unique(y, return_inverse=True)
    return np.sort(np.unique(first_equals(X) * len(X) + labels, return_index=True)[1])
