"""The tiny CLIP of a chapter: trained as any other, from pairs as any world's, and it learns."""

from typing import Any

import numpy as np
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.clip import pairs, training
from mmcl.clip.tokenizer import tokenizer
from mmcl.world import store
from mmcl_experiments.tiny_clip import figures as learning
from mmcl_experiments.tiny_clip import run as experiment


@pytest.fixture(scope="module")
def settings():
    return experiments.settings("tiny_clip", profile="smoke")


@pytest.fixture(scope="module")
def table():
    return experiments.run("tiny_clip", profile="smoke", seed=3)


def test_it_says_how_it_goes_from_the_start_to_the_end(table, settings):
    wide = table.pivot_table("value", "step", "metric")
    assert wide.index.tolist() == [0, 2, 4, 6]
    assert wide.loss.isna().tolist() == [True, False, False, False]
    assert wide.ceiling.notna().tolist() == [True, False, False, False]
    assert not wide[["recall", "gap", "dimensions"]].isna().to_numpy().any()
    assert 0 < wide.gap.iloc[0] < 2
    assert wide.loss.loc[6] < np.log(settings["batch"]) + 1


def test_a_seed_is_a_run(table):
    again = experiments.run("tiny_clip", profile="smoke", seed=3)
    other = experiments.run("tiny_clip", profile="smoke", seed=4)
    assert again.equals(table)
    assert not np.allclose(other.value, table.value)


def test_its_steps_are_those_of_the_folder(settings, tmp_path, table):
    """`mmcl clip train` of the same recipe, network and seed ends with the same losses."""
    how, side = experiment.recipe(settings), settings["side"]
    store.make(tmp_path / "world", store.Spec(seed=3, size=side), how.pairs)
    known = pairs.of_world(tmp_path / "world")
    run = training.Run(how, experiment.network(settings), 3)
    training.train(run, known, pairs.held_out(how.test_pairs, side), tmp_path)
    wanted = table[table.metric.eq("loss")].value
    assert [row["loss"] for row in run.log] == pytest.approx(list(wanted))
    wanted = table[table.metric.eq("recall") & table.step.gt(0)].value
    assert [row["recall"] for row in run.log] == pytest.approx(list(wanted))


def test_its_network_differs_from_the_kept_one_in_size_alone(settings):
    made = experiment.network(settings)
    like = experiment.model.config("mmcl-default")
    sizes = {"image_size", "patch_size", "layers", "width"}
    for tower in ("vision_cfg", "text_cfg"):
        differs = {name for name in like[tower] if like[tower][name] != made[tower][name]}
        assert differs <= sizes
    assert {name: made[name] for name in like if name == "embed_dim"} == {"embed_dim": 32}


def test_it_is_shown_no_pair_that_it_is_judged_by(settings):
    known = experiment.drawn(50, settings["side"], 0)
    unseen = pairs.held_out(50, settings["side"])
    assert known.images.shape == unseen.images.shape
    assert not (known.images == unseen.images).flatten(1).all(dim=1).any()


def test_it_memorizes_a_batch_that_it_sees_again_and_again(settings):
    """A step of the right sign: the loss of one batch falls well below that of guessing."""
    how = experiment.recipe({**settings, "steps": 60, "lr": 0.01, "hidden_lr": 0.02})
    run = training.Run(how, experiment.network(settings), 0)
    some = experiment.drawn(32, settings["side"], 0)
    tokens = tokenizer()(some.captions)
    losses = [run.descend(some.images, tokens) for _ in range(how.steps)]
    assert torch.tensor(losses).isfinite().all()
    assert losses[-1] < 0.5 * np.log(32)


def test_the_figure_has_a_panel_a_measure_and_names_its_levels(table):
    levels = {"recall": {"chance": 1 / 256, "kept": 0.88, "ceiling": 0.94}}
    places = learning.watched(table, levels).axes
    assert [axes.get_title() for axes in places] == list(learning.METRICS)
    assert [len(axes.lines) for axes in places] == [1, 1, 4, 1]
    names: dict[str, Any] = {text.get_text(): text for text in places[2].texts}
    assert set(names) == {"chance", "kept", "ceiling"}
    below = {name for name, text in names.items() if text.xyann[1] < 0}
    assert below == {"kept"}  # the ceiling is close above it
