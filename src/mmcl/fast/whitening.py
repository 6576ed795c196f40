"""White rows: centered rows of any number, in pieces where they are many, and principal axes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

LARGE = 4_000_000  # entries of a matrix from which on a short way to its axes saves time
WHOLE = 2**25  # entries of X up to which all rows are centered at once
PIECE = 2**22  # entries of a piece of a larger X
ALIKE = 1e-9  # relative differences of deviations that only rounding makes
CLEAR = 1e-6  # smallest share of the largest variance that a product of columns still tells


class Centered:
    """Rows X (n, d) less their mean in float64, at once or, above WHOLE entries, in pieces.

    parts: slices of the rows, one a piece. noise: the standard deviation that rounding alone, of X
    and of its mean, could make.
    """

    def __init__(self, X: np.ndarray, mean: np.ndarray | None = None):
        n, d = self.shape = X.shape
        step = n if X.size <= WHOLE else max(1, PIECE // d)
        self.X, self.parts = X, [slice(at, at + step) for at in range(0, n, step)]
        if mean is None:
            mean = sum(X[part].sum(axis=0, dtype=np.float64) for part in self.parts) / n
        self.mean: Any = mean
        self.kept = [X - mean] if len(self.parts) == 1 else []

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.kept or (self.X[part] - self.mean for part in self.parts))

    @property
    def noise(self) -> float:
        """The standard deviation that rounding alone gives a direction."""
        X, eps = self.X, np.finfo(np.float64).eps
        norm = np.linalg.norm([np.linalg.norm(X[p].astype(np.float64)) for p in self.parts])
        return float(max(np.finfo(X.dtype).eps, max(X.shape) * eps) * norm / np.sqrt(len(X)))

    def deviations(self) -> np.ndarray:
        """The standard deviation of each column (d,)."""
        squares: Any = sum((piece**2).sum(axis=0) for piece in self)
        return np.sqrt(squares / len(self.X))

    def turned(self, axes: np.ndarray, dtype: str) -> np.ndarray:
        """The rows along axes (k, d): (n, k)."""
        turned = np.empty((len(self.X), len(axes)), dtype)
        for part, piece in zip(self.parts, self, strict=True):
            turned[part] = piece @ axes.T
        return turned


def principal_axes(rows: Centered) -> tuple[np.ndarray, np.ndarray]:
    """Axes (r, d) and standard deviations (r,) of the r directions above noise, largest first.

    The product of the columns with each other is five times as fast as their QR decomposition, but
    halves the digits: it serves large data of which no direction is small. White data have no axes
    of their own: rounding would choose some, and with them another start on each processor. There
    the columns are taken.
    """
    (n, d), noise = rows.shape, rows.noise
    if n * d >= LARGE:
        product: Any = sum(piece.T @ piece for piece in rows)
        variances, axes = np.linalg.eigh(product / n)
        deviations = np.sqrt(np.maximum(variances[::-1], 0))
        if variances[0] > CLEAR * variances[-1] and deviations[-1] > noise:
            return own_axes(axes.T[::-1], deviations)
    triangle = np.empty((0, d))
    for piece in rows:  # the triangle has the singular values and axes of all rows so far
        triangle = np.linalg.qr(np.vstack([triangle, piece]), mode="r")
    _, singular, axes = np.linalg.svd(triangle, full_matrices=False)
    deviations = singular / np.sqrt(n)
    return own_axes(axes[deviations > noise], deviations[deviations > noise])


def own_axes(axes: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The axes (r, d), or the d columns where all of them have one deviation up to rounding."""
    white = len(axes) == axes.shape[1] and np.ptp(deviations) <= ALIKE * deviations[0]
    return (np.eye(len(axes)) if white else axes), deviations
