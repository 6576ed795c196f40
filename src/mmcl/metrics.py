"""How well codes recover latents: linear R2 and the mean correlation coefficient.

Whatever is fitted (a regression, a matching) is fitted on one half of the rows and scored on
the other half, so that a useless code scores about 0 however many dimensions it has.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata
from sklearn.linear_model import LinearRegression


def linear_r2(latents: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator) -> float:
    """Share of the latents' variance that a linear map of the codes explains, on held-out rows.

    Shapes: latents (n, d), codes (n, k); the mean over the d latents. 1 is perfect, 0 useless,
    and a code worse than the mean gives less than 0. Source: Liu et al., Table 1 (a), where it is
    scored on the rows it was fitted on. Errors: ValueError for shapes, values or too few rows.
    """
    z, h = _check(latents, codes)
    fit, score = np.array_split(rng.permutation(len(z)), 2)
    return float(LinearRegression().fit(h[fit], z[fit]).score(h[score], z[score]))


def mcc(
    latents: ArrayLike, codes: ArrayLike, *, method: Literal["pearson", "spearman"] = "pearson"
) -> float:
    """Mean correlation coefficient of latents and their best matching code dimensions.

    Shapes: latents (n, d), codes (n, k) with k >= d. The matching and its signs are chosen on
    the even rows and scored on the odd ones. 1 means equal up to order, sign and scale.
    Source: Liu et al., Table 1 (b), where both are done on the same rows.
    """
    if method not in ("pearson", "spearman"):
        raise ValueError(f"unknown method {method!r}; valid: 'pearson', 'spearman'")
    z, h = _check(latents, codes)
    if h.shape[1] < z.shape[1]:
        raise ValueError(
            f"codes have {h.shape[1]} dimensions for {z.shape[1]} latents; give at least as many"
        )
    matching = _correlations(z[::2], h[::2], method)
    rows, columns = linear_sum_assignment(-np.abs(matching))
    scores = _correlations(z[1::2], h[1::2], method)[rows, columns]
    return float(np.mean(scores * np.sign(matching[rows, columns])))


def _correlations(z: np.ndarray, h: np.ndarray, method: str) -> np.ndarray:
    """(d, k) correlations; a constant column correlates with nothing."""
    if method == "spearman":
        z, h = rankdata(z, axis=0), rankdata(h, axis=0)
    z, h = z - z.mean(axis=0), h - h.mean(axis=0)
    lengths = np.outer(np.linalg.norm(z, axis=0), np.linalg.norm(h, axis=0))
    return np.divide(z.T @ h, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def _check(latents: ArrayLike, codes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    z, h = np.asarray(latents, dtype=np.float64), np.asarray(codes, dtype=np.float64)
    if z.ndim != 2 or h.ndim != 2 or len(z) != len(h) or 0 in z.shape or 0 in h.shape:
        raise ValueError(
            f"latents have shape {z.shape} and codes {h.shape}; give (n, d) and (n, k)"
        )
    for name, values in {"latents": z, "codes": h}.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} hold NaN or infinity; drop those rows or mend their source")
    if len(z) < 4 * (h.shape[1] + 1):
        raise ValueError(f"{len(z)} rows are too few for {h.shape[1]} code dimensions; give more")
    return z, h
