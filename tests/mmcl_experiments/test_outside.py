"""Chapters that read outside files: made-up pairs, and what their key holds."""

import json

import pytest

from mmcl import data
from mmcl.errors import NoConnection
from mmcl.features.tagged import PAIRS
from mmcl_book import keys as reach
from mmcl_book.keys import inventory
from mmcl_experiments import outside
from mmcl_experiments.recorded import places


def test_the_folder_of_this_machine_is_not_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    with pytest.raises(OSError, match="MMCL_DATA") as error:
        data.path(data.names()[0])
    assert str(tmp_path) in str(error.value)
    assert str(tmp_path) not in outside.reason(error.value)
    assert data.names()[0] in outside.reason(error.value)


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
        source = f"from mmcl_experiments.chapter import measured\nmeasured('{experiment}')"
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
