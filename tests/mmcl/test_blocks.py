"""Content, style and what one modality perturbs: laws, presets, and a fifth setting."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import digamma

from mmcl.alignment import entropy, same_modality_info_nce, sym_align_max_ent
from mmcl.blocks import ContentStyle, StyleChange, block_laws, draw_covariances, style_correlations
from mmcl.mixing import LeakyMixing, SmoothMixing, draw_mixing
from mmcl.model import PRESETS, preset
from mmcl.randomness import stream
from mmcl.spaces import Unbounded
from tests import bounds

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def rng():
    return stream(0, "blocks")


def laws(rng, **changes):
    how = {"p": 0.75, "covariances": "wishart", "causal": True} | changes
    return block_laws(2, 3, (1, 2), **how, rng=rng)


def errors_of(z, wanted):
    """How far the covariance of normal rows is from the one wanted, in its standard errors."""
    variance = np.outer(np.diag(wanted), np.diag(wanted)) + wanted**2
    return ((np.cov(z.T) - wanted) / np.sqrt(variance / len(z))).ravel()


def test_the_marginals_draws_have_the_covariance_it_states(rng):
    law = laws(rng)["marginal"]
    z = law.sample(np.zeros((200_000, 5)), Unbounded(5), rng)
    off = (z.mean(axis=0)[2:] - law.shift) / np.sqrt(np.diag(law.covariance)[2:] / len(z))
    bounds.within([*errors_of(z, law.covariance), *off])
    assert np.abs(errors_of(z, 1.1 * law.covariance)).max() > 20


def test_style_is_noise_plus_b_c_plus_a(rng):
    """The causal equation, by a regression of style on content."""
    law = laws(rng)["marginal"]
    z = law.sample(np.zeros((200_000, 5)), Unbounded(5), rng)
    with_one = np.column_stack([z[:, :2], np.ones(len(z))])
    found, *_ = np.linalg.lstsq(with_one, z[:, 2:], rcond=None)
    residual = z[:, 2:] - with_one @ found
    precision = np.diag(np.linalg.inv(with_one.T @ with_one))
    off = (found - np.vstack([law.effect.T, law.shift])) / np.sqrt(
        np.outer(precision, np.diag(law.style))
    )
    bounds.within([*off.ravel(), *errors_of(residual, law.style)])
    share = 1 - residual.var(axis=0) / z[:, 2:].var(axis=0)
    np.testing.assert_allclose(law.predictable_style(), share, atol=0.01)  # errors: below 0.0017


def test_densities_are_those_of_the_draws(rng):
    law = laws(rng)["marginal"]
    z = law.sample(np.zeros((50, 5)), Unbounded(5), rng)
    mean = np.concatenate([np.zeros(2), law.shift])
    wanted = stats.multivariate_normal(mean, law.covariance).logpdf(z)
    np.testing.assert_allclose(law.log_density(z, np.zeros((50, 5)), Unbounded(5)), wanted)


def test_content_is_copied_and_each_style_coordinate_changes_with_chance_p(rng):
    law = laws(rng)["conditional"]
    z_x = rng.standard_normal((100_000, 5))
    z_t = law.sample(z_x, Unbounded(5), rng)
    assert (z_t[:, :2] == z_x[:, :2]).all()
    steps = z_t[:, 2:] - z_x[:, 2:]
    changed = steps != 0
    for subset in product((0, 1), repeat=3):  # independent coordinate by coordinate
        count, k = int((changed == subset).all(axis=1).sum()), sum(subset)
        bounds.count_is(count, len(steps), 0.75**k * 0.25 ** (3 - k), of=8 + 9)
    bounds.within(errors_of(steps[changed.all(axis=1)], law.covariance), of=8 + 9)


def test_the_density_of_a_change_is_that_of_its_subset(rng):
    law = laws(rng)["conditional"]
    z_x = rng.standard_normal((200, 5))
    z_t = law.sample(z_x, Unbounded(5), rng)
    found = law.log_density(z_t, z_x, Unbounded(5))
    for i in range(len(z_x)):  # a slow loop
        step = (z_t - z_x)[i, 2:]
        kept = np.flatnonzero(step)
        wanted = len(kept) * np.log(0.75) + (3 - len(kept)) * np.log(0.25)
        if len(kept):
            inside = law.covariance[np.ix_(kept, kept)]
            wanted += stats.multivariate_normal(np.zeros(len(kept)), inside).logpdf(step[kept])
        assert found[i] == pytest.approx(wanted)
    moved = z_t.copy()
    moved[:, 0] += 1e-6
    assert (law.log_density(moved, z_x, Unbounded(5)) == -np.inf).all()


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_ends_of_p(p, rng):
    law = StyleChange(1, p, np.eye(2))
    z_x = rng.standard_normal((1000, 3))
    z_t = law.sample(z_x, Unbounded(3), rng)
    assert ((z_t != z_x)[:, 1:] == (p == 1)).all()
    assert np.isfinite(law.log_density(z_t, z_x, Unbounded(3))).all()


def test_wishart_matrices_have_their_mean_and_are_independent_or_one(rng):
    drawn = np.array([draw_covariances((3, 3), "wishart", rng) for _ in range(4000)])
    entries = drawn.reshape(-1, 9)
    off = (entries.mean(axis=0) - 3 * np.eye(3).ravel()) / entries.std(axis=0)
    first, second = drawn[:, 0, 0, 0], drawn[:, 1, 0, 0]
    together = np.corrcoef(first, second)[0, 1]
    bounds.within([*off * len(entries) ** 0.5, together * len(first) ** 0.5], of=11)
    bounds.plausible(stats.kstest(first, stats.chi2(3).cdf).pvalue, of=11)
    one = draw_covariances((3, 2, 3), "one wishart", rng)
    assert (one[0] == one[2]).all()
    assert one[1].shape == (2, 2)
    assert not np.allclose(one[0], draw_covariances((3,), "one wishart", rng)[0])
    assert all((m == np.eye(len(m))).all() for m in draw_covariances((2, 3), "identity", rng))


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_style_correlations_are_those_of_the_draws(p, rng):
    drawn = laws(rng, p=p, causal=False)
    z_x = drawn["marginal"].sample(np.zeros((200_000, 5)), Unbounded(5), rng)
    z_t = drawn["conditional"].sample(z_x, Unbounded(5), rng)
    whiten = [np.linalg.inv(np.linalg.cholesky(np.cov(z[:, 2:].T))) for z in (z_x, z_t)]
    across = np.cov(z_x[:, 2:].T, z_t[:, 2:].T)[:3, 3:]
    found = np.linalg.svd(whiten[0] @ across @ whiten[1].T)[1]
    wanted = style_correlations(drawn["marginal"], drawn["conditional"])
    np.testing.assert_allclose(found, wanted, atol=0.015)  # errors: (1 - r^2) / 447, or 0.002


def test_one_wishart_makes_all_style_correlations_equal(rng):
    """What the released code's one seed does: no direction of style is kept better than another."""
    drawn = laws(rng, p=1.0, covariances="one wishart")
    found = style_correlations(drawn["marginal"], drawn["conditional"])
    np.testing.assert_allclose(found, np.sqrt(1 / 2))
    apart = laws(rng, p=1.0)
    assert np.ptp(style_correlations(apart["marginal"], apart["conditional"])) > 0.05


def test_the_multimodal_preset_is_the_model(rng):
    model = preset("multimodal-block", content=2, style=4, private=(1, 3), p=0.5, rng=rng)
    pairs = model.sample(20_000, rng)
    assert model.content == 2
    assert (model.space.d, pairs.x.shape[1], pairs.t.shape[1]) == (6, 7, 9)
    assert torch.equal(pairs.z_x[:, :2], pairs.z_t[:, :2])
    changed = (pairs.z_x != pairs.z_t)[:, 2:]
    bounds.count_is(int(changed.sum()), changed.numel(), 0.5, of=46)
    private = torch.cat([pairs.m_x, pairs.m_t, pairs.z_x], dim=1)
    together = torch.corrcoef(private.T) - torch.eye(10)
    bounds.within(together.triu(1) * len(private) ** 0.5, of=46)
    g_x, g_t = model.mixing
    assert g_x is not g_t
    torch.testing.assert_close(g_t(torch.cat([pairs.z_t, pairs.m_t], dim=1)), pairs.t)
    for found, true in zip(model.invert(pairs), (pairs.z_x, pairs.z_t), strict=True):
        assert (found - true).abs().max() < 1e-3  # float32; 2.4e-5 found
    assert "Daunhawer" in model.paper


@pytest.mark.parametrize("covariances", ["wishart", "one wishart"])
def test_private_latents_get_covariances_of_their_own(covariances, rng):
    model = preset("multimodal-block", covariances=covariances, style=2, rng=rng)
    pairs = model.sample(100_000, rng)
    for m, wanted in zip((pairs.m_x, pairs.m_t), model.private_covariances, strict=True):
        bounds.within(errors_of(m.numpy(), wanted), of=2 * wanted.size)
    one, other = model.private_covariances
    assert np.allclose(one, other) == (covariances == "one wishart")
    assert np.allclose(one, model.marginal.style) == (covariances == "one wishart")


def test_two_views_share_one_mixing_and_have_nothing_private(rng):
    model = preset("multiview-block", p=0.75, rng=rng)
    pairs = model.sample(100, rng)
    g_x, g_t = model.mixing
    assert g_x is g_t
    assert pairs.m_x.shape == pairs.m_t.shape == (100, 0)
    assert "Kuegelgen" in model.paper


def test_settings_without_content_have_none(rng):
    assert preset("multimodal-sphere", rng=rng).content == 0


def test_a_smooth_mixing_inverts_and_has_no_creases(rng):
    creased, smooth = (draw_mixing(4, stream(1, "m"), smooth=each) for each in (False, True))
    assert type(creased) is LeakyMixing
    assert isinstance(smooth, SmoothMixing)
    z = torch.from_numpy(5 * rng.standard_normal((2000, 4)))
    assert (smooth.inverse(smooth(z)) - z).abs().max() < 1e-10
    line = torch.linspace(-3, 3, 6001, dtype=torch.float64)[:, None] * torch.ones(1, 4)
    bends = {g: (g(line).diff(dim=0).diff(dim=0) / 1e-6).abs().max() for g in (creased, smooth)}
    assert bends[creased] > 100  # a jump of the slope over one step of 0.001
    assert bends[smooth] < 10


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"p": 1.5}, "p is 1.5"), ({"content": 0}, "content is 0"), ({"style": 0}, "style 0"),
        ({"covariances": "both"}, "one wishart"),
        ({"shared_mixing": True, "private": (1, 2)}, r"\(1, 2\)"),
        ({"private_covariances": (np.eye(3), None)}, "3 rows"),
        ({"private_covariances": (-np.eye(2), None)}, "positive definite"),
        ({"marginal": None, "colour": 1}, "colour"),
    ],
)  # fmt: skip
def test_bad_worlds_are_refused(change, word, rng):
    with pytest.raises((ValueError, TypeError), match=word):
        preset("multimodal-block", rng=rng, **change)


def test_laws_refuse_parts_that_dont_fit():
    with pytest.raises(ValueError, match="effect"):
        ContentStyle(np.eye(2), np.eye(3), np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="style"):
        ContentStyle(np.eye(2), np.ones((2, 3)), np.zeros((3, 2)), np.zeros(3))
    with pytest.raises(ValueError, match="content is -1"):
        StyleChange(-1, 0.5, np.eye(2))


def test_the_fifth_setting_of_contributing_runs_as_printed(rng):
    section = CONTRIBUTING.read_text(encoding="utf-8").split("**A fifth setting.**")[1]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(code.splitlines()) < 30
    names: dict = {"__name__": "fifth"}
    before = set(PRESETS)
    try:
        exec(compile(code, "CONTRIBUTING.md", "exec"), names)
        (added,) = set(PRESETS) - before
        model = preset(added, rng=rng)
        pairs = model.sample(20_000, rng)
    finally:
        for name in set(PRESETS) - before:
            del PRESETS[name]
    kept = (pairs.z_x == pairs.z_t).all(dim=0)
    assert kept.tolist() == [True] * 3 + [False] * 2
    assert model.content == 3
    left_out = torch.cat([pairs.z_x, pairs.z_t], dim=1).T.corrcoef()[3:5, 8:]
    bounds.within(left_out * 20_000**0.5)


def box_points(n, d, rng):
    return torch.from_numpy(rng.random((n, d)))


@pytest.mark.parametrize("d", [1, 2, 5])
def test_entropy_of_known_laws(d, rng):
    uniform = torch.stack([entropy(box_points(800, d, rng)) for _ in range(10)]).mean()
    assert uniform == pytest.approx(0, abs=0.06)  # the mean's error is 0.01
    if d < 5:  # a law with walls of its own is overrated, the more so the more walls it has
        small = [entropy(0.25 + box_points(800, d, rng) / 2) for _ in range(10)]
        assert torch.stack(small).mean() == pytest.approx(d * np.log(0.5), abs=0.15)


def test_entropy_is_the_slow_loops(rng):
    points = box_points(30, 2, rng)
    logs = []
    for i in range(30):
        steps = [abs(points[i] - points[j]) for j in range(30) if j != i]
        ways = sorted(torch.minimum(step, 1 - step).norm().item() for step in steps)
        logs.append(np.log(ways[1]))
    wanted = digamma(30) - digamma(2) + np.log(np.pi) + 2 * np.mean(logs)
    assert entropy(points, k=2).item() == pytest.approx(wanted, abs=1e-5)
    with pytest.raises(ValueError, match="k = 30"):
        entropy(points, k=30)


def test_entropys_gradient_is_that_of_small_steps(rng):
    points = box_points(12, 2, rng).requires_grad_()
    assert torch.autograd.gradcheck(lambda p: entropy(p, k=3), points, eps=1e-7, atol=1e-4)


def test_the_theorems_loss_weighs_alignment(rng):
    u, v = box_points(50, 2, rng), box_points(50, 2, rng)
    distance = (u - v).norm(dim=1).mean()
    spread = (entropy(u) + entropy(v)) / 2
    torch.testing.assert_close(sym_align_max_ent(u, v), distance - spread, atol=1e-5, rtol=0)
    heavy = sym_align_max_ent(u, v, weight=10.0)
    torch.testing.assert_close(heavy, 10 * distance - spread, atol=1e-5, rtol=0)
    equal = u.clone().requires_grad_()
    sym_align_max_ent(equal, u).backward()
    assert equal.grad.isfinite().all()  # also where codes are equal


def test_same_modality_loss_is_the_slow_loops(rng):
    a, b = (torch.from_numpy(rng.standard_normal((7, 3))) for _ in range(2))
    terms = []
    for one, other in ((a, b), (b, a)):
        for i in range(7):
            partner = -((one[i] - other[i]) ** 2).sum() / 0.7
            rivals = [-((one[i] - one[j]) ** 2).sum() / 0.7 for j in range(7) if j != i]
            terms.append(torch.logsumexp(torch.stack([partner, *rivals]), 0) - partner)
    wanted = torch.stack(terms).mean()
    torch.testing.assert_close(same_modality_info_nce(a, b, 0.7), wanted)
    collapsed = torch.zeros(7, 3)
    assert same_modality_info_nce(collapsed, collapsed, 1.0).item() == pytest.approx(np.log(7))
