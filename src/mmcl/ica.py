"""Linear ICA: whitening, then the rotation that only independent non-Gaussian sources determine."""

import warnings
from numbers import Integral, Real
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from mmcl.errors import InputError
from mmcl.naming import nearest

ALGORITHMS = ("picard", "fastica")
ENOUGH = 5  # rows for each squared number of components
LARGE = 4_000_000  # entries of a matrix from which on a rough first answer saves time
ROUGH = 20  # iterations of the rough search, at most
ALIKE = 1e-9  # relative differences of deviations that only rounding makes
CLEAR = 1e-6  # smallest share of the largest variance that a product of columns still tells


class LinearICA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Independent components of X (n, d), as a scikit-learn transformer to sources (n, k).

    1. Centering: subtract mean_ (d,).
    2. Whitening by SVD: whitening_ (k, d), the k leading principal axes, each over its standard
       deviation (divisor n, as `numpy.std`).
    3. Rotation: rotation_ (k, k), orthogonal, found by `algorithm` from a random start.
    So components_ = rotation_ @ whitening_ (k, d), its pseudo-inverse is mixing_ (d, k), and
    transform(X) = (X - mean_) @ components_.T is white on the training rows. inverse_transform is
    exact when k is the rank. Everything is computed in float64.

    n_components: k, at most the rank of the centered data; None takes the rank. A direction counts
    when its standard deviation exceeds what rounding alone could make of X.
    algorithm: "picard" (Picard-O, extended: white stays white, and each source may be sub- or
    super-Gaussian) or "fastica" (scikit-learn's, symmetric). Both use tanh and have the same fixed
    points. random_state: None, an int, a numpy Generator or RandomState; draws the start, no more.
    max_iter: iterations at most. tol: the largest gradient_ that counts as converged.

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
    """

    def __init__(
        self, n_components=None, *, algorithm="picard", random_state=None, max_iter=1000, tol=1e-6
    ):
        self.n_components = n_components
        self.algorithm = algorithm
        self.random_state = random_state
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: Any, y=None) -> Self:
        self._check_parameters()
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        centered, noise = X - self.mean_, rounding(X)
        axes, deviations = principal_axes(centered, noise)
        k = self._size(len(axes), X.shape)
        axes, deviations = axes[:k], deviations[:k]
        self.whitening_ = axes / deviations[:, None]
        white = centered @ self.whitening_.T
        start = random_rotation(k, self.random_state)
        rotation, self.n_iter_ = rotate(white, start, self.algorithm, self.max_iter, self.tol)

        covariances = (axes.T * deviations) @ rotation.T  # (d, k), of columns of X and sources
        spread = centered.std(axis=0)[:, None]
        correlations = covariances / np.where(spread > noise, spread, np.inf)
        sources = white @ rotation.T
        moments = Moments.of(sources)
        order, sign = order_and_sign(moments, correlations)
        self.rotation_ = rotation[order] * sign[:, None]
        self.components_ = self.rotation_ @ self.whitening_
        self.mixing_ = covariances[:, order] * sign
        self._n_features_out = k  # for get_feature_names_out
        self.skewness_ = moments.skewness[order] * sign
        self.excess_kurtosis_ = moments.kurtosis[order]
        self._measure(sources)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return (X - self.mean_) @ self.components_.T

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Sources (n, k) back to data (n, d)."""
        check_is_fitted(self)
        sources, k = check_array(X, dtype="float64"), len(self.components_)
        if sources.shape[1] != k:
            raise InputError(f"sources have {sources.shape[1]} columns; give {k}, one a component")
        return sources @ self.mixing_.T + self.mean_

    def _check_parameters(self) -> None:
        nearest(self.algorithm, ALGORITHMS, "algorithm")
        k = self.n_components
        if k is not None and not (isinstance(k, Integral) and int(k) >= 1):
            raise InputError(f"n_components is {k!r}; give a whole number >= 1 or None")
        if not (isinstance(self.max_iter, Integral) and int(self.max_iter) >= 1):
            raise InputError(f"max_iter is {self.max_iter!r}; give a whole number >= 1")
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

    def _measure(self, sources: np.ndarray) -> None:
        self.gradient_ = float(np.abs(gradient(sources)).max())
        self.converged_ = bool(self.gradient_ <= self.tol)
        if not self.converged_:
            warnings.warn(
                f"{self.algorithm} did not converge: gradient {self.gradient_:.1e} after "
                f"{self.n_iter_} iterations, tol {self.tol:.1e}. Raise max_iter; if that doesn't "
                "help, the data leave the rotation open: fewer components, more rows",
                ConvergenceWarning,
                stacklevel=3,
            )


def rounding(X: np.ndarray) -> float:
    """The standard deviation that rounding alone, of X (n, d) and of its mean, could make."""
    relative = max(np.finfo(X.dtype).eps, max(X.shape) * np.finfo(np.float64).eps)
    return float(relative * np.linalg.norm(X.astype(np.float64)) / np.sqrt(len(X)))


def principal_axes(centered: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Axes (r, d) and standard deviations (r,) of the r directions above noise, largest first.

    The product of the columns with each other is five times as fast as their QR decomposition, but
    halves the digits: it serves large data of which no direction is small. White data have no axes
    of their own: rounding would choose some, and with them another start on each processor. There
    the columns are taken.
    """
    if centered.size >= LARGE:
        variances, axes = np.linalg.eigh(centered.T @ centered / len(centered))
        deviations = np.sqrt(np.maximum(variances[::-1], 0))
        if variances[0] > CLEAR * variances[-1] and deviations[-1] > noise:
            return own_axes(axes.T[::-1], deviations)
    triangle = np.linalg.qr(centered, mode="r")  # has the singular values and axes of the whole
    _, singular, axes = np.linalg.svd(triangle, full_matrices=False)
    deviations = singular / np.sqrt(len(centered))
    return own_axes(axes[deviations > noise], deviations[deviations > noise])


def own_axes(axes: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The axes (r, d), or the d columns where all of them have one deviation up to rounding."""
    white = len(axes) == axes.shape[1] and np.ptp(deviations) <= ALIKE * deviations[0]
    return (np.eye(len(axes)) if white else axes), deviations


def random_rotation(k: int, random_state: Any) -> np.ndarray:
    """An orthogonal matrix (k, k), uniform; an int always gives the same one."""
    drawn = hasattr(random_state, "standard_normal")
    rng = random_state if drawn else np.random.default_rng(random_state)
    q, r = np.linalg.qr(rng.standard_normal((k, k)))
    return q * np.sign(np.diag(r))


def rotate(
    white: np.ndarray, start: np.ndarray, algorithm: str, max_iter: int, tol: float
) -> tuple[np.ndarray, int]:
    """The rotation (k, k) that makes white (n, k) least Gaussian, and the iterations it took.

    FastICA stops when no row turns by more than an angle tol: its gradient is then below tol. Both
    only warn when they stop short, so `fit` asks the gradient. Errors: FloatingPointError when the
    rotation isn't orthogonal.
    """
    search: Any = {"max_iter": max_iter, "whiten": False}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(Picard|FastICA) did not converge")
        if algorithm == "picard":
            from picard import picard

            start, spent = rough(white, start, max_iter) if white.size >= LARGE else (start, 0)
            search |= {"ortho": True, "extended": True, "centering": False, "return_n_iter": True}
            search |= {"w_init": start, "max_iter": max_iter - spent}
            found: Any = picard(white.T, tol=tol, **search)
            rotation, n_iter = found[1], found[3] + 1 + spent  # it counts from 0
        else:
            from sklearn.decomposition import FastICA

            done = FastICA(tol=max(tol**2 / 2, 1e-14), w_init=start, **search).fit(white)
            rotation, n_iter = done.components_, done.n_iter_
    error = np.abs(rotation @ rotation.T - np.eye(len(rotation))).max()
    if not error < 1e-3:
        raise FloatingPointError(f"{algorithm}'s rotation is {error:.1e} off; try another start")
    if error > 1e-8:  # many steps of a search that hardly moves add up their rounding
        rotation = nearest_rotation(rotation)
    return rotation, n_iter


def rough(white: np.ndarray, start: np.ndarray, max_iter: int) -> tuple[np.ndarray, int]:
    """A rotation (k, k) near which white (n, k) is least Gaussian, by few iterations; their number.

    FastICA in float32, until no row turns by more than 1e-3 in 1 - cos: enough to start from.
    """
    from sklearn.decomposition import FastICA

    most = min(ROUGH, max_iter // 2)
    if most == 0:
        return start, 0
    search: Any = {"max_iter": most, "whiten": False, "w_init": start.astype(np.float32)}
    found: Any = FastICA(tol=1e-3, **search).fit(white.astype(np.float32))
    return nearest_rotation(found.components_.astype(np.float64)), found.n_iter_


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """The orthogonal matrix (k, k) nearest to a matrix."""
    left, _, right = np.linalg.svd(matrix)
    return left @ right


def gradient(sources: np.ndarray) -> np.ndarray:
    """How the contrast of white sources (n, k) changes as they are turned: antisymmetric (k, k).

    (G - G^T) / 2, where G is E[tanh(y) y^T], row i times the sign of E[tanh'(y_i)] - G_ii: 0 at the
    fixed points of both algorithms. Source: Ablin, Cardoso and Gramfort (2018).
    """
    psi = np.tanh(sources)
    moments = psi.T @ sources / len(sources)
    signed = np.sign((1 - psi**2).mean(axis=0) - np.diag(moments))[:, None] * moments
    return (signed - signed.T) / 2


class Moments(NamedTuple):
    """Of white sources (n, k), each (k,): skewness, excess kurtosis, and the skewness's standard
    error under symmetry."""

    skewness: np.ndarray
    kurtosis: np.ndarray
    error: np.ndarray

    @classmethod
    def of(cls, sources: np.ndarray) -> Self:
        squares = sources * sources
        cubes = squares * sources
        skewness, kurtosis = cubes.mean(axis=0), (squares * squares).mean(axis=0) - 3
        error = (cubes - 3 * sources).std(axis=0) / np.sqrt(len(sources))
        return cls(skewness, kurtosis, error)


def order_and_sign(moments: Moments, correlations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stated order (k,) of sources, then signs; correlations (d, k) are those with X."""
    column = np.abs(correlations).round(6).argmax(axis=0)
    leading = correlations[column, np.arange(len(column))]
    clear = np.abs(moments.skewness) > 3 * moments.error
    sign = np.where(np.where(clear, moments.skewness, leading) < 0, -1.0, 1.0)
    order = np.lexsort((column, -np.abs(moments.kurtosis).round(6)))
    return order, sign[order]
