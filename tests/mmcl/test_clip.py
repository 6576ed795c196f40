"""Our own CLIP: door to open_clip, tokens, weights, training that resumes, scores, the command."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from mmcl import files
from mmcl.clip import compatibility, evaluation, folder, model, pairs, training
from mmcl.clip.recipes import RECIPES, Recipe
from mmcl.clip.tokenizer import CONTEXT, Tokenizer, tokenizer
from mmcl.losses import info_nce
from mmcl.randomness import stream
from mmcl.world import captions, factors, store
from mmcl_book import cli
from tests import bounds

SMALL = Recipe("mmcl-smoke", pairs=64, steps=6, batch=16, test_pairs=256, every=2, precision="fp32")
CONFIG = {
    "embed_dim": 8,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
    "text_cfg": {"context_length": 17, "vocab_size": 102, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def unseen():
    return pairs.held_out(300, 16)


@pytest.fixture(scope="module")
def known():
    spec = store.Spec(seed=3, size=16)
    return pairs.joined([store.block(spec, 0, 64)])


def weights_of(run):
    return torch.cat([value.flatten() for value in run.model.state_dict().values()])


# The door


def test_open_clip_opens_beside_any_torch():
    """In a new process: torchvision's own error stays where its operators are missing."""
    probe = (
        "from mmcl.clip.compatibility import native, open_clip; import torch; m = open_clip(); "
        "import torchvision; b = torch.tensor([[0., 0., 1., 1.]]); there = native()\n"
        "try: torchvision.ops.nms(b, torch.ones(1), .5); print(there)\n"
        "except RuntimeError as e: print(not there and 'custom C++ ops' in str(e))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_door_steps_aside_where_torchvision_is_native(monkeypatch):
    monkeypatch.setattr(compatibility, "native", lambda: True)
    monkeypatch.setattr(torch.library, "Library", lambda *_: pytest.fail("declared"))
    assert compatibility.declare_operators.__wrapped__() is None


def test_without_open_clip_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setattr(compatibility.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"isn't installed; run: pip install .*clip"):
        compatibility.open_clip.__wrapped__()


def test_the_parts_below_dont_load_open_clip():
    modules = "mmcl.clip.recipes, mmcl.clip.tokenizer, mmcl.clip.pairs, mmcl_book.cli.clip"
    probe = (
        f"import sys, {modules}; print([m for m in ('open_clip', 'torchvision', 'timm', "
        "'huggingface_hub', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Tokens


def test_the_end_of_a_text_has_the_highest_number_and_is_where_open_clip_pools():
    words = tokenizer()
    table = factors.draw(200, stream(0, "t"))
    texts = captions.captions(table, stream(0, "w"))
    numbers = words(texts)
    assert numbers.shape == (200, CONTEXT)
    assert words.end == words.vocab_size - 1 == int(numbers.max())
    for text, row in zip(texts, numbers, strict=True):
        assert row.argmax() == len(text.split()) + 1
        assert row[0] == words.start
        assert words.decode(row.tolist()) == text


def test_every_word_of_the_grammar_has_a_number_of_its_own():
    words = tokenizer()
    assert sorted(words.places.values()) == list(range(len(words.words)))
    longest = "one barbie pink pill of big size in the mid row and the left-hand column"
    assert len(words.encode(longest)) == CONTEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("left : rad ring", "the word 'rad', which is in no caption .* did you mean 'red'"),
        ("left : 12345 ring", "see mmcl.world.captions"),
        ("red " * 16, "has 16 words; give at most 15"),
    ],
)
def test_texts_that_are_no_captions_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        tokenizer()(text)


# Weights


def test_every_size_is_known_to_open_clip_and_fits_the_tokenizer():
    for name in model.NAMES:
        config = model.config(name)
        assert config["text_cfg"]["vocab_size"] == tokenizer().vocab_size
        assert config["text_cfg"]["context_length"] == CONTEXT
        assert name in model.registered().list_models()
        assert (name, config["text_cfg"]["vocab_size"]) in [
            (each.model, 102) for each in RECIPES.values()
        ]
        clip, side = model.fresh(config, stream(0, "weights")), config["vision_cfg"]["image_size"]
        images = torch.zeros(1, 3, side, side, dtype=torch.uint8)
        codes = evaluation.encode(clip, images, ["left : red ring"], tokenizer())
        assert [each.shape for each in codes] == [(1, config["embed_dim"])] * 2
    assert model.config("mmcl-smoke") == CONFIG
    with pytest.raises(ValueError, match="unknown model 'mmcl-large'; valid: mmcl-smoke"):
        model.config("mmcl-large")


def test_weights_are_what_the_seed_says_and_torchs_own_numbers_stay():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = (model.fresh(CONFIG, stream(s, "weights")) for s in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first.visual.proj, again.visual.proj)
    assert not torch.equal(first.visual.proj, other.visual.proj)


def test_a_checkpoint_comes_back_as_it_was(tmp_path, unseen):
    clip = model.fresh(CONFIG, stream(0, "weights"))
    words = tokenizer()
    path = model.save(tmp_path / "m.safetensors", clip, name="mmcl-smoke", config=CONFIG,
                      source={"seed": 0}, tokenizer=words)  # fmt: skip
    read = model.load(path)
    assert (read.name, read.config, read.source) == ("mmcl-smoke", CONFIG, {"seed": 0})
    assert read.sha256 == files.sha256(path)
    for one, other in zip(
        evaluation.encode(clip, unseen.images[:8], unseen.captions[:8], words),
        evaluation.encode(read.model, unseen.images[:8], unseen.captions[:8], read.tokenizer),
        strict=True,
    ):
        assert torch.equal(one, other)


# Training


def normal(*shape):
    """Always the same numbers, whatever ran before."""
    return torch.from_numpy(stream(0, "normal").standard_normal(shape)).float()


def test_the_loss_is_open_clips():
    x, t = functional.normalize(normal(2, 32, 8), dim=2)
    theirs = model.registered().ClipLoss()(x, t, torch.tensor(14.0))
    ours = info_nce(x, t, similarity="cosine", temperature=1 / torch.tensor(14.0))
    torch.testing.assert_close(ours, theirs)


def test_each_epoch_has_every_pair_once():
    rows = pairs.order(64, 16, seed=0)
    epochs = [torch.cat([rows(4 * e + i) for i in range(4)]) for e in range(2)]
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(64))
    assert not torch.equal(*epochs)
    assert torch.equal(rows(2), epochs[0][32:48])  # again, after a later epoch


def test_rates_rise_in_a_line_and_fall_as_a_cosine_to_zero():
    recipe = Recipe("mmcl-smoke", pairs=64, steps=100, batch=16, warmup=0.1)
    rates = [training.rate(step, recipe) for step in range(101)]
    assert rates[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0)
    assert np.all(np.diff(rates[10:]) <= 0)


def test_every_weight_has_one_optimizer():
    clip = model.fresh(CONFIG, stream(0, "weights"))
    found = [
        id(p)
        for optimizer, _ in training.optimizers(clip, SMALL)
        for group in optimizer.param_groups
        for p in group["params"]
    ]
    assert sorted(found) == sorted(id(p) for p in clip.parameters())


def test_training_teaches(known, tmp_path):
    """Few pairs, learned by heart: recall among them rises from chance to nearly all."""
    recipe = Recipe("mmcl-smoke", pairs=64, steps=150, batch=64, every=150, precision="fp32",
                    lr=0.01, hidden_lr=0.02, weight_decay=0.0)  # fmt: skip
    run = training.Run(recipe, CONFIG, 0)
    words = tokenizer()

    def recall():
        codes = evaluation.encode(run.model, known.images, known.captions, words)
        return evaluation.recall(*codes, group=64)["mean"]

    before = recall()
    training.train(run, known, four(known), tmp_path)
    assert before < 0.1
    assert recall() > 0.6
    assert run.log[-1]["temperature"] != pytest.approx(0.07, abs=1e-4)


def four(known):
    """Enough pairs for one group."""
    images = known.images.repeat(4, 1, 1, 1)
    return pairs.Captioned(images, known.captions * 4, pd.concat([known.table] * 4))


def test_half_precision_agrees_with_single_roughly(known):
    losses = {}
    for name in ("fp32", "bf16"):
        recipe = Recipe("mmcl-smoke", pairs=64, steps=6, batch=16, precision=name)
        run = training.Run(recipe, CONFIG, 0)
        losses[name] = run.descend(known.images[:16], tokenizer()(known.captions[:16]))
        assert all(p.dtype == torch.float32 for p in run.model.parameters())
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.02)
    assert losses["bf16"] != losses["fp32"]


@pytest.mark.parametrize("stop", [1, 2])
def test_a_run_that_was_stopped_ends_as_one_that_wasnt(known, unseen, tmp_path, stop):
    whole = training.train(training.Run(SMALL, CONFIG, 0), known, unseen, tmp_path / "a")
    told = []

    def stopped(message):
        told.append(message)
        if len(told) == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train(training.Run(SMALL, CONFIG, 0), known, unseen, tmp_path / "b", say=stopped)
    again = training.train(training.Run(SMALL, CONFIG, 0), known, unseen, tmp_path / "b",
                           say=told.append)  # fmt: skip
    assert f"going on at step {2 * stop} of 6" in told
    assert torch.equal(weights_of(whole), weights_of(again))
    logs = [[{**row, "seconds": 0} for row in run.log] for run in (whole, again)]
    assert logs[0] == logs[1]
    assert [row["step"] for row in whole.log] == [2, 4, 6]


# Scores


def test_codes_are_of_length_one_unless_asked_as_they_are(known):
    clip, words = model.fresh(CONFIG, stream(0, "weights")), tokenizer()
    unit = evaluation.encode(clip, known.images, known.captions, words)
    plain = evaluation.encode(clip, known.images, known.captions, words, normalize=False)
    for one, other in zip(unit, plain, strict=True):
        torch.testing.assert_close(one, functional.normalize(other, dim=1))
        assert (other.norm(dim=1) - 1).abs().min() > 1e-3
    parts = evaluation.encode(clip, known.images, known.captions, words, chunk=10)
    torch.testing.assert_close(parts, unit)


def test_recall_counts_partners_that_are_nearest():
    codes = functional.normalize(normal(512, 64), dim=1)
    assert evaluation.recall(codes, codes)["mean"] == 1
    swapped = codes.clone()
    swapped[[0, 1]] = swapped[[1, 0]]  # two of 512 miss
    assert evaluation.recall(codes, swapped)["text_to_image"] == pytest.approx(510 / 512)
    across = codes.roll(256, dims=0)  # partners are in another group
    assert evaluation.recall(codes, across)["mean"] < 0.05
    assert evaluation.recall(codes[:300], codes[:300])["mean"] == 1
    texts = torch.eye(4)
    texts[3] = 2 * torch.eye(4)[0]  # nearest to picture 0 and, of all texts, picture 0's nearest
    found = evaluation.recall(torch.eye(4), texts, group=4)
    assert found == {"image_to_text": 0.5, "text_to_image": 0.75, "mean": 0.625}
    with pytest.raises(ValueError, match="there are 255 pairs; give at least 256"):
        evaluation.recall(codes[:255], codes[:255])


def test_the_ceiling_is_what_a_perfect_reader_reaches():
    """Slowly, by chance: choose among what fits by how likely it is, count what is right."""
    n, group = 3840, 128
    table = factors.draw(n, stream(0, "factors"))
    texts = captions.captions(table, stream(0, "captions"))
    found = evaluation.ceiling(table, texts, group)
    facts = list(table[[*evaluation.READ]].itertuples(index=False, name=None))
    colors = [captions.color_words(table.assign(palette=palette)) for palette in range(3)]
    words = [captions.parse(text) for text in texts]
    hues = np.linspace(0, 1, 20_000, endpoint=False)
    share = {(word.palette, word.color): 0.0 for word in words}
    share = {key: evaluation.in_bin(hues, *key).mean() for key in share}
    right = {"image_to_text": [], "text_to_image": []}
    rng = stream(0, "ties")
    for start in range(0, n, group):
        rows = range(start, start + group)
        fits = np.zeros((group, group))
        for i in rows:
            for j in rows:
                word = words[j]
                said = tuple(getattr(word, name) for name in evaluation.READ)
                fits[i - start, j - start] = (
                    facts[i] == said and colors[word.palette][i] == word.color
                )
        likely = np.array([1 / share[words[j].palette, words[j].color] for j in rows])
        noise = 1e-6 * rng.random((group, group))
        right["image_to_text"] += list((fits * likely + noise).argmax(axis=1) == np.arange(group))
        right["text_to_image"] += list((fits + noise).argmax(axis=0) == np.arange(group))
    for name, hits in right.items():
        error = np.std(hits) / np.sqrt(n)
        bounds.within((np.mean(hits) - found[name]) / error, of=2)
        assert 0.9 < found[name] < 0.995
    assert found["image_to_text"] > found["text_to_image"]


def test_the_ceiling_falls_with_more_pairs_and_is_one_where_nothing_is_alike(unseen):
    few, many = (evaluation.ceiling(unseen.table, unseen.captions, group)["mean"]
                 for group in (8, 256))  # fmt: skip
    assert many < few <= 1
    one = unseen.table.iloc[:1]
    assert evaluation.ceiling(one, unseen.captions[:1], 1)["mean"] == 1


def test_shares_of_color_words_are_those_of_even_hues():
    hues = np.linspace(0, 1, 100_000, endpoint=False)
    for palette in range(3):
        for word in evaluation.palettes.hues(palette)[0]:
            share = evaluation.in_bin(hues, palette, word).mean()
            assert evaluation.share(palette, word) == pytest.approx(share, abs=1e-4)


def test_held_out_pairs_are_always_the_same_and_no_one_trains_on_them(unseen, tmp_path):
    again = pairs.held_out(40, 16)
    assert torch.equal(again.images, unseen.images[:40])
    assert again.captions == unseen.captions[:40]
    with pytest.raises(ValueError, match="held out"):
        folder.prepare(tmp_path, SMALL, pairs.HELD_OUT)
    store.make(tmp_path / "w", store.Spec(seed=pairs.HELD_OUT, size=16), 64)
    with pytest.raises(ValueError, match="held out"):
        folder.prepare(tmp_path, SMALL, 0, tmp_path / "w")


class Reader:
    """A CLIP that reads pictures without error, made of one-hot factors."""

    training = False

    def parameters(self):
        return iter([torch.zeros(1)])

    def eval(self):
        return self

    def train(self, mode):
        return self

    def encode_text(self, tokens, normalize):
        words = [captions.parse(tokenizer().decode(row.tolist())) for row in tokens]
        rows = pd.DataFrame([{**vars(word)} for word in words])
        return read_codes(rows)


def read_codes(table):
    angles = 2 * np.pi * table["hue"].to_numpy()
    parts = [np.eye(7)[table["shape"]], *(np.eye(3)[table[name]] for name in ("x", "y", "size"))]
    both = np.hstack([*parts, np.column_stack([np.cos(angles), np.sin(angles)])])
    return functional.normalize(torch.from_numpy(both).float(), dim=1)


def test_zero_shot_names_what_a_perfect_reader_sees(unseen):
    found = evaluation.zero_shot(Reader(), read_codes(unseen.table), unseen.table, tokenizer())
    assert {name: round(1 / each["chance"]) for name, each in found.items()} == {
        "shape": 7, "x": 3, "y": 3, "size": 3, "hue": 8,
    }  # fmt: skip
    assert all(each["accuracy"] > 0.99 for name, each in found.items() if name != "hue")
    assert found["hue"]["accuracy"] > 0.85
    n = len(unseen.table)
    blind = functional.normalize(normal(n, 18), dim=1)
    chance = evaluation.zero_shot(Reader(), blind, unseen.table, tokenizer())
    for each in chance.values():
        bounds.count_is(round(each["accuracy"] * n), n, each["chance"], of=len(chance))


# The folder and the command


def smoke(out, *more):
    return cli.main(["clip", "train", "--profile", "smoke", "--out", str(out), *more])


def test_the_command_trains_judges_and_says_what_it_made(tmp_path, capsys):
    out = tmp_path / "clip"
    assert smoke(out, "--seed", "3") == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(out / "card.md")
    assert "step 6/6" in told.err
    assert sorted(path.name for path in out.iterdir()) == [
        "card.md", "log.csv", "model.safetensors", "recipe.json", "scores.json", "world",
    ]  # fmt: skip
    found = files.read_json(out / "scores.json")
    assert found["command"] == "mmcl clip train --profile smoke --seed 3 --out FOLDER"
    assert found["sha256"] == files.sha256(out / "model.safetensors")
    assert {"commit", "versions", "device", "threads"} <= set(found["provenance"])
    assert "open_clip_torch" in found["provenance"]["versions"]
    assert str(tmp_path) not in json.dumps(found)
    card = (out / "card.md").read_text()
    assert found["sha256"] in card
    assert "What it is for" in card
    log = pd.read_csv(out / "log.csv")
    assert log["step"].tolist() == [3, 6]
    assert cli.main(["clip", "evaluate", str(out / "model.safetensors"), "--out",
                     str(tmp_path / "s.json")]) == 0  # fmt: skip
    assert files.read_json(tmp_path / "s.json") == found["scores"]
    assert "of what captions allow" in capsys.readouterr().out
    before = (out / "model.safetensors").stat().st_mtime_ns
    assert smoke(out, "--seed", "3") == 0
    assert "trained before" in capsys.readouterr().err
    assert (out / "model.safetensors").stat().st_mtime_ns == before
    assert smoke(out, "--seed", "4") == 2
    assert "holds another CLIP: seed is 3 there and 4 here" in capsys.readouterr().err
    assert smoke(out, "--seed", "3", "--steps", "7") == 2
    assert "recipe.steps is 6 there and 7 here" in capsys.readouterr().err


def test_two_trainings_of_one_seed_are_one_and_of_two_seeds_two(tmp_path):
    for name, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        assert smoke(tmp_path / name, "--seed", seed) == 0
    a, b, c = (files.sha256(tmp_path / name / "model.safetensors") for name in "abc")
    assert a == b != c


def test_a_world_that_was_made_before_can_be_used(tmp_path, capsys):
    world = tmp_path / "w"
    store.make(world, store.Spec(seed=8, size=16, dependence="causal"), 100)
    more = ("--world", str(world))
    assert smoke(tmp_path / "a", *more) == 2
    assert "has 100 pairs and 256 are wanted; give --pairs 100" in capsys.readouterr().err
    assert smoke(tmp_path / "a", *more, "--pairs", "100") == 0
    found = files.read_json(tmp_path / "a" / "scores.json")
    assert found["world"] == {"seed": 8, "size": 16, "domain": "photo", "dependence": "causal"}
    assert "--pairs 100 --world FOLDER" in found["command"]
    store.make(tmp_path / "v", store.Spec(size=8), 300)
    assert smoke(tmp_path / "b", "--world", str(tmp_path / "v")) == 2
    assert "make it with --size 16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile", "papre"], "did you mean 'paper'"),
        (["--seed", "-1"], "seed is -1"),
        (["--profile", "smoke", "--steps", "0"], "steps is 0"),
        (["--profile", "smoke", "--pairs", "20"], "batch is 32; give 2 to 20"),
        (["--profile", "smoke", "--precision", "fp8"], "give fp32 or bf16"),
        (["--device", "abacus"], "device is 'abacus'"),
        (["--profile", "smoke", "--world", "nowhere"], "holds no world; make one"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_written(arguments, words, tmp_path, capsys):
    assert cli.main(["clip", "train", "--out", str(tmp_path / "o"), *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_tokenizer_keeps_the_words_it_was_made_with():
    assert Tokenizer(["", "red", "ring"])("ring red").tolist()[0][:4] == [3, 2, 1, 4]
