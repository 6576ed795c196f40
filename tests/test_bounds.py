"""The bounds of statistical tests: their false-alarm rate, and that they bite."""

import numpy as np
import pytest
from scipy import stats

from tests import bounds


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """What these tests use of their bounds says nothing of the package."""
    monkeypatch.setattr(bounds, "shares", [])


def test_a_limit_is_exceeded_as_often_as_stated():
    for of, dof in [(1, np.inf), (9, np.inf), (3, 5)]:
        law = stats.norm() if np.isinf(dof) else stats.t(dof)
        assert of * 2 * law.sf(bounds.limit(of, dof)) == pytest.approx(bounds.FALSE_ALARM)
    assert bounds.FALSE_ALARM <= 1e-4


def test_what_is_just_inside_passes_and_what_is_just_outside_fails():
    for of in (1, 9):
        z, p = bounds.limit(of), bounds.FALSE_ALARM / of
        bounds.within([0.999 * z, *[0.0] * (of - 1)])
        bounds.within(-0.999 * z, of=of)
        bounds.plausible(1.01 * p, of=of)
        with pytest.raises(AssertionError, match="standard errors"):
            bounds.within(-1.001 * z, of=of)
        with pytest.raises(AssertionError, match="p-value"):
            bounds.plausible(0.99 * p, of=of)
    assert [share for _, share in bounds.shares[:3]] == pytest.approx([0.999, 0.999, 0.9989], 1e-3)


def test_means_and_counts():
    rng = np.random.default_rng(0)
    sample = rng.standard_normal(400)
    bounds.mean_is(sample, 0)
    bounds.count_is(480, 1000, 0.5)
    with pytest.raises(AssertionError):
        bounds.mean_is(sample, 0.3)
    with pytest.raises(AssertionError):
        bounds.count_is(420, 1000, 0.5)


def test_what_is_no_number_fails():
    with pytest.raises(AssertionError):
        bounds.within([0.0, np.nan])
    with pytest.raises(AssertionError):
        bounds.plausible(np.nan)
