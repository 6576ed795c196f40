"""The mean correlation coefficient: one code dimension for each latent, best matching."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from mmcl.metrics.inputs import check
from mmcl.naming import nearest


def mcc(
    latents: ArrayLike, codes: ArrayLike, *, method: Literal["pearson", "spearman"] = "pearson"
) -> float:
    """Mean correlation coefficient of latents and their best matching code dimensions.

    Shapes: latents (n, d), continuous; codes (n, k) with k >= d. The matching and its signs are
    chosen on the even rows and scored on the odd ones. 1 means equal up to order, sign and scale
    ("pearson"), or up to order and a monotone map of each ("spearman").
    Source: Liu et al., Table 1 (b), where both are done on the same rows.
    Errors: ValueError for shapes, labels, values, too few rows or a constant latent.
    """
    nearest(method, ("pearson", "spearman"), "method")
    z, h = check(latents, codes)
    if h.shape[1] < z.shape[1]:
        raise ValueError(
            f"codes have {h.shape[1]} dimensions for {z.shape[1]} latents; give at least as many"
        )
    return float(np.mean(held_out_matches(z, h, method)))


def held_out_matches(z: np.ndarray, h: np.ndarray, method: str = "pearson") -> np.ndarray:
    """(d,) correlations of latents (n, d) with a code dimension (n, k) each, k >= d.

    Dimensions and signs are chosen on the even rows, correlations are those of the odd ones.
    """
    matching = correlations(z[::2], h[::2], method)
    rows, columns = linear_sum_assignment(-np.abs(matching))
    scores = correlations(z[1::2], h[1::2], method)[rows, columns]
    return scores * np.sign(matching[rows, columns])


def correlations(z: np.ndarray, h: np.ndarray, method: str = "pearson") -> np.ndarray:
    """(d, k) correlations; a constant column correlates with nothing."""
    if method == "spearman":
        z, h = rankdata(z, axis=0), rankdata(h, axis=0)
    z, h = z - z.mean(axis=0), h - h.mean(axis=0)
    lengths = np.outer(np.linalg.norm(z, axis=0), np.linalg.norm(h, axis=0))
    return np.divide(z.T @ h, lengths, out=np.zeros_like(lengths), where=lengths > 0)
