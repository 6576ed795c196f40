"""What axes hold: the share of their variance that lies between groups, and axes to do without."""

import numpy as np
from sklearn.metrics import roc_auc_score


def explained(scores: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The share of each column's variance (k,) that lies between groups (n,) of rows (n, k)."""
    one_hot = np.eye(groups.max() + 1)[groups]
    counts = one_hot.sum(axis=0)
    centered = scores - scores.mean(axis=0)
    means = (one_hot.T @ centered) / np.maximum(counts, 1)[:, None]
    return (counts @ means**2) / (centered**2).sum(axis=0)


def participation(shares: np.ndarray) -> float:
    """How many axes hold a quantity: (sum)^2 / sum of squares; 1 for one, k for all alike."""
    return float(shares.sum() ** 2 / (shares**2).sum())


def ranked(Z: np.ndarray, shifted: np.ndarray) -> np.ndarray:
    """Places of columns (k,), first the one that tells shifted rows from photos best (AUC)."""
    areas = np.array([roc_auc_score(shifted, z) for z in Z.T])
    return np.argsort(-np.abs(areas - 0.5))


def without_means(Z: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The projection (k, k) that takes out the span of the groups' means."""
    means = np.stack([Z[groups == g].mean(axis=0) for g in np.unique(groups)])
    _, sizes, axes = np.linalg.svd(means - means[0], full_matrices=False)
    span = axes[sizes > 1e-8 * sizes.max()]
    return np.eye(Z.shape[1]) - span.T @ span
