"""The mean correlation coefficient: one code dimension for each latent, best matching."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from mmcl.errors import InputError
from mmcl.metrics.inputs import Factor, check, split, together
from mmcl.naming import nearest
from mmcl.randomness import stream


def mcc(
    latents: ArrayLike,
    codes: ArrayLike,
    *,
    method: Literal["pearson", "spearman"] = "pearson",
    rng: np.random.Generator | None = None,
) -> float:
    """Mean correlation coefficient of latents and their best matching code dimensions.

    Shapes: latents (n, d), continuous; codes (n, k) with k >= d. The matching and its signs are
    chosen on one half of the rows and scored on the other; rng draws the halves, which without
    it are always the same. 1 means equal up to order, sign and scale ("pearson"), or up to order
    and a monotone map of each ("spearman").
    Source: Liu et al., Table 1 (b), where both are done on the same rows.
    Errors: ValueError for shapes, labels, values, too few rows, or a latent that is constant, on
    a half or on all rows.

    >>> latents = stream(0, "latents").uniform(size=(1000, 3))
    >>> other = -2 * latents[:, [2, 0, 1]]  # another order, scale and sign
    >>> round(mcc(latents, other), 3)
    1.0
    >>> turned = latents @ [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]]
    >>> mcc(latents, turned) < 0.95
    True
    """
    nearest(method, ("pearson", "spearman"), "method")
    factors, h = check(latents, codes)
    if h.shape[1] < len(factors):
        raise InputError(
            f"codes have {h.shape[1]} dimensions for {len(factors)} latents; give at least as many"
        )
    return float(np.mean(held_out_matches(factors, h, method, rng)))


def held_out_matches(
    factors: Sequence[Factor],
    h: np.ndarray,
    method: str = "pearson",
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """(d,) correlations of d continuous factors with a code dimension (n, k) each, k >= d.

    Dimensions and signs are chosen on one half of the rows, correlations are those of the other.
    """
    fit, score = split(factors, h, rng or stream(0, "mcc"))
    z = together(factors)
    matching = correlations(z[fit], h[fit], method)
    rows, columns = linear_sum_assignment(-np.abs(matching))
    scores = correlations(z[score], h[score], method)[rows, columns]
    return scores * np.sign(matching[rows, columns])


def correlations(z: np.ndarray, h: np.ndarray, method: str = "pearson") -> np.ndarray:
    """(d, k) correlations; a constant column correlates with nothing."""
    if method == "spearman":
        z, h = rankdata(z, axis=0), rankdata(h, axis=0)
    z, h = z - z.mean(axis=0), h - h.mean(axis=0)
    lengths = np.outer(np.linalg.norm(z, axis=0), np.linalg.norm(h, axis=0))
    return np.divide(z.T @ h, lengths, out=np.zeros_like(lengths), where=lengths > 0)
