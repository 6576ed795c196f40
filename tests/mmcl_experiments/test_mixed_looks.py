"""CLIPs of many looks: their pictures, their folder, the room that compares them with photos."""

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl import files
from mmcl.clip import folder, mixed, model
from mmcl.clip.recipes import RECIPES
from mmcl.errors import InputError, MissingFile
from mmcl.randomness import stream
from mmcl.world import store
from mmcl.world.render import render
from mmcl_book import cli
from mmcl_experiments.mixed_looks import figures, readings
from mmcl_experiments.mixed_looks import run as room

LOOKS = ("photo", "silhouette", "low-light")


@pytest.fixture(scope="module")
def table():
    return experiments.run("mixed_looks", profile="smoke", seed=200)


# Pictures


def test_scenes_and_captions_are_those_of_photos_and_looks_are_even():
    mine = mixed.block(5, 8, LOOKS, 2, 90)
    photos = store.block(store.Spec(seed=5, size=8), 2, 90)
    pd.testing.assert_frame_equal(mine.table, photos.table)
    assert mine.captions == photos.captions
    same = (mine.images == photos.images).all(axis=(1, 2, 3))
    assert 25 < same.sum() < 65  # a half of 90, give or take four standard deviations
    black = render(photos.table, size=8, domain="silhouette").numpy()
    shadows = (mine.images == black).all(axis=(1, 2, 3))
    assert 6 < shadows.sum() < 40
    assert not (same & shadows).any()


def test_photos_are_dealt_as_often_as_all_other_looks():
    dealt = mixed.shown(mixed.looks_but("lines"))
    assert sorted(dealt) == sorted(["photo"] * 4 + list(set(dealt) - {"photo"}))
    assert len(dealt) == 8
    assert mixed.shown(("lines",)) == ("lines",)


def test_one_look_gives_the_world_of_that_look():
    mine = mixed.block(5, 8, ("lines",), 0, 20)
    assert (mine.images == store.block(store.Spec(5, 8, "lines"), 0, 20).images).all()


def test_a_look_is_left_out():
    assert "lines" not in mixed.looks_but("lines")
    assert len(mixed.looks_but("lines")) == 5
    with pytest.raises(InputError, match="did you mean 'lines'"):
        mixed.looks_but("lins")


# Folder


def test_one_command_trains_it_and_knows_it_again(tmp_path, capsys):
    out = tmp_path / "clip"
    how = ["clip", "train", "--profile", "smoke", "--seed", "3", "--out", str(out)]
    assert cli.main([*how, "--without", "lines"]) == 0
    kept = model.load(out / folder.CHECKPOINT)
    assert kept.source["world"]["domain"] == ", ".join(mixed.looks_but("lines"))
    assert files.read_json(out / folder.SCORES)["recipe"] == RECIPES["smoke"].as_dict()
    before = (out / folder.CHECKPOINT).stat().st_mtime_ns
    assert cli.main([*how, "--without", "lines"]) == 0
    assert (out / folder.CHECKPOINT).stat().st_mtime_ns == before
    assert cli.main([*how, "--without", "cartoon"]) == 2
    assert "holds a CLIP of photo, cartoon" in capsys.readouterr().err
    assert cli.main([*how, "--without", "lines", "--world", "there"]) == 2


def test_what_is_missing_is_said_with_its_command(monkeypatch, tmp_path):
    monkeypatch.setattr(mixed, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingFile, match="--without lines --seed 7 --out _build/clip/without-li"):
        mixed.path("lines", 7)
    with pytest.raises(MissingFile, match="--steps 400 --pairs 20000 --seed 7"):
        mixed.path(None, 7)
    made = tmp_path / "_build/clip/without-lines-7" / folder.CHECKPOINT
    made.parent.mkdir(parents=True)
    made.touch()
    assert mixed.path("lines", 7) == made


# Room


def test_share_kept_is_a_ratio_of_means_and_certain_where_nothing_varies():
    photo, other = np.ones((3, 40), dtype=bool), np.zeros((3, 40), dtype=bool)
    other[:, :10] = True
    found = room.kept(photo, other, stream(0, "kept"), 400)
    assert found["value"] == 0.25
    assert found["low"] < 0.25 < found["high"]
    assert set(room.kept(photo, photo, stream(0, "kept"), 50).values()) == {1.0}


def test_scenes_are_resampled_together():
    right = stream(0, "right").random((4, 200)) < 0.5
    found = room.kept(right, right, stream(0, "kept"), 100)
    assert found["low"] == found["high"] == 1


def test_rows_are_whole_and_both_trainings_are_asked_the_same(table):
    assert set(table.training) == {"photos", "mixed"}
    asked = ["look", "method", "head", "shots", "metric"]
    one, other = (table[table.training.eq(name)][asked].reset_index(drop=True)
                  for name in ("photos", "mixed"))  # fmt: skip
    pd.testing.assert_frame_equal(one, other)
    assert set(table[table.metric.eq("kept")].look) == {"lines"}
    assert table.value.notna().all()


def made(gain):
    """A table in which mixed training adds a gain to each accuracy, of three networks."""
    rows = []
    for seed in (1, 2, 3):
        for look in readings.LOOKS:
            for training, more in (("photos", 0.0), ("mixed", gain)):
                for (head, method), _ in figures.LINES.items():
                    count = 0 if method == "zero-shot" else 4
                    rows.append({
                        "seed": seed, "left_out": look, "look": look, "training": training,
                        "head": head, "method": method, "shots": count, "metric": "accuracy",
                        "value": 0.2 + more + 0.01 * seed, "low": 0.1 * seed, "high": 0.3 * seed,
                    })  # fmt: skip
    return pd.DataFrame(rows)


def test_readings_take_the_cell_that_they_name():
    rows = made(0.3)
    one, other = (readings.cell(rows, name, "lines", "raw", "l2", 4).value
                  for name in ("photos", "mixed"))  # fmt: skip
    assert (other - one).to_list() == pytest.approx([0.3] * 3)


def test_an_interval_reaches_from_the_lowest_end_to_the_highest():
    found = readings.told(readings.cell(made(0.3), "photos", "lines", "raw", "l2", 4))
    assert found == pytest.approx((0.22, 0.1, 0.9))


def test_numbers_of_the_page_are_those_of_their_cells():
    rows = made(0.3)
    base = rows[rows["head"].eq("l2") & rows.training.eq("mixed")]
    axes = base.assign(head="axes", metric="difference")
    more = [axes.assign(method="ica - rotated", value=0.05), base.assign(metric="kept", value=0.5),
            axes.assign(method="ica - raw l2", value=0.01)]  # fmt: skip
    found = readings.numbers(pd.concat([rows, *more]))
    assert found["photos.low_light"].mean == pytest.approx(0.22)
    assert found["mixed.lines"].mean == pytest.approx(0.52)
    assert found["zero.lines"].mean == pytest.approx(0.52)
    means = found["axes.lines"].mean, found["kept.silhouette"].mean
    assert means == pytest.approx((0.05, 0.5))
    assert len(found) == 18


def test_the_figure_is_drawn():
    assert len(figures.trained_on(made(0.1), 4).axes) == 2
