"""The encoders that the book keeps: read as written, refused when damaged, scored as recorded."""

from pathlib import Path

import pytest
import torch

from mmcl import files
from mmcl.errors import InputError, MissingFile
from mmcl_experiments import results, rooms
from mmcl_experiments.images_and_captions import checkpoint, run
from mmcl_experiments.recorded import live
from mmcl_experiments.recorded.places import checkpoint_path

ROOT = Path(__file__).parents[2]
NAME = "images_and_captions"
ROW = ["code", "modality", "factor", "metric"]


@pytest.fixture(scope="module")
def small():
    return rooms.settings(NAME, profile="smoke", **checkpoint.TASK)


@pytest.fixture(scope="module")
def trained(small):
    return checkpoint.trained(small, 3)


def test_unseen_pairs_are_those_of_the_experiment(small):
    for changes in ({}, {"turns": 0.0, "dependence": "causal"}):
        pairs, table = run.world(small | changes, 3)
        test, asked = checkpoint.unseen(small | changes, 3)
        known = small["pairs"]
        assert torch.equal(test.x, pairs.x[known:])
        assert torch.equal(test.t, pairs.t[known:])
        assert asked.equals(table.iloc[known:])
        some, first = checkpoint.unseen(small | changes, 3, rows=5)
        assert torch.equal(some.x, test.x[:5])
        assert torch.equal(some.t, test.t[:5])
        assert first.equals(asked[:5])


def test_what_is_kept_is_what_the_experiment_trains(small, trained):
    rows = rooms.run(NAME, profile="smoke", seed=3, **checkpoint.TASK)
    rows = rows[rows.code.eq("contrastive")].reset_index(drop=True)
    found = checkpoint.scored(trained, small, 3)
    assert found[[*ROW, "block", "value", "seed"]].equals(rows[[*ROW, "block", "value", "seed"]])


def test_weights_come_back_from_a_file(small, trained, tmp_path):
    path = checkpoint_path(tmp_path, "default", NAME)
    made = {"settings": small, "seed": 3}
    files.write_bytes(path, files.packed(trained.state_dict(), made))
    kept = results.checkpoint(NAME, root=tmp_path)
    assert (kept.settings, kept.seed) == (small, 3)
    again = checkpoint.restored(kept)
    assert checkpoint.scored(again, small, 3, rows=100).equals(
        checkpoint.scored(trained, small, 3, rows=100)
    )
    assert again.temperature == trained.temperature
    with pytest.raises(InputError, match=r"don't fit .* mmcl record accept --checkpoint"):
        checkpoint.restored(kept._replace(settings=small | {"size": 5}))


def test_what_is_missing_or_damaged_says_how_to_make_it(small, trained, tmp_path):
    again = f"mmcl record accept --checkpoint {NAME}"
    with pytest.raises(MissingFile, match=f"results/default/checkpoints/{NAME}.*{again}"):
        results.checkpoint(NAME, root=tmp_path)
    path = checkpoint_path(tmp_path, "default", NAME)
    whole = files.packed(trained.state_dict(), {"settings": small, "seed": 3})
    for content in (whole[: len(whole) // 2], b"", files.packed(trained.state_dict(), {})):
        files.write_bytes(path, content)
        with pytest.raises(InputError, match=again):
            results.checkpoint(NAME, root=tmp_path)
    with pytest.raises(InputError, match="unknown experiment 'image'"):
        results.checkpoint("image", root=tmp_path)


# The one that is kept


@pytest.fixture(scope="module")
def kept():
    return results.checkpoint(NAME, root=ROOT)


@pytest.fixture(scope="module")
def about():
    """What its training has written down."""
    return files.read_json(checkpoint_path(ROOT, "default", NAME).with_suffix(".json"))


def test_it_gives_the_recorded_scores(kept):
    settings = rooms.settings(NAME, **checkpoint.TASK)
    recorded = live.accepted(NAME, "default")[live.name_of(NAME, settings, checkpoint.SEED)]
    values = {tuple(row[name] for name in ROW): row["value"] for row in recorded["rows"]}
    found = checkpoint.scored(checkpoint.restored(kept), kept.settings, kept.seed)
    wanted = [values[tuple(row)] for row in found[ROW].itertuples(index=False)]
    # another processor rounds otherwise, and turns a few of 667 held-out pairs
    assert found.value.tolist() == pytest.approx(wanted, abs=0.005)
    assert found.value.max() > 0.9


def test_it_is_small_and_says_what_made_it(kept, about):
    path = checkpoint_path(ROOT, "default", NAME)
    assert path.stat().st_size <= 1.5e6
    assert files.sha256(path) == about["sha256"]
    assert about["command"] == f"mmcl record accept --checkpoint {NAME}"
    assert about["farthest_score"] <= 1e-6
    assert about["provenance"]["dirty"] is False
    settings = rooms.settings(NAME, **checkpoint.TASK)
    del settings["device"]
    assert about["settings"] == kept.settings == settings
    assert about["seed"] == kept.seed == checkpoint.SEED
    networks = checkpoint.restored(kept)
    assert about["parameters"] == sum(each.numel() for each in networks.parameters())
