"""Matched correlations of two modalities: what is found, what isn't, and the slow versions."""

import numpy as np
import pytest

from mmcl.metrics import crossmodal
from mmcl.metrics.crossmodal import White
from mmcl.metrics.dimension import canonical as known
from mmcl.metrics.inputs import halves
from mmcl.randomness import stream
from tests import bounds

N, K = 600, 4


def rng(name="rng"):
    return stream(0, name)


def features(strength=0.9, d=12):
    """Two modalities that share K numbers, mixed into d columns by different maps."""
    z = rng("z").laplace(size=(N, K)) * [4, 3, 2, 1.5]
    own = rng("own").laplace(size=(2, N, K)) * [4, 3, 2, 1.5]
    maps = [np.linalg.qr(rng(f"map{i}").standard_normal((d, K)))[0] for i in (0, 1)]
    both = [strength * z + (1 - strength**2) ** 0.5 * each for each in own]
    noise = 0.05 * rng("noise").standard_normal((2, N, d))
    return [a @ m.T + e for a, m, e in zip(both, maps, noise, strict=True)]


def split():
    return halves(N, rng("split"))


def white(strength=0.9, k=K):
    return crossmodal.whitened(*features(strength), k, *split())


def test_fitting_rows_are_white_and_held_out_rows_had_no_part():
    fit, held = split()
    found = white()
    for a in found.fit:
        np.testing.assert_allclose(a.T @ a / len(a), np.eye(K), atol=1e-10)
        np.testing.assert_allclose(a.mean(axis=0), 0, atol=1e-12)
    x, t = features()
    x[held] = 0
    np.testing.assert_allclose(crossmodal.whitened(x, t, K, fit, held).fit[0], found.fit[0])


def test_axes_are_nested():
    wide = crossmodal.whitened(*features(), 7, *split())
    for a, b in zip(wide.first(K), white(), strict=True):
        np.testing.assert_allclose(a, b)


def test_too_many_axes_are_refused():
    fit, held = np.arange(10), np.arange(10, 20)
    with pytest.raises(ValueError, match="fewer components"):
        crossmodal.whitened(*features(), 9, fit, held)


def test_a_matching_undoes_order_and_sign():
    found = white()
    order, sign = [2, 0, 3, 1], np.diag([1, -1, 1, -1])
    texts = [part[0] @ sign for part in (found.fit, found.held)]
    same = White((found.fit[0], texts[0][:, order]), (found.held[0], texts[1][:, order]))
    match = crossmodal.matched(same)
    assert match.held_out == pytest.approx(1)
    assert match.in_sample == pytest.approx(1)


def test_the_matching_is_chosen_on_the_fitting_rows():
    found = white()
    shuffled = White(found.fit, (found.held[0], rng().permutation(found.held[1])))
    match = crossmodal.matched(shuffled)
    assert match.in_sample > 0.3
    bounds.within(match.held_out * (K * len(found.held[0])) ** 0.5)  # a mean of K correlations


def test_canonical_directions_are_the_upper_line_and_those_of_the_other_module():
    x, t = features()
    top = crossmodal.matched_directions(crossmodal.whitened(x, t, 12, *split()))
    found = crossmodal.paired_correlations(top.x, top.t)
    np.testing.assert_allclose(found, known(x, t, rng=rng("split")).correlations, atol=1e-8)
    best = crossmodal.matched_directions(white())
    assert best.in_sample > crossmodal.matched(white()).in_sample
    assert best.held_out > crossmodal.matched(white()).held_out - 0.02  # by chance, on new rows
    for each in crossmodal.rotations(white(), 10, rng()):
        assert best.in_sample > each.in_sample


def test_rotations_lose_what_axes_have():
    found = white()
    same = White((found.fit[0], found.fit[0]), (found.held[0], found.held[0]))
    turned = crossmodal.rotations(same, 30, rng())
    assert len({each.held_out for each in turned}) == 30
    assert np.mean([each.held_out for each in turned]) < 0.85
    assert crossmodal.matched(same).held_out == pytest.approx(1)


def test_bootstrap_weights_are_resampled_rows():
    match = crossmodal.matched(white())
    weights = crossmodal.resampling(len(match.x), 5, rng())
    assert (weights.sum(axis=1) == len(match.x)).all()
    for row, value in zip(weights, crossmodal.bootstrapped(match, weights), strict=True):
        rows = np.repeat(np.arange(len(row)), row.astype(int))
        each = [np.corrcoef(match.x[rows, j], match.t[rows, j])[0, 1] for j in range(K)]
        assert value == pytest.approx(np.mean(each))
    even = np.ones((1, len(match.x)))
    assert crossmodal.bootstrapped(match, even)[0] == pytest.approx(match.held_out)


def test_the_permutation_test_sees_pairs_and_no_pairs():
    null = crossmodal.permuted(white(), 99, rng())
    assert crossmodal.p_value(crossmodal.matched(white()).held_out, null) == 0.01
    none = white(strength=0.0)
    null = crossmodal.permuted(none, 99, rng())
    lies = (crossmodal.matched(none).held_out - null.mean()) / null.std()
    bounds.within(lies, of=2, dof=98)
    bounds.within(null.mean() / null.std() * 99**0.5, of=2, dof=98)


def test_p_values_count_the_value_itself():
    assert crossmodal.p_value(2.0, np.array([0.0, 1.0, 2.0])) == 0.5
    assert crossmodal.p_value(9.0, np.zeros(9)) == 0.1
