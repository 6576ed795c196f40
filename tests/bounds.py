"""Bounds of statistical tests: each states its false-alarm rate, whatever the processor rounds.

A test that true code fails one time in twenty passes by the luck of one machine's rounding. So a
bound here is the quantile that a true null exceeds with probability FALSE_ALARM, divided by the
number of comparisons that are made (Bonferroni). `check` keeps how much of its bound a test used;
the end of a test run names the test that used most.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-4  # of a test with all its comparisons, where there is no effect
shares: list[tuple[str, float]] = []  # of the test that runs now; conftest collects them


def limit(of: int = 1, dof: float = math.inf) -> float:
    """How many standard errors the largest of `of` estimates may be off, by Student's t.

    dof: degrees of freedom of the standard error; infinite where it is known.
    """
    tail = FALSE_ALARM / of / 2
    return float(-stats.norm.ppf(tail) if math.isinf(dof) else -stats.t.ppf(tail, dof))


def check(kind: str, used: float) -> None:
    """Assert that a share of a bound is at most 1, and keep it. NaN fails."""
    shares.append((kind, float(used)))
    assert used <= 1, f"{kind}: {used:.2f} of what a true null exceeds once in {1 / FALSE_ALARM:g}"


def within(errors: Any, *, of: int | None = None, dof: float = math.inf) -> None:
    """Assert that estimates are as near as chance allows. errors: distances in standard errors.

    of: how many comparisons there are, where `errors` is the worst of them.
    """
    errors = np.abs(np.asarray(errors, dtype=float)).ravel()
    check("standard errors", float(np.max(errors) / limit(of or len(errors), dof)))


def plausible(p_values: float | Iterable[float], *, of: int | None = None) -> None:
    """Assert that no p-value is too small for equal laws."""
    found = np.atleast_1d(np.asarray(p_values, dtype=float)).ravel()
    bound = FALSE_ALARM / (of or len(found))
    check("p-value", float(np.log(np.clip(np.min(found), 1e-300, 1)) / math.log(bound)))


def mean_is(samples: Any, value: float, *, of: int = 1) -> None:
    """Assert that independent samples (n,) may have this mean, by Student's t."""
    samples = np.asarray(samples, dtype=float).ravel()
    error = samples.std(ddof=1) / math.sqrt(len(samples))
    within((samples.mean() - value) / error, of=of, dof=len(samples) - 1)


def count_is(successes: int, trials: int, rate: float, *, of: int = 1) -> None:
    """Assert that so many successes may come of so many trials, by the binomial law."""
    plausible(stats.binomtest(successes, trials, rate).pvalue, of=of)
