"""How are the latents spread over the code's dimensions? DCI, MIG and SAP."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import entropy, rankdata

from mmcl.metrics.inputs import Discrete, Factor, check_factors, skill, split
from mmcl.metrics.reading import numbers
from mmcl.metrics.regression import linear_predictions, standardized


class DCI(NamedTuple):
    """Disentanglement, completeness, informativeness: each 1 at best, about 0 when useless."""

    disentanglement: float
    completeness: float
    informativeness: float


def dci(
    latents: ArrayLike,
    codes: ArrayLike,
    *,
    rng: np.random.Generator,
    discrete: Discrete = False,
    trees: int = 50,
) -> DCI:
    """Does each code dimension serve one latent (D), each latent need one dimension (C)?

    One random forest a latent, fitted on half of the rows; how much each code dimension lowers
    the error at the forest's splits is its importance, and sums to 1 over dimensions. I is the
    forests' score on the other half: mean R2, or for labels the balanced accuracy with chance at
    0. Forests, because a split doesn't see monotone bends, bent latents are found too, and
    nothing is to be tuned.
    Shapes: latents (n, d); codes (n, k); discrete: which latents are labels. Constant dimensions
    raise C, which is in units of log k, and are warned of.
    Source: Eastwood and Williams (2018), who use the lasso and random forests.
    Errors: ValueError for shapes, values, too few rows, a constant latent, a rare label.

    >>> from mmcl.randomness import stream
    >>> latents = stream(0, "latents").uniform(size=(1000, 2))
    >>> turned = latents @ [[0.6, 0.8], [-0.8, 0.6]]
    >>> apart = dci(latents, latents, rng=stream(0, "rows"))
    >>> blended = dci(latents, turned, rng=stream(0, "rows"))
    >>> apart.disentanglement > 0.99, blended.disentanglement < 0.5
    (True, True)
    >>> blended.informativeness > 0.9  # nothing is lost, though
    True
    """
    factors, h = check_factors(latents, codes, discrete)
    warn_of_dead(h)
    importance, skills = forests(factors, h, rng, trees)
    return DCI(*dci_scores(importance), float(np.mean(skills)))


def warn_of_dead(h: np.ndarray) -> None:
    """Warn of constant dimensions of codes (n, k): completeness takes them for a choice."""
    dead = np.flatnonzero((h == h[0]).all(axis=0))
    if len(dead):
        shown = ", ".join(map(str, dead[:5])) + (", ..." if len(dead) > 5 else "")
        warnings.warn(
            f"{len(dead)} of {h.shape[1]} code dimensions are constant ({shown}), which raises "
            "DCI's completeness; leave them out",
            stacklevel=3,
        )


def forests(
    factors: Sequence[Factor], h: np.ndarray, rng: np.random.Generator, trees: int
) -> tuple[np.ndarray, list[float]]:
    """Importances (k, d) of code dimensions (n, k) for d factors, summing to 1, and skills (d).

    A forest for each factor, fitted on half of the rows; its skill is taken on the others.
    """
    fit, score = split(factors, h, rng)
    columns, skills = [], []
    for values, labels, _ in factors:
        forest = _forest(labels, trees, int(rng.integers(2**31))).fit(h[fit], values[fit])
        skills.append(skill(values[score], forest.predict(h[score]), labels))
        columns.append(forest.feature_importances_)
    return np.column_stack(columns), skills


def dci_scores(importance: ArrayLike) -> tuple[float, float]:
    """Disentanglement and completeness of an importance matrix (k dimensions, d latents).

    A row with entropy H (in units of log d) is disentangled to 1 - H; rows count by their share
    of all importance, so that dead dimensions don't count. A column is complete to 1 - H (in
    units of log k); the d latents count alike. Source: Eastwood and Williams (2018).
    Errors: ValueError for another shape, negative entries, or no importance at all.
    """
    matrix = numbers(importance, "importances")
    if matrix.ndim != 2 or not (matrix >= 0).all() or matrix.sum() <= 0:
        raise ValueError(
            f"importance has shape {matrix.shape} and entries from {matrix.min(initial=0)}; give "
            "(k, d) with entries >= 0 that aren't all 0"
        )
    weights = matrix.sum(axis=1) / matrix.sum()
    return float(weights @ _purity(matrix)), float(_purity(matrix.T).mean())


def mig(
    latents: ArrayLike, codes: ArrayLike, *, bins: int = 20, discrete: Discrete = False
) -> float:
    """Mutual information gap: how far the best code dimension is ahead of the second best.

    For each latent the gap of mutual information between its two most informative dimensions,
    over the latent's entropy; the mean over latents. Numbers fall into `bins` bins of equal
    counts, so that no monotone map of a dimension matters; labels are their own bins.
    Nothing is fitted; counting n rows raises each information by about (bins - 1)^2 / (2n) nats.
    Shapes: latents (n, d); codes (n, k); discrete: which latents are labels.
    Source: Chen et al. (2018). Errors: ValueError for shapes, values, a constant
    latent, a rare label, bins < 2, or fewer than bins^2 rows.

    >>> from mmcl.randomness import stream
    >>> latents = stream(0, "latents").uniform(size=(1000, 2))
    >>> turned = latents @ [[0.6, 0.8], [-0.8, 0.6]]
    >>> mig(latents, latents) > 0.8, mig(latents, turned) < 0.3
    (True, True)
    """
    factors, h = check_factors(latents, codes, discrete)
    if bins < 2 or len(h) < bins**2:
        raise ValueError(
            f"bins = {bins} with {len(h)} rows; give bins >= 2 and at least bins^2 rows"
        )
    binned = [_bins(column, bins) for column in h.T]
    gaps = []
    for factor in factors:
        own = factor.values if factor.discrete else _bins(factor.values, bins)
        shared = sorted((_information(own, code) for code in binned), reverse=True)
        gaps.append((shared[0] - (shared[1] if len(shared) > 1 else 0)) / _information(own, own))
    return float(np.mean(gaps))


def sap(
    latents: ArrayLike, codes: ArrayLike, *, rng: np.random.Generator, discrete: Discrete = False
) -> float:
    """Separated attribute predictability: how far the best dimension predicts ahead of the next.

    For each latent, every code dimension alone predicts it by a line (labels: by a logistic
    regression); the two best on one half of the rows are scored on the other half, by R2
    (labels: balanced accuracy with chance at 0), and their gap is taken; the mean over latents.
    A predictor worse than a constant counts as 0.
    Shapes: latents (n, d); codes (n, k); discrete: which latents are labels.
    Source: Kumar et al. (2018), who choose the two best by the scores themselves.
    Errors: ValueError for shapes, values, too few rows, a constant latent, a rare label.

    >>> from mmcl.randomness import stream
    >>> latents = stream(0, "latents").uniform(size=(1000, 2))
    >>> sap(latents, latents, rng=stream(0, "rows")) > 0.9
    True
    >>> twice = latents[:, [0, 0, 1, 1]]  # two dimensions tell the same
    >>> sap(latents, twice, rng=stream(0, "rows"))
    0.0
    """
    factors, h = check_factors(latents, codes, discrete)
    fit, score = split(factors, h, rng)
    h = standardized(h, fit)
    gaps = []
    for factor in factors:
        table = np.array([_single_scores(factor, column, fit, score) for column in h.T])
        best = np.argsort(-table[:, 0], kind="stable")[:2]
        first, second = [*table[best, 1], 0.0][:2]
        gaps.append(max(first, 0.0) - max(second, 0.0))
    return float(np.mean(gaps))


def _forest(labels: bool, trees: int, seed: int):
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    settings = {"min_samples_leaf": 5, "max_features": None, "random_state": seed}
    if labels:
        return RandomForestClassifier(trees, class_weight="balanced", **settings)
    return RandomForestRegressor(trees, **settings)


def _purity(matrix: np.ndarray) -> np.ndarray:
    """For each row 1 - entropy in units of the largest possible; 0 for a row of zeros."""
    if matrix.shape[1] == 1:
        return np.ones(len(matrix))
    total = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, total, out=np.full_like(matrix, 1.0), where=total > 0)
    return 1 - entropy(shares, axis=1) / np.log(matrix.shape[1])


def _single_scores(
    factor: Factor, column: np.ndarray, fit: np.ndarray, score: np.ndarray
) -> list[float]:
    """How well one dimension predicts a factor on the fitting rows and on the scoring rows."""
    y, labels, _ = factor

    def predicted(rows: np.ndarray) -> np.ndarray:
        return linear_predictions(column[fit, None], y[fit], column[rows, None], discrete=labels)

    return [skill(y[rows], predicted(rows), labels) for rows in (fit, score)]


def _bins(values: np.ndarray, bins: int) -> np.ndarray:
    """For each value the number of its bin; bins have equal counts, and equal values share one."""
    return ((rankdata(values) - 0.5) * bins / len(values)).astype(int)


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information in nats of two columns of labels, from their joint counts."""
    shape = a.max() + 1, b.max() + 1
    counts = np.bincount(np.ravel_multi_index((a, b), shape), minlength=shape[0] * shape[1])
    return mutual_information(counts.reshape(shape) / len(a))


def mutual_information(joint: np.ndarray) -> float:
    """Mutual information in nats of a table of probabilities.

    joint: (a, b), all its entries sum to one.
    """
    independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / independent[seen])).sum())
