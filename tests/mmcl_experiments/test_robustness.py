"""Broken assumptions: what costs nothing, what hurts, and what the theory says about it."""

import numpy as np
import pytest
import torch
from scipy.stats import ortho_group

import mmcl_experiments as experiments
from mmcl.losses import info_nce
from mmcl.metrics import linear_r2
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl_experiments.adversarial import run as adversarial
from mmcl_experiments.robustness import run as robustness

KAPPA = 5.0


@pytest.fixture(scope="module")
def pairs():
    world = preset("multimodal-sphere", kappa=KAPPA, rng=stream(200, "world"))
    return adversarial.unmixed(world, 1024, stream(200, "pairs"))


def nats(codes):
    h_x, h_t, temperature = codes
    return float(info_nce(h_x, h_t, similarity="dot", temperature=temperature))


# The oracles


def test_unmixed_latents_are_the_worlds_own():
    world = preset("multimodal-sphere", kappa=KAPPA, rng=stream(200, "world"))
    found = adversarial.unmixed(world, 100, stream(200, "pairs"))
    true = world.sample(100, stream(200, "pairs"))
    for name in ("z_x", "z_t", "m_x", "m_t"):
        torch.testing.assert_close(
            getattr(found, name), getattr(true, name).double(), atol=1e-4, rtol=0
        )


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("make", [adversarial.gap, adversarial.leak])
def test_adversarial_codes_cost_nothing(pairs, make, share):
    truth = nats(adversarial.identity(pairs, KAPPA))
    codes = make(pairs, KAPPA, share)
    for h in codes[:2]:
        torch.testing.assert_close(h.norm(dim=1), torch.ones(len(pairs)).double())
    assert abs(nats(codes) - truth) < 1e-6
    h_x, h_t, _ = codes
    assert nats((h_x, h_t, 0.9 * codes[2])) > truth + 1e-6  # the temperature has to follow
    other = torch.from_numpy(stream(200, "noise").standard_normal(h_t.shape)).to(h_t)
    assert nats((h_x, h_t + 0.1 * other, codes[2])) > truth + 1e-4


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_gap_is_what_was_asked_for(pairs, share):
    h_x, h_t, _ = adversarial.gap(pairs, KAPPA, share)
    apart = (h_x.mean(dim=0) - h_t.mean(dim=0)).norm()
    rest = share**0.5 * (pairs.z_x.mean(dim=0) - pairs.z_t.mean(dim=0)).norm()
    assert float(apart) == pytest.approx(np.hypot(2 * (1 - share) ** 0.5, float(rest)))


def test_the_leak_holds_every_private_latent_and_the_identity_none(pairs):
    h_x, _, _ = adversarial.leak(pairs, KAPPA, 0.95)
    assert linear_r2(pairs.m_x, h_x, rng=stream(0, "split")) > 0.99
    assert linear_r2(pairs.z_x, h_x, rng=stream(0, "split")) > 0.999
    assert linear_r2(pairs.m_x, pairs.z_x, rng=stream(0, "split")) < 0.05


def test_the_projection_onto_the_sphere_is_one_to_one():
    m = torch.from_numpy(stream(200, "m").standard_normal((50, 3)))
    u = adversarial.onto_sphere(m)
    torch.testing.assert_close(u.norm(dim=1), torch.ones(50).double())
    torch.testing.assert_close(u[:, :3] / (1 - u[:, 3:]), m)  # the way back


def test_the_experiment_measures_both(pairs):
    table = experiments.run("adversarial", profile="smoke", seed=200)
    excess = table[table.metric.eq("excess")]
    assert len(excess) == 11
    assert excess.value.abs().max() < 1e-6
    value = table.set_index(["code", "share", "modality", "metric"]).value
    assert value["gap", 0.05, "both", "gap"] > 1.9
    assert value["identity", 1.0, "both", "gap"] < 0.3
    assert value["leak", 0.25, "x", "private_r2"] > 0.9
    assert value["leak", 0.25, "t", "private_r2"] < 0.2
    for share in (0.0, -0.5, 1.5):
        with pytest.raises(ValueError, match="share is"):
            adversarial.gap(pairs, KAPPA, share)


# What the proofs say without training


def test_mismatched_pairs_keep_the_best_map_and_change_the_temperature(pairs):
    """A third of strangers: turned or flattened codes don't win; a smaller 1/tau does."""
    t = pairs.z_t.clone()
    t[: len(t) // 3] = t[: len(t) // 3].roll(1, dims=0)
    betas = np.linspace(1, 6, 26)
    losses = [nats((pairs.z_x, t, 1 / beta)) for beta in betas]
    assert 1.5 < betas[int(np.argmin(losses))] < 4
    kept = [nats((pairs.z_x, pairs.z_t, 1 / beta)) for beta in betas]
    assert 4.4 <= betas[int(np.argmin(kept))] <= 5.6


def test_squared_codes_see_turns_and_absolute_ones_dont_allow_them():
    rng = stream(200, "isometries")
    z, w = (torch.from_numpy(rng.random((512, 4))) for _ in "zw")
    q = torch.from_numpy(ortho_group.rvs(4, random_state=rng))
    order = torch.eye(4).double()[[2, 0, 3, 1]] * torch.tensor([1.0, -1, 1, -1]).double()
    for p, turned, permuted in ((1, False, True), (2, True, True), (3, False, True)):
        own = torch.cdist(z, w, p=p)
        assert torch.allclose(torch.cdist(z @ q, w @ q, p=p), own) == turned
        assert torch.allclose(torch.cdist(z @ order, w @ order, p=p), own) == permuted


# What training makes of it


@pytest.fixture(scope="module")
def scores():
    names = ["nothing", "1/tau fourfold", "m_x follows z_x", "three dimensions too many"]
    names += ["a dimension too few", "1/tau fourfold + three dimensions too many"]
    settings = experiments.settings("robustness", repeats=1, baselines=False, steps=400)
    table = robustness.run(settings | {"rows": [f"sphere: {name}" for name in names]}, 200)
    table = table[table.code.eq("contrastive") & table.metric.eq("linear_r2")]
    return table.assign(row=table.row.str.removeprefix("sphere: ")).set_index("row").value


def test_what_the_proof_doesnt_use_does_no_harm(scores):
    assert scores["nothing"] > 0.97
    assert scores["m_x follows z_x"] > 0.97
    assert scores["three dimensions too many"] > 0.97


def test_what_the_proof_uses_hurts(scores):
    assert scores["a dimension too few"] < 0.7
    assert scores["1/tau fourfold"] < 0.75


def test_two_violations_can_be_better_than_one(scores):
    assert scores["1/tau fourfold + three dimensions too many"] > 0.9  # one alone: 0.66
