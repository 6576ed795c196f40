"""Encoders of pictures and captions, and the experiment of chapter 11 at its smallest."""

import numpy as np
import pandas as pd
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.randomness import stream, torch_generator
from mmcl.world import captions, factors
from mmcl.world.encoders import ImageEncoder, bags, edges
from mmcl_experiments import results
from mmcl_experiments.images_and_captions import figures as drawings
from mmcl_experiments.images_and_captions import readings as reading
from mmcl_experiments.images_and_captions import run as experiment
from tests import bounds


def test_an_image_encoder_takes_bytes_or_floats():
    encoder = ImageEncoder(32, 5, channels=4, width=16, generator=torch.Generator().manual_seed(0))
    pictures = torch.randint(0, 256, (6, 3, 32, 32), dtype=torch.uint8)
    encoder.eval()
    codes = encoder(pictures)
    assert torch.allclose(codes, encoder(pictures.float() / 255))
    assert torch.allclose(codes.norm(dim=1), torch.ones(6))
    assert not torch.allclose(codes, encoder(pictures.flip(-1)))  # it sees where things are
    with pytest.raises(ValueError, match="30 pixels a side; give a multiple of 16"):
        ImageEncoder(30, 5)


def test_edges_know_directions_and_no_colors():
    across = torch.linspace(0, 1, 8).expand(8, 8)
    picture = torch.stack([across, 1 - across, 0 * across])
    upright, level = picture[None], picture.mT[None]
    slanted = (picture + picture.mT)[None] / 2
    inner = (..., slice(1, -1), slice(1, -1))
    for pictures, signs in ((upright, (1, 0)), (level, (-1, 0)), (slanted, (0, 1))):
        m, along, aslant = edges(pictures)[inner][0]
        assert (m > 0.1).all()
        for found, sign in zip((along, aslant), signs, strict=True):
            assert (found / m - sign).abs().max() < 0.02
    assert torch.allclose(edges(upright), edges(upright.flip(1)))  # other hues
    assert torch.allclose(edges(upright), edges(1 - upright), atol=1e-6)  # other contrast
    assert edges(torch.full((1, 3, 8, 8), 0.3)).abs().max() <= 0.0101


def test_an_image_encoder_knows_elsewhere_what_it_learned_here():
    encoder = ImageEncoder(
        96, 5, channels=4, width=16, generator=torch_generator(stream(0, "init"))
    )
    encoder.eval()
    pictures = torch.full((1, 3, 96, 96), 0.3)
    moved = pictures.clone()
    pictures[:, 0, 40:44, 40:44], moved[:, 0, 48:52, 48:52] = 1, 1
    seen = []
    encoder.head.register_forward_pre_hook(lambda head, inputs: seen.append(inputs[0]))
    encoder(torch.cat([pictures, moved]))
    what, where = seen[0][:, :16], seen[0][:, 16:]
    assert torch.allclose(what[0], what[1], atol=1e-4)
    assert not torch.allclose(where[0], where[1], atol=1e-2)


def test_encoders_are_drawn_by_their_generator():
    one, two, other = (
        ImageEncoder(16, 3, channels=4, width=16, generator=torch_generator(stream(seed, "init")))
        for seed in (0, 0, 1)
    )
    for a, b, c in zip(one.parameters(), two.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c) or a.std() in (0, float("nan")) or a.unique().numel() == 1


def test_bags_count_words():
    table = factors.draw(50, stream(0, "factors"))
    texts = captions.captions(table, stream(0, "captions"))
    counts, words = bags(captions.tokens(texts)), captions.vocabulary()
    for row, text in zip(counts, texts, strict=True):
        found = [word for word, count in zip(words, row, strict=True) for _ in range(int(count))]
        assert sorted(found) == sorted(text.split())


def test_a_code_that_is_the_answer_scores_one_and_noise_none():
    table = factors.draw(1200, stream(0, "factors"))
    answers = experiment.targets(table)
    np.testing.assert_allclose(answers.mean(axis=0), 0, atol=1e-9)
    assert answers.var(axis=0).sum() == pytest.approx(len(factors.IMAGE))
    rows = experiment.scores(table, answers, stream(0, "scores"))
    linear = {row["factor"]: row["value"] for row in rows if row["metric"] == "linear"}
    assert min(linear[name] for name in factors.IMAGE) > 0.99
    assert max(linear["palette"], linear["phrasing"]) < 0.15
    noise = stream(1, "noise").standard_normal((1200, 4))
    rows = experiment.scores(table, noise, stream(0, "scores"))
    assert max(row["value"] for row in rows) < 0.15


def test_the_figure_draws_the_scores():
    table = pd.DataFrame({"linear": [0.9, 0.1], "nonlinear": [1.0, 0.2]}, index=["x", "roll"])
    told = pd.Series({"roll": 0.8, "x": 0.95})
    figure = drawings.recovered({"pictures": table, "captions": table / 2}, told)
    assert [axes.get_title() for axes in figure.axes] == ["pictures", "captions"]
    for axes, scale in zip(figure.axes, (1, 2), strict=True):
        for line, name in zip(axes.lines, table, strict=True):
            assert list(line.get_xdata()) == list(table[name] / scale)
        assert [bar.get_width() for bar in axes.patches] == [0.95, 0.8]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "roll"]
    drawings.close(figure)


def test_the_learning_curve_has_a_line_a_factor():
    curve = pd.DataFrame({"x": [0.9, 1.0], "hue": [0.1, 0.7]}, index=[30, 225])
    figure = drawings.learned(curve)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["x", "hue"]
    for line, name in zip(axes.lines, curve, strict=True):
        assert list(line.get_xdata()) == [30, 225]
        assert list(line.get_ydata()) == list(curve[name])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["30", "225"]
    drawings.close(figure)


def test_the_experiment_is_reproducible_and_asks_every_code_for_every_factor():
    one = experiments.run("images_and_captions", profile="smoke", seed=3)
    codes = set(zip(one.code, one.modality, strict=True))
    assert codes == {
        ("untrained", "x"), ("untrained", "t"), ("contrastive", "x"), ("contrastive", "t"),
        ("told", "x"),
    }  # fmt: skip
    assert len(one) == 5 * len(factors.FACTORS) * 2
    assert not one[["code", "modality", "factor", "metric"]].duplicated().any()
    assert np.isfinite(one.value).all()
    # once more, in two halves
    without = experiments.run("images_and_captions", profile="smoke", seed=3, told_steps=0)
    kept = one[one.code != "told"].reset_index(drop=True)
    assert without.equals(kept)
    told = experiments.run("images_and_captions", profile="smoke", seed=3, steps=0)
    assert told.equals(one[one.code == "told"].reset_index(drop=True))


def test_turns_have_the_asked_spread():
    sizes = {"pairs": 400, "test_pairs": 100, "side": 16, "dependence": "none", "device": "cpu"}
    pairs, table = experiment.world({**sizes, "turns": 0.3}, 0)
    assert len(pairs) == len(table) == 500
    turns = table[["turn", "tilt", "roll"]].to_numpy()
    bounds.within((turns.std(axis=0) / 0.3 - 1) * np.sqrt(2 * 500))  # of normal deviations
    _, table = experiment.world({**sizes, "turns": 0.0}, 0)
    assert table.roll.abs().max() > 1.5


def test_scores_by_factor_are_means_and_the_worst_over_seeds():
    names = list(factors.FACTORS)
    rows = [
        {"factor": name, "metric": metric, "value": k + seed + (metric == "linear") * 10,
         "modality": modality, "code": code, "seed": seed}
        for k, name in enumerate(names)
        for metric in ("linear", "nonlinear")
        for modality, code in (("x", "contrastive"), ("t", "contrastive"), ("x", "told"))
        for seed in ((0, 1) if modality == "x" else (5,))
    ]  # fmt: skip
    table = reading.by_factor(pd.DataFrame(rows[::-1]), "x")
    assert list(table.index) == names
    assert list(table.loc[names[2]]) == [12.5, 2.5, 2.0]
    assert list(table.columns) == ["linear", "nonlinear", "worst"]


def test_scores_by_seed_and_beside_the_paper():
    base = {"modality": "x", "code": "contrastive", "metric": "nonlinear", "size": 12,
            "dependence": "none", "factor": "hue"}  # fmt: skip
    rows = [
        {**base, "size": size, "dependence": kind, "factor": factor, "seed": seed,
         "value": (0.5 if factor == "hue" else 0.0) + 0.1 * seed * (size == 12)}
        for size in (4, 12)
        for kind in ("none", "causal")
        for factor in ("hue", "shape")
        for seed in (0, 1, 2)
    ]  # fmt: skip
    rows += [{**base, "seed": 0, "modality": "t", "value": 9.0}]
    rows += [{**base, "seed": 0, "metric": "linear", "value": 9.0}]
    seeds = reading.by_seed(pd.DataFrame(rows), "x", ["hue"])
    assert seeds["hue"].tolist() == [0.5, 0.6, 0.7]
    four = reading.beside(pd.DataFrame(rows), results.published("daunhawer_images"), 4)
    assert four.here["independent", "shape"] == pytest.approx(1 / 7)  # chance is 0 here, 1/7 there
    assert four.here["dependent", "hue"] == four.high["dependent", "hue"] == 0.5
    assert four.value["independent", "hue"] == 0.009
    assert four.paper["dependent", "shape"] == "0.882 ± 0.032"


@pytest.mark.parametrize(
    ("place", "change", "order"),
    [
        (None, 0.0, True),
        (("dependent", "shape", 8), 0.4, False),
        (("independent", "hue", 6), -0.4, False),
        (("dependent", "hue", 6), -0.4, True),  # of it nothing is said
        (("independent", "shape", 2), 0.4, True),  # a smaller code
    ],
)
def test_what_is_said_over_sizes_is_asked_of_each(place, change, order):
    rows = [{"world": world, "factor": factor, "size": size, "value": 0.5, "half": 0.01,
             "mean": 0.3 if factor == "shape" else 0.6}
            for world in reading.WORLDS for factor in ("shape", "hue")
            for size in (1, 2, 4, 6, 8)]  # fmt: skip
    seen = pd.DataFrame(rows).set_index(["world", "factor", "size"]).sort_index()
    if place:
        seen.loc[place, "mean"] += change
    unrecorded = {"world": "dependent", "factor": "shape", "size": 10, "value": 0.1}
    said = reading.over_sizes(pd.concat([seen.reset_index(), pd.DataFrame([unrecorded])]))
    assert said["order"] is order
    assert (said["one"], said["two"]) == (0.3, 0.6)
    assert said["least"] == pytest.approx(
        -0.2 if place and change == 0.4 and order is False else 0.2
    )
