"""Neither the order of rows nor copies of them move a measure, and what can't be split is said."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest

from mmcl import metrics
from mmcl.errors import InputError
from mmcl.ica import LinearICA
from mmcl.metrics import factorwise, geometry, repeats, stability
from mmcl.metrics.dimension import canonical, intrinsic_dimension
from mmcl.metrics.repeats import RepeatedRows, objects
from mmcl.randomness import stream
from tests import bounds

GRID = np.array(list(itertools.product(range(4), range(5), range(3), range(2))), dtype=float)


def split():
    return stream(0, "split")


def normal(*shape, name="normal"):
    return stream(0, name).standard_normal(shape)


# Order


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_a_grid_in_the_order_of_a_file_is_its_own_best_code(order, method):
    z = np.array(sorted(GRID[:, order].tolist()))
    assert metrics.mcc(z, z, method=method) == pytest.approx(1)
    assert metrics.mcc(z, z, method=method, rng=split()) == pytest.approx(1)


def test_order_of_rows_moves_a_score_by_no_more_than_other_halves():
    z = normal(2000, 3)
    h = z + normal(2000, 3, name="noise")
    sorted_rows = z[:, 0].argsort()
    by_halves = [metrics.mcc(z, h, rng=stream(seed, "halves")) for seed in range(20)]
    low, high = min(by_halves) - 0.02, max(by_halves) + 0.02
    assert low < metrics.mcc(z[sorted_rows], h[sorted_rows]) < high
    assert metrics.mcc(z, h) == metrics.mcc(z, h)  # without rng the halves are always the same


def test_a_factor_that_is_constant_on_a_half_is_refused_by_name():
    z = normal(400, 2)
    once = pd.DataFrame(z, columns=["x", "y"]).assign(lit=(np.arange(400) == 7).astype(float))
    codes = np.c_[z, once.lit]
    for measure in (metrics.linear_r2, metrics.kernel_r2, metrics.sap, metrics.dci):
        with pytest.raises(InputError, match="latent lit is constant on a random half"):
            measure(once, codes, rng=split())
    with pytest.raises(InputError, match="latent lit is constant on a random half"):
        metrics.mcc(once, codes)
    with pytest.raises(InputError, match="latent 2 is constant on a random half"):
        metrics.mcc(once.to_numpy(), codes)
    with pytest.raises(InputError, match="latent lit is constant: nothing is to be found"):
        metrics.mcc(once.assign(lit=0.0), codes)
    latents = {name: factorwise.continuous(once[name].to_numpy()) for name in once}
    for measure in (factorwise.scores, factorwise.matched):
        with pytest.raises(InputError, match="latent lit is constant on a random half"):
            measure(latents, codes)


# Copies


def test_objects_in_a_slow_version():
    rng = stream(0, "objects")
    a, b = rng.integers(150, size=(2, 120, 1)).astype(float)
    with pytest.warns(RepeatedRows, match="of 120 rows repeat others"):
        found = objects(a, b)
    groups = [{i} for i in range(120)]
    for i, j in itertools.combinations(range(120), 2):
        if a[i] == a[j] or b[i] == b[j]:
            one, other = (next(g for g in groups if place in g) for place in (i, j))
            if one is not other:
                groups.remove(other)
                one |= other
    assert {frozenset(rows) for rows in found.of} == set(map(frozenset, groups))
    assert found.count == len(groups)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "tables",
    [
        [normal(300, 2)],
        [np.ones((300, 2))],
        [np.arange(300.0)[:, None] % 17],  # values of a label
        [np.r_[normal(299, 2), normal(1, 2)]],
        [np.r_[normal(298, 2), normal(2, 2)]],  # fewer copies than move a score
    ],
)
def test_labels_and_a_copy_or_two_are_rows_of_their_own(tables):
    found = objects(*tables)
    assert (found.count, found.of) == (300, None)
    fit, score = found.halves(split())
    order = split().permutation(300)
    assert (fit == order[:150]).all()
    assert (score == order[150:]).all()


@pytest.mark.filterwarnings("ignore::mmcl.metrics.repeats.RepeatedRows")
@pytest.mark.parametrize("times", [2, 5])
def test_no_measure_is_better_for_having_seen_a_copy(times):
    """Useless codes of 300 objects, each several times: split by row, a forest knows them all."""
    z, h = (normal(300, 2, name=name).repeat(times, axis=0) for name in "zh")
    assert metrics.kernel_r2(z, h, rng=split()) < 0.05
    assert metrics.dci(z, h, rng=split()).informativeness < 0.05
    assert metrics.sap(z, h, rng=split()) < 0.05
    noisy = h + 1e-3 * normal(*h.shape, name="noise")  # captions of the objects, as it were
    assert metrics.kernel_r2(z, noisy, rng=split()) < 0.05
    labels = (normal(300, 1) > 0).astype(int).repeat(times, axis=0)
    assert metrics.kernel_accuracy(labels, h, rng=split()) < 0.3
    assert metrics.linear_r2(h, h, rng=split()) == pytest.approx(1)
    assert metrics.mcc(h, h) == pytest.approx(1)


def test_the_canary_split_by_row_a_copy_is_a_score(monkeypatch):
    z, h = (normal(300, 2, name=name).repeat(5, axis=0) for name in "zh")
    monkeypatch.setattr(repeats, "SHARE", 2.0)
    assert metrics.dci(z, h, rng=split()).informativeness > 0.5
    assert metrics.kernel_r2(z, h, rng=split()) > 0.5


def test_who_was_warned_hears_it_once_a_measure():
    h = normal(100, 2).repeat(3, axis=0)
    with pytest.warns(RepeatedRows, match="200 of 300 rows repeat others, of 100 objects") as told:
        metrics.linear_r2(h, h, rng=split())
    assert len(told) == 1


def test_pairs_of_one_picture_stay_in_one_half(monkeypatch):
    x = normal(120, 20).repeat(5, axis=0)
    t = normal(120, 20, name="t").repeat(5, axis=0) + 0.1 * normal(600, 20, name="noise")
    with pytest.warns(RepeatedRows, match="of 120 objects"):
        found = canonical(x, t, rng=split()).correlations
    bounds.within(found * np.sqrt(58 / (1 - found**2)), dof=58)  # Student's, of 60 held out
    monkeypatch.setattr(repeats, "SHARE", 2.0)
    assert canonical(x, t, rng=split()).correlations[0] > 0.5  # split by row


def test_halves_and_resamples_of_components_keep_copies_together(monkeypatch):
    x, seen = stream(0, "x").laplace(size=(200, 3)).repeat(3, axis=0), []
    usual = stability.refitted

    def refitted(rows, rng, **settings):
        seen.append(rows)
        return usual(rows, rng, **settings)

    monkeypatch.setattr(stability, "refitted", refitted)
    with pytest.warns(RepeatedRows):
        stability.replicated(x, [2], splits=1, rng=split())
    one, other = ({tuple(row) for row in rows} for rows in seen)
    assert one.isdisjoint(other)
    assert len(one) == len(other) == 100
    seen.clear()
    with pytest.warns(RepeatedRows):
        stability.resampled(x, LinearICA(random_state=0).fit(x), times=2, rng=split())
    for rows in seen:
        _, counts = np.unique(rows, axis=0, return_counts=True)
        assert (counts % 3 == 0).all()


def test_folds_of_the_likelihood_and_neighbors_count_a_copy_once():
    a = normal(120, 3) @ normal(3, 12, name="map") + 0.3 * normal(120, 12, name="noise")
    once = geometry.held_out_likelihood(a, [3, 11], rng=split())
    with pytest.warns(RepeatedRows):
        thrice = geometry.held_out_likelihood(a.repeat(3, axis=0), [3, 11], rng=split())
    assert thrice == pytest.approx(once)
    points = normal(300, 2)
    copied = np.r_[points, points[:40]]
    assert intrinsic_dimension(copied) == intrinsic_dimension(points)


# Dead dimensions


@pytest.mark.parametrize("discrete", [False, True])
def test_dead_dimensions_are_warned_of(discrete):
    z = stream(0, "z").integers(3, size=(400, 2)) if discrete else normal(400, 2)
    codes = z + 0.1 * normal(400, 2, name="noise")
    dead = np.c_[codes[:, 0], np.full(400, 0.1), codes[:, 1], np.zeros((400, 6))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics.dci(z, codes, rng=split(), discrete=discrete, trees=5)
    expected = r"7 of 9 code dimensions are constant \(1, 3, 4, 5, 6, \.\.\.\), .* completeness"
    with pytest.warns(UserWarning, match=expected):
        metrics.dci(z, dead, rng=split(), discrete=discrete, trees=5)
    latents = {"z": factorwise.continuous(normal(400))}
    with pytest.warns(UserWarning, match=expected):
        factorwise.scores(latents, dead, trees=5)
