"""Kernel ridge regression for many rows: the Nystroem approximation, in blocks of rows.

A kernel among n rows has n^2 numbers, and a Cholesky factor of it costs n^3 / 3. Here predictions
are combinations of the kernels around m of the rows, the landmarks; memory then grows with m^2,
and time with n m^2.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.spatial.distance import cdist

BLOCK = 1024  # rows that are lifted at once


class Moments(NamedTuple):
    """All that least squares needs of a fold's features (n, m) and targets (n, d)."""

    gram: np.ndarray  # features' features (m, m)
    cross: np.ndarray  # features' targets (m, d)
    square: float  # sum of squared targets
    size: int  # how many targets there are, n d

    def ridge(self, alpha: float) -> np.ndarray:
        """Weights (m, d) of the ridge regression."""
        penalized = self.gram.copy()
        penalized[np.diag_indices_from(penalized)] += alpha
        factor = cho_factor(penalized, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, self.cross, check_finite=False)

    def error(self, weights: np.ndarray) -> float:
        """Mean squared error of weights (m, d) on these rows."""
        explained = 2 * (weights * self.cross).sum() - (weights * (self.gram @ weights)).sum()
        return (self.square - explained) / self.size


def nystroem_predictions(
    h: np.ndarray,
    y: np.ndarray,
    far: np.ndarray,
    marks: np.ndarray,
    alphas: Sequence[float],
    gammas: Sequence[float],
) -> np.ndarray:
    """Predictions (n', d) at the rows far (n', k), fitted on codes h (n, k) and targets y (n, d).

    Kernel ridge regression with exp(-gamma |h - h'|^2) replaced by its projection onto the
    landmarks marks (m, k); (alpha, gamma) is chosen by 3-fold cross-validation among h's rows.
    With all rows as landmarks this is the exact regression.
    Source: Williams and Seeger (2001). Cost: about n m^2 products a gamma, 8 m^2 numbers.
    """
    chosen, weights, lowest = lift(marks, gammas[0]), np.zeros((len(marks), y.shape[1])), np.inf
    for gamma in gammas:
        features = lift(marks, gamma)
        folds = [
            moments(features, h[rows], y[rows]) for rows in np.array_split(np.arange(len(h)), 3)
        ]
        for alpha in alphas:
            error = sum(fold.error(without(fold, folds).ridge(alpha)) for fold in folds)
            if error < lowest:
                weights = without(None, folds).ridge(alpha)
                chosen, lowest = features, error
    return np.concatenate([chosen(rows) @ weights for rows in blocks(far)])


def lift(marks: np.ndarray, gamma: float) -> Callable[[np.ndarray], np.ndarray]:
    """A map from rows (n, k) to features (n, m) whose inner products are the projected kernel.

    scikit-learn's Nystroem gives the same inner products by a singular value decomposition, which
    takes ten times as long as this Cholesky factor.
    """
    kernel = np.exp(-gamma * cdist(marks, marks, "sqeuclidean"))
    kernel[np.diag_indices_from(kernel)] += 1e-14 * len(marks)  # equal landmarks are no trouble
    root = cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)

    def features(rows: np.ndarray) -> np.ndarray:
        near = cdist(marks, rows, "sqeuclidean")
        near *= -gamma
        np.exp(near, out=near)
        return solve_triangular(root, near, lower=True, overwrite_b=True, check_finite=False).T

    return features


def moments(features: Callable[[np.ndarray], np.ndarray], h: np.ndarray, y: np.ndarray) -> Moments:
    """The moments of rows h (n, k) with targets y (n, d)."""
    gram, cross = np.zeros(()), np.zeros(())
    for rows, targets in zip(blocks(h), blocks(y), strict=True):
        lifted = features(rows)
        gram, cross = gram + lifted.T @ lifted, cross + lifted.T @ targets
    return Moments(gram, cross, float((y**2).sum()), y.size)


def without(left_out: Moments | None, folds: Sequence[Moments]) -> Moments:
    """The moments of all folds but one."""
    kept = [fold for fold in folds if fold is not left_out]
    return Moments(*(sum(values) for values in zip(*kept, strict=True)))  # type: ignore[arg-type]


def blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in order, at most BLOCK at once.

    rows: (n, d); each block is a view, (at most BLOCK, d).
    """
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]
