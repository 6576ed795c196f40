"""Stability of components: what comes back, how many to take, what is Gaussian."""

import numpy as np
import pytest
from scipy import stats

from mmcl.ica import LinearICA
from mmcl.metrics import stability
from mmcl.randomness import stream
from tests import bounds

N = 2000
pytestmark = pytest.mark.filterwarnings("error")


def draw(kinds, n=N, seed=0):
    """Sources (n, k) of variance one by kind: u(niform), l(aplace) or g(aussian)."""
    rng = stream(seed, "sources")
    laws = {
        "u": lambda: rng.uniform(-(3**0.5), 3**0.5, n),
        "l": lambda: rng.laplace(scale=0.5**0.5, size=n),
        "g": lambda: rng.standard_normal(n),
    }
    return np.stack([laws[kind]() for kind in kinds], axis=1)


def mixed(kinds, n=N, seed=0):
    z = draw(kinds, n, seed)
    return z @ stream(seed, "mixing").standard_normal((z.shape[1], z.shape[1]))


def fitted(x, **settings):
    return LinearICA(random_state=0, **settings).fit(x)


def table(x, ica, times=12):
    return stability.resampled(x, ica, times=times, rng=stream(1, "resamples"))


def test_components_of_the_data_come_back_and_those_of_the_sample_do_not():
    x = mixed("uullgggg")
    ica = fitted(x)
    found, kurtosis = table(x, ica), np.abs(ica.excess_kurtosis_)
    real = kurtosis > 0.5
    assert real.sum() == 4
    # Of seeds, the worst real component has .989, .96 and .93, the best of the others .63 and .65.
    assert found.agreement[real].min() > 0.95
    assert found.low[real].min() > 0.87
    assert found.quality[real].min() > 0.85
    assert found.low[~real].max() < 0.8
    assert found.quality[~real].max() < 0.8
    assert found.cluster[real].is_unique
    assert (found.low <= found.agreement).all()
    assert (found.agreement <= found.high).all()


def test_the_table_has_a_row_a_component_in_order_and_the_same_seed_gives_it_again():
    x = mixed("lll")
    ica = fitted(x, n_components=2)
    found = table(x, ica)
    assert found.component.tolist() == [0, 1]
    assert found.converged.between(0, 1).all()
    assert found.equals(table(x, ica))


def test_the_level_widens_the_interval():
    x = mixed("uugg", 500)
    ica, options = fitted(x), {"times": 15}
    narrow = stability.resampled(x, ica, level=0.5, rng=stream(1, "a"), **options)
    wide = stability.resampled(x, ica, level=0.99, rng=stream(1, "a"), **options)
    assert (wide.high - wide.low >= narrow.high - narrow.low).all()
    assert (wide.high - wide.low).sum() > (narrow.high - narrow.low).sum()


def test_settings_of_the_ica_are_those_of_the_resamples(monkeypatch):
    x, seen = mixed("ull", 400), []
    usual = LinearICA.fit

    def fit(self, rows, y=None):
        seen.append(self.get_params())
        return usual(self, rows)

    ica = fitted(x, algorithm="fastica", tol=1e-3)
    monkeypatch.setattr(LinearICA, "fit", fit)
    table(x, ica, times=2)
    assert [(each["algorithm"], each["tol"], each["n_components"]) for each in seen] == [
        ("fastica", 1e-3, 3)
    ] * 2


@pytest.mark.parametrize("times", [1, 0, 2.0])
def test_one_sample_says_nothing(times):
    x = mixed("uu")
    with pytest.raises(ValueError, match="how many samples to draw, at least 2"):
        table(x, fitted(x), times=times)


def test_partners_are_matched_once_each():
    a = draw("ull")
    b = np.c_[-a[:, 2], a[:, 0] + 0.1 * a[:, 1], a[:, 1]]
    assert stability.matched(a, b) == pytest.approx([0.995, 1, 1], abs=2e-3)


def test_the_index_of_clusters_in_a_slow_version():
    z = draw("uul")
    points = np.hstack([z, z + 0.3 * draw("ggg", seed=1), -z])
    labels, quality = stability.clusters(points, 3)
    assert labels[:3].tolist() == labels[3:6].tolist() == labels[6:].tolist()
    similarity = np.abs(np.corrcoef(points.T))
    for cluster in range(3):
        inside, outside = labels == cluster, labels != cluster
        expected = similarity[np.ix_(inside, inside)].mean()
        expected -= similarity[np.ix_(inside, outside)].mean()
        assert quality[cluster] == pytest.approx(expected)
    labels, quality = stability.clusters(points[:, [0, 3, 6]], 1)
    assert labels.tolist() == [0, 0, 0]
    assert quality[0] == pytest.approx(np.abs(np.corrcoef(points[:, [0, 3, 6]].T)).mean())


def test_as_many_components_are_taken_as_halves_agree_on():
    x = np.c_[mixed("llll"), 0.01 * draw("gggggg", seed=2)]
    sizes = [1, 2, 4, 7, 10]
    found = stability.replicated(x, sizes, splits=3, rng=stream(3, "splits"))
    assert len(found) == 15
    means = found.groupby("size").agreement.mean()
    assert means[4] > 0.95
    assert means[10] < means[4] - 0.1
    chosen = stability.choose_components(x, sizes, splits=3, rng=stream(3, "splits"))
    assert chosen == 4
    every = stability.choose_components(x, sizes, agreed=0.0, splits=1, rng=stream(3, "a"))
    assert every == 10
    none = stability.choose_components(x, sizes[1:], agreed=1.1, splits=1, rng=stream(3, "a"))
    assert none == 2
    with pytest.raises(ValueError, match="sizes is empty"):
        stability.choose_components(x, [], rng=stream(3, "a"))


def test_halves_share_no_row(monkeypatch):
    x, seen = mixed("ll", 101), []
    usual = stability.refitted

    def refitted(rows, rng, **settings):
        seen.append({tuple(row) for row in rows})
        return usual(rows, rng, **settings)

    monkeypatch.setattr(stability, "refitted", refitted)
    stability.replicated(x, [2], splits=1, rng=stream(0, "a"))
    assert seen[0].isdisjoint(seen[1])
    assert len(seen[0] | seen[1]) == 101


def test_what_is_gaussian_is_not_refuted():
    sources = draw("ulg")
    found = stability.gaussianity(sources, level=bounds.FALSE_ALARM)
    assert found.gaussian.tolist() == [False, False, True]
    assert found.p[:2].max() < 1e-20
    bounds.plausible(found.p[2])
    np.testing.assert_allclose(found.excess_kurtosis, stats.kurtosis(sources))
    np.testing.assert_allclose(found.skewness, stats.skew(sources))
    assert (found.p_holm >= found.p).all()
    strict = stability.gaussianity(draw("g", n=60), level=1.0)
    assert strict.gaussian.tolist() == [False]
    with pytest.raises(ValueError, match=r"shape \(19, 2\); give \(n, k\) with 20 rows or more"):
        stability.gaussianity(draw("gg", n=19))
    with pytest.raises(ValueError, match=r"shape \(30,\)"):
        stability.gaussianity(draw("g", n=30)[:, 0])


def test_why_held_out_rows_the_training_rows_of_gaussian_data_look_non_gaussian():
    x = stream(5, "gauss").standard_normal((600, 20))
    ica = LinearICA(random_state=0, max_iter=200, tol=1e-3)
    with pytest.warns(UserWarning, match="the axes follow single rows"):
        ica.fit(x[:300])
    own, held_out = (stability.gaussianity(ica.transform(part)) for part in (x[:300], x[300:]))
    assert (own.p_holm < bounds.FALSE_ALARM).sum() >= 5
    bounds.plausible(held_out.p)


def test_holm_against_its_definition():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert stability.holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stability.holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    rejected = stability.holm(np.r_[p, stats.uniform(0.2, 0.8).rvs(6, random_state=0)]) < 0.05
    assert rejected.tolist() == [False] * 3 + [False] + [False] * 6
