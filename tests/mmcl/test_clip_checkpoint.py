"""The checkpoint that this book keeps: its scores are reproduced, its papers are in order."""

from pathlib import Path

import pandas as pd
import pytest

from mmcl import files
from mmcl.clip import card, evaluation, model, pairs
from mmcl.clip.recipes import RECIPES

FOLDER = Path(__file__).parents[2] / "results" / "clip" / "default-0"
BAR = 0.5  # of the recall that captions allow


@pytest.fixture(scope="module")
def found():
    """What its training has written down."""
    return files.read_json(FOLDER / "scores.json")


@pytest.fixture(scope="module")
def kept():
    return model.load(FOLDER / "model.safetensors")


def test_its_scores_are_reproduced(found, kept):
    side = kept.config["vision_cfg"]["image_size"]
    unseen = pairs.held_out(found["recipe"]["test_pairs"], side)
    scores = evaluation.scores(kept.model, unseen, kept.tokenizer)
    wanted = found["scores"]
    assert scores["pairs"] == wanted["pairs"] == 2560
    assert scores["ceiling"] == pytest.approx(wanted["ceiling"], abs=1e-9)
    # another processor rounds otherwise, and turns a few of 2,560
    assert scores["recall"] == pytest.approx(wanted["recall"], abs=0.003)
    for name, each in wanted["zero_shot"].items():
        assert scores["zero_shot"][name] == pytest.approx(each, abs=0.003)
    assert scores["share_of_ceiling"] >= BAR


def test_it_is_small_and_the_one_that_was_scored(found):
    path = FOLDER / "model.safetensors"
    assert path.stat().st_size <= 8e6
    assert files.sha256(path) == found["sha256"]


def test_it_says_what_made_it(found, kept):
    assert found["command"] == "mmcl clip train --profile default --seed 0 --out FOLDER"
    assert found["recipe"] == kept.source["recipe"] == RECIPES["default"].as_dict()
    assert found["seed"] == kept.source["seed"] == 0
    assert kept.config == model.config(RECIPES["default"].model)
    assert found["parameters"] == sum(p.numel() for p in kept.model.parameters())
    assert found["provenance"]["dirty"] is False
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card.text(found)


def test_its_log_ends_where_it_ended(found):
    log = pd.read_csv(FOLDER / "log.csv")
    assert log["step"].iloc[-1] == found["recipe"]["steps"]
    assert log["recall"].iloc[0] < 0.3 < found["recipe"]["every"]
    assert log["recall"].iloc[-1] == pytest.approx(found["scores"]["recall"]["mean"], abs=0.05)
