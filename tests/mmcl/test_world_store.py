"""A world on disk: shards, the data set, `mmcl world`, and pictures of it."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure
from torch.utils.data import DataLoader

from mmcl import files
from mmcl.clip import pairs
from mmcl.randomness import stream
from mmcl.world import captions, factors, store
from mmcl.world.dataset import World
from mmcl_book import cli, terminal
from mmcl_experiments.figures import interactive
from mmcl_experiments.images_and_captions import figures as drawings

SPEC = store.Spec(size=8)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(store, "BLOCK", 20)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_world_is_what_its_seed_says(tmp_path):
    for name in ("a", "b"):
        store.make(tmp_path / name, SPEC, 45)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert sorted(contents(tmp_path / "a")) == [
        "index.json", "shard-00000.npz", "shard-00001.npz", "shard-00002.npz",
    ]  # fmt: skip
    store.make(tmp_path / "c", store.Spec(size=8, seed=1), 45)
    assert not set(contents(tmp_path / "c").values()) & set(contents(tmp_path / "a").values())


def test_pairs_dont_depend_on_how_many_there_are(tmp_path):
    few, many = (World(store.make(tmp_path / str(n), SPEC, n).parent) for n in (25, 70))
    for i in range(25):
        assert few[i]["caption"] == many[i]["caption"]
        assert torch.equal(few[i]["image"], many[i]["image"])
    assert few.table.equals(many.table[:25])


def test_a_world_grows_in_place_and_keeps_what_it_has(tmp_path):
    store.make(tmp_path / "a", SPEC, 45)
    before = (tmp_path / "a" / "shard-00000.npz").stat().st_mtime_ns
    told = []
    store.make(tmp_path / "a", SPEC, 65, progress=lambda *counts: told.append(counts))
    assert told == [(0, 25), (20, 25), (25, 25)]  # the short third block, and a fourth
    assert (tmp_path / "a" / "shard-00000.npz").stat().st_mtime_ns == before
    store.make(tmp_path / "b", SPEC, 65)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_items_are_pairs_of_one_scene(tmp_path):
    world = World(store.make(tmp_path, SPEC, 45).parent)
    assert len(world) == 45
    table = world.table
    for i in (0, 19, 20, 44, -1):
        item = world[i]
        row = table.iloc[item["index"]]
        read = captions.parse(item["caption"])
        assert (read.shape, read.x, read.size) == (row["shape"], row["x"], row["size"])
        assert item["image"].shape == (3, 8, 8)
        assert 0 <= item["image"].min() < item["image"].max() <= 1
        assert (item["tokens"].numpy() == captions.tokens([item["caption"]])[0]).all()
    assert world[-1]["index"] == 44
    for wrong in (45, -46):
        with pytest.raises(IndexError, match="of 45"):
            world[wrong]


def test_all_at_once_is_the_same(tmp_path):
    world = World(store.make(tmp_path, SPEC, 45).parent)
    whole = pairs.of_world(tmp_path)
    assert whole.images.dtype == torch.uint8
    assert torch.equal(torch.stack([world[i]["image"] for i in range(45)]), whole.images / 255)
    assert [world[i]["caption"] for i in range(45)] == whole.captions
    pd.testing.assert_frame_equal(factors.check(whole.table), world.table)


def test_a_loader_reads_it_and_few_shards_stay_in_memory(tmp_path):
    world = World(store.make(tmp_path, SPEC, 45).parent, keep=1, transform=lambda x: 1 - x)
    whole = World(tmp_path)
    batches = list(DataLoader(world, batch_size=16))
    assert [len(batch["caption"]) for batch in batches] == [16, 16, 13]
    assert torch.equal(batches[1]["image"][3], 1 - whole[19]["image"])
    assert len(world._read) == 1
    assert torch.equal(pickle.loads(pickle.dumps(whole))[3]["image"], whole[3]["image"])


def test_the_specification_travels(tmp_path):
    spec = store.Spec(seed=3, size=8, domain="lines", dependence="causal")
    world = World(store.make(tmp_path, spec, 20).parent)
    assert world.spec == spec
    points = np.exp(2j * np.pi * world.table["hue"])
    assert abs(np.mean(points * np.exp(-2j * np.pi * world.table["x"] / 3))) > 0.5


def mmcl(*arguments):
    return cli.main(["world", *map(str, arguments)])


def test_the_command_makes_a_world_and_says_what_to_open(tmp_path, capsys):
    assert mmcl("--n", 45, "--out", tmp_path / "w", "--size", 8, "--domain", "cartoon") == 0
    out, err = capsys.readouterr()
    assert out.strip() == str(tmp_path / "w" / "contact_sheet.png")
    assert (tmp_path / "w" / "contact_sheet.png").read_bytes().startswith(b"\x89PNG")
    assert "45 pairs to make" in err
    assert "20/45 pairs, about" in err
    assert "45/45 pairs" in err
    assert World(tmp_path / "w").spec.domain == "cartoon"
    assert mmcl("--n", 45, "--out", tmp_path / "w", "--size", 8, "--domain", "cartoon") == 0
    assert "all pairs were made before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--domain", "foto"], "did you mean 'photo'"),
        (["--n", "0"], "n is 0; give an integer >= 1"),
        (["--size", "0"], "size is 0; give an integer >= 1"),
        (["--seed", "-1"], "seed is -1; give an integer >= 0"),
        (["--dependence", "both"], "Valid: none, causal"),
        (["--device", "gpu"], "device is 'gpu'"),
    ],
)
def test_wrong_usage_is_2_and_nothing_is_written(tmp_path, arguments, words, capsys):
    assert mmcl("--out", tmp_path / "w", *arguments) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("n", "change", "words"),
    [(45, {"seed": 1}, "seed is 0 there and 1 here"), (30, {}, "it holds 45 pairs, more than 30")],
)
def test_another_world_is_left_alone(tmp_path, n, change, words, capsys):
    store.make(tmp_path, SPEC, 45)
    before = contents(tmp_path)
    flags = [text for name, value in change.items() for text in (f"--{name}", value)]
    assert mmcl("--out", tmp_path, "--n", n, "--size", 8, *flags) == 2
    assert words in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_progress_says_what_is_left(monkeypatch, capsys):
    clock = iter([0.0, 0.0, 10.0, 11.0, 40.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    progress = terminal.Progress("pairs")
    for done in (0, 100, 150, 400):
        progress(done, 400)
    assert capsys.readouterr().err.splitlines() == [
        "400 pairs to make",
        "100/400 pairs, about 30 s left",
        "400/400 pairs, 40 s, 10 a second",
    ]


def pictures(figure: Figure):
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.get_images()]


def test_a_contact_sheet_shows_pictures_with_their_captions():
    shard = store.block(SPEC, 0)
    figure = drawings.contact_sheet(shard.images[:7], shard.captions[:7], columns=4)
    assert len(figure.axes) == 7
    assert all((a == b).all() for a, b in zip(pictures(figure), shard.images, strict=False))
    texts = [axes.get_xlabel().replace("\n", " ") for axes in figure.axes]
    assert [text.replace("- ", "-") for text in texts] == shard.captions[:7]
    drawings.close(figure)
    with pytest.raises(ValueError, match="3 pictures and 2 captions"):
        drawings.contact_sheet(shard.images[:3], shard.captions[:2])


def test_traversals_are_frames_of_a_slider():
    from mmcl.world.render import render

    row = factors.draw(1, stream(0, "factors")).iloc[0]
    moving = {name: render(factors.traverse(row, name, 3), size=8) for name in ("x", "hue", "roll")}
    frames = drawings.traversals(moving)
    assert list(frames) == ["1 of 3", "2 of 3", "3 of 3"]
    for step, figure in enumerate(frames.values()):
        assert [axes.get_title() for axes in figure.axes] == ["x", "hue", "roll"]
        shown = pictures(figure)
        assert all((a == moving[n][step].numpy()).all() for a, n in zip(shown, moving, strict=True))
    shown = interactive.slider(frames, "step", alt="Three pictures.", caption="Factors move.")
    assert shown.markup.count("<img") == 3
    with pytest.raises(ValueError, match="as many steps for all"):
        drawings.traversals({"x": moving["x"], "hue": moving["hue"][:2]})


def test_the_index_is_for_people_too(tmp_path):
    index = files.read_json(store.make(tmp_path, SPEC, 25))
    assert index["world"] == {"seed": 0, "size": 8, "domain": "photo", "dependence": "none"}
    assert index["n"] == 25
    assert [shard["rows"] for shard in index["shards"].values()] == [20, 5]
    assert index["shards"]["shard-00001.npz"]["sha256"] == files.sha256(
        tmp_path / "shard-00001.npz"
    )
