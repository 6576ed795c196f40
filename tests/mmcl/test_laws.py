"""Each sampler against its density: Kolmogorov-Smirnov tests at fixed seeds, and closed forms."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from mmcl.laws import GeneralizedNormal, Laplace, Normal, Uniform, VonMisesFisher, log_z
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from tests import bounds

N = 20_000


def cosine_cdf(kappa: float, d: int):
    """Distribution function of z . center under von Mises-Fisher, by quadrature of its density.

    Written in the angle: density proportional to exp(kappa cos a) sin(a)^(d-2) on (0, pi).
    """
    spread = min(math.pi, 40 * math.sqrt(d / max(kappa, 1e-9)))
    angle = np.linspace(0, spread, 200_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        sine = (d - 2) * np.log(np.sin(angle)) if d > 2 else np.zeros_like(angle)
    density = np.exp(kappa * (np.cos(angle) - 1) + sine)
    mass = integrate.cumulative_trapezoid(density, angle, initial=0)
    return lambda a: np.interp(a, angle, mass / mass[-1])


@pytest.mark.parametrize("d", [2, 3, 5, 16, 64])
@pytest.mark.parametrize("kappa", [0.0, 0.1, 1.0, 20.0, 1e3, 1e4])
def test_von_mises_fisher_follows_its_density(d, kappa):
    rng = stream(3, f"vmf-{d}-{kappa}")
    space = Sphere(d)
    center = Uniform().sample(space.origin(N), space, rng)
    z = VonMisesFisher(kappa).sample(center, space, rng)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, atol=1e-12)
    # The angle in a form that keeps its digits when it is small.
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(z - center, axis=1) / 2, 0, 1))
    along = stats.kstest(angle, cosine_cdf(kappa, d)).pvalue
    # Around the center every direction is alike: a fixed direction, projected out, is symmetric.
    side = z - (z * center).sum(axis=1, keepdims=True) * center
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    fixed = np.roll(center, 1, axis=1)
    fixed = fixed - (fixed * center).sum(axis=1, keepdims=True) * center
    fixed /= np.linalg.norm(fixed, axis=1, keepdims=True)
    projection = (side * fixed).sum(axis=1)
    if d == 2:
        across = stats.binomtest(int((projection > 0).sum()), N, 0.5).pvalue
    else:
        half = (d - 2) / 2
        cdf = stats.beta(half, half, loc=-1, scale=2).cdf
        across = stats.kstest(projection, cdf).pvalue
    bounds.plausible([along, across])


def test_the_goodness_of_fit_test_rejects_a_wrong_concentration():
    rng = stream(3, "canary")
    space = Sphere(5)
    center = space.origin(N)
    z = VonMisesFisher(5.5).sample(center, space, rng)
    angle = np.arccos((z * center).sum(axis=1))
    assert stats.kstest(angle, cosine_cdf(5.0, 5)).pvalue < 1e-12


@pytest.mark.parametrize(
    "law", [Laplace(0.05), Laplace(0.5), Normal(0.05), Normal(1.0), GeneralizedNormal(0.1, 3.0)]
)
@pytest.mark.parametrize("space", [Box(2), Box(2, -1.0, 2.0), Unbounded(2)])
@pytest.mark.parametrize("place", [0.0, 0.02, 0.5, 1.0])
def test_generalized_normal_follows_its_density(law, space, place):
    rng = stream(3, f"{law}-{space}-{place}")
    center = np.full((N, 2), place)
    z = law.sample(center, space, rng)
    assert space.contains(z).all()
    reach = 60 * law.scale
    low, high = (
        (place - reach, place + reach) if isinstance(space, Unbounded) else (space.low, space.high)
    )
    grid = np.linspace(low, high, 400_001)
    other = np.full_like(grid, place)  # the second coordinate, at its own center
    both = law.log_density(np.column_stack([grid, other]), np.full((len(grid), 2), place), space)
    mass = integrate.cumulative_trapezoid(np.exp(both - both.max()), grid, initial=0)
    alone = stats.kstest(z[:, 0], lambda v: np.interp(v, grid, mass / mass[-1])).pvalue
    bounds.plausible([alone, stats.pearsonr(*z.T).pvalue])


@pytest.mark.parametrize("law", [Laplace(0.3), Normal(0.3), GeneralizedNormal(0.3, 3.0)])
@pytest.mark.parametrize("space", [Box(1), Unbounded(1)])
def test_densities_integrate_to_one(law, space):
    def density(v):
        return float(np.exp(law.log_density(np.array([[v]]), np.array([[0.2]]), space))[0])

    low, high = (0, 1) if isinstance(space, Box) else (-12, 12)
    total, _ = integrate.quad(density, low, high, points=[0.2], limit=200)
    assert total == pytest.approx(1, abs=1e-6)


def test_normal_and_laplace_are_members_of_the_family():
    e = np.linspace(-2, 2, 41)[:, None]
    zero = np.zeros_like(e)
    space = Unbounded(1)
    np.testing.assert_allclose(
        Normal(0.7).log_density(e, zero, space), stats.norm(scale=0.7).logpdf(e[:, 0]), atol=1e-12
    )
    np.testing.assert_allclose(
        Laplace(0.7).log_density(e, zero, space),
        stats.laplace(scale=0.7).logpdf(e[:, 0]),
        atol=1e-12,
    )
    for special, general in [(Normal(0.7), GeneralizedNormal(0.7 * math.sqrt(2), 2.0))]:
        p = np.linspace(0.01, 0.99, 9)
        np.testing.assert_allclose(special._quantile(p), general._quantile(p), atol=1e-9)


@pytest.mark.parametrize("d", [2, 3, 5, 10, 64])
@pytest.mark.parametrize("kappa", [1e-3, 1.0, 5.0, 49.9, 50.1, 1e3, 1e4])
def test_log_z_and_mean_cosine_against_quadrature(d, kappa):
    angle = np.linspace(0, math.pi, 2_000_001)
    weight = np.sin(angle) ** (d - 2)
    tilted = weight * np.exp(kappa * (np.cos(angle) - 1))
    expected = kappa + math.log(
        integrate.trapezoid(tilted, angle) / integrate.trapezoid(weight, angle)
    )
    assert log_z(kappa, d) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    cosine = integrate.trapezoid(tilted * np.cos(angle), angle) / integrate.trapezoid(tilted, angle)
    assert VonMisesFisher(kappa).mean_cosine(d) == pytest.approx(cosine, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("d", "kappa", "nats"),
    [(5, 1, 0.096), (5, 5, 1.29), (5, 20, 3.69), (10, 1, 0.049), (10, 5, 0.97), (10, 20, 4.76)],
)
def test_mutual_information_of_the_papers_settings(d, kappa, nats):
    assert VonMisesFisher(kappa).mutual_information(d) == pytest.approx(nats, abs=0.006)


def test_zero_concentration_shares_nothing():
    assert VonMisesFisher(0).mutual_information(5) == 0


def test_uniform_box_and_its_density():
    rng = stream(0, "uniform")
    space = Box(2, -1.0, 3.0)
    z = Uniform().sample(space.origin(N), space, rng)
    bounds.plausible(stats.kstest(z[:, 1], stats.uniform(-1, 4).cdf).pvalue)
    outside = np.array([[0.0, 0.0], [0.0, 3.5]])
    np.testing.assert_allclose(
        Uniform().log_density(outside, space.origin(2), space), [-math.log(16), -np.inf]
    )


def test_density_of_von_mises_fisher_is_relative_to_area():
    space = Sphere(3)
    rng = stream(0, "area")
    z = Uniform().sample(space.origin(N), space, rng)
    density = np.exp(VonMisesFisher(2.0).log_density(z, space.origin(N), space))
    bounds.mean_is(density * math.exp(space.log_volume), 1)  # the integral over the sphere


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_bad_parameters_are_refused(value):
    with pytest.raises(ValueError, match="kappa"):
        VonMisesFisher(value)
    with pytest.raises(ValueError, match="scale"):
        GeneralizedNormal(value, 1.0)


def test_bad_centers_and_spaces_are_refused():
    rng = stream(0, "bad")
    with pytest.raises(ValueError, match=r"shape \(3, 4\)"):
        Uniform().sample(np.zeros((3, 4)), Box(5), rng)
    with pytest.raises(ValueError, match="NaN"):
        Normal(1.0).sample(np.full((3, 5), np.nan), Unbounded(5), rng)
    with pytest.raises(ValueError, match="length 1"):
        VonMisesFisher(1.0).sample(np.ones((3, 5)), Sphere(5), rng)
    with pytest.raises(ValueError, match="not defined on Box"):
        VonMisesFisher(1.0).sample(np.ones((3, 5)), Box(5), rng)
    with pytest.raises(ValueError, match="not defined on Unbounded"):
        Uniform().sample(np.ones((3, 5)), Unbounded(5), rng)
    with pytest.raises(ValueError, match="not defined on Sphere"):
        Laplace(1.0).sample(np.ones((3, 5)), Sphere(5), rng)


def test_chained_von_mises_fisher_draws_stay_on_the_sphere():
    space, rng = Sphere(2), stream(0, "chain")
    z = space.origin(200)
    for _ in range(300):
        z = VonMisesFisher(5.0).sample(z, space, rng)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, atol=1e-12)
