"""Features: what they are taken of, with which weights, and the file that says so."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from mmcl import files
from mmcl.clip import evaluation, features, inputs, model, pairs, weights
from mmcl.clip.tokenizer import tokenizer
from mmcl.features import arrays
from mmcl.randomness import stream
from mmcl.world import store
from mmcl_book import cli

N = 5


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A CLIP of ours, untrained."""
    config = model.config("mmcl-smoke")
    source = {"seed": 0, "recipe": {"test_pairs": 256}}
    path = tmp_path_factory.mktemp("c") / "model.safetensors"
    clip = model.fresh(config, stream(0, "weights"))
    return model.save(path, clip, name="mmcl-smoke", config=config, source=source,
                      tokenizer=tokenizer())  # fmt: skip


@pytest.fixture(scope="module")
def shown():
    """Some pairs of the world."""
    return pairs.held_out(N, 16)


@pytest.fixture
def folder(tmp_path, shown):
    """Pictures in a folder and one below it, and two lists of pairs."""
    place = tmp_path / "pictures"
    (place / "more").mkdir(parents=True)
    names = [f"{i}.png" if i < 3 else f"more/{i}.png" for i in range(N)]
    for name, picture in zip(names, shown.images, strict=True):
        Image.fromarray(picture.permute(1, 2, 0).numpy()).save(place / name)
    (place / "notes.txt").write_text("no picture")
    rows = list(zip(names, shown.captions, strict=True))
    (place / "pairs.csv").write_text(
        "image,caption\n" + "".join(f'{name},"{caption}"\n' for name, caption in rows)
    )
    (place / "pairs.jsonl").write_text(
        "\n\n".join(json.dumps({"image": name, "caption": caption}) for name, caption in rows)
    )
    return place


@pytest.fixture
def source(checkpoint):
    return weights.resolve(None, str(checkpoint))


def command(*arguments):
    return cli.main(["clip", "features", *map(str, arguments)])


# What features are taken of


def test_folders_and_lists_give_the_same_pictures_in_order(folder, shown):
    names = ["0.png", "1.png", "2.png", "more/3.png", "more/4.png"]
    for path, captions in (
        (folder, [None] * N),
        (folder / "pairs.csv", shown.captions),
        (folder / "pairs.jsonl", shown.captions),
    ):
        found = inputs.items([path])
        assert [item.name for item in found] == names
        assert [item.caption for item in found] == captions
        for item, image in zip(found, shown.images, strict=True):
            assert np.array_equal(np.asarray(item.open()), image.permute(1, 2, 0))


def test_a_world_is_a_source_of_pairs(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "BLOCK", 3)
    world = store.make(tmp_path / "w", store.Spec(size=16), N).parent
    found = inputs.items([world])
    known = pairs.of_world(world)
    assert [item.caption for item in found] == known.captions
    assert [item.name for item in found] == [f"{i:06d}" for i in range(N)]
    for item, image in zip(found, known.images, strict=True):
        assert np.array_equal(np.asarray(item.open()), image.permute(1, 2, 0))


def test_captions_alone_are_items_too(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("caption\nleft\nred\n")
    found = inputs.items([path])
    assert [(item.name, item.caption, item.open) for item in found] == [
        ("words.csv:2", "left", None),
        ("words.csv:3", "red", None),
    ]


# Features


def test_features_are_the_towers_own(source, folder, shown, tmp_path):
    out = features.extract(source, inputs.items([folder / "pairs.csv"]), tmp_path / "f.safetensors",
                           batch=2)  # fmt: skip
    found = features.read(out)
    clip = source.model
    with torch.no_grad():
        wanted = clip.encode_image(model.pictures(shown.images)).numpy()
        words = clip.encode_text(tokenizer()(shown.captions)).numpy()
    np.testing.assert_allclose(found.image, wanted, atol=1e-5)
    np.testing.assert_allclose(found.text, words, atol=1e-5)
    assert found.image.dtype == found.text.dtype == np.float32
    assert not found.normalized
    assert not (tmp_path / "f.safetensors.parts").exists()


def test_the_file_says_what_made_it(source, folder, checkpoint, tmp_path):
    out = features.extract(source, inputs.items([folder]), tmp_path / "f.safetensors",
                           normalize=True)  # fmt: skip
    found = features.read(out)
    assert found.text is None
    assert found.names == ["0.png", "1.png", "2.png", "more/3.png", "more/4.png"]
    assert found.normalized
    np.testing.assert_allclose(np.linalg.norm(found.image, axis=1), 1, rtol=1e-5)
    about = found.about
    assert (about["model"], about["precision"]) == ("mmcl-smoke", "fp32")
    assert about["preprocessing"]["mean"] == [0.45] * 3
    assert about["preprocessing"]["size"] == 16
    assert about["source"]["kind"] == "checkpoint"
    assert about["source"]["sha256"] == files.sha256(checkpoint)
    assert str(tmp_path) not in json.dumps(about)


def test_half_precision_is_written_down_and_nearly_the_same(checkpoint, folder, tmp_path):
    codes = {}
    for name in ("fp32", "bf16"):
        source = weights.resolve(None, str(checkpoint), precision=name)
        out = features.extract(source, inputs.items([folder]), tmp_path / f"{name}.safetensors")
        found = features.read(out)
        assert found.about["precision"] == name
        codes[name] = functional.normalize(torch.from_numpy(found.image), dim=1)
    assert (codes["fp32"] * codes["bf16"]).sum(dim=1).min() > 0.999
    assert not torch.equal(codes["fp32"], codes["bf16"])


def test_the_size_of_batches_and_parts_changes_nothing(source, folder, tmp_path, monkeypatch):
    found = []
    for place, (batch, part) in enumerate([(1, 1024), (64, 2), (2, 3)]):
        monkeypatch.setattr(features, "PART", part)
        out = tmp_path / f"{place}.safetensors"
        features.extract(source, inputs.items([folder]), out, batch=batch)
        found.append(features.read(out).image)
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-5)


def test_features_of_two_models_are_kept_apart(source, folder, tmp_path):
    items = inputs.items([folder])
    one = arrays.read(features.extract(source, items, tmp_path / "a.safetensors"))
    same = arrays.read(features.extract(source, items[:2], tmp_path / "b.safetensors"))
    arrays.check_same(one, same)
    config = model.config("mmcl-smoke")
    clip, more = model.fresh(config, stream(1, "weights")), {"source": {}, "tokenizer": tokenizer()}
    path = model.save(tmp_path / "m.safetensors", clip, name="mmcl-smoke", config=config, **more)
    theirs = weights.resolve(None, str(path))
    other = arrays.read(features.extract(theirs, items, tmp_path / "c.safetensors"))
    with pytest.raises(ValueError, match=r"a\.safetensors is of mmcl-smoke \w{8} .* two spaces"):
        arrays.check_same(one, other)
    cropped = replace(same, about={**same.about, "preprocessing": {"size": 8}})
    with pytest.raises(ValueError, match="made with different preprocessing"):
        arrays.check_same(one, cropped)


def test_the_command_takes_features_once(checkpoint, folder, tmp_path, capsys, monkeypatch):
    arguments = (folder / "pairs.csv", "--pretrained", checkpoint, "--out",
                 tmp_path / "f.safetensors")  # fmt: skip
    monkeypatch.setattr(features, "cut", lambda source, items: [items[1].name])
    assert command(*arguments) == 0
    told = capsys.readouterr()
    assert "1 captions are longer than the 17 tokens that the text tower reads" in told.err
    assert "and are cut, such as 1.png" in told.err
    assert told.out.strip() == str(tmp_path / "f.safetensors")
    assert "5/5 items" in told.err
    before = (tmp_path / "f.safetensors").stat().st_mtime_ns
    assert command(*arguments) == 0
    assert (tmp_path / "f.safetensors").stat().st_mtime_ns == before
    assert command(*arguments, "--normalize") == 1
    assert "holds other features; give another file" in capsys.readouterr().err


def test_retrieval_from_a_file_of_features_is_that_of_the_checkpoint(source, shown, folder,
                                                                    tmp_path):  # fmt: skip
    out = features.extract(source, inputs.items([folder / "pairs.csv"]), tmp_path / "f.safetensors",
                           normalize=True)  # fmt: skip
    found = features.read(out)
    codes = evaluation.encode(source.model, shown.images, shown.captions, tokenizer())
    ours = evaluation.recall(torch.from_numpy(found.image), torch.from_numpy(found.text), group=N)
    assert ours == evaluation.recall(*codes, group=N)


def test_captions_that_are_cut_are_counted(source):
    words = ["a dog", "a " * 75, "a " * 76, "one two " * 60]  # 75 and two marks are 77 tokens
    items = [inputs.Item(str(place), text) for place, text in enumerate(words)]
    theirs = replace(source, tokenizer=model.registered().get_tokenizer("ViT-B-32"))
    assert features.cut(theirs, [*items, inputs.Item("picture")]) == ["2", "3"]
    with pytest.raises(ValueError, match="which is in no caption of the world"):
        features.cut(source, items)  # ours refuses, before a picture is read


# Weights


def test_weights_of_a_file_need_a_name_and_fit_it(tmp_path, folder):
    from safetensors.torch import save_file

    clip = model.fresh(model.config("mmcl-smoke"), stream(0, "weights"))
    path = tmp_path / "w.safetensors"
    save_file(clip.state_dict(), path)
    with pytest.raises(ValueError, match="give --model, such as ViT-B-32"):
        weights.resolve(None, str(path))
    found = weights.resolve("mmcl-smoke", str(path))
    assert found.about["source"] == {
        "kind": "file", "file": "w.safetensors", "sha256": files.sha256(path),
    }  # fmt: skip
    assert torch.equal(found.model.visual.proj, clip.visual.proj)
    with pytest.raises(
        ValueError, match=r"doesn't fit mmcl-default: \w+.* there and .*; give weights"
    ):
        weights.resolve("mmcl-default", str(path))
    with pytest.raises(ValueError, match="did you mean 'mmcl-smoke'"):
        weights.resolve("mmcl-smok", str(path))


@pytest.mark.parametrize(
    ("name", "tag", "words"),
    [
        ("ViT-B-32", "openai", "and ViT-B-32 has GELU; give --model ViT-B-32-quickgelu"),
        ("ViT-B-32-quickgelu", "laion2b_s34b_b79k", "unknown weights of"),
        ("ViT-B-32", "opnai", "did you mean 'openai'"),
        ("ViT-B-33", "openai", "did you mean 'ViT-B-32'"),
        ("RN50-quickgelu", "yfcc15m", None),
        (None, "openai", "give --model"),
    ],
)  # fmt: skip
def test_tags_are_checked_before_anything_is_fetched(name, tag, words, monkeypatch):
    class Fetched(Exception):
        pass

    def fetch(*_):
        raise Fetched

    monkeypatch.setattr(weights.hub, "weights", fetch)
    if words is None:
        with pytest.raises(Fetched):
            weights.resolve(name, tag)
    else:
        with pytest.raises(ValueError, match=words):
            weights.resolve(name, tag)


def test_a_folder_of_a_tags_name_doesnt_stand_in_its_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openai").mkdir()
    assert not weights.looks_like_file("openai")
    assert all(map(weights.looks_like_file, ("w.safetensors", "w.pt", "folder/w")))


def test_another_activation_is_refused_both_ways():
    weights.check_activation({"quick_gelu": True}, True, "A-quickgelu", "w")
    weights.check_activation({}, False, "A", "w")
    with pytest.raises(ValueError, match="give --model A-quickgelu"):
        weights.check_activation({}, True, "A", "w")
    with pytest.raises(ValueError, match=r"give --model A$"):
        weights.check_activation({"quick_gelu": True}, False, "A-quickgelu", "w")
