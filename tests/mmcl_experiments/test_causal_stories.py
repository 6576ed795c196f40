"""Chapter 01: one joint from three stories, no graph for the mixture, and what breaks the tie."""

import math

import numpy as np
import pytest
from scipy import special, stats

import mmcl_experiments as experiments
from mmcl.laws import Laplace, VonMisesFisher, log_z
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere
from mmcl_experiments.stories import readings as reading
from mmcl_experiments.stories import run as stories
from mmcl_experiments.stories.run import World
from tests import bounds

N = 20_000
WORLDS = [World(kappa, d) for kappa in (0.5, 3.0, 20.0) for d in (2, 3, 5, 10)]


def cosine(pairs):
    return (pairs[0] * pairs[1]).sum(axis=1)


def cosine_cdf(density, d):
    """Distribution function of the cosine to the center, from a density in the angle."""
    angle = np.linspace(0, np.pi, 100_001)
    mass = np.cumsum(density(angle) * np.sin(angle) ** (d - 2))
    return lambda c: 1 - np.interp(np.arccos(c), angle, mass / mass[-1])


def whole(kappa, d):
    return lambda angle: np.exp(kappa * np.cos(angle) - log_z(kappa, d))


@pytest.mark.parametrize("world", WORLDS)
def test_wave_factors_give_the_whole_blur_and_its_mean_cosine(world):
    factors = stories.wave_factors(world.kappa, world.d)
    assert factors[0] == 1
    law = VonMisesFisher(world.kappa)
    assert factors[1] == pytest.approx(law.mean_cosine(world.d), rel=1e-9)
    angle = np.linspace(0, np.pi, 201)
    series = stories.zonal_density(factors[factors > 1e-18], angle, world.d)
    exact = whole(world.kappa, world.d)(angle)
    np.testing.assert_allclose(series, exact, atol=1e-10 * exact.max())


@pytest.mark.parametrize("kappa", [0.1, 1.0, 5.0, 20.0, 60.0])
@pytest.mark.parametrize("d", [2, 3, 4, 5, 10])
def test_the_half_blur_is_a_density(kappa, d):
    """Kent (1977): the square roots of the factors belong to a law, whatever kappa and d."""
    factors = np.sqrt(stories.wave_factors(kappa, d))
    density = stories.zonal_density(factors[factors > 1e-18], np.linspace(0, np.pi, 2001), d)
    assert density.min() > -1e-12 * density.max()


def test_other_square_roots_are_no_density():
    """The positivity above can fail: flip the sign of one root, or blunt the whole blur."""
    roots = np.sqrt(stories.wave_factors(3.0, 2))[:60]
    angle = np.linspace(0, np.pi, 2001)
    flipped = roots * np.where(np.arange(60) == 1, -1, 1)
    flat_top = np.sqrt([1.0, 0.5, *[0.0] * 58])  # of 1 + cos, which is a density
    assert stories.zonal_density(roots, angle, 2).min() > 0
    assert stories.zonal_density(flipped, angle, 2).min() < -0.1
    assert stories.zonal_density(flat_top, angle, 2).min() < -0.1


@pytest.mark.parametrize("kappa", [1.0, 5.0])
def test_two_half_blurs_are_the_whole_one_by_quadrature_on_the_globe(kappa):
    """No series of products: the integral over all common causes, at some distances."""
    height, weight = special.roots_legendre(80)
    around = 2 * np.pi * np.arange(160) / 160
    side = np.sqrt(1 - height**2)[:, None]
    c = np.stack([side * np.cos(around), side * np.sin(around), height[:, None] + 0 * around])
    roots = np.sqrt(stories.wave_factors(kappa, 3))[:60]
    for angle in (0.0, 0.7, 2.0, math.pi):
        ends = np.array([[0, 0, 1.0], [math.sin(angle), 0, math.cos(angle)]])
        apart = np.arccos(np.clip(np.tensordot(ends, c, axes=1), -1, 1))
        both = [stories.zonal_density(roots, each.ravel(), 3).reshape(each.shape) for each in apart]
        found = (both[0] * both[1] * weight[:, None]).sum() / 160 / 2
        assert found == pytest.approx(whole(kappa, 3)(angle), rel=1e-9)


@pytest.mark.parametrize("world", WORLDS)
def test_the_half_blur_is_sampled_as_its_density_says(world):
    rng = stream(7, f"half-{world}")
    center = world.anywhere(N, rng)
    z = world.halfway(center, rng)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, atol=1e-12)
    roots = np.sqrt(stories.wave_factors(world.kappa, world.d))
    roots = roots[roots > 1e-18]
    cdf = cosine_cdf(lambda a: np.clip(stories.zonal_density(roots, a, world.d), 0, None), world.d)
    cosines = np.clip(cosine((center, z)), -1, 1)
    bounds.plausible(stats.kstest(cosines, cdf).pvalue)
    assert stats.kstest(cosines, cosine_cdf(whole(world.kappa, world.d), world.d)).pvalue < 1e-9


@pytest.mark.parametrize("world", WORLDS)
def test_every_story_has_the_same_joint(world):
    """Uniform ends, and cosines that follow exp(kappa c): by symmetry, all there is."""
    cdf = cosine_cdf(whole(world.kappa, world.d), world.d)
    uniform = cosine_cdf(np.ones_like, world.d)
    p_values = []
    for name, story in stories.stories(share=0.3).items():
        pairs = story(world, N, stream(7, f"{name}-{world}"))
        p_values.append(stats.kstest(np.clip(cosine(pairs), -1, 1), cdf).pvalue)
        p_values += [stats.kstest(z[:, 0], uniform).pvalue for z in pairs]
    bounds.plausible(p_values)


def test_the_joint_is_symmetric_cell_by_cell():
    pairs = (
        stories.x_to_t(World(3.0), N, stream(7, "one")),
        stories.t_to_x(World(3.0), N, stream(7, "other")),
    )
    (a, b), (c, d) = [[reading.hours(z) for z in both] for both in pairs]
    bounds.plausible([reading.p_value((a, b), both) for both in ((c, d), (d, c))])
    assert reading.p_value((a, b), (c, (d + 3) % 24)) < 1e-9  # a clock that is fast


@pytest.mark.parametrize("d", [2, 3, 5])
def test_the_look_alike_agrees_on_average_and_is_found_out(d):
    world, n = World(3.0, d), 100_000
    both = {"story": stories.x_to_t, "look-alike": stories.look_alike}
    cosines = [cosine(story(world, n, stream(7, name))) for name, story in both.items()]
    bounds.plausible(stats.ttest_ind(*cosines, equal_var=False).pvalue)
    assert stats.ks_2samp(*cosines).pvalue < 1e-6


def test_interventions_move_what_the_arrows_say():
    world, n = World(3.0), 50_000
    whole_, half = VonMisesFisher(3.0).mean_cosine(2), math.sqrt(VonMisesFisher(3.0).mean_cosine(2))
    expected = {  # z_t when z_x is set, z_x when z_t is set, both when c is set
        "x to t": (whole_, 0, 0, 0),
        "t to x": (0, whole_, 0, 0),
        "common cause": (0, 0, half, half),
        "mixed": (0.3 * whole_, 0.7 * whole_, 0, 0),
    }
    errors = []
    for name, cases in stories.interventions(world, n, 7, 0.3).items():
        seen = np.stack([-z[:, 0] for z in (cases["z_x"][1], cases["z_t"][0], *cases["c"])])
        errors.append((seen.mean(axis=1) - expected[name]) / seen.std(axis=1) * math.sqrt(n))
        errors += [z[:, 0].mean() / z[:, 0].std() * math.sqrt(n) for z in cases["nothing"]]
        assert (cases["z_x"][0] == [-1, 0]).all()
        assert (cases["z_t"][1] == [-1, 0]).all()
    bounds.within(np.hstack(errors))


def test_given_the_cause_both_sides_are_independent_and_otherwise_not():
    world, c = World(3.0), Sphere(2).origin(N)
    p_values = []
    for do in ({"c": c}, {}):
        pairs = stories.common_cause(world, N, stream(7, "cause"), **do)
        table = np.histogram2d(*(z[:, 1] > 0 for z in pairs), bins=2)[0]
        p_values.append(stats.chi2_contingency(table).pvalue)
    bounds.plausible(p_values[0])
    assert p_values[1] < 1e-9


def test_no_graph_fits_the_mixture_and_each_graph_fits_its_own():
    """What the chapter's test rejects for the mixture it accepts for the stories."""
    world, n = World(3.0), N
    first, second = (stories.interventions(world, n, seed, 0.5) for seed in (7, 8))

    def fit(a, b):
        both = (first[a]["z_x"], second[b]["z_x"])
        return reading.p_value(*([reading.hours(z) for z in pairs] for pairs in both))

    pure = ("x to t", "t to x", "common cause")
    assert max(fit("mixed", name) for name in pure) < 1e-9
    same = [(name, name) for name in (*pure, "mixed")]
    same.append(("t to x", "common cause"))  # z_t is deaf in both; only c tells them apart
    bounds.plausible([fit(*names) for names in same])


def test_shared_information_levels_off_for_a_coupled_hour_alone():
    table = reading.shared(3.0, questions=8)
    exact = VonMisesFisher(3.0).mutual_information(2)
    assert table.coupled.is_monotonic_increasing
    assert table.coupled.iloc[-1] == pytest.approx(exact, abs=5e-4)
    assert table.coupled.iloc[-1] < exact
    np.testing.assert_allclose(table.copied, np.log(2) * np.arange(1, 9))


def test_shared_information_agrees_with_a_count_of_draws():
    n = 400_000
    pairs = stories.x_to_t(World(3.0), n, stream(7, "count"))
    counts = np.histogram2d(*(reading.hours(z) for z in pairs), bins=4, range=[[0, 24]] * 2)[0]
    joint = counts / counts.sum()
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    information = np.log(joint / apart)
    found = (joint * information).sum()
    error = math.sqrt((joint * (information - found) ** 2).sum() / n)  # a count's bias is 9 / (2n)
    bounds.within((reading.shared(3.0, questions=2).coupled[2] - found) / error)


def test_walls_set_the_directions_apart_and_the_mixture_isnt_the_potential():
    found = reading.box_distances(0.2)
    line, law = Box(1), Laplace(0.2)
    a, b = stream(7, "pairs").random((2, 200_000, 1))
    x_first, t_first = np.exp(law.log_density(b, a, line)), np.exp(law.log_density(a, b, line))
    middles = (np.arange(10_000)[:, None] + 0.5) / 10_000
    potential = x_first * law.mass(a, line)[:, 0] / law.mass(middles, line).mean()
    bounds.mean_is(np.abs(x_first - t_first) / 2, found["directions"], of=2)
    bounds.mean_is(np.abs((x_first + t_first) / 2 - potential) / 2, found["mixture"], of=2)
    wide = reading.box_distances(1000.0)
    assert max(wide.values()) < 1e-3  # a law that doesn't feel the walls


def test_evidence_is_the_ratio_of_the_laws_densities():
    shape, law, line = (3, 500), Laplace(0.3), Box(1)
    written = np.array([[True], [False], [True]])
    found = stories.box_evidence(0.3, written, shape, stream(7, "box"))
    cause, effect = stories.uniform_then_laplace(0.3, 1500, stream(7, "box"))
    z_x = np.where(written, cause.reshape(shape), effect.reshape(shape)).reshape(-1, 1)
    z_t = np.where(written, effect.reshape(shape), cause.reshape(shape)).reshape(-1, 1)
    ratio = law.log_density(z_t, z_x, line) - law.log_density(z_x, z_t, line)
    np.testing.assert_allclose(found.ravel(), ratio, atol=1e-9)


def test_the_judge_tosses_a_coin_on_the_sphere_and_only_there():
    changes = {"counts": [1, 10, 3000], "repeats": 60, "draws": 100, "ds": [2]}
    table = experiments.run("stories", seed=7, **changes)
    seen = table[table.leg.eq("direction")].pivot_table("value", "n", "world")
    assert (seen["sphere"] == 0.5).all()
    assert (seen.loc[3000].drop("sphere") >= 0.85).all()  # of 60 judgements hardly one is wrong
    assert seen.loc[10, "sphere, z_x set"] >= 0.8


def test_watching_the_sphere_is_no_evidence_at_all():
    written = np.array([[True], [False]])
    found = stories.sphere_evidence(3.0, "nothing", written, (2, 50), stream(7, "watch"))
    assert not found.any()
