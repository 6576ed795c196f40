"""`mmcl record accept --checkpoint`: weights are kept only if they score as recorded."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import cli
from mmcl_book.sweep import checkpoint
from mmcl_experiments import results
from mmcl_experiments.recorded import live
from mmcl_experiments.recorded.places import checkpoint_path

NAME = "images_and_captions"
ROWS = [{"factor": "x", "value": 0.9, "more": 1}, {"factor": "y", "value": 0.8, "more": 1}]


@pytest.fixture
def room(monkeypatch):
    """A room that trains nothing, whose task is recorded, and a checkout without changes."""

    def scored(networks, settings, seed):
        assert (seed, settings["told_steps"]) == (4, 0)
        return pd.DataFrame(ROWS).drop(columns="more").assign(seed=seed)

    def accepted(experiment, profile):
        rows = [{**row, "seed": 4} for row in ROWS]
        return {live.name_of(NAME, settings_of(), 4): {"rows": rows}}

    def settings_of():
        return checkpoint.rooms.settings(NAME, told_steps=0)

    monkeypatch.setattr(checkpoint.live, "accepted", accepted)
    monkeypatch.setattr(checkpoint, "origin", lambda: {"dirty": False})
    trained = torch.nn.Linear(3, 2)
    return SimpleNamespace(
        TASK={"told_steps": 0}, SEED=4, scored=scored, trained=lambda settings, seed: trained
    )


def test_what_scores_as_recorded_is_kept_with_what_made_it(room, tmp_path):
    path = checkpoint.accept(tmp_path, NAME, room)
    assert path == checkpoint_path(tmp_path, "default", NAME)
    kept = results.checkpoint(NAME, root=tmp_path)
    assert torch.equal(kept.weights["weight"], room.trained({}, 0).weight)
    assert kept.seed == 4
    assert kept.settings["told_steps"] == 0
    about = files.read_json(path.with_suffix(".json"))
    assert about["sha256"] == files.sha256(path)
    assert about["settings"] == kept.settings
    assert (about["parameters"], about["farthest_score"]) == (8, 0.0)
    assert about["command"] == f"mmcl record accept --checkpoint {NAME}"
    assert about["provenance"]["wall_s"] >= 0


def other(room, monkeypatch):
    rows = [ROWS[0], {**ROWS[1], "value": 0.81}]
    room.scored = lambda *how: pd.DataFrame(rows).assign(seed=4)


def nothing_scored(room, monkeypatch):
    rows = [ROWS[0], {**ROWS[1], "value": float("nan")}]
    room.scored = lambda *how: pd.DataFrame(rows).assign(seed=4)


def more_rows(room, monkeypatch):
    rows = [*ROWS, {**ROWS[1], "factor": "z"}]
    room.scored = lambda *how: pd.DataFrame(rows).assign(seed=4)


def no_task(room, monkeypatch):
    room.SEED = 5


def dirty(room, monkeypatch):
    monkeypatch.setattr(checkpoint, "origin", lambda: {"dirty": True})


def no_git(room, monkeypatch):
    monkeypatch.setattr(checkpoint, "origin", lambda: {"dirty": None})


REFUSED: dict[Any, str] = {
    other: r"up to 0.01 otherwise .* mmcl sweep images_and_captions", nothing_scored: "up to nan",
    more_rows: "1 of 3 rows aren't in the sweep", no_task: "no accepted task of seed 5",
    dirty: "no commit holds", no_git: "no commit holds",
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED, ids=lambda each: each.__name__)
def test_what_is_not_the_recorded_run_is_refused_and_nothing_is_written(
    room, monkeypatch, tmp_path, damage
):
    damage(room, monkeypatch)
    with pytest.raises(InputError, match=REFUSED[damage]):
        checkpoint.accept(tmp_path, NAME, room)
    assert not list(tmp_path.rglob("*"))
    if damage in (dirty, no_git):
        assert checkpoint.accept(tmp_path, NAME, room, dirty=True).is_file()


def test_the_command_says_what_it_kept(room, book, monkeypatch, capsys):
    monkeypatch.chdir(book.root)
    monkeypatch.setattr(checkpoint, "room_of", lambda name: room)
    assert cli.main(["record", "accept", "--checkpoint", NAME]) == 0
    said = capsys.readouterr().err
    assert f"results/default/checkpoints/{NAME}.safetensors: 1 kB, scored as recorded" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["show", "--checkpoint", NAME], "--checkpoint goes with accept alone"),
        (["accept", "01", "--checkpoint", NAME], "--checkpoint goes with accept alone"),
        (["accept", "--profile", "paper", "--checkpoint", NAME], "goes with accept alone"),
        (["accept", "--checkpoint", "images"], "unknown experiment 'images'"),
        (["accept", "--checkpoint", "walls"], f"no weights are kept of walls, only of: {NAME}"),
    ],
)
def test_what_cannot_be_kept_is_wrong_usage(book, monkeypatch, capsys, given, said):
    monkeypatch.chdir(book.root)
    assert cli.main(["record", *given]) == 2
    assert said in capsys.readouterr().err
