import numpy as np
import pytest
import torch
from scipy import stats

from mmcl.laws import Laplace, Normal, Uniform, VonMisesFisher
from mmcl.mixing import draw_mixing
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from tests import bounds


@pytest.fixture
def rng():
    return stream(0, "model")


def sphere_model(rng, **changes):
    return preset("multimodal-sphere", rng=rng, **changes)


def test_shapes_types_and_the_papers_name(rng):
    model = sphere_model(rng, d=4, private=(3, 1))
    pairs = model.sample(100, rng)
    shapes = {name: tuple(value.shape) for name, value in vars(pairs).items()}
    assert shapes == {
        "x": (100, 7), "z_x": (100, 4), "m_x": (100, 3),
        "t": (100, 5), "z_t": (100, 4), "m_t": (100, 1),
    }  # fmt: skip
    assert {value.dtype for value in vars(pairs).values()} == {torch.float32}
    assert len(pairs[:10]) == 10
    assert "Liu" in model.paper


def test_same_seed_same_pairs_and_streams_are_apart():
    def draw(seed):
        return sphere_model(stream(seed, "mixing")).sample(50, stream(seed, "batches"))

    assert torch.equal(draw(1).x, draw(1).x)
    assert not torch.equal(draw(1).x, draw(2).x)
    first, second = (stream(1, name).standard_normal(1000) for name in ("mixing", "batches"))
    bounds.plausible(stats.pearsonr(first, second).pvalue)


def test_a_preset_without_an_rng_is_always_the_same_world():
    first, again = (preset("multimodal-sphere").mixing[0].weights[0] for _ in range(2))
    assert torch.equal(first, again)


def test_edge_is_symmetric_on_the_sphere(rng):
    pairs = sphere_model(rng, kappa=5.0).sample(20_000, rng)
    cosines = (pairs.z_x * pairs.z_t).sum(dim=1, keepdim=True)
    columns, wanted = [cosines], [torch.tensor([VonMisesFisher(5.0).mean_cosine(5)])]
    for z in (pairs.z_x, pairs.z_t):  # both marginals are uniform: mean 0, covariance I/d
        columns += [z, (z[:, :, None] * z[:, None, :]).flatten(1)]
        wanted += [torch.zeros(5), torch.eye(5).flatten() / 5]
    drawn = torch.cat(columns, dim=1).double()
    errors = drawn.std(dim=0) / len(drawn) ** 0.5
    bounds.within((drawn.mean(dim=0) - torch.cat(wanted)) / errors)


def test_coupling_decides_the_marginals_on_the_box(rng):
    """Only the symmetric potential gives z_x and z_t the same law; facts at the walls differ."""
    mixing = (draw_mixing(1, rng, candidates=1), draw_mixing(1, rng, candidates=1))

    def marginals(coupling):
        model = LatentPartialCausalModel(
            Box(1), Uniform(), Laplace(0.5), coupling=coupling, mixing=mixing
        )
        pairs = model.sample(100_000, rng)
        return pairs.z_x[:, 0].numpy(), pairs.z_t[:, 0].numpy()

    equal = stats.ks_2samp(*marginals("potential")).pvalue
    z_x, z_t = marginals("conditional")
    bounds.plausible([equal, stats.kstest(z_x, "uniform").pvalue])
    assert stats.ks_2samp(z_x, z_t).pvalue < 1e-12


def test_potential_marginal_is_proportional_to_the_mass(rng):
    law, space = Laplace(0.5), Box(1)
    model = LatentPartialCausalModel(space, Uniform(), law, coupling="potential")
    z = np.sort(model._draw_z_x(20_000, rng)[:, 0])
    grid = np.linspace(0, 1, 2001)
    mass = np.cumsum(law.mass(grid[:, None], space)[:, 0])
    bounds.plausible(stats.kstest(z, lambda v: np.interp(v, grid, mass / mass[-1])).pvalue)


def test_private_latents_follow_what_they_are_told_to(rng):
    def leans(follows):
        pairs = sphere_model(rng, kappa=2.0, private_follows=follows).sample(20_000, rng)
        correlate = lambda a, b: abs(np.corrcoef(a[:, 0], b[:, 0])[0, 1])  # noqa: E731
        return correlate(pairs.m_x, pairs.z_x), correlate(pairs.m_x, pairs.z_t)

    bounds.within(np.sqrt(20_000) * np.array(leans("nothing")))
    own_x, own_t = leans("own")  # .02 is eight standard errors, (1 - .8^2) / sqrt(n)
    assert own_x == pytest.approx(0.8, abs=0.02)
    assert own_t < own_x - 0.3
    other_x, other_t = leans("other")
    assert other_t == pytest.approx(0.8, abs=0.02)
    assert other_x < other_t - 0.3


def test_private_scale_is_the_standard_deviation(rng):
    pairs = sphere_model(rng, private_scale=3.0).sample(20_000, rng)
    error = 3 / (2 * pairs.m_t.numel()) ** 0.5  # of a normal law's deviation
    bounds.within((pairs.m_t.std().item() - 3) / error)


def test_oracle_inverts_exactly(rng):
    model = sphere_model(rng)
    pairs = model.sample(500, rng)
    z_x, z_t = model.invert(pairs)
    assert (z_x - pairs.z_x).abs().max() < 1e-4
    assert (z_t - pairs.z_t).abs().max() < 1e-4


@pytest.mark.parametrize("d", [2, 7, 15])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
def test_mixing_inverse_at_both_precisions(d, dtype, bound, rng):
    mixing = draw_mixing(d, rng)
    z = torch.from_numpy(rng.standard_normal((1000, d))).to(dtype)
    assert (mixing.inverse(mixing(z)) - z).abs().max() < bound
    assert (mixing(mixing.inverse(z)) - z).abs().max() < bound


def test_conditioning_rule_keeps_the_best_candidate(rng):
    strict, loose = (draw_mixing(7, stream(1, "rule"), candidates=c) for c in (1000, 1))
    best, drawn = (list(map(torch.linalg.cond, g.weights)) for g in (strict, loose))
    assert max(best) < min(20, *drawn)
    for weight in strict.weights:
        torch.testing.assert_close(weight.norm(dim=0), torch.ones(7, dtype=torch.float64))


def test_mixing_is_nonlinear_and_slope_one_is_not(rng):
    z = torch.from_numpy(rng.standard_normal((100, 5)))
    bent, straight = (draw_mixing(5, stream(2, "m"), slope=s) for s in (0.2, 1.0))
    assert (bent(z) + bent(-z)).abs().max() > 0.1
    assert (straight(z) + straight(-z)).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"d": 0}, "d = 0"), ({"d": 1}, "d = 1"), ({"kappa": -1.0}, "kappa"),
        ({"private": (1, -1)}, "private"), ({"private_scale": float("nan")}, "private_scale"),
        ({"coupling": "both"}, "coupling"), ({"private_follows": "x"}, "private_follows"),
        ({"layers": 0}, "layers"),
    ],
)  # fmt: skip
def test_bad_models_are_refused(change, word, rng):
    with pytest.raises(ValueError, match=word):
        sphere_model(rng, **change)


def test_bad_requests_are_refused(rng):
    with pytest.raises(ValueError, match="multimodal-sphere"):
        preset("multimodal-spere", rng=rng)
    with pytest.raises(ValueError, match="n = 0"):
        sphere_model(rng).sample(0, rng)
    with pytest.raises(ValueError, match="no mixing"):
        LatentPartialCausalModel(Sphere(3), Uniform(), VonMisesFisher(1.0)).sample(2, rng)
    with pytest.raises(ValueError, match="shape"):
        draw_mixing(5, rng)(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="slope"):
        draw_mixing(5, rng, slope=0.0)
    for seed in (-1, 1.5, True):
        with pytest.raises(ValueError, match="seed"):
            stream(seed, "x")


def test_spaces_know_their_points():
    assert Sphere(3).contains(np.array([[1.0, 0, 0], [1, 1, 0]])).tolist() == [True, False]
    assert Box(2).contains(np.array([[0.5, 1.0], [0.5, 1.1]])).tolist() == [True, False]
    assert Unbounded(1).contains(np.array([[9.0], [np.inf]])).tolist() == [True, False]
    assert Sphere(3).log_volume == pytest.approx(np.log(4 * np.pi))
    for space in (Sphere(3), Box(3), Unbounded(3)):
        assert space.contains(space.origin(2)).all()
    with pytest.raises(ValueError, match="low"):
        Box(2, 1.0, 1.0)


def laplace_step(z, b):
    """Mean length of a Laplace step of scale b from z, given that it ends in the unit interval."""
    reach = np.stack([z, 1 - z])
    mass, moment = -b * np.expm1(-reach / b), b**2 - b * (reach + b) * np.exp(-reach / b)
    return moment.sum(axis=0) / mass.sum(axis=0)


def test_the_box_preset_is_theorem_42s_world(rng):
    model = preset("multimodal-box", d=3, scale=0.1, rng=rng)
    pairs = model.sample(20_000, rng)
    assert model.space.contains(pairs.z_t.numpy()).all()
    assert pairs.x.shape == (20_000, 5)
    z = pairs.z_x.double().numpy()
    bounds.mean_is(z, 0.5, of=3)
    bounds.mean_is((z - 0.5) ** 2, 1 / 12, of=3)
    steps = (pairs.z_t - pairs.z_x).abs().double().numpy()
    bounds.mean_is(steps - laplace_step(z, 0.1), 0, of=3)
    assert "4.2" in model.paper
    assert not torch.equal(model.mixing[0].weights[0], model.mixing[1].weights[0])


def test_two_views_share_one_mixing_and_have_nothing_private(rng):
    model = preset("multiview-sphere", rng=rng)
    pairs = model.sample(1000, rng)
    g_x, g_t = model.mixing
    assert g_x is g_t
    assert pairs.m_x.shape == pairs.m_t.shape == (1000, 0)
    torch.testing.assert_close(g_x(pairs.z_t), pairs.t)
    assert "Zimmermann" in model.paper


@pytest.mark.parametrize("name", ["multimodal-sphere", "multimodal-box", "multiview-sphere"])
def test_a_presets_laws_can_be_changed(name):
    law = VonMisesFisher(2.0) if "sphere" in name else Normal(0.2)
    assert preset(name, conditional=law).conditional == law
