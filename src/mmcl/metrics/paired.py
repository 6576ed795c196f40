"""Differences between arms that several trained networks share: means, t intervals, p-values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from mmcl.metrics.reading import numbers


class Difference(NamedTuple):
    """A mean difference over m networks, its interval, and p of "no difference", two-sided."""

    mean: float
    low: float
    high: float
    p: float


def difference(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Difference:
    """a minus b, both (m,), entry by entry of one network.

    Student's interval with m - 1 degrees of freedom. A bootstrap of five networks would be too
    narrow: it draws from five values as if there were no others.
    Errors: ValueError for shapes, or fewer than two networks.
    """
    x, y = numbers(a, "arms"), numbers(b, "arms")
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ValueError(f"arms have shapes {x.shape} and {y.shape}; give two (m,), m >= 2")
    gaps = x - y
    error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    reach = stats.t.ppf((1 + level) / 2, len(gaps) - 1) * error
    if error == 0:
        return Difference(gaps[0], gaps[0], gaps[0], float(gaps[0] == 0))
    p = 2 * stats.t.sf(abs(gaps.mean()) / error, len(gaps) - 1)
    mean = float(gaps.mean())
    return Difference(mean, float(mean - reach), float(mean + reach), float(p))
