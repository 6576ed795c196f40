"""How two clouds of paired features lie: retrieval, the gap, spread, effective dimension, gain."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from mmcl.laws import log_z
from mmcl.metrics.reading import numbers, read
from mmcl.metrics.repeats import objects


def normalized(a: ArrayLike) -> np.ndarray:
    """Rows of a (n, d), each of length one; a row of zeros stays."""
    rows = numbers(a, "features")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def recall_at_1(scores: ArrayLike) -> tuple[float, float]:
    """How often the partner has the highest score, x to t and t to x.

    scores (n, n): row i is x_i against all t; partners are on the diagonal. Ties count as missed.
    """
    s = read(scores, "scores")
    own, others = np.diag(s), s.copy()
    np.fill_diagonal(others, -np.inf)
    return float((own > others.max(axis=1)).mean()), float((own > others.max(axis=0)).mean())


def losses(scores: ArrayLike, temperature: float) -> tuple[float, float]:
    """InfoNCE in nats for finding t from x and x from t; `mmcl.losses.info_nce` is their mean.

    scores: (n, n), the partners on the diagonal, before they are divided by the temperature.
    """
    logits = numbers(scores, "scores") / temperature
    own = np.diag(logits)
    both = (logsumexp(logits, axis=1) - own).mean(), (logsumexp(logits, axis=0) - own).mean()
    return float(both[0]), float(both[1])


def best_temperature(scores: ArrayLike) -> float:
    """The temperature in [0.001, 1] with the least loss on these scores (n, n)."""
    found = minimize_scalar(
        lambda power: sum(losses(scores, 10.0**power)),
        bounds=(-3, 0),
        method="bounded",
        options={"xatol": 0.003},  # under a percent: the loss is flat there
    )
    return float(10.0**found.x)  # type: ignore[union-attr]


def gain(
    scores: ArrayLike, temperature: float, sizes: Sequence[int], *, rng: np.random.Generator
) -> dict[int, float]:
    """log N minus the loss among N of the pairs, in nats, for each N: at most log N.

    The mean over as many random subsets as make 2,000 rows, at least one.

    scores: (n, n), the partners on the diagonal; sizes at most n.
    """
    s, found = read(scores, "scores"), {}
    for size in sizes:
        picks = [rng.permutation(len(s))[:size] for _ in range(max(1, 2000 // size))]
        mean = np.mean([losses(s[np.ix_(pick, pick)], temperature) for pick in picks])
        found[size] = float(np.log(size) - mean)
    return found


# The gap


def modality_gap(x: ArrayLike, t: ArrayLike) -> float:
    """Distance between the means of both modalities' features.

    Shapes: x (n, d), t (m, d). Source: Liang et al. (2022).
    """
    a, b = numbers(x, "features"), numbers(t, "features")
    return float(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0)))


def slid(x: ArrayLike, t: ArrayLike, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Features moved towards each other along the line between their means.

    share: of the gap that is closed, half by each modality; 1 makes the means equal, below 0
    widens it. Shapes: x (n, d), t (m, d); both come back. Lengths aren't mended.
    Source: Liang et al. (2022), who also normalize again.
    """
    a, b = numbers(x, "features"), numbers(t, "features")
    step = share / 2 * (b.mean(axis=0) - a.mean(axis=0))
    return a + step, b - step


def flattened(x: ArrayLike, t: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Features without their coordinate along the line between the means.

    Shapes: x (n, d), t (m, d); returns both in the same shapes.
    """
    a, b = numbers(x, "features"), numbers(t, "features")
    line = b.mean(axis=0) - a.mean(axis=0)
    line /= np.linalg.norm(line)
    return a - np.outer(a @ line, line), b - np.outer(b @ line, line)


def gap_as_heads(x: ArrayLike, t: ArrayLike) -> np.ndarray:
    """Scores (n, n) without the line between the means, but with the two heads that it gave.

    Along that line x_i lies at a + u_i and t_j at b + v_j (a, b the means), so its share of the
    scores is ab + a v_j + b u_i + u_i v_j: a constant, two heads, and what is left out here.
    """
    a, b = numbers(x, "features"), numbers(t, "features")
    line = b.mean(axis=0) - a.mean(axis=0)
    line /= np.linalg.norm(line)
    along_x, along_t = a @ line, b @ line
    flat_x, flat_t = flattened(a, b)
    return flat_x @ flat_t.T + along_t.mean() * along_x[:, None] + along_x.mean() * along_t


# Spread and dimension


def uniformity(a: ArrayLike, *, scale: float = 2.0) -> float:
    """log mean exp(-scale |u - v|^2) over distinct rows of a (n, d): lower is more even.

    Source: Wang and Isola (2020). `uniform_value` is what the uniform sphere has.
    """
    rows = numbers(a, "features")
    cosines = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    squares = (rows**2).sum(axis=1)
    pairs = (squares[:, None] + squares)[np.triu_indices(len(rows), 1)]
    return float(logsumexp(-scale * (pairs - 2 * cosines)) - np.log(len(cosines)))


def uniform_value(d: int, *, scale: float = 2.0) -> float:
    """The uniformity of the uniform law on the sphere in R^d, exactly."""
    return float(-2 * scale + log_z(2 * scale, d))


def participation_ratio(a: ArrayLike) -> float:
    """(sum of variances)^2 / sum of squared variances of a's (n, d) principal axes: 1 to d.

    n rows of d equal variances give n d / (n + d), so it is bounded by the rows as well.
    """
    rows = numbers(a, "features")
    rows = rows - rows.mean(axis=0)
    gram = rows @ rows.T if len(rows) < rows.shape[1] else rows.T @ rows
    return float(np.trace(gram) ** 2 / (gram**2).sum())


def held_out_likelihood(
    a: ArrayLike, sizes: Sequence[int], *, folds: int = 5, rng: np.random.Generator
) -> dict[int, float]:
    """Mean log-likelihood of held-out rows of a (n, d) under probabilistic PCA with k axes, each k.

    k axes have variances of their own, all others share one. More axes fit more noise, so it has
    a maximum; the mean over `folds` of the rows, of which copies share one.
    Source: Tipping and Bishop (1999).
    Cost: one SVD a fold. Errors: ValueError for k beyond what a fold's rows can tell.
    """
    rows = numbers(a, "features")
    parts = objects(rows).parts(folds, rng)
    most = min(len(rows) - max(len(part) for part in parts) - 1, rows.shape[1] - 1)
    if not len(sizes) or min(sizes) < 1 or max(sizes) > most:
        raise ValueError(f"sizes are {list(sizes)}; give numbers of axes from 1 to {most}")
    found = np.zeros(len(sizes))
    for part in parts:
        kept = np.delete(rows, part, axis=0)
        found += _likelihoods(kept, rows[part], sizes) / folds
    return {size: float(value) for size, value in zip(sizes, found, strict=True)}


def _likelihoods(kept: np.ndarray, held: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Mean log-likelihoods of rows `held` (m, d) under PCA of `kept` (n, d), for each size."""
    mean, d = kept.mean(axis=0), kept.shape[1]
    _, singular, axes = np.linalg.svd(kept - mean, full_matrices=False)
    variances = singular**2 / len(kept)
    squares = (((held - mean) @ axes.T) ** 2).mean(axis=0)
    total = ((held - mean) ** 2).sum(axis=1).mean()
    values = []
    for k in sizes:
        rest = variances[k:].sum() / (d - k)
        logs = np.log(variances[:k]).sum() + (d - k) * np.log(rest)
        spread = (squares[:k] / variances[:k]).sum() + (total - squares[:k].sum()) / rest
        values.append(-0.5 * (d * np.log(2 * np.pi) + logs + spread))
    return np.array(values)
