"""What can go wrong while a CLIP is trained, read or used: a clear error, nothing lost."""

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image

from mmcl import files
from mmcl.clip import features, inputs, model, weights
from mmcl.clip import pictures as decoding
from mmcl.clip.tokenizer import tokenizer
from mmcl.randomness import stream
from mmcl_book import cli


def train(out, *more):
    return cli.main(["clip", "train", "--profile", "smoke", "--out", str(out), *more])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an undisturbed training ends as."""
    out = tmp_path_factory.mktemp("whole") / "clip"
    assert train(out) == 0
    return files.sha256(out / "model.safetensors")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    config = model.config("mmcl-smoke")
    path = tmp_path_factory.mktemp("c") / "model.safetensors"
    clip = model.fresh(config, stream(0, "weights"))
    return model.save(path, clip, name="mmcl-smoke", config=config, source={},
                      tokenizer=tokenizer())  # fmt: skip


@pytest.fixture
def pictures(tmp_path):
    """Six pictures of one color each."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(6):
        Image.new("RGB", (20, 16), (40 * i, 0, 0)).save(folder / f"{i}.png")
    return folder


def full_after(writes, monkeypatch):
    """A disk that is full after so many files."""
    real, count = os.fsync, iter(range(1000))

    def fsync(handle):
        if next(count) >= writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


# Training


# At the first file, within the world, at the second state, at the last; by night at all others.
FULL = [pytest.param(n, marks=() if n in (0, 3, 5, 9) else pytest.mark.nightly) for n in range(10)]


@pytest.mark.parametrize("writes", FULL)
def test_a_full_disk_loses_nothing_that_was_finished(tmp_path, whole, writes, monkeypatch, capsys):
    """recipe, world (shard, index, index), two states, checkpoint, log, scores, card."""
    out = tmp_path / "clip"
    with monkeypatch.context() as patch:
        full_after(writes, patch)
        assert train(out) in (1, 2)
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "free some space" in told
    assert not list(tmp_path.rglob("*.tmp"))
    assert train(out) == 0
    assert files.sha256(out / "model.safetensors") == whole
    if writes >= 5:
        assert f"going on at step {3 if writes == 5 else 6} of 6" in capsys.readouterr().err


def test_an_interrupted_training_goes_on(tmp_path, whole, monkeypatch, capsys):
    real, out = files.write_bytes, tmp_path / "clip"

    def interrupted(path, content):
        done = real(path, content)
        if Path(path).name == "state.safetensors":
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_bytes", interrupted)
        assert train(out) == 1
    assert "run again to go on" in capsys.readouterr().err
    assert train(out) == 0
    assert "going on at step 3 of 6" in capsys.readouterr().err
    assert files.sha256(out / "model.safetensors") == whole


@pytest.mark.parametrize("how", ["cut short", "other"])
def test_a_damaged_state_is_named(tmp_path, how, capsys):
    out = tmp_path / "clip"
    out.mkdir()
    content = b"\x10\0\0\0\0\0\0\0{" if how == "cut short" else b"no tensors"
    assert train(out, "--steps", "3") == 0
    for name in ("model.safetensors", "card.md"):
        (out / name).unlink()
    (out / "state.safetensors").write_bytes(content)
    assert train(out, "--steps", "3") == 1
    assert "state.safetensors is no whole safetensors file" in capsys.readouterr().err


def test_a_loss_that_isnt_finite_is_said(tmp_path, monkeypatch, capsys):
    from mmcl.clip import training

    monkeypatch.setattr(training.Run, "descend", nan)
    assert train(tmp_path / "clip") == 1
    assert capsys.readouterr().err.endswith("mmcl clip: the loss is nan at step 3; lower lr\n")


def nan(run, images, tokens):
    run.step += 1
    return float("nan")


@pytest.mark.nightly
def test_a_killed_training_ends_as_one_that_wasnt(tmp_path):
    """SIGKILL in the midst, then the same command: the same bytes."""

    def command(out):
        arguments = ["clip", "train", "--profile", "smoke", "--steps", "200", "--out", str(out)]
        return [sys.executable, "-m", "mmcl_book.cli", *arguments]

    state = tmp_path / "a" / "state.safetensors"
    with subprocess.Popen(command(tmp_path / "a"), stderr=subprocess.DEVNULL) as process:
        while not state.exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "a" / "card.md").exists()
    again = subprocess.run(command(tmp_path / "a"), capture_output=True, text=True, check=True)
    assert "going on at step" in again.stderr
    subprocess.run(command(tmp_path / "b"), capture_output=True, check=True)
    a, b = (files.sha256(tmp_path / name / "model.safetensors") for name in "ab")
    assert a == b


# Checkpoints


@pytest.mark.parametrize("how", ["cut short", "one bit of the header", "no header", "pickled"])
def test_a_damaged_checkpoint_is_named(tmp_path, checkpoint, how, capsys):
    content = checkpoint.read_bytes()
    spoiled = {
        "cut short": content[: len(content) // 2],
        "one bit of the header": bytes([content[0] ^ 1]) + content[1:],
        "no header": b"",
        "pickled": pickle.dumps({}),
    }[how]
    path = tmp_path / "model.safetensors"
    path.write_bytes(spoiled)
    for arguments in (
        ["evaluate", str(path)],
        ["features", str(tmp_path), "--pretrained", str(path), "--out", "f.safetensors"],
    ):
        Image.new("RGB", (2, 2)).save(tmp_path / "p.png")
        assert cli.main(["clip", *arguments]) == 1
        assert "is no whole safetensors file" in capsys.readouterr().err


def test_a_checkpoint_of_another_kind_says_what_to_do(tmp_path, capsys):
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "w.safetensors")
    assert cli.main(["clip", "evaluate", str(tmp_path / "w.safetensors")]) == 1
    assert "isn't a checkpoint of `mmcl clip train`" in capsys.readouterr().err
    assert cli.main(["clip", "evaluate", str(tmp_path / "none.safetensors")]) == 1
    assert "make one: mmcl clip train" in capsys.readouterr().err


@pytest.mark.parametrize("change", [{"embed_dim": 9}, {"depth": 3}])
def test_a_checkpoint_that_doesnt_fit_itself_is_refused(tmp_path, change):
    config = model.config("mmcl-smoke")
    clip = model.fresh(config, stream(0, "weights"))
    path = model.save(tmp_path / "m.safetensors", clip, name="mmcl-smoke",
                      config={**config, **change}, source={}, tokenizer=tokenizer())  # fmt: skip
    with pytest.raises(ValueError, match=r"m\.safetensors doesn't fit its own configuration"):
        model.load(path)


class Payload:
    """What a pickle would execute."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".pth", ".npz", ".safetensors"])
def test_weights_can_execute_nothing(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    torch.save({"state_dict": Payload(tmp_path / "done")}, path)
    with pytest.raises(ValueError, match=r"can execute code|no whole safetensors file"):
        weights.resolve("mmcl-smoke", str(path))
    assert not (tmp_path / "done").exists()


# Features


def test_an_unreadable_picture_is_named_and_what_was_finished_is_kept(
    pictures, checkpoint, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(features, "PART", 2)
    good = (pictures / "3.png").read_bytes()
    (pictures / "3.png").write_bytes(good[: len(good) // 2])
    out = tmp_path / "f.safetensors"
    arguments = ["clip", "features", str(pictures), "--pretrained", str(checkpoint)]
    assert cli.main([*arguments, "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "3.png can't be read as a picture" in told
    assert "mend it or take it out, and run again" in told
    parts = list((tmp_path / "f.safetensors.parts").iterdir())
    assert len(parts) == 1
    before = parts[0].stat().st_mtime_ns
    (pictures / "3.png").write_bytes(good)
    opened = []
    real = decoding.opened
    monkeypatch.setattr(
        decoding, "opened", lambda path, *how: opened.append(path.name) or real(path)
    )
    assert cli.main([*arguments, "--out", str(out)]) == 0
    assert opened == [f"{i}.png" for i in range(2, 6)]
    assert before
    assert len(features.read(out).names) == 6


def test_parts_of_another_model_or_a_changed_picture_arent_used(
    pictures, checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr(features, "PART", 3)
    source, out = weights.resolve(None, str(checkpoint)), tmp_path / "f.safetensors"

    def stopped(done, wanted):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        features.extract(source, inputs.items([pictures]), out, progress=stopped)
    Image.new("RGB", (20, 16), (0, 200, 0)).save(pictures / "0.png")
    found = features.read(features.extract(source, inputs.items([pictures]), out)).image
    fresh = tmp_path / "g.safetensors"
    wanted = features.read(features.extract(source, inputs.items([pictures]), fresh)).image
    assert (found == wanted).all()


def test_a_part_that_was_cut_short_is_made_again(pictures, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "PART", 3)
    source, out = weights.resolve(None, str(checkpoint)), tmp_path / "f.safetensors"
    items = inputs.items([pictures])
    with monkeypatch.context() as patch:
        patch.setattr(features.shutil, "rmtree", lambda folder: None)
        features.extract(source, items, out)
    wanted = features.read(out).image
    out.unlink()
    for part in (tmp_path / "f.safetensors.parts").iterdir():
        part.write_bytes(part.read_bytes()[:50])
    assert (features.read(features.extract(source, items, out)).image == wanted).all()


@pytest.mark.parametrize("writes", range(3))
def test_a_full_disk_leaves_no_half_file(pictures, checkpoint, tmp_path, writes, monkeypatch):
    monkeypatch.setattr(features, "PART", 3)
    source, out = weights.resolve(None, str(checkpoint)), tmp_path / "f.safetensors"
    with monkeypatch.context() as patch:
        full_after(writes, patch)
        with pytest.raises(OSError, match="free some space"):
            features.extract(source, inputs.items([pictures]), out)
    assert not out.exists()
    assert not list(tmp_path.rglob("*.tmp"))
    assert len(features.read(features.extract(source, inputs.items([pictures]), out)).names) == 6


def test_features_that_arent_finite_are_refused(pictures, checkpoint, tmp_path):
    source = weights.resolve(None, str(checkpoint))
    with torch.no_grad():
        source.model.visual.proj.fill_(float("inf"))
    with pytest.raises(ValueError, match=r"image of 0\.png has features that aren't finite"):
        features.extract(source, inputs.items([pictures]), tmp_path / "f.safetensors")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "picture,text\n1.png,x\n", "has the columns picture, text; give image, caption"),
        ("a.csv", "", "is empty; give a header with image, caption"),
        ("a.csv", "image,caption\nnone.png,x\n", r"line 2: there is no .*none\.png; mend the list"),
        ("a.csv", "image,caption\n,\n", "line 2, has no image and no caption"),
        ("a.csv", "image,caption\n", "lists nothing"),
        (
            "a.csv",
            "image,caption\n0.png,x\n1.png,\n",
            "some items have captions and 1.png has none",
        ),
        ("a.jsonl", '{"image": "0.png"\n', "line 1, isn't JSON"),
        ("a.jsonl", "[1]\n", "line 1: give"),
        ("a.txt", "", "is no picture and no list"),
    ],
)
def test_wrong_lists_are_named_by_line(pictures, name, text, words):
    (pictures / name).write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        inputs.items([pictures / name])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere", "--out", "f.safetensors"], 2, "there is no nowhere"),
        (["empty", "--out", "f.safetensors"], 2, "holds no pictures"),
        (["pictures", "--out", "f.npz"], 2, "give a name that ends in .safetensors"),
        (["pictures", "--out", "f.safetensors", "--batch", "0"], 1, "batch is 0"),
        (["pictures", "--out", "f.safetensors", "--precision", "fp8"], 1, "give fp32 or bf16"),
        (["pictures", "--out", "f.safetensors", "--device", "abacus"], 2, "device is 'abacus'"),
        (["pictures", "--out", "pictures/0.png/f.safetensors"], 1, "may write to"),
    ],
)
def test_wrong_usage_of_the_command(pictures, checkpoint, arguments, code, words, monkeypatch,
                                    capsys):  # fmt: skip
    monkeypatch.chdir(pictures.parent)
    Path("empty").mkdir()
    command = ["clip", "features", *arguments, "--pretrained", str(checkpoint)]
    assert cli.main(command) == code
    assert words in capsys.readouterr().err
    assert not Path("f.safetensors").exists()


def test_another_file_is_no_file_of_features(checkpoint, tmp_path):
    with pytest.raises(ValueError, match="holds no features of this book"):
        features.read(checkpoint)
    (tmp_path / "f.safetensors").write_bytes(b"x")
    with pytest.raises(ValueError, match="is no whole safetensors file"):
        features.read(tmp_path / "f.safetensors")
    with pytest.raises(FileNotFoundError, match=r"make it: mmcl clip features"):
        features.read(tmp_path / "none.safetensors")
