"""Features before a head: raw, principal axes, whitened, turned at random, independent components.

All but the first are centered linear maps. "whitened", "rotated", "ica" and "pca+ica" span the
same space with the same scale and differ by a rotation alone; so a head that doesn't see rotations
can't tell them apart, and one that does is asked what the rotation found by ICA is worth.
"""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted, validate_data

from mmcl.errors import InputError
from mmcl.fast.whitening import Centered, principal_axes
from mmcl.ica import LinearICA, random_rotation
from mmcl.naming import nearest

NAMES = ("raw", "pca", "whitened", "rotated", "ica", "fastica", "pca+ica")


class WhitenedPCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The first k principal components of X (n, d), each over its standard deviation.

    As step 1 and 2 of `LinearICA` (divisor n), so that ICA of the same rows is these numbers turned
    by an orthogonal matrix. rotated: turn them by one drawn uniformly from `random_state`.
    Sets mean_ (d,), components_ (k, d). Errors: ValueError for k above the rank, or NaN.
    """

    def __init__(self, n_components, *, rotated=False, random_state=None):
        self.n_components = n_components
        self.rotated = rotated
        self.random_state = random_state

    def fit(self, X: Any, y=None) -> Self:
        """Learn from X (n, d), n >= 2. Errors: InputError for more components than the rank."""
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        rows = Centered(X)
        self.mean_ = rows.mean
        axes, deviations = principal_axes(rows)
        k = self.n_components
        if not 1 <= k <= len(axes):
            raise InputError(f"n_components is {k}, but the data have rank {len(axes)}; give less")
        self.components_ = axes[:k] / deviations[:k, None]
        if self.rotated:
            self.components_ = random_rotation(k, self.random_state) @ self.components_
        self._n_features_out = k
        return self

    def transform(self, X: Any) -> np.ndarray:
        """X (n, d) to (n, k), white on the rows of `fit`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return (X - self.mean_) @ self.components_.T


def representation(name: str, k: int, *, first: int | None = None, random_state: Any = 0) -> Any:
    """An unfitted transformer (n, d) -> (n, k); "raw" gives the features back.

    first: how many principal components "pca+ica" keeps before ICA; needed there alone.
    random_state: of the random rotation, and of the start of ICA.
    Errors: ValueError for an unknown name, or `first` missing or below k.

    >>> from mmcl.randomness import stream
    >>> features = stream(0, "features").exponential(size=(500, 6))
    >>> white = representation("whitened", 3).fit_transform(features)
    >>> np.allclose(white.T @ white / 500, np.eye(3))
    True
    """
    nearest(name, NAMES, "representation")
    if name == "raw":
        return FunctionTransformer()
    if name == "pca":
        return PCA(k, svd_solver="full")
    if name in ("whitened", "rotated"):
        return WhitenedPCA(k, rotated=name == "rotated", random_state=random_state)
    if name == "pca+ica":
        if first is None or first < k:
            raise InputError(f"first is {first!r}; give how many components PCA keeps, {k} or more")
        ica = LinearICA(k, random_state=random_state)
        return make_pipeline(PCA(first, svd_solver="full"), ica)
    algorithm = "picard" if name == "ica" else "fastica"
    return LinearICA(k, algorithm=algorithm, random_state=random_state)
