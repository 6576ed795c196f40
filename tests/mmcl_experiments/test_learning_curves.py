"""Lockstep on an accelerator: the law of its pairs, its loss, and the steps of the usual loop."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import ks_2samp

import mmcl_experiments as experiments
from mmcl.alignment import same_modality_info_nce
from mmcl.device import tiled
from mmcl.device.draws import drawer
from mmcl.device.lockstep import Lockstep, PlainStack, descend, looks_of
from mmcl.losses import info_nce, neg_squared_l2
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl.training import Together, train_together
from mmcl_experiments import results
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Game
from mmcl_experiments.learning_curves import figures, readings

SIZES = {"width": 16, "depth": 2, "steps": 20, "batch": 64, "lr": 0.01, "hidden_lr": 0.03}
WORLDS = {
    "sphere, kappa 1": preset("multimodal-sphere", d=10, kappa=1.0, private=(2, 2)),
    "sphere, kappa 20": preset("multimodal-sphere", d=3, kappa=20.0),
    "one lens": preset("multiview-sphere", d=4, kappa=5.0),
    "blocks": preset("multimodal-block", p=0.75, covariances="one wishart", causal=True),
}


@pytest.mark.parametrize("name", WORLDS)
def test_pairs_on_a_device_follow_the_law_of_the_model(name):
    model, n = WORLDS[name], 40_000
    ours = drawer(model, "cpu", stream(0, "ours"))(n)
    theirs = model.sample(n, stream(0, "theirs"))
    rows = [torch.cat([p.x, p.t, p.z_x, p.z_t, p.m_x, p.m_t], dim=1) for p in (ours, theirs)]
    centers, spreads = zip(*((r.mean(dim=0), r.T.cov()) for r in rows), strict=True)
    scale = rows[1].std(dim=0)
    assert ((centers[0] - centers[1]).abs() / scale).max() < 0.04
    assert ((spreads[0] - spreads[1]).abs() / torch.outer(scale, scale)).max() < 0.06
    for function in (lambda p: (p.z_x * p.z_t).sum(dim=1), lambda p: (p.z_x - p.z_t)[:, -1]):
        assert ks_2samp(function(ours).numpy(), function(theirs).numpy()).pvalue > 1e-4
    assert torch.equal(ours.z_x[:, : model.content], ours.z_t[:, : model.content])
    assert ours.x.dtype == torch.float32


def test_the_port_refuses_other_laws():
    with pytest.raises(ValueError, match="isn't drawn on a device"):
        drawer(preset("multimodal-box"), "cpu", stream(0, "x"))
    follows = preset("multimodal-sphere", private_follows="own")
    with pytest.raises(ValueError, match="follow nothing"):
        drawer(follows, "cpu", stream(0, "x"))


@pytest.mark.parametrize("rule", ["cross-modal", "cross-modal distance", "same-modality"])
def test_the_loss_and_its_gradient_are_those_of_one_batch_at_a_time(rule):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 50, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    t = torch.randn(2, 50, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    tau = torch.tensor([1.0, 0.5], dtype=torch.float64, requires_grad=True)
    found = tiled.info_nce(x, t, tau, rule)
    similarity = "dot" if rule == "cross-modal" else neg_squared_l2
    wanted = torch.stack([
        same_modality_info_nce(a, b, one) if rule == "same-modality"
        else info_nce(a, b, similarity=similarity, temperature=one)
        for a, b, one in zip(x, t, tau, strict=True)
    ])  # fmt: skip
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)
    pairs = [torch.autograd.grad(each.sum(), (x, t, tau)) for each in (found, wanted)]
    for ours, theirs in zip(*pairs, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="tiles are for an accelerator")
@pytest.mark.parametrize("rule", ["cross-modal", "cross-modal distance", "same-modality"])
@pytest.mark.parametrize("n", [1000, 6144])
def test_tiles_give_the_gradient_of_float64(rule, n):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, n, 5, generator=generator, dtype=torch.float64)
    t = x + 0.3 * torch.randn(2, n, 5, generator=generator, dtype=torch.float64)
    found = []
    for how in ({"dtype": torch.float64}, {"dtype": torch.float32, "device": "cuda"}):
        both = [side.to(**how).requires_grad_() for side in (x, t)]
        losses = tiled.info_nce(*both, torch.ones(2, **how), rule)
        found.append([g.double().cpu() for g in torch.autograd.grad(losses.sum(), both)])
    for exact, ours in zip(*found, strict=True):
        assert (exact - ours).abs().max() < 1e-5 * exact.abs().max()


def test_the_loss_refuses_an_unknown_rule():
    with pytest.raises(ValueError, match="cross-modal"):
        tiled.info_nce(torch.ones(1, 2, 2), torch.ones(1, 2, 2), torch.ones(1), "other")  # type: ignore[arg-type]


@pytest.mark.parametrize(("space", "similarity", "rule"), [
    ("sphere", "dot", "cross-modal"), ("unbounded", neg_squared_l2, "cross-modal distance"),
])  # fmt: skip
def test_a_step_is_that_of_the_usual_loop(space, similarity, rule):
    model, settings = preset("multimodal-sphere"), {**SIZES, "device": "cpu", "centered": False}
    found = []
    for ours in (True, False):
        game = Game(space, similarity)
        both = [fitting.prepared(model, game, settings, seed) for seed in (3, 4)]
        objectives, draws = [each for each, _ in both], [draw for _, draw in both]
        if ours:
            own = Together(objectives)
            lockstep = Lockstep(own.stacks[0], own.log_inverse_temperature, rule)
            descend(lockstep, draws, lambda step: None, **fitting.budget(settings))
            own.hand_back()
        else:
            train_together(objectives, draws, **fitting.budget(settings))
        found.append([p.detach() for each in objectives for p in each.parameters()])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_plain_layers_are_those_of_the_reference_stacked():
    stack = PlainStack(torch.randn(2, 64, 6), 3, space="sphere")
    assert [tuple(w.shape) for w in stack.weights] == [
        (2, 6, 30), (2, 30, 150), (2, 150, 150), (2, 150, 150), (2, 150, 150), (2, 150, 30),
        (2, 30, 3),
    ]  # fmt: skip
    codes = stack(torch.randn(2, 10, 6))
    torch.testing.assert_close(codes.norm(dim=2), torch.ones(2, 10))


def test_looks_are_at_powers_of_two_and_at_the_end():
    assert looks_of(100) == {100}
    assert looks_of(1024) == {256, 512, 1024}
    assert looks_of(1500) == {256, 512, 1024, 1500}


@pytest.mark.parametrize("budget", [{"steps": 0, "batch": 64}, {"steps": 5, "batch": 1}])
def test_a_budget_without_steps_or_choice_is_refused(budget):
    with pytest.raises(ValueError, match="descend got"):
        descend(torch.nn.Identity(), [], lambda s: None, lr=1, hidden_lr=None, **budget)  # type: ignore[arg-type]


def test_learning_curves_score_each_look():
    table = experiments.run("learning_curves", profile="smoke", steps=300, kappa=20.0)
    assert set(table.seed) == {0, 1}
    assert set(table.step) == {0, 256, 300}
    ours = table[table.metric.eq("nats") & table.code.eq("contrastive")]
    assert ours[ours.step.eq(300)].value.min() > 0.3
    assert table.pairs.equals(table.step * 64)


def test_the_reference_recipe_keeps_its_temperature_and_can_share_an_encoder():
    how = {"encoder": "reference", "learned": False, "hidden_lr": 0.0, "lr": 1e-3, "repeats": 1}
    table = experiments.run("learning_curves", profile="smoke", shared=True, private=0, **how)
    assert table[table.metric.eq("inverse_temperature")].value.eq(1).all()
    assert "private_r2" not in set(table.metric)
    with pytest.raises(ValueError, match="shared"):
        experiments.run("learning_curves", profile="smoke", shared=True)


@pytest.mark.parametrize("loss", ["same-modality", "cross-modal"])
def test_block_curves_score_every_block_at_each_look(loss):
    table = experiments.run("block_curves", profile="smoke", loss=loss)
    blocks = {f"{name} {side}" for name in ("style", "private") for side in "xt"}
    assert set(table[table.metric.eq("kernel_r2")].block) == blocks | {"content"}
    assert set(table.code) == {"contrastive", "content alone", "content redrawn"}
    assert set(table.step) == {8}
    assert np.isfinite(table.value).all()


def test_unknown_words_are_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match="residual"):
        experiments.run("learning_curves", profile="smoke", encoder="plain")
    with pytest.raises(ValueError, match="same-modality"):
        experiments.run("block_curves", profile="smoke", loss="max-entropy")


def test_readings_name_each_recorded_recipe_and_the_figure_draws_it():
    record = results.recorded("learning_curves")
    looks, untrained = readings.looks(record), readings.untrained(record)
    assert list(untrained.index) == ["ours", "released", "released, own world"]
    assert len(looks) == (record.metric.eq("nats") & record.code.eq("contrastive")).sum()
    told = pd.Series({1e6: 0.9, 1e7: 0.99})
    left, right = figures.curves(looks, untrained, told).axes
    assert len(left.lines) == 7
    assert len(right.lines) == 6
    assert 0.99 in left.lines[-1].get_ydata()


def test_what_half_of_the_gap_costs_is_read_between_runs():
    rows = []
    for kappa, nats, needed in ((1.0, 0.1, 4096), (5.0, 1.6, 256)):
        for seed in (0, 1):
            base = {"kappa": kappa, "seed": seed, "code": "raw", "metric": "linear_r2"}
            rows += [{**base, "value": 0.2, "step": 0, "steps": 8, "pairs": 0}]
            rows += [{**base, "code": "oracle", "metric": "nats", "value": nats, "step": 0}]
            for steps in (4, 8, 16):
                closed = 0.5 + 0.25 * np.log2(steps / 8)
                value = 0.2 + 0.8 * closed
                run = {**base, "code": "contrastive", "steps": steps, "pairs": steps * needed / 8}
                rows += [{**run, "value": value, "step": steps}, {**run, "value": 9.0, "step": 2}]
    table = readings.spent(pd.DataFrame(rows))
    assert readings.to_half(table, "pairs").to_dict() == pytest.approx({1.0: 4096, 5.0: 256})
    assert readings.to_half(table, "nats").to_dict() == pytest.approx({1.0: 409.6, 5.0: 409.6})
    low = table[table.closed.lt(0.4)]
    assert readings.to_half(low, "pairs").isna().all()
    left, right = figures.against_spent(table).axes
    assert [line.get_xdata()[1] for line in (left.lines[0], right.lines[0])] == [4096, 409.6]
