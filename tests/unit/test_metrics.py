"""Each metric on a triad (perfect, useless, adversarial), against a slow version, under maps."""

import itertools

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression

from mmcl.metrics import linear_r2, mcc
from mmcl.randomness import stream

N, D = 4000, 3


@pytest.fixture
def z():
    return stream(0, "z").uniform(-1, 1, (N, D))


def split():
    return stream(0, "split")


def test_linear_r2_triad(z):
    noise = stream(1, "noise").standard_normal((N, D))
    assert linear_r2(z, z @ noise[:D] + 5, rng=split()) > 1 - 1e-9  # any invertible affine map
    assert abs(linear_r2(z, noise, rng=split())) < 0.01
    assert linear_r2(z, z**2, rng=split()) < 0.02  # an even function: all there, linearly invisible


def test_linear_r2_is_held_out(z):
    wide = stream(1, "wide").standard_normal((200, 40))
    assert LinearRegression().fit(wide, z[:200]).score(wide, z[:200]) > 0.1
    assert linear_r2(z[:200], wide, rng=split()) < 0


def test_linear_r2_equals_a_slow_version(z):
    codes = z + stream(1, "noise").standard_normal((N, D))
    order = split().permutation(N)
    fit, score = order[: N // 2], order[N // 2 :]
    design = np.c_[np.ones(N), codes]
    shares = []
    for j in range(D):
        w = np.linalg.solve(design[fit].T @ design[fit], design[fit].T @ z[fit, j])
        error = z[score, j] - design[score] @ w
        shares.append(1 - (error**2).sum() / ((z[score, j] - z[score, j].mean()) ** 2).sum())
    assert linear_r2(z, codes, rng=split()) == pytest.approx(np.mean(shares))


def test_mcc_triad(z):
    assert mcc(z, z[:, [2, 0, 1]] * [-1, 3, 0.2] + 7) > 1 - 1e-9  # order, sign, scale
    assert abs(mcc(z, stream(1, "noise").standard_normal((N, D)))) < 0.04
    turn = np.eye(D) - 2 / D  # a reflection that mixes all three
    assert mcc(z, z @ turn) < 0.8
    assert linear_r2(z, z @ turn, rng=split()) > 1 - 1e-9


def test_mcc_does_not_grow_with_useless_dimensions(z):
    wide = stream(1, "wide").standard_normal((400, 60))
    full = np.abs(np.corrcoef(z[:400].T, wide.T)[:D, D:])
    assert full.max(axis=1).mean() > 0.12  # what matching on the same rows would report
    assert abs(mcc(z[:400], wide)) < 0.1


def test_spearman_sees_through_monotone_maps_and_pearson_less(z):
    bent = np.exp(6 * z)
    assert mcc(z, bent, method="spearman") > 1 - 1e-9
    assert mcc(z, bent) < 0.8


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_mcc_equals_a_slow_version(z, method):
    codes = z @ stream(2, "map").standard_normal((D, 4)) + stream(2, "e").standard_normal((N, 4))
    correlate = stats.pearsonr if method == "pearson" else stats.spearmanr

    def correlation(rows, i, j):
        return correlate(z[rows, i], codes[rows, j])[0]

    fit, score = slice(0, None, 2), slice(1, None, 2)
    best = max(
        itertools.permutations(range(4), D),
        key=lambda p: sum(abs(correlation(fit, i, j)) for i, j in enumerate(p)),
    )
    expected = np.mean(
        [np.sign(correlation(fit, i, j)) * correlation(score, i, j) for i, j in enumerate(best)]
    )
    assert mcc(z, codes, method=method) == pytest.approx(expected)


def test_a_constant_code_scores_nothing(z):
    assert mcc(z, np.ones_like(z)) == 0


def test_bad_inputs_are_refused(z):
    bad = z.copy()
    bad[3, 1] = np.nan
    with pytest.raises(ValueError, match="latents hold NaN"):
        linear_r2(bad, z, rng=split())
    with pytest.raises(ValueError, match="codes hold NaN"):
        mcc(z, bad)
    with pytest.raises(ValueError, match="shape"):
        linear_r2(z, z[:-1], rng=split())
    with pytest.raises(ValueError, match="shape"):
        mcc(z[:, :0], z[:, :0])
    with pytest.raises(ValueError, match="at least as many"):
        mcc(z, z[:, :2])
    with pytest.raises(ValueError, match="too few"):
        linear_r2(z[:10], z[:10], rng=split())
    with pytest.raises(ValueError, match="spearman"):
        mcc(z, z, method="kendall")
