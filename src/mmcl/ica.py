"""Linear ICA: whitening, then the rotation that only independent non-Gaussian sources determine."""

import warnings
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from mmcl.errors import InputError
from mmcl.fast.whitening import Centered, principal_axes
from mmcl.naming import nearest
from mmcl.rotations import (
    ALGORITHMS,
    NEAR,
    PATIENCE,
    contrast,
    fixed_points,
    generator,
    gradient,
    random_rotation,
    rotate,
)

ENOUGH = 5  # rows for each squared number of components
PRECISIONS = ("float64", "float32")


class LinearICA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Independent components of X (n, d), as a scikit-learn transformer to sources (n, k).

    1. Centering: subtract mean_ (d,).
    2. Whitening by SVD: whitening_ (k, d), the k leading principal axes, each over its standard
       deviation (divisor n, as `numpy.std`).
    3. Rotation: rotation_ (k, k), orthogonal, found by `algorithm` from a random start.
    So components_ = rotation_ @ whitening_ (k, d), its pseudo-inverse is mixing_ (d, k), and
    transform(X) = (X - mean_) @ components_.T is white on the training rows. inverse_transform is
    exact when k is the rank.

    n_components: k, at most the rank of the centered data; None takes the rank. A direction counts
    when its standard deviation exceeds what rounding alone could make of X.
    algorithm: "picard" (Picard-O, extended: white stays white, and each source may be sub- or
    super-Gaussian) or "fastica" (scikit-learn's, symmetric). Both use tanh and have the same fixed
    points. random_state: None, an int, a numpy Generator or RandomState; draws starts, no more.
    max_iter: iterations at most. tol: the largest gradient_ that counts as converged.
    n_init: starts, of which the first is that of n_init=1. Whitening is done once; from all starts
    `fixed_points` goes on in float32 until a gradient is NEAR or PATIENCE iterations are over, and
    `algorithm` ends the search that has the largest `mmcl.rotations.contrast`. starts_, a row a
    start: contrast, gradient, iterations, agreement (the median |cosine| of the kept components
    with theirs, best matching) and kept. Where starts disagree, so may the next ones.
    dtype: "float64", or "float32": white rows and sources are single, sums and axes double.

    Larger than memory: above WHOLE entries X, which may be a memory map (`numpy.load` with
    mmap_mode="r"), is read in pieces and never copied; white rows (n, k) in `dtype` are what has to
    fit. There, and in float32, `fixed_points` takes the place of `algorithm`.
    Error: that of rounding. Components differ from those of rows taken whole by less than 1e-9 of
    their size in float64 and 1e-4 in float32, where no gradient below 1e-6 can be told from 0.

    Order: by decreasing |excess kurtosis| on the training rows; ties by the column of X that a
    source correlates with most. Sign: positive skewness, where that is more than three standard
    errors from 0; else a source's largest correlation with a column of X is positive. Numbers equal
    to 6 decimals are ties, and the first column wins. Neither rule asks the optimizer.

    Also set: excess_kurtosis_ and skewness_ (k,), n_iter_, gradient_ (the largest entry of
    `gradient`) and converged_ (gradient_ <= tol), with a ConvergenceWarning if it isn't. Converged
    means that the search is over, not that the axes mean anything: it happens on Gaussian data too.

    Source: Ablin, Cardoso and Gramfort, "Faster ICA under orthogonal constraint" (2018); Hyvarinen,
    "Fast and robust fixed-point algorithms for ICA" (1999). Cost: O(n d^2), O(n k^2) an iteration.
    From LARGE entries on, Picard starts where a few steps of FastICA in float32 end: they cross the
    flat part, where all axes still look Gaussian, at half the price.
    Errors: ValueError for parameters, NaN, one row, constant data, k above the rank, and for
    k >= n - 1, where white rows are the corners of a simplex and an axis is found for each row
    whatever the data. A UserWarning below n = 5 k^2 rows.

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.pipeline import Pipeline
    >>> pixels, digits = load_digits(return_X_y=True, as_frame=True)
    >>> ica = LinearICA(3, n_init=5, random_state=0).fit(pixels)
    >>> ica.set_output(transform="pandas").transform(pixels).columns.tolist()
    ['linearica0', 'linearica1', 'linearica2']
    >>> len(ica.starts_), int(ica.starts_.kept.sum())
    (5, 1)
    >>> head = ("head", LogisticRegression())
    >>> both = Pipeline([("ica", LinearICA(random_state=0)), head])
    >>> search = GridSearchCV(both, {"ica__n_components": [2, 8]}, cv=3)
    >>> search.fit(pixels, digits).best_params_
    {'ica__n_components': 8}
    """

    def __init__(
        self, n_components=None, *, algorithm="picard", random_state=None, max_iter=1000, tol=1e-6,
        n_init=1, dtype="float64",
    ):  # fmt: skip
        self.n_components = n_components
        self.algorithm = algorithm
        self.random_state = random_state
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.dtype = dtype

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = [self.dtype]
        return tags

    def fit(self, X: Any, y=None) -> Self:
        """Learn from X (n, d), n >= 2. Errors: ValueError for settings or rows that don't fit."""
        self._check_parameters()
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        rows = Centered(X)
        self.mean_ = rows.mean
        axes, deviations = principal_axes(rows)
        k = self._size(len(axes), X.shape)
        axes, deviations = axes[:k], deviations[:k]
        self.whitening_ = axes / deviations[:, None]
        white = rows.turned(self.whitening_, self.dtype)
        rotation = self._search(white, rows.parts)

        covariances = (axes.T * deviations) @ rotation.T  # (d, k), of columns of X and sources
        spread = rows.deviations()[:, None]
        correlations = covariances / np.where(spread > rows.noise, spread, np.inf)
        moments = Moments.of(white[part] @ rotation.T for part in rows.parts)
        order, sign = order_and_sign(moments, correlations)
        self.rotation_ = rotation[order] * sign[:, None]
        self.components_ = self.rotation_ @ self.whitening_
        self.mixing_ = covariances[:, order] * sign
        self._n_features_out = k  # for get_feature_names_out
        self.skewness_ = moments.skewness[order] * sign
        self.excess_kurtosis_ = moments.kurtosis[order]
        self._warn()
        return self

    def transform(self, X: Any) -> np.ndarray:
        """X (n, d) to sources (n, k)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return Centered(X, self.mean_).turned(self.components_, self.dtype)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Sources (n, k) back to data (n, d)."""
        check_is_fitted(self)
        sources, k = check_array(X, dtype=self.dtype), len(self.components_)
        if sources.shape[1] != k:
            raise InputError(f"sources have {sources.shape[1]} columns; give {k}, one a component")
        return (sources @ self.mixing_.T + self.mean_).astype(self.dtype, copy=False)

    def _search(self, white: np.ndarray, parts: list[slice]) -> np.ndarray:
        """The best start's rotation (k, k); sets n_iter_, gradient_, converged_ and starts_."""
        rng, k = generator(self.random_state), white.shape[1]
        ends = np.array([random_rotation(k, rng) for _ in range(self.n_init)])
        left, spent = np.full(self.n_init, np.nan), np.zeros(self.n_init, dtype=int)
        single, best = white, 0
        if self.n_init > 1:
            single = white.astype(np.float32, copy=False)
            most = min(PATIENCE, self.max_iter // 2)
            ends, left, spent = fixed_points(single, ends, most, NEAR)
            best = int(contrast(single, ends).argmax())
        most = self.max_iter - spent[best]
        if len(parts) == 1 and self.dtype == "float64":
            ends[best], took = rotate(white, ends[best], self.algorithm, most, self.tol)
        else:
            (ends[best],), _, (took,) = fixed_points(white, ends[best, None], most, self.tol)
        spent[best] += took
        left[best] = np.abs(gradient(white[part] @ ends[best].T for part in parts)).max()
        self.n_iter_, self.gradient_ = int(spent[best]), float(left[best])
        self.converged_ = bool(self.gradient_ <= self.tol)
        likeness = [np.abs(ends[best] @ each.T) for each in ends]
        self.starts_ = pd.DataFrame({
            "contrast": contrast(single, ends), "gradient": left, "iterations": spent,
            "agreement": [np.median(each[linear_sum_assignment(-each)]) for each in likeness],
            "kept": np.arange(self.n_init) == best,
        })  # fmt: skip
        return ends[best]

    def _check_parameters(self) -> None:
        nearest(self.algorithm, ALGORITHMS, "algorithm")
        nearest(self.dtype, PRECISIONS, "dtype")
        k = self.n_components
        if k is not None and not (isinstance(k, Integral) and int(k) >= 1):
            raise InputError(f"n_components is {k!r}; give a whole number >= 1 or None")
        for name, value in (("max_iter", self.max_iter), ("n_init", self.n_init)):
            if not (isinstance(value, Integral) and int(value) >= 1):
                raise InputError(f"{name} is {value!r}; give a whole number >= 1")
        if not (isinstance(self.tol, Real) and float(self.tol) > 0):
            raise InputError(f"tol is {self.tol!r}; give a number > 0")

    def _size(self, rank: int, shape: tuple[int, int]) -> int:
        if rank == 0:
            raise InputError(f"all {shape[0]} rows are equal up to rounding; give data that vary")
        if (k := self.n_components) is not None and k > rank:
            raise InputError(
                f"n_components is {k}, but the data, {shape[0]} rows of {shape[1]} columns, have "
                f"rank {rank} after centering; give at most {rank}, or more rows if they are few"
            )
        k, n = rank if k is None else int(k), shape[0]
        if k >= n - 1:
            raise InputError(
                f"{n} rows can't tell {k} components: white, they are the same points for all data "
                f"(a simplex); give more than {k + 1} rows or at most {max(n - 2, 0)} components"
            )
        if n < ENOUGH * k**2:
            warnings.warn(
                f"{n} rows for {k} components: below {ENOUGH * k**2} (5 k^2) the axes follow "
                "single rows; look at mmcl.metrics.stability, or take fewer components",
                stacklevel=3,
            )
        return k

    def _warn(self) -> None:
        if not self.converged_:
            warnings.warn(
                f"{self.algorithm} did not converge: gradient {self.gradient_:.1e} after "
                f"{self.n_iter_} iterations, tol {self.tol:.1e}. Raise max_iter; if that doesn't "
                "help, the data leave the rotation open: fewer components, more rows",
                ConvergenceWarning,
                stacklevel=3,
            )


class Moments(NamedTuple):
    """Of white sources (n, k), each (k,): skewness, excess kurtosis, and the skewness's standard
    error under symmetry."""

    skewness: np.ndarray
    kurtosis: np.ndarray
    error: np.ndarray

    @classmethod
    def of(cls, pieces: Iterable[np.ndarray]) -> Self:
        """Those of white sources (n, k) that come in pieces."""
        n: int = 0
        sums: Any = 0
        for sources in pieces:
            squares = sources * sources
            cubes = squares * sources
            score = cubes - 3 * sources
            n, powers = n + len(sources), (cubes, squares * squares, score, score * score)
            sums = sums + np.array([power.sum(axis=0) for power in powers])
        skewness, kurtosis, mean, square = sums / n
        return cls(skewness, kurtosis - 3, np.sqrt((square - mean**2) / n))


def order_and_sign(moments: Moments, correlations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stated order (k,) of sources, then signs; correlations (d, k) are those with X."""
    column = np.abs(correlations).round(6).argmax(axis=0)
    leading = correlations[column, np.arange(len(column))]
    clear = np.abs(moments.skewness) > 3 * moments.error
    sign = np.where(np.where(clear, moments.skewness, leading) < 0, -1.0, 1.0)
    order = np.lexsort((column, -np.abs(moments.kurtosis).round(6)))
    return order, sign[order]
