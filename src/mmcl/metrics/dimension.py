"""How many dimensions do two modalities share? Canonical correlations and intrinsic dimension.

Codes with room to spare hold what is shared in some linear directions, and more beside it.
Canonical correlations tell which directions both modalities agree on; but a curved sheet takes
more directions than it has dimensions, so the dimension of the sheet is measured as well.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmcl.errors import InputError
from mmcl.metrics.reading import numbers
from mmcl.metrics.repeats import first_equals, objects

THRESHOLD = 0.85


class Canonical(NamedTuple):
    """Directions of two codes (n, k) that correlate best, strongest first."""

    x: np.ndarray  # canonical variates (n, k) of the codes of x, variance 1 on the fitting half
    t: np.ndarray  # those of t
    correlations: np.ndarray  # (k,), on the other half


class Shared(NamedTuple):
    """What two codes share: linear directions, and the dimension of the sheet within them."""

    correlations: np.ndarray
    directions: int
    intrinsic: float  # 0 without directions

    @property
    def dimension(self) -> int:
        """The number of shared dimensions, as a whole number."""
        return round(self.intrinsic)


def shared_dimension(
    codes_x: ArrayLike,
    codes_t: ArrayLike,
    *,
    rng: np.random.Generator,
    threshold: float = THRESHOLD,
    neighbors: int = 20,
) -> Shared:
    """How many dimensions the codes (n, k) of n pairs share.

    Directions with a held-out canonical correlation above the threshold are shared; the intrinsic
    dimension of the codes along them, the mean of both modalities, is the answer. What one
    modality perturbs by as much as it varies correlates at 0.71, or 0.76 if it does so in three
    pairs out of four; what is perturbed rarely or little passes for shared.
    Errors: ValueError for shapes, values, a threshold outside (0, 1), or too few rows.
    Cost: nearest neighbors of n points, about a second for 8,192.

    >>> from mmcl.randomness import stream
    >>> rng = stream(0, "codes")
    >>> shared = rng.standard_normal((2000, 2))
    >>> own = rng.standard_normal((2, 2000, 3))
    >>> codes_x, codes_t = (np.hstack([shared, each]) for each in own)
    >>> shared_dimension(codes_x, codes_t, rng=stream(0, "rows")).directions
    2
    """
    if not 0 < threshold < 1:
        raise InputError(f"threshold is {threshold!r}; give a number between 0 and 1")
    found = canonical(codes_x, codes_t, rng=rng)
    k = int((found.correlations > threshold).sum())
    if k == 0:
        return Shared(found.correlations, 0, 0.0)
    sheets = [variates[:, :k] for variates in (found.x, found.t)]
    intrinsic = np.mean([intrinsic_dimension(sheet, neighbors=neighbors) for sheet in sheets])
    return Shared(found.correlations, k, float(intrinsic))


def canonical(codes_x: ArrayLike, codes_t: ArrayLike, *, rng: np.random.Generator) -> Canonical:
    """Canonical correlation analysis, fitted on one half of the pairs and scored on the other.

    Shapes: codes (n, k), row i of one pairs with row i of the other. Directions in which codes
    hardly vary (less than 1e-8 of the largest variance) are left out. Pairs that share the codes
    of one side, as a picture's captions do, stay in one half.
    Source: Hotelling (1936). Errors: ValueError for shapes, NaN or fewer than 4 (k + 1) rows.
    """
    a, b = (numbers(codes, "codes") for codes in (codes_x, codes_t))
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b) or 0 in a.shape or 0 in b.shape:
        raise InputError(f"codes have shapes {a.shape} and {b.shape}; give two (n, k), row by row")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("codes hold NaN or infinity; drop those rows or mend their source")
    if len(a) < 4 * (max(a.shape[1], b.shape[1]) + 1):
        raise InputError(f"{len(a)} rows are too few for codes of {a.shape[1]} dimensions")
    fit, score = objects(a, b).halves(rng)
    x, t = variates(a, b, fit)
    columns = zip(x[score].T, t[score].T, strict=True)
    return Canonical(x, t, np.array([np.corrcoef(u, v)[0, 1] for u, v in columns]))


def variates(a: np.ndarray, b: np.ndarray, fit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Canonical variates (n, k) of codes (n, d_a) and (n, d_b), found on the rows `fit`.

    Errors: ValueError for codes that don't vary.
    """
    a, b = whitened(a, fit), whitened(b, fit)
    left, right, _ = directions(a[fit], b[fit])
    return a @ left, b @ right


def directions(x: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical directions of white rows (n, d_x) and (n, d_t), and their correlations there.

    Maps (d_x, k) and (d_t, k), strongest first, and (k,): no others correlate more on these rows.
    """
    left, singular, right = np.linalg.svd(x.T @ t / len(x), full_matrices=False)
    return left, right.T, singular


def whitened(codes: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Codes (n, k) on principal axes, with mean 0 and variance 1 on the fitting rows.

    Errors: ValueError for codes that don't vary.
    """
    centered = codes - codes[fit].mean(axis=0)
    variances, axes = np.linalg.eigh(centered[fit].T @ centered[fit] / len(fit))
    kept = variances > 1e-8 * variances[-1]
    if not kept.any():
        raise InputError("codes are constant: they share nothing; was the encoder trained?")
    return centered @ (axes[:, kept] / np.sqrt(variances[kept]))


def intrinsic_dimension(points: ArrayLike, *, neighbors: int = 20) -> float:
    """The dimension of the sheet that points (n, k) lie on, which may bend.

    In d dimensions the number of neighbors within a distance r grows like r^d, so the logarithms
    of distances to the nearest ones tell d. More neighbors look farther: less noise, more bend.
    Copies of a point, which lie at no distance, count once.
    Source: Levina and Bickel (2004), with MacKay and Ghahramani's average over points.
    Errors: ValueError for shapes, NaN, neighbors < 2, or not more rows than neighbors.
    """
    from sklearn.neighbors import NearestNeighbors

    points = numbers(points, "points")
    if points.ndim != 2 or points.shape[1] < 1 or not np.isfinite(points).all():
        raise InputError(f"points have shape {points.shape}; give (n, k), all finite")
    points = points[np.unique(first_equals(points))]
    if not 2 <= neighbors < len(points):
        raise InputError(
            f"neighbors is {neighbors!r} with {len(points)} points; give 2 or more, and more points"
        )
    search = NearestNeighbors(n_neighbors=neighbors).fit(points)
    distances, _ = search.kneighbors()  # without arguments a point is no neighbor of itself
    logs = np.log(np.maximum(distances, np.finfo(float).tiny))
    return float(1 / (logs[:, -1:] - logs[:, :-1]).mean())
