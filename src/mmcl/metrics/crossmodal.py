"""Do components of two modalities speak of the same things? Matched correlations, held out.

Each modality gets its own components from half of the pairs. They are matched one to one there,
by the size of their correlation, and the correlation of each match is measured on the other half.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmcl.errors import InputError
from mmcl.ica import random_rotation
from mmcl.metrics.dimension import directions
from mmcl.metrics.matching import correlations


class White(NamedTuple):
    """Both modalities on k principal axes of the fitting pairs, with variance 1 there."""

    fit: tuple[np.ndarray, np.ndarray]  # (n, k) each
    held: tuple[np.ndarray, np.ndarray]  # (m, k) each

    def turned(self, x: np.ndarray, t: np.ndarray) -> "White":
        """The same after a linear map (k, k) of each modality."""
        maps = (x.T, t.T)
        both = [tuple(a @ m for a, m in zip(part, maps, strict=True)) for part in self]
        return White(*both)  # type: ignore[arg-type]

    def first(self, k: int) -> "White":
        """The k leading axes: principal axes are nested."""
        return White(*(tuple(a[:, :k] for a in part) for part in self))  # type: ignore[arg-type]


def whitened(x: np.ndarray, t: np.ndarray, k: int, fit: np.ndarray, held: np.ndarray) -> White:
    """Features (n, d) of both modalities on k principal axes that the rows `fit` determine.

    Errors: ValueError for k beyond the rank of the fitting rows.
    """
    parts = []
    for values in (x, t):
        centered = values - values[fit].mean(axis=0)
        _, singular, axes = np.linalg.svd(centered[fit], full_matrices=False)
        if k > len(fit) - 2 or singular[k - 1] < 1e-9 * singular[0]:
            raise InputError(f"{len(fit)} fitting rows have no {k} axes; give fewer components")
        white = centered @ (axes[:k].T * (np.sqrt(len(fit)) / singular[:k]))
        parts.append((white[fit], white[held]))
    return White((parts[0][0], parts[1][0]), (parts[0][1], parts[1][1]))


@dataclass(frozen=True)
class Matched:
    """Components in pairs: x and t (m, k) on held-out rows, column by column, signs agreed."""

    x: np.ndarray
    t: np.ndarray
    in_sample: float  # mean correlation on the fitting rows, where the matching was chosen

    @property
    def held_out(self) -> float:
        """Mean correlation of the matches on held-out rows."""
        return float(paired_correlations(self.x, self.t).mean())


def matched(white: White) -> Matched:
    """Match components on the fitting rows: the largest sum of |correlation|, one partner each.

    The pairs are in the order of that correlation, the largest first.
    """
    found = correlations(*white.fit)
    rows, columns = linear_sum_assignment(-np.abs(found))
    order = np.argsort(-np.abs(found[rows, columns]), kind="stable")
    rows, columns = rows[order], columns[order]
    chosen = found[rows, columns]
    x, t = white.held
    return Matched(x[:, rows], t[:, columns] * np.sign(chosen), float(np.abs(chosen).mean()))


def matched_directions(white: White) -> Matched:
    """Canonical directions in the same space, which correlate most of all in sample."""
    left, right, singular = directions(*white.fit)
    return Matched(*white.turned(left.T, right.T).held, in_sample=float(singular.mean()))


def rotations(white: White, count: int, rng: np.random.Generator) -> list[Matched]:
    """Matches after random rotations of the same white space, drawn for each modality."""
    k = white.fit[0].shape[1]
    return [
        matched(white.turned(random_rotation(k, rng), random_rotation(k, rng)))
        for _ in range(count)
    ]


def paired_correlations(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Correlation of column j of x (m, k) with column j of t (m, k), each j; 0 for constants."""
    x, t = x - x.mean(axis=0), t - t.mean(axis=0)
    lengths = np.sqrt((x**2).sum(axis=0) * (t**2).sum(axis=0))
    return np.divide((x * t).sum(axis=0), lengths, out=np.zeros_like(lengths), where=lengths > 0)


def bootstrapped(match: Matched, weights: np.ndarray) -> np.ndarray:
    """Held-out mean correlation under resampled pairs: (b,) from counts `weights` (b, m)."""
    x, t = match.x - match.x.mean(axis=0), match.t - match.t.mean(axis=0)
    w = weights / weights.sum(axis=1, keepdims=True)
    mean_x, mean_t = w @ x, w @ t
    covariance = w @ (x * t) - mean_x * mean_t
    variances = (w @ x**2 - mean_x**2) * (w @ t**2 - mean_t**2)
    return (covariance / np.sqrt(variances)).mean(axis=1)


def resampling(m: int, times: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of m pairs is drawn in each of `times` bootstrap samples: (times, m)."""
    return rng.multinomial(m, np.full(m, 1 / m), size=times).astype(np.float64)


def permuted(white: White, times: int, rng: np.random.Generator) -> np.ndarray:
    """Held-out mean correlations (times,) when partners are shuffled, each with its own matching.

    Shuffled within the fitting and within the held-out rows, so that nothing leaks between them.
    """
    found = []
    for _ in range(times):
        texts = (rng.permutation(part[1]) for part in white)
        parts = ((part[0], text) for part, text in zip(white, texts, strict=True))
        found.append(matched(White(*parts)).held_out)
    return np.array(found)


def p_value(value: float, null: np.ndarray) -> float:
    """How often a null value is at least as large, the value itself counted in.

    null: (m,); returns a number from 1 / (m + 1) to 1.
    """
    return float((1 + (null >= value).sum()) / (1 + len(null)))
