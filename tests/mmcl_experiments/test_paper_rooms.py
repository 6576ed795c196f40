"""Rooms for the papers' own settings: one mixing, discrete content, other games with captions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.losses import info_nce
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl_experiments import results
from mmcl_experiments.caption_games import readings as game_readings
from mmcl_experiments.caption_games import run as games
from mmcl_experiments.discrete_content import run as discrete
from mmcl_experiments.images_and_captions import readings as image_readings
from mmcl_experiments.images_and_captions.run import untrained, world
from mmcl_experiments.one_mixing import run as one


def test_both_views_have_one_mixing_and_nothing_private():
    settings = experiments.settings("one_mixing", profile="smoke")
    model = one.draw_model("B U L -> Un L", settings, 0)
    assert model.mixing[0] is model.mixing[1]
    assert model.private == (0, 0)


def test_one_encoder_learns_what_raw_observations_dont_say():
    how = {"steps": 300, "batch": 256, "lr": 0.01, "baselines": True, "kappa": 20.0}
    table = experiments.run("one_mixing", profile="smoke", **how)
    score = table[table.metric.eq("linear_r2")].set_index("code").value
    assert score["contrastive"] > score["raw"] + 0.1
    assert set(table.code) == {"contrastive", "raw", "supervised"}


def test_discrete_content_has_that_many_values_of_variance_one():
    model = preset("multimodal-block")
    model = replace(model, marginal=discrete.DiscreteContent(5, model.marginal))
    pairs = model.sample(20_000, stream(0, "discrete"))
    content = pairs.z_x[:, :3]
    assert [len(column.unique()) for column in content.T] == [5] * 3
    assert torch.equal(content, pairs.z_t[:, :3])
    # a variance of 20,000 such draws has a standard error of .006
    np.testing.assert_allclose(pairs.z_x.var(dim=0), np.ones(6), atol=0.05)


def test_discrete_content_refuses_one_value_and_a_causal_world():
    for wrong in ({"values": 1}, {"causal": True}):
        with pytest.raises(ValueError, match="give values"):
            experiments.run("discrete_content", profile="smoke", **wrong)
    table = experiments.run("discrete_content", profile="smoke", values=4)
    assert table.contents.eq(4**3).all()


def test_negatives_of_both_modalities_are_all_other_codes():
    """Two pairs: each code finds its partner among the three others."""
    x, t = torch.nn.functional.normalize(torch.randn(2, 2, 3), dim=2)
    settings = experiments.settings("caption_games", profile="smoke", pairs=64, test_pairs=64)
    pairs, _ = world(settings, 0)
    start = untrained(pairs, settings, 0)
    objective = games.game(start, settings | {"negatives": "both", "tau": 0.5})
    terms = []
    for a, own, other in ((x, x, t), (t, t, x)):
        for i in (0, 1):
            scores = torch.stack([a[i] @ other[i], a[i] @ other[1 - i], a[i] @ own[1 - i]]) / 0.5
            terms.append(scores.logsumexp(dim=0) - scores[0])
    wanted = torch.stack(terms).mean()
    assert objective.loss(x, t).item() == pytest.approx(wanted.item(), abs=1e-5)
    usual = games.game(start, settings | {"tau": 0.0})
    assert usual.log_inverse_temperature.requires_grad
    wanted = info_nce(x, t, similarity="dot", temperature=0.2)
    assert usual.loss(x, t).item() == pytest.approx(wanted.item(), abs=1e-5)


def test_captions_without_colors_say_the_rest():
    settings = experiments.settings("caption_games", profile="smoke", pairs=64, test_pairs=64)
    pairs, table = world(settings, 0)
    bare = games.without_colors(pairs)
    gone = pairs.t.sum(dim=1) - bare.t.sum(dim=1)
    assert gone.min() >= 1
    assert gone.max() <= 2  # "barbie pink"
    assert len(table) == len(bare.t)


def test_caption_games_refuse_what_they_dont_know():
    for wrong in ({"negatives": "none"}, {"tau": -1.0}):
        with pytest.raises(ValueError, match=r"cross-modal|temperature"):
            experiments.run("caption_games", profile="smoke", **wrong)


def test_caption_games_as_they_are_give_the_codes_of_the_usual_room():
    same = {"profile": "smoke", "size": 3, "told_steps": 0}
    ours = experiments.run("caption_games", **same)
    theirs = experiments.run("images_and_captions", **same)
    theirs = theirs[theirs.code.eq("contrastive")]
    np.testing.assert_allclose(ours.value, theirs.value, atol=1e-12)


def test_earlier_looks_at_block_curves_are_scored_on_fewer_pairs(monkeypatch):
    from mmcl_experiments.block_curves import run as curves

    seen = []

    def measure(step, seed, fitted, settings):
        seen.append((step, settings["rows"]))
        return curves.pd.DataFrame({"step": [step], "seed": [seed]})

    monkeypatch.setattr(curves, "measure", measure)
    experiments.run("block_curves", profile="smoke", steps=300, repeats=1)
    assert seen == [(256, 64), (300, 128)]


def test_a_shared_encoder_learns_as_the_usual_loop_has_it():
    how = {"world": "multiview-block", "shared_encoder": True, "loss": "cross-modal"}
    sizes = {"steps": 40, "content": 2, "style": 2, "size": 2, "width": 16, "batch": 64, "lr": 0.02}
    sizes |= {"rows": 256, "test_pairs": 256, "repeats": 2}
    tables = [
        experiments.run(name, profile="smoke", **how, **sizes)
        for name in ("block_curves", "block_identifiability")
    ]
    curves, usual = (
        t[t.code.eq("contrastive") & t.metric.eq("kernel_r2") & t.block.eq("content")]
        .set_index(["seed", "modality"]).value
        for t in tables
    )  # fmt: skip
    assert len(curves) == 4
    np.testing.assert_allclose(curves, usual[curves.index], atol=0.01)


def test_rules_of_the_game_are_told_apart():
    base = {"metric": "nonlinear", "code": "contrastive"}
    usual = [{**base, "modality": "x", "factor": "shape", "seed": s, "value": 0.7} for s in (0, 1)]
    held = [{**row, "tau": 1.0, "negatives": "cross-modal", "hue_in_words": True,
             "value": 0.5 + 0.1 * row["seed"]} for row in usual]  # fmt: skip
    other = [{**row, "modality": "t", "value": 9.0} for row in usual]  # the other side isn't asked
    found = game_readings.by_rule(pd.DataFrame(usual + other), pd.DataFrame(held))
    assert found.loc[("as above", "shape"), "mean"] == pytest.approx(0.7)
    assert found.loc[("temperature held at 1", "shape"), "mean"] == pytest.approx(0.55)
    assert found.loc[("temperature held at 1", "shape"), "half"] == pytest.approx(0.6353, abs=1e-3)
    assert np.isnan(found.loc[("no word for the color", "hue"), "mean"])


def rules(**values):
    """Means and halves of intervals of `by_rule`, a tenth of both unless told, by rule."""
    rows = {(rule, factor): values.get(name, {}).get(factor, (0.1, 0.1))
            for name, rule in zip("abcde", game_readings.RULES.values(), strict=True)
            for factor in game_readings.ASKED}  # fmt: skip
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "half"])
    found.index = pd.MultiIndex.from_tuples(found.index, names=["rule", "factor"])
    return found


def test_what_a_rule_moves_is_apart_from_the_usual_interval():
    found = rules(d={"shape": (0.9, 0.05)}, e={"hue": (-0.2, 0.05), "shape": (0.25, 0.1)})
    assert game_readings.moved(found, "shape") == ["no word for the color"]
    assert game_readings.moved(found, "hue") == ["temperature and negatives"]
    assert game_readings.moved(found, "palette") == []
    noted, table = game_readings.noted(found), game_readings.shown(found)
    assert (noted["silent.shape"], noted["together.hue"], noted["phrasing"]) == (0.9, -0.2, 0.1)
    assert table.loc["no word for the color", "shape"] == "0.90 ± 0.05"
    assert list(table.index) == list(game_readings.RULES.values())


def test_factors_by_size_have_the_papers_value_beside_them():
    rows = [{"modality": "x", "code": "contrastive", "metric": "nonlinear", "dependence": world,
             "factor": factor, "size": size, "seed": seed, "value": 0.5}
            for world in ("none", "causal") for factor in ("shape", "hue")
            for size in (2, 4) for seed in (0, 1)]  # fmt: skip
    printed = results.published("daunhawer_images")
    found = image_readings.by_size(pd.DataFrame(rows), printed, ["shape", "hue"])
    found = found.set_index(["world", "factor", "size"])
    assert found["value"]["dependent", "shape", 4] == 0.882
    assert found["value"]["independent", "hue", 2] == 0.025
    assert found["mean"]["independent", "shape", 2] == pytest.approx(0.5 + 0.5 / 7)
    assert found["mean"]["dependent", "hue", 2] == pytest.approx(0.5)
    assert np.isnan(found["mean"]["dependent", "hue", 12])  # not recorded
    assert len(found) == 2 * 2 * 8
