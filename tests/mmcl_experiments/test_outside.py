"""Chapters that read outside files: live, recorded, and what their key holds."""

import json

import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl import data
from mmcl.errors import NoConnection
from mmcl.features.tagged import PAIRS
from mmcl_book import keys as reach
from mmcl_book.keys import inventory
from mmcl_experiments import outside, results
from mmcl_experiments.notices import Notice
from mmcl_experiments.recorded import places

ROWS = pd.DataFrame({
    "source": ["a", "b", "b", "b"], "seed": [0, 0, 0, 1], "value": [1.0, 2.0, 3.0, 4.0]
})  # fmt: skip


ABOUT = Notice("Recorded sweep.", "default/any")


@pytest.fixture
def offline(monkeypatch):
    """An experiment that can't get its files, and a record of it."""

    def fails(*variants, **how):
        raise NoConnection("there is no network")

    monkeypatch.setattr(experiments, "run_seeds", fails)
    monkeypatch.setattr(results, "recorded", lambda name, profile: ROWS)
    monkeypatch.setattr(results, "about", lambda name, profile: ABOUT)


def test_without_files_the_recorded_rows_of_each_variant_are_shown(offline, capsys):
    found = outside.measured("any", {"source": "b"}, {"source": "a"}, profile="smoke")
    assert found.value.tolist() == [2.0, 3.0, 1.0]
    assert found.variant.tolist() == [0, 0, 1]
    said = capsys.readouterr().out
    assert "no network" in said
    assert "Recorded sweep." in said


def test_the_folder_of_this_machine_is_not_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    with pytest.raises(OSError, match="MMCL_DATA") as error:
        data.path(data.names()[0])
    assert str(tmp_path) in str(error.value)
    assert str(tmp_path) not in outside.reason(error.value)
    assert data.names()[0] in outside.reason(error.value)


def test_recorded_seeds_are_those_asked_for_or_the_first(offline):
    asked = {(0, 1): [2, 3], (1, 1): [4], (0, 2): [2, 3, 4], (0, 9): [2, 3, 4], (7, 1): [2, 3]}
    for (seed, count), values in asked.items():
        found = outside.measured("any", {"source": "b", "seeds": count}, seed=seed)
        assert found.value.tolist() == values, (seed, count)


def test_a_variant_that_was_not_recorded_is_an_error(offline):
    with pytest.raises(FileNotFoundError, match="'c'"):
        outside.measured("any", {"source": "c"})


def test_with_files_the_page_says_that_it_computed(monkeypatch, capsys):
    monkeypatch.setattr(experiments, "run_seeds", lambda *variants, **how: ROWS)
    assert outside.measured("any") is ROWS
    assert "Computed here" in capsys.readouterr().out


def test_other_errors_are_not_hidden(monkeypatch):
    def fails(*variants, **how):
        raise ValueError("a wrong checksum")

    monkeypatch.setattr(experiments, "run_seeds", fails)
    with pytest.raises(ValueError, match="checksum"):
        outside.measured("any")


def test_pairs_that_cannot_be_had_are_made_up_and_it_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    x, t = outside.pairs("clip")
    assert x.model == t.model == "stand-in"
    assert "Made-up" in capsys.readouterr().out
    monkeypatch.setitem(PAIRS, "mine", lambda: (x, t))
    assert outside.pairs("mine") == (x, t)


def notebook(folder, source):
    """A project of one chapter with one code cell."""
    path = folder / "notebooks" / "10_x.ipynb"
    path.parent.mkdir(exist_ok=True)
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "outputs": []}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    return path


def test_only_chapters_that_reach_the_files_name_them(tmp_path):
    plain = notebook(tmp_path, "from mmcl import metrics")
    assert inventory.states(tmp_path, plain) == {}
    names = inventory.named(tmp_path, notebook(tmp_path, "from mmcl.features import tagged"))
    assert "clip_coco500/features_clip.npy" in names
    assert "clip_coco500/features_clip_random.npy" in names
    one = notebook(
        tmp_path, "from mmcl import data\ndata.load('clip_vocabulary/coco_clip_a+cname.npy')"
    )
    assert inventory.named(tmp_path, one) == ["clip_vocabulary/coco_clip_a+cname.npy"]


def test_the_state_of_a_file_is_its_checksum_or_its_absence(tmp_path, monkeypatch):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    path = notebook(
        tmp_path, "from mmcl import data\ndata.load('clip_vocabulary/coco_clip_a+cname.npy')"
    )
    name = "clip_vocabulary/coco_clip_a+cname.npy"
    assert inventory.states(tmp_path, path) == {name: "absent"}
    (tmp_path / "clip_vocabulary").mkdir()
    (tmp_path / name).write_bytes(b"other")
    wrong = inventory.states(tmp_path, path)[name]
    assert len(wrong) == 64
    assert wrong != data.source(name).sha256
    registered = inventory.states(tmp_path, path, as_registered=True)
    assert registered == {name: data.source(name).sha256}


def test_a_recorded_sweep_counts_for_the_chapter_that_may_show_it(tmp_path):
    sweep = places.sweep_path(tmp_path, "default", "clip_features")
    sweep.parent.mkdir(parents=True)

    def keys(experiment):
        source = f"from mmcl_experiments import outside\noutside.measured('{experiment}')"
        path, found = notebook(tmp_path, source), []
        for content in ("{}", "{ }"):
            sweep.write_text(content)
            found.append(reach.key(tmp_path, path, profile="default", seed=0))
        return found

    assert len(set(keys("clip_features"))) == 2
    assert len(set(keys("shared_dimension"))) == 1


def test_fetching_stops_at_the_first_failure_and_says_why(monkeypatch):
    asked = []

    def path(name):
        asked.append(name)
        raise NoConnection("no network")

    monkeypatch.setattr(data, "path", path)
    absent = dict.fromkeys(data.names()[:3], "absent")
    assert inventory.fetched(absent | {"results/x.json": "absent"}) == [
        f"{data.names()[0]}: no network"
    ]
    assert asked == data.names()[:1]
    assert inventory.fetched({data.names()[0]: "0" * 64}) == []
