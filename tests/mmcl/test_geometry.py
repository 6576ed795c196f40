"""Measures of paired features against slow versions, and on clouds whose answers are known."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA

from mmcl.losses import info_nce
from mmcl.metrics import geometry
from mmcl.randomness import stream


def normal(*shape, name="normal"):
    return stream(0, name).standard_normal(shape)


def pairs(n=60, d=8, gap=2.0):
    """Codes on the sphere in two cones, a gap apart, that belong together."""
    z = normal(n, d)
    shift = np.zeros(d)
    shift[0] = gap / 2
    x, t = z + 0.5 * normal(n, d, name="x") + shift, z + 0.5 * normal(n, d, name="t") - shift
    return geometry.normalized(x), geometry.normalized(t)


def test_recall_counts_first_places_and_no_ties():
    scores = np.array([[3.0, 1, 0], [0, 1, 2], [5, 0, 5]])
    assert geometry.recall_at_1(scores) == pytest.approx((1 / 3, 1 / 3))
    assert geometry.recall_at_1(np.eye(4)) == (1, 1)


def test_the_loss_is_info_nce():
    x, t = pairs()
    codes = torch.tensor(x), torch.tensor(t)
    wanted = info_nce(*codes, similarity="dot", temperature=0.2)
    assert np.mean(geometry.losses(x @ t.T, 0.2)) == pytest.approx(float(wanted))


def test_the_best_temperature_beats_its_neighbors():
    scores = pairs()[0] @ pairs()[1].T
    best = geometry.best_temperature(scores)
    assert 0.002 < best < 0.9
    for other in (best / 1.3, best * 1.3):
        assert sum(geometry.losses(scores, best)) < sum(geometry.losses(scores, other))


def test_the_gain_is_log_n_for_codes_that_know_all_and_zero_for_none():
    rng = stream(0, "subsets")
    gain = geometry.gain(np.eye(50), 0.001, [2, 10, 50], rng=rng)
    assert list(gain.values()) == pytest.approx(np.log([2, 10, 50]))
    assert geometry.gain(np.zeros((50, 50)), 1.0, [7], rng=rng)[7] == pytest.approx(0)


def test_sliding_closes_the_share_of_the_gap_that_is_told():
    x, t = pairs()
    gap = geometry.modality_gap(x, t)
    for share, left in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0), (-0.5, 1.5)):
        assert geometry.modality_gap(*geometry.slid(x, t, share)) == pytest.approx(left * gap)


def test_flattened_features_have_no_gap_and_nothing_along_its_line():
    x, t = pairs()
    a, b = geometry.flattened(x, t)
    line = t.mean(axis=0) - x.mean(axis=0)
    assert abs(np.vstack([a, b]) @ line).max() < 1e-12
    assert geometry.modality_gap(a, b) < 1e-12


def test_heads_leave_out_the_product_of_both_deviations_and_a_constant():
    x, t = pairs()
    line = t.mean(axis=0) - x.mean(axis=0)
    line /= np.linalg.norm(line)
    u, v = (a @ line - (a @ line).mean() for a in (x, t))
    left = x @ t.T - geometry.gap_as_heads(x, t) - np.outer(u, v)
    np.testing.assert_allclose(left, left[0, 0], atol=1e-12)


def test_an_idle_gap_costs_nothing():
    x, t = pairs()
    a, b = np.column_stack([x, np.full(60, 3.0)]), np.column_stack([t, np.full(60, -3.0)])
    before, after = geometry.losses(x @ t.T, 0.1), geometry.losses(a @ b.T, 0.1)
    assert after == pytest.approx(before)
    assert geometry.modality_gap(a, b) > 6


def test_uniformity_by_a_slow_loop():
    a = normal(20, 5)
    each = [np.exp(-2 * ((a[i] - a[j]) ** 2).sum()) for i in range(20) for j in range(i)]
    assert geometry.uniformity(a) == pytest.approx(np.log(np.mean(each)))


@pytest.mark.parametrize("d", [3, 16])
def test_even_points_have_the_even_value(d):
    even = geometry.normalized(normal(3000, d))
    assert geometry.uniformity(even) == pytest.approx(geometry.uniform_value(d), abs=0.02)
    cone = geometry.normalized(even + 2 * np.eye(d)[0])
    assert geometry.uniformity(cone) > geometry.uniform_value(d) + 0.3


def test_the_participation_ratio_counts_equal_axes_and_is_bounded_by_rows():
    flat = normal(4000, 5) @ normal(5, 12, name="map")
    assert 1 < geometry.participation_ratio(flat) < 5
    wide = np.hstack([normal(20000, 4), np.zeros((20000, 6))])
    assert geometry.participation_ratio(wide) == pytest.approx(4, rel=0.01)
    # Of 99 free rows in 300 dimensions: 99 * 300 / (99 + 300 + 1), give or take half a percent.
    assert geometry.participation_ratio(normal(100, 300)) == pytest.approx(74.25, rel=0.03)


def test_the_likelihood_is_that_of_the_normal_law_and_of_scikit_learn():
    a = normal(90, 6) * [3, 2, 1, 0.5, 0.4, 0.3]
    kept, held = a[:60], a[60:]
    for k in (1, 3, 5):
        (found,) = geometry._likelihoods(kept, held, [k])
        pca = PCA(k, svd_solver="full").fit(kept)
        model = multivariate_normal(kept.mean(axis=0), pca.get_covariance() * 59 / 60)
        assert found == pytest.approx(model.logpdf(held).mean())
    (found,) = geometry._likelihoods(kept, held, [2])
    scaled = PCA(2, svd_solver="full").fit(kept)
    assert found == pytest.approx(scaled.score(held), abs=0.05)  # it divides by n - 1


def test_the_likelihood_finds_how_many_axes_there_are():
    a = normal(400, 4) @ normal(4, 30, name="map") * 2 + 0.3 * normal(400, 30, name="noise")
    found = geometry.held_out_likelihood(a, [1, 2, 3, 4, 6, 10, 20], rng=stream(0, "folds"))
    assert max(found, key=lambda k: found[k]) == 4
    with pytest.raises(ValueError, match="from 1 to 29"):
        geometry.held_out_likelihood(a, [30], rng=stream(0, "folds"))
