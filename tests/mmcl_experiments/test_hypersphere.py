"""The sphere's theorem, leg by leg, at sizes that a test can afford."""

import math

import numpy as np
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.laws import VonMisesFisher, log_z
from mmcl.losses import info_nce
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl_experiments.hypersphere import run as hypersphere
from mmcl_experiments.oracle import run as oracle
from tests import bounds


@pytest.fixture(scope="module")
def world():
    return preset("multimodal-sphere", d=5, kappa=5.0, rng=stream(200, "mixing"))


@pytest.fixture(scope="module")
def many(world):
    return world.sample(65_536, stream(200, "many"))


def loss(u, v, beta, n):
    u, v = (z.reshape(-1, n, z.shape[1]) for z in (u, v))
    scores = beta * u @ v.mT
    guesses = scores.log_softmax(dim=-1) + scores.log_softmax(dim=-2)
    return -guesses.diagonal(dim1=-2, dim2=-1).mean().item() / 2


def test_batched_loss_is_the_packages(many):
    u, v = many.z_x[:64], many.z_t[:64]
    expected = info_nce(u, v, similarity="dot", temperature=0.2).item()
    assert loss(u, v, 5.0, n=64) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kappa", [1.0, 5.0, 20.0])
def test_oracle_meets_its_closed_form(kappa):
    settings = experiments.settings("oracle", kappas=[kappa], batches=150)
    (row,) = oracle.run(settings, seed=200).to_dict("records")
    bounds.within((row["measured"] - row["predicted"]) / row["se"], dof=149)
    assert row["se"] < 0.01


def test_oracle_rejects_another_closed_form():
    """Without its 1/n term, or with another kappa, the prediction is off by many errors."""
    settings = experiments.settings("oracle", kappas=[20.0], batch=256, batches=150)
    (row,) = oracle.run(settings, seed=200).to_dict("records")
    off = abs(row["measured"] - row["predicted"])
    bounds.within(max(0, off - 0.01) / row["se"], dof=149)  # next order: 1/n^2
    assert abs(row["measured"] - row["mi"]) > 10 * row["se"]
    other = VonMisesFisher(15.0).mutual_information(5)
    assert abs(row["measured"] - other) > 10 * row["se"]


def test_variance_of_the_density_ratio(many):
    ratio = torch.exp(5.0 * (many.z_x * many.z_t.roll(1, 0)).sum(dim=1) - log_z(5.0, 5))
    assert oracle.variance(5.0, 5) == pytest.approx(4.9, abs=0.05)
    bounds.mean_is(ratio, 1, of=2)
    bounds.mean_is((ratio - 1) ** 2, oracle.variance(5.0, 5), of=2)


@pytest.mark.parametrize("n", [2, 16, 512])
def test_best_temperature_is_the_couplings_for_any_number_of_pairs(many, n):
    """The next ones are worse by 11 standard errors of the difference and more."""
    losses = {beta: loss(many.z_x, many.z_t, beta, n) for beta in (4.0, 5.0, 6.0)}
    assert losses[5.0] == min(losses.values())


@pytest.mark.parametrize("n", [2, 16, 512])
def test_no_other_codes_beat_the_latents(many, n):
    """Neighbors of the optimum, at their own best temperature: noise, a bend, a dropped axis.

    All lose by 20 standard errors of the difference and more; among 512, which takes longest, on
    half of the pairs by 14 and more.
    """
    z_x, z_t = (z[: len(z) // (2 if n == 512 else 1)] for z in (many.z_x, many.z_t))
    best = loss(z_x, z_t, 5.0, n)
    noise = torch.from_numpy(stream(200, "noise").standard_normal((2, len(z_x), 5))).float()
    rivals = {
        "noise": [z_x + 0.1 * noise[0], z_t + 0.1 * noise[1]],
        "bend": [z.sign() * z.abs() ** 1.4 for z in (z_x, z_t)],
        "dropped": [z * torch.tensor([1, 1, 1, 1, 0.0]) for z in (z_x, z_t)],
    }
    for name, codes in rivals.items():
        u, v = (torch.nn.functional.normalize(c, dim=1) for c in codes)
        assert min(loss(u, v, beta, n) for beta in (3.5, 4.0, 4.5, 5.0, 5.5)) > best, name


def test_all_turns_are_equally_good_but_only_common_ones(many):
    q = torch.linalg.qr(torch.from_numpy(stream(200, "q").standard_normal((5, 5)))).Q.float()
    best = loss(many.z_x, many.z_t, 5.0, 64)
    assert loss(many.z_x @ q, many.z_t @ q, 5.0, 64) == pytest.approx(best, abs=1e-5)
    assert loss(many.z_x @ q, many.z_t, 5.0, 64) > best + 0.5


def test_holds_breaks_and_control_at_a_small_size():
    small = {"d": 3, "private": 1, "steps": 300, "batch": 256, "test_pairs": 4096}
    table = {
        name: experiments.run("hypersphere", seed=200, **small, **change)
        for name, change in {
            "holds": {},
            "other": {"baselines": False, "private_follows": "other"},
            "shuffled": {"baselines": False, "shuffled": True},
        }.items()
    }

    def value(leg, metric, code="contrastive"):
        rows = table[leg]
        return rows[(rows.metric == metric) & (rows.code == code)].value.mean()

    raw, taught = (value("holds", "linear_r2", code) for code in ("raw", "supervised"))
    learned = value("holds", "linear_r2")
    assert (learned - raw) / (taught - raw) > 0.9
    assert value("holds", "map_cosine") > 0.98
    assert value("holds", "inverse_temperature") == pytest.approx(5, rel=0.1)
    assert value("other", "linear_r2") < learned - 0.03
    assert value("other", "nats") > value("other", "nats", "oracle") + 0.05
    assert abs(value("shuffled", "nats")) < 0.01
    assert value("shuffled", "linear_r2") < value("holds", "linear_r2", "untrained") + 0.2


def test_shuffling_keeps_the_marginals_and_breaks_the_pairs():
    settings = experiments.settings("hypersphere", profile="smoke", shuffled=True)
    fitted = hypersphere.fit(settings, 200)
    cosines = (fitted.test.z_x * fitted.test.z_t).sum(dim=1)
    bounds.mean_is(cosines, VonMisesFisher(5.0).mean_cosine(5))  # the test pairs stay whole


def test_linear_map_finds_the_matrix():
    rng = stream(200, "map")
    z, a = rng.standard_normal((100, 3)), rng.standard_normal((3, 3))
    found = hypersphere.linear_map(torch.from_numpy(z), torch.from_numpy(z @ a.T))
    np.testing.assert_allclose(found, a, atol=1e-10)


def test_nats_are_zero_for_constant_codes():
    ones = torch.ones(1024, 3) / math.sqrt(3)
    rounding = torch.finfo(ones.dtype).eps * math.log(1024)
    assert hypersphere.nats(ones, ones, 0.2) == pytest.approx(0, abs=10 * rounding)
