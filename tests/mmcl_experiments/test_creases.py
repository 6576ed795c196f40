"""The score, the codes' space, heads and remedies, at sizes that a test can afford."""

import re
from pathlib import Path

import pytest
import torch
import yaml
from scipy.stats import ortho_group

import mmcl_experiments as experiments
from mmcl.losses import Heads, info_nce, neg_squared_l2
from mmcl.metrics import mcc
from mmcl.randomness import stream
from mmcl_experiments.creases import remedies
from mmcl_experiments.creases import run as creases

ROOT = Path(__file__).parents[2]
TINY = {"d": 2, "private": 1, "width": 16, "steps": 10, "batch": 64, "test_pairs": 512}
SMALL = {"d": 2, "private": 1, "width": 32, "steps": 500, "batch": 256, "test_pairs": 4096}


def objective(**changes):
    settings = experiments.settings("creases", **{**TINY, **changes})
    model = creases.draw_model(settings, 200)
    plain, draw = creases.fitting.prepared(model, creases.game_of(settings), settings, 200)
    return remedies.Remedied(plain, settings, 200, lambda _: {}), draw


@pytest.mark.parametrize("heads", [False, True])
@pytest.mark.parametrize("score", ["l1", "l2"])
@pytest.mark.parametrize("codes", ["box", "unbounded"])
def test_a_cell_is_what_its_settings_say(score, codes, heads):
    game = creases.game_of(
        experiments.settings("creases", score=score, codes=codes, heads=heads, temperature=3.0)
    )
    between = game.similarity.between if heads else game.similarity
    assert isinstance(game.similarity, Heads) is heads
    assert between == {"l1": "neg_l1", "l2": neg_squared_l2}[score]
    assert (game.space, game.size, game.temperature) == (codes, 5 + heads, 3.0)


def test_l1_with_free_codes_and_heads_gives_axes():
    table = experiments.run("creases", seed=202, heads=True, centered=True, **SMALL)
    end = table[table.code.eq("contrastive")].groupby("metric").value.mean()
    assert end["linear_r2"] > 0.97
    assert end["mcc"] > 0.97
    assert end["apart"] == 0


def test_a_training_is_followed_and_the_true_latents_gain_is_beside_it():
    table = experiments.run("creases", seed=200, **TINY)
    way = table[table.code.eq("in training")]
    assert way[way.metric.eq("mcc")].step.tolist() == list(range(10))
    assert set(way.metric) == {"linear_r2", "mcc", "nats"}
    end = table[table.step.eq(10)].set_index(["code", "metric"]).value
    assert end["true", "nats"].item() > end["contrastive", "nats"].item()


def test_the_true_latents_gain_what_the_law_gives():
    """The gain of the latents by the score of their law, against its mutual information."""
    for law, per_coordinate in (("laplace", 1.4), ("cubic", 2.1)):
        table = experiments.run("creases", seed=200, law=law, **{**TINY, "test_pairs": 8192})
        true = table[table.code.eq("true")].value.item()
        assert 2 * per_coordinate - 0.2 < true < 2 * per_coordinate + 0.2, law


def test_coordinates_that_stand_apart_are_told_from_those_that_meet():
    h = torch.from_numpy(stream(200, "apart").standard_normal((4000, 3)))
    h_t = h.clone()
    h_t[:, 2] += 10
    apart = creases.meeting(h, h_t)
    assert apart[:2].min() > 0.4
    assert apart[2] == 0


def test_softened_l1_is_l1_without_a_width_and_smooth_with_one():
    rng = stream(200, "soft")
    a, b = (torch.from_numpy(rng.standard_normal((6, 3))) for _ in range(2))
    plain = -torch.cdist(a, b, p=1)
    torch.testing.assert_close(remedies.soft_l1(a, b, 0.0), plain)
    point = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(remedies.soft_l1(point, 0 * point.detach() + 1e-6, 0.1), point)
    assert 0 < float(slope) < 1e-4  # where plain L1's is one


def test_remedies_change_the_score_until_half_time():
    rng = stream(200, "halves")
    a, b = (torch.from_numpy(rng.standard_normal((8, 2))).float() for _ in range(2))
    plain, _ = objective()
    wanted = plain.loss(a, b)
    for remedy in ("softened", "warm"):
        found, _ = objective(remedy=remedy)
        assert abs(found.loss(a, b) - wanted) > 0.01
        found.step = 5
        assert found.loss(a, b) == wanted


@pytest.mark.parametrize("heads", [False, True])
def test_the_best_turn_brings_turned_latents_back(heads):
    rng = stream(200, "square")
    z = torch.from_numpy(rng.random((512, 3))).float()
    w = (z + torch.from_numpy(rng.laplace(scale=0.05, size=(512, 3))).float()).clamp(0, 1)
    turn = torch.from_numpy(ortho_group.rvs(3, random_state=rng)).float()
    assert mcc(z, z @ turn) < 0.9

    def loss(q):
        return info_nce(z @ turn @ q, w @ turn @ q, similarity="neg_l1", temperature=0.05)

    back = remedies.best_turn(loss, 3, 200)
    torch.testing.assert_close(back @ back.T, torch.eye(3), atol=1e-5, rtol=0)
    assert mcc(z, z @ turn @ back) > 0.99
    kept, draw = objective(d=3, heads=heads, remedy="turned")
    pairs = draw(64)
    before, scores = kept.codes(pairs)[0], kept(pairs)
    kept.turn(pairs)
    after = kept.codes(pairs)[0]
    torch.testing.assert_close(after[:, :3].norm(dim=1), before[:, :3].norm(dim=1))
    torch.testing.assert_close(after[:, 3:], before[:, 3:])  # a head isn't turned
    assert kept(pairs) <= scores


def test_of_several_starts_the_one_that_gains_most_is_kept():
    settings = experiments.settings("creases", starts=3, **TINY)
    model = creases.draw_model(settings, 200)
    each = [creases.attempt(model, settings, 200, start) for start in range(3)]
    best = max(each, key=lambda found: found[1])[0]
    kept = creases.fit(settings, 200)
    assert torch.equal(kept.codes()[0], best.codes()[0])
    assert len({round(gain, 6) for _, gain in each}) == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"remedy": "warn"}, "unknown remedy 'warn'"),
        ({"remedy": "turned", "codes": "box"}, "remedy 'turned' is for score 'l1'"),
        ({"remedy": "warm", "score": "l2"}, "give remedy 'none'"),
        ({"score": "l3"}, "unknown score 'l3'"),
        ({"starts": 0}, "starts is 0"),
        ({"law": "cubicle"}, "unknown law 'cubicle'"),
    ],
)
def test_wrong_settings_are_said(changes, says):
    with pytest.raises(ValueError, match=says):
        experiments.run("creases", seed=200, **{**TINY, **changes})


def test_what_is_trained_is_what_the_page_fixed():
    """Recipe, seeds and networks of the primary claim, as settings."""
    text = (ROOT / "book" / "creases_claim.md").read_text()
    fixed = yaml.safe_load(re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)[0])
    experiments.settings(fixed["experiment"], profile=fixed["profile"], **fixed["settings"])
    assert experiments.seeds("creases", "default") == len(fixed["reported_seeds"])
