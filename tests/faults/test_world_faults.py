"""What can go wrong while a world is made or read: a clear error, nothing lost, resume works."""

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from mmcl import files
from mmcl.world import store
from mmcl.world.dataset import World
from mmcl_book import cli

SPEC = store.Spec(size=8)
N = 65


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(store, "BLOCK", 20)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an undisturbed run makes."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "BLOCK", 20)
        store.make(folder, SPEC, N)
    return contents(folder)


def contents(folder: Path):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def spoil(path: Path, how: str):
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "cut short":
        path.write_bytes(content[: len(content) // 2])
    else:  # one bit of the pictures
        path.write_bytes(content[:3000] + bytes([content[3000] ^ 1]) + content[3001:])


@pytest.mark.parametrize("how", ["missing", "cut short", "one bit"])
def test_a_damaged_shard_is_named_and_made_again(tmp_path, whole, how):
    store.make(tmp_path, SPEC, N)
    spoil(tmp_path / "shard-00001.npz", how)
    world = World(tmp_path)
    assert world[5]["index"] == 5  # others are of use
    with pytest.raises(ValueError, match=r"shard-00001\.npz is (missing|damaged).*run the same"):
        world[25]
    told = []
    store.make(tmp_path, SPEC, N, say=told.append)
    assert len(told) == 1
    assert "shard-00001.npz" in told[0]
    assert "making it again" in told[0]
    assert contents(tmp_path) == whole


def full_after(writes, monkeypatch):
    """A disk that is full after so many files."""
    real, count = os.fsync, iter(range(1000))

    def fsync(handle):
        if next(count) >= writes:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


# At the first shard, at an index, at another shard, at the last index; by night at all others.
FULL = [pytest.param(n, marks=() if n in (0, 3, 4, 8) else pytest.mark.nightly) for n in range(9)]


@pytest.mark.parametrize("writes", FULL)
def test_a_full_disk_loses_nothing_that_was_finished(tmp_path, whole, writes, monkeypatch):
    with monkeypatch.context() as patch:
        full_after(writes, patch)
        with pytest.raises(OSError, match=r"can't write .*No space left.*free some space"):
            store.make(tmp_path, SPEC, N)
    kept = contents(tmp_path)
    assert not [name for name in kept if name.endswith(".tmp")]
    assert all(kept[name] == whole[name] for name in kept if name != "index.json")
    if "index.json" in kept:  # lists what is there, so what is there is used
        unfinished = pytest.raises(ValueError, match="of 65 pairs; run the same")
        with unfinished if writes < 8 else nullcontext():
            World(tmp_path)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.npz")}
    listed = store.read_index(tmp_path)["shards"] if "index.json" in kept else {}
    assert len(listed) == writes // 2
    store.make(tmp_path, SPEC, N)
    assert contents(tmp_path) == whole
    assert all((tmp_path / name).stat().st_mtime_ns == times[name] for name in listed)


def test_the_command_says_what_to_do_when_the_disk_is_full(tmp_path, monkeypatch, capsys):
    full_after(2, monkeypatch)
    arguments = ["world", "--n", str(N), "--size", "8", "--out", str(tmp_path)]
    assert cli.main(arguments) == 1
    err = capsys.readouterr().err
    assert "mmcl world: can't write" in err
    assert "free some space" in err
    monkeypatch.undo()
    monkeypatch.setattr(store, "BLOCK", 20)
    assert cli.main(arguments) == 0
    assert "45 pairs to make" in capsys.readouterr().err


def test_an_interrupted_run_goes_on(tmp_path, whole, monkeypatch, capsys):
    real = files.write_bytes

    def interrupted(path, content):
        if Path(path).name == "shard-00002.npz":
            raise KeyboardInterrupt
        return real(path, content)

    arguments = ["world", "--n", str(N), "--size", "8", "--out", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr(files, "write_bytes", interrupted)
        assert cli.main(arguments) == 1
    assert "run again to go on" in capsys.readouterr().err
    assert cli.main(arguments) == 0
    assert "25 pairs to make" in capsys.readouterr().err
    (tmp_path / "contact_sheet.png").unlink()
    assert contents(tmp_path) == whole


def test_what_a_killed_run_left_is_swept_up(tmp_path, whole):
    """A shard that was written but not listed, half of another, and half an index."""
    store.make(tmp_path, SPEC, 40)
    (tmp_path / "shard-00002.npz").write_bytes(whole["shard-00002.npz"][:100])
    (tmp_path / ".shard-00003.npz.x1.tmp").write_bytes(b"PK")
    (tmp_path / ".index.json.x2.tmp").write_text("{")
    (tmp_path / "notes.txt").write_text("mine")
    store.make(tmp_path, SPEC, N)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    (tmp_path / "notes.txt").unlink()
    assert contents(tmp_path) == whole


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99}'])
def test_a_broken_index_is_named(tmp_path, text):
    store.make(tmp_path, SPEC, 20)
    (tmp_path / "index.json").write_text(text)
    for use in (World, lambda folder: store.make(folder, SPEC, 20)):
        with pytest.raises(ValueError, match=r"index\.json is (not valid JSON|no index)"):
            use(tmp_path)


def test_a_folder_without_a_world_says_how_to_make_one(tmp_path):
    with pytest.raises(ValueError, match="holds no world; make one: mmcl world --n 1000 --out"):
        World(tmp_path / "none")


class Payload:
    """What a pickle would execute."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_shard_can_execute_nothing(tmp_path):
    store.make(tmp_path, SPEC, 20)
    shard = tmp_path / "shard-00000.npz"
    with np.load(shard) as arrays:
        content = {**arrays, "captions": np.array([Payload(tmp_path / "done")], dtype=object)}
    np.savez(shard, **content)
    index = store.read_index(tmp_path)
    index["shards"][shard.name]["sha256"] = files.sha256(shard)
    files.write_json(tmp_path / "index.json", index)
    with pytest.raises(ValueError, match="is no shard of this version"):
        World(tmp_path)[0]
    assert not (tmp_path / "done").exists()


def test_a_folder_that_cant_be_made_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert (
        cli.main(["world", "--n", "5", "--size", "8", "--out", str(tmp_path / "file" / "w")]) == 1
    )
    assert "choose a folder that you may write to" in capsys.readouterr().err


@pytest.mark.nightly
def test_a_killed_process_goes_on(tmp_path):
    """SIGKILL in the midst, then the same command: the same bytes as without."""

    def command(out):
        arguments = ["world", "--n", "6000", "--size", "16", "--out", str(out)]
        return [sys.executable, "-m", "mmcl_book.cli", *arguments]

    with subprocess.Popen(command(tmp_path / "a"), stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "a" / "shard-00001.npz").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "a" / "shard-00005.npz").exists()
    for out in ("a", "b"):
        subprocess.run(command(tmp_path / out), check=True, capture_output=True)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
