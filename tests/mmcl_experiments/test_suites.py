"""`mmcl probe --suite`: miniature trees, a CLIP with fresh weights, end to end; and the faults."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from mmcl.clip import model
from mmcl.clip.tokenizer import tokenizer
from mmcl.features.probes import Labelled
from mmcl.features.representations import WhitenedPCA
from mmcl.randomness import stream
from mmcl_book import cli
from mmcl_experiments.recorded.places import project_root
from mmcl_experiments.results import published
from mmcl_experiments.suites import attributes, celeba, coop, imagenet, judge
from mmcl_experiments.suites.pictures import Pictures, pool

WNIDS = [f"n0000000{digit}" for digit in range(3)]
COLORS = dict(zip(WNIDS, [(200, 40, 40), (40, 200, 40), (40, 40, 200)], strict=True))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A CLIP of ours, untrained."""
    config = model.config("mmcl-smoke")
    clip = model.fresh(config, stream(0, "weights"))
    path = tmp_path_factory.mktemp("clip") / "model.safetensors"
    return model.save(path, clip, name="mmcl-smoke", config=config, source={},
                      tokenizer=tokenizer())  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Results go to the folder that we are in."""
    monkeypatch.chdir(tmp_path)


def picture(path, color, rng):
    """A small picture of a color, with noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = rng.normal(color, 60, (16, 16, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noise).save(path)


def folders(root, names, count, seed=0):
    """A folder for each class, in the colors of WNIDS."""
    rng = stream(seed, str(root.name))
    for place, name in enumerate(names):
        for number in range(count):
            picture(root / name / f"{number}.png", COLORS[WNIDS[place]], rng)


@pytest.fixture(scope="module")
def small_imagenet(tmp_path_factory):
    """ImageNet of three classes; A and R have two of them."""
    root = tmp_path_factory.mktemp("data")
    folders(root / "imagenet/images/train", WNIDS, 8)
    folders(root / "imagenet/images/val", WNIDS, 5)
    folders(root / "imagenetv2/imagenetv2-matched-frequency-format-val", ["0", "1", "2"], 3)
    folders(root / "imagenet-sketch/images", WNIDS, 3)
    folders(root / "imagenet-rendition/imagenet-r", WNIDS[:2], 3)
    folders(root / "imagenet-adversarial/imagenet-a", WNIDS[:2], 3)
    return root


@pytest.fixture
def tree(small_imagenet, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(small_imagenet, tmp_path / "tree")


def probe(suite, root, checkpoint, tmp_path, *more):
    options = ["--suite", suite, "--data", root, "--pretrained", checkpoint]
    options += ["--cache", tmp_path / "features", "--draws", 2, *more]
    return cli.main(["probe", *map(str, options)])


# ImageNet and its relatives


def test_imagenet_from_folders_to_json(small_imagenet, checkpoint, tmp_path, capsys):
    out = tmp_path / "found.json"
    more = ["--shots", 4, "--out", out]
    assert probe("imagenet", small_imagenet, checkpoint, tmp_path, *more) == 0
    said = capsys.readouterr()
    assert "as released, 4 shots, pca+ica, l2: val" in said.err
    report = json.loads(out.read_text())
    table = pd.DataFrame(report["rows"])
    tests = ["val", "v2", "sketch", "r", "a", "mean of shifted"]
    assert list(dict.fromkeys(table.test)) == tests
    assert len(table) == len(tests) * 3 * 5  # protocols, methods
    assert set(table.protocol) == {"leak-free", "matched", "as released"}
    pd.testing.assert_frame_equal(pd.read_csv(out.with_suffix(".csv")), table)
    assert table.accuracy.between(0, 1).all()
    assert (table.low <= table.accuracy + 1e-9).all()
    assert (table.accuracy <= table.high + 1e-9).all()
    assert (table.loc[table.method.eq("raw"), "difference"] == 0).all()
    assert table[table.method.eq("raw") & table.test.eq("val")].accuracy.max() > 0.5
    mean = table[table.test.eq("mean of shifted")].iloc[0]
    parts = table.iloc[: len(tests)].set_index("test").accuracy
    assert mean.accuracy == pytest.approx(parts[["v2", "sketch", "r", "a"]].mean())
    assert report["encoder"]["model"] == "mmcl-smoke"
    assert report["missing"] == []
    assert "validation part, which is also the test" in report["hazard"]
    assert str(tmp_path) not in out.read_text()
    assert probe("imagenet", small_imagenet, checkpoint, tmp_path, *more) == 0  # from the cache
    assert json.loads(out.read_text()) == report  # the same seed, the same numbers


def test_v2s_numbers_are_places_in_sorted_order_and_not_texts(tmp_path):
    many = [f"n{number:08d}" for number in range(12)]
    labels = np.array([str(number) for number in range(12)])
    found = imagenet.numbered(Pictures("v2", [], labels), many, tmp_path)
    assert found.labels.tolist() == many
    named = Pictures("v2", [], np.array(many))
    assert imagenet.numbered(named, many, tmp_path) is named


def test_answers_are_masked_to_the_classes_of_a_test_set():
    rng = stream(0, "mask")
    y = np.repeat(["a", "b", "c"], 30)
    X = rng.standard_normal((90, 4)) + 3 * np.eye(4)[np.repeat([0, 1, 2], 30)]
    fitted = LogisticRegression().fit(X, y)
    found = judge.masked(fitted, X, np.array(["a", "b"]))
    assert set(found) == {"a", "b"}
    sure = fitted.predict(X) != "c"
    assert (found[sure] == fitted.predict(X)[sure]).all()
    assert (judge.masked(fitted, X, y) == fitted.predict(X)).all()


def test_the_released_search_is_the_released_one():
    rng = stream(3, "search")
    labels = np.repeat([0, 1, 2], 8)
    X = rng.standard_normal((24, 6)) + np.eye(6)[labels]
    told = rng.standard_normal((24, 6)) + np.eye(6)[labels]

    def score(c):
        return (
            LogisticRegression(C=c, max_iter=1000).fit(X, labels).predict(told) == labels
        ).mean()

    values = [1e6, 1e4, 1e2, 1, 1e-2, 1e-4, 1e-6]
    peak = values[int(np.argmax([score(c) for c in values]))]
    left, right = 0.1 * peak, 10 * peak
    for _ in range(8):  # as the released loop reads
        if score(left) < score(right):
            kept, left = right, 10 ** (0.5 * (np.log10(right) + np.log10(left)))
        else:
            kept, right = left, 10 ** (0.5 * (np.log10(right) + np.log10(left)))
    found = judge.strength(X, labels, told, labels)
    assert kept == pytest.approx(found.C)


def test_components_as_the_paper_chose_them():
    sizes = [judge.Setting("pca+ica").components(shots) for shots in (1, 4, 8, 16)]
    assert sizes == [160, 160, 200, 200]
    assert judge.KEPT == 500
    assert judge.Setting("fastica").components(1) == 300
    assert judge.Setting("fastica", k=64).components(1) == 64


def test_a_leak_free_representation_sees_no_validation_picture():
    rng = stream(0, "leak")
    labels = np.repeat(["a", "b"], 40)
    parts = [Labelled(rng.standard_normal((80, 5)), labels) for _ in range(3)]
    spoiled = Labelled(1e3 * parts[1].features, labels)
    answers = [
        judge.right(judge.Setting("ica", protocol=protocol, k=3),
                    judge.AsCoOp(parts[0], {"validation": told}, {"t": parts[2]}, 2, 0, "t"),
                    4)["t"]
        for protocol in ("leak-free", "as released") for told in (parts[1], spoiled)
    ]  # fmt: skip
    assert (answers[0] == answers[1]).all()
    assert (answers[2] != answers[3]).any()


def test_what_needs_no_labels_is_fitted_once_for_all_draws(monkeypatch):
    fits, plain = [], WhitenedPCA.fit
    monkeypatch.setattr(WhitenedPCA, "fit", lambda self, X: fits.append(len(X)) or plain(self, X))
    rng = stream(0, "once")
    part = Labelled(rng.standard_normal((80, 5)), np.repeat(["a", "b"], 40))
    task = judge.AsCoOp(part, {"validation": part}, {"t": part}, 3, 0, "t")
    for shots in (2, 4):
        judge.right(judge.Setting("rotated", k=3), task, shots)
    assert fits == [80]
    for protocol in ("matched", "as released"):
        judge.right(judge.Setting("rotated", protocol=protocol, k=3), task, 4)
    assert fits == [80] + [16] * 6  # at each draw: shots, and as many rows to choose on


def test_the_matched_protocol_differs_from_the_released_by_the_leak_alone():
    """The same shots, as many rows to choose on, the same search: only whose rows they are."""
    rng = stream(0, "matched")
    labels = np.repeat(["a", "b", "c"], 30)
    parts = [Labelled(rng.standard_normal((90, 5)) + np.eye(3, 5)[rng.integers(3, size=90)], labels)
             for _ in range(2)]  # fmt: skip
    spoiled = Labelled(1e3 * parts[1].features, labels)
    task, other = (
        judge.AsCoOp(parts[0], {"validation": told}, {"t": parts[1]}, 3, 0, "t")
        for told in (parts[1], spoiled)
    )
    for draw in range(3):
        for count, wanted in ((1, 1), (2, 2), (16, 4)):
            (shots, told), (same, leak) = task.matched(count, draw), task.drawn(count, draw)
            assert np.array_equal(shots.features, same.features)
            assert np.array_equal(told.labels, leak.labels)
            assert len(told) == 3 * wanted
            rows = {row.tobytes() for row in task.pool.features}
            assert {row.tobytes() for row in told.features} < rows
            assert not {row.tobytes() for row in shots.features} & {
                row.tobytes() for row in told.features
            }
    for head in ("l2", "l1"):
        setting = judge.Setting("ica", head, "matched", 3)
        found = [judge.right(setting, each, 4)["t"] for each in (task, other)]
        assert (found[0] == found[1]).all()
    few = judge.AsCoOp(parts[0], {"validation": parts[1]}, {"t": parts[1]}, 3, 0, "t")
    with pytest.raises(ValueError, match="has no training picture beside 30 shots"):
        judge.right(judge.Setting("raw", protocol="matched"), few, 30)


def test_words_in_a_suite(suite, checkpoint, tmp_path, capsys):
    colors = ("red", "green", "blue")
    classes = [*(f"kind {i}" for i in range(3)), *(f"Boeing 7{i}7" for i in range(3))]
    lines = [f"{name},{color}" for name, color in zip(classes, colors * 2, strict=True)]
    text = "\n".join(["label,prompt", *lines])
    (tmp_path / "prompts.csv").write_text(text)
    more = ["--shots", 1, "--method", "raw", "rotated", "--k", 3, "--head", "zero-shot", "tip"]
    more += ["--prompts", tmp_path / "prompts.csv", "--protocol", "leak-free", "matched"]
    assert probe("few-shot", suite, checkpoint, tmp_path, *more) == 0
    table = pd.read_csv(tmp_path / "few-shot.csv")
    assert (tmp_path / "few-shot.json").is_file()
    zero = table[table["head"].eq("zero-shot")]
    assert zero.shots.tolist() == [0] * 4  # once for each data set, and their mean
    assert set(table[table["head"].eq("tip")].protocol) == {"leak-free", "matched"}
    assert table.accuracy.between(0, 1).all()


def test_a_picture_of_a_test_is_not_learned_from(tree, checkpoint, tmp_path, capsys):
    train, test = tree / "imagenet/images/train", tree / "imagenet-sketch/images"
    shutil.copy(test / WNIDS[0] / "1.png", train / WNIDS[0] / "again.png")
    shutil.copy(train / WNIDS[1] / "1.png", train / WNIDS[1] / "twice.png")
    more = ["--shots", 1, "--method", "raw", "--protocol", "leak-free"]
    assert probe("imagenet", tree, checkpoint, tmp_path, *more) == 0
    said = capsys.readouterr().err
    assert "imagenet: 1 rows repeat others with the same label" in said
    assert "imagenet: 1 rows equal rows of a test" in said


def test_word_nets_names_are_no_words(small_imagenet, checkpoint, tmp_path, capsys):
    more = ["--head", "zero-shot", "--prompts", "a {}", "--shots", 1]
    assert probe("imagenet", small_imagenet, checkpoint, tmp_path, *more) == 2
    assert "names its classes as WordNet does, n00000000, which are no" in capsys.readouterr().err


def test_what_a_suite_has_finished_is_kept(small_imagenet, checkpoint, tmp_path, monkeypatch):
    plain = judge.right

    def stopped(setting, *more):
        if setting.method == "rotated":
            raise KeyboardInterrupt
        return plain(setting, *more)

    monkeypatch.setattr("mmcl_book.cli.suite.right", stopped)
    more = ["--shots", 1, "--protocol", "leak-free"]
    assert probe("imagenet", small_imagenet, checkpoint, tmp_path, *more) == 1
    assert set(pd.read_csv(tmp_path / "imagenet.csv").method) == {"raw", "whitened"}
    assert len(json.loads((tmp_path / "imagenet.json").read_text())["rows"]) == 12


def test_a_pool_has_some_of_each_class():
    labels = np.repeat(["a", "b"], [9, 3])
    names = [f"{number}.png" for number in range(12)]
    found = pool(Pictures("train", names, labels), 4, stream(0, "pool"))
    assert found.labels.tolist() == ["a"] * 4 + ["b"] * 3
    assert len(set(found.paths)) == 7


FAULTS = {
    "no training part": (lambda t: shutil.rmtree(t / "imagenet/images/train"),
                         "has no folder of ImageNet's training pictures; put it, or a link"),
    "flat validation": (lambda t: flattened(t / "imagenet/images/val"),
                        "pictures and no folders; sort its pictures into a folder for each class"),
    "an unknown name": (lambda t: (t / "imagenet/images/train" / WNIDS[0]).rename(
                            t / "imagenet/images/train/tench"),
                        "aren't named as WordNet names classes (n01440764); rename"),
    "a class that nothing is trained on": (
        lambda t: folders(t / "imagenet-rendition/imagenet-r", ["n00000009"], 1),
        "has the classes n00000009, which the training part lacks; complete"),
    "an empty class": (lambda t: (t / "imagenet-sketch/images/n00000007").mkdir(),
                       "holds no pictures"),
    "V2 with a hole": (
        lambda t: shutil.rmtree(t / "imagenetv2/imagenetv2-matched-frequency-format-val/1"),
        "has 2 folders and ImageNet 3 classes; a number means a place among all"),
    "an unreadable picture": (
        lambda t: (t / "imagenet-sketch/images" / WNIDS[1] / "1.png").write_bytes(b"no"),
        "1.png can't be read as a picture"),
}  # fmt: skip


def flattened(folder):
    for path in list(folder.rglob("*.png")):
        path.rename(folder / f"{path.parent.name}-{path.name}")
    for each in folder.iterdir():
        if each.is_dir():
            each.rmdir()


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_tree_are_said_in_words(fault, tree, checkpoint, tmp_path, capsys):
    change, words = FAULTS[fault]
    change(tree)
    more = ["--shots", 8, "--method", "raw", "--protocol", "leak-free"]
    assert probe("imagenet", tree, checkpoint, tmp_path, *more) == 1
    assert words in capsys.readouterr().err


def test_a_shifted_set_that_is_not_there_is_left_out_and_said(tree, checkpoint, tmp_path, capsys):
    shutil.rmtree(tree / "imagenet-adversarial")
    out = tmp_path / "found.json"
    more = ["--shots", 1, "--method", "raw", "--protocol", "leak-free", "--out", out]
    assert probe("imagenet", tree, checkpoint, tmp_path, *more) == 0
    assert "left out, since it isn't there: a (imagenet-adversarial" in capsys.readouterr().err
    assert json.loads(out.read_text())["missing"] == ["a"]


def test_a_class_with_fewer_pictures_than_shots_gives_all_and_is_said(
    tree, checkpoint, tmp_path, capsys
):
    (tree / "imagenet/images/train" / WNIDS[1] / "0.png").unlink()
    more = ["--shots", 8, "--method", "raw", "--protocol", "leak-free"]
    assert probe("imagenet", tree, checkpoint, tmp_path, *more) == 0
    assert "imagenet: 1 classes have fewer than 8 pictures to learn" in capsys.readouterr().err
    labels = np.repeat(["a", "b"], [3, 9])
    assert labels[judge.drawn(labels, 4, stream(0, "d"))].tolist() == ["a"] * 3 + ["b"] * 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--suite", "imagnet", "--data", "."], "did you mean 'imagenet'"),
        (["--suite", "imagenet"], "--suite goes with --data FOLDER"),
        (["--suite", "imagenet", "--data", "."], "give --pretrained WEIGHTS"),
        ([], "give --features and --labels, or --suite and --data"),
        (["--suite", "celeba", "--data", ".", "--method", "pca+ica"], "leave out 'pca+ica'"),
        (["--suite", "imagenet", "--data", ".", "--pretrained", "x.safetensors", "--pool", "4"],
         "--pool is 4, but --shots goes to 16"),
        (["--suite", "imagenet", "--data", ".", "--pretrained", "x.safetensors", "--head", "tip",
          "--class-features", "w.npy"], "--suite takes its words from --prompts"),
        (["--suite", "imagenet", "--data", ".", "--pretrained", "x.safetensors",
          "--validation", "1"], "a suite has its own tests and protocols"),
        (["--suite", "celeba", "--data", ".", "--pretrained", "x.safetensors", "--head", "tree"],
         "--suite celeba has its own heads"),
        (["--suite", "imagenet", "--data", ".", "--pretrained", "x.safetensors", "--protocol",
          "released"], "did you mean 'as released'"),
        (["--suite", "imagenet", "--data", ".", "--pretrained", "x.safetensors", "--out", "a.csv"],
         "a suite's results go to a .json file"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_meant(options, words, capsys):
    assert cli.main(["probe", *options]) == 2
    assert words in capsys.readouterr().err


def test_no_such_folder(checkpoint, tmp_path, capsys):
    assert probe("imagenet", tmp_path / "nowhere", checkpoint, tmp_path) == 1
    assert "give the one that holds the data sets" in capsys.readouterr().err


# CoOp's suite


@pytest.fixture
def suite(tmp_path):
    """Two data sets with splits, and aircraft with its own lists."""
    root, rng = tmp_path / "suite", stream(0, "suite")
    for name, images in (("oxford_pets", "images"), ("eurosat", "2750")):
        rows = {}
        for part, count in (("train", 4), ("val", 2), ("test", 3)):
            rows[part] = []
            for label, color in enumerate(COLORS.values()):
                for number in range(count):
                    file = f"{part}/{label}-{number}.png"
                    picture(root / name / images / file, color, rng)
                    rows[part].append([file, label, f"kind {label}"])
        path = root / name / f"split_zhou_{name}.json"
        path.write_text(json.dumps(rows))
    for part in ("train", "val", "test"):
        lines = []
        for label, color in enumerate(COLORS.values()):
            for number in range(3):
                picture(root / "fgvc_aircraft/images" / f"{part}{label}{number}.jpg", color, rng)
                lines.append(f"{part}{label}{number} Boeing 7{label}7")
        (root / f"fgvc_aircraft/images_variant_{part}.txt").write_text("\n".join(lines))
    return root


def test_the_few_shot_suite_end_to_end(suite, checkpoint, tmp_path):
    out = tmp_path / "found.json"
    more = ["--shots", 2, "--method", "raw", "rotated", "--k", 3, "--out", out]
    assert probe("few-shot", suite, checkpoint, tmp_path, *more) == 0
    report = json.loads(out.read_text())
    table = pd.DataFrame(report["rows"])
    names = ["eurosat", "fgvc_aircraft", "oxford_pets", "mean"]
    assert list(dict.fromkeys(table.test)) == names
    assert {"imagenet", "dtd", "stanford_cars"} < set(report["missing"])
    assert len(report["missing"]) == 11 - 3
    assert coop.read(suite)[1].train.labels[0] == "Boeing 707"


SPLITS = {
    "no list": ({"train": []}, "lacks the lists train, val, test; get it again"),
    "a short row": ({"train": [["a.png", 0]]}, "row 0 of train is ['a.png', 0]; wanted [file"),
    "no picture": ({"train": [["nowhere.png", 0, "a"]]}, "lists 1 pictures that aren't there"),
    "a new class": ({"test": [["test/0-0.png", 7, "new"]]}, "test has classes that train lacks"),
}


@pytest.mark.parametrize("fault", SPLITS)
def test_faults_of_a_split(fault, suite):
    change, words = SPLITS[fault]
    path = suite / "eurosat/split_zhou_eurosat.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises((ValueError, FileNotFoundError)) as told:
        coop.read(suite)
    assert words in str(told.value)


def test_other_faults_of_the_suite(suite, tmp_path):
    (suite / "eurosat/split_zhou_eurosat.json").write_text("{")
    with pytest.raises(ValueError, match="is not valid JSON"):
        coop.read(suite)
    with pytest.raises(FileNotFoundError, match="has no data set of the suite"):
        coop.read(tmp_path / "nowhere")
    (suite / "eurosat/split_zhou_eurosat.json").unlink()
    (suite / "fgvc_aircraft/images_variant_val.txt").unlink()
    with pytest.raises(FileNotFoundError, match="unpack FGVC-Aircraft"):
        coop.read(suite)


# CelebA


@pytest.fixture
def faces(tmp_path):
    """Sixty faces: one attribute is a color, one is noise, one is never there."""
    root, rng = tmp_path / "celeba", stream(0, "faces")
    lines, parts = ["60", "Green Noise Never"], []
    for number in range(60):
        green, noise = rng.random(2) < 0.5
        file = f"{number:06d}.jpg"
        picture(root / "img_align_celeba" / file, list(COLORS.values())[int(green)], rng)
        lines.append(f"{file}  {1 if green else -1} {1 if noise else -1} -1")
        parts.append(f"{file} {0 if number < 40 else 2}")
    (root / "list_attr_celeba.txt").write_text("\n".join(lines))
    (root / "list_eval_partition.txt").write_text("\n".join(parts))
    return root


def test_celeba_end_to_end(faces, checkpoint, tmp_path):
    out = tmp_path / "found.json"
    more = ["--k", 4, "--method", "raw", "pca", "rotated", "--out", out]
    assert probe("celeba", faces, checkpoint, tmp_path, *more) == 0
    report = json.loads(out.read_text())
    table = pd.DataFrame(report["rows"])
    assert list(dict.fromkeys(table.attribute)) == ["Green", "Noise", "mean"]
    assert report["missing"] == ["Never"]
    assert set(table.score) == set(attributes.SCORES)
    green = table[table.attribute.eq("Green") & table.score.eq("linear probe")]
    assert green.auc.min() > 0.9
    # Of 20 faces, an order that is all but perfect comes by chance once in 100,000.
    assert table[table.attribute.eq("Noise")].auc.between(0.01, 0.99).all()


def test_auc_is_scikit_learns():
    rng = stream(0, "auc")
    X, labels = rng.standard_normal((50, 3)).round(1), rng.random((50, 2)) < 0.4
    found = attributes.aucs(X, labels)
    wanted = [[roc_auc_score(y, x) for y in labels.T] for x in X.T]
    np.testing.assert_allclose(found, wanted)


def without(path, line, text):
    lines = path.read_text().splitlines()
    lines[line] = text
    path.write_text("\n".join(lines))


FACES = {
    "no attributes": (lambda t: (t / "list_attr_celeba.txt").unlink(), "it comes with CelebA"),
    "no pictures": (lambda t: shutil.rmtree(t / "img_align_celeba"), "unpack img_align_celeba.zip"),
    "a wrong value": (lambda t: without(t / "list_attr_celeba.txt", 4, "000002.jpg 1 0 -1"),
                      "line 5: wanted a file and 3 times 1 or -1"),
    "a wrong part": (lambda t: without(t / "list_eval_partition.txt", 0, "000000.jpg train"),
                     "line 1: wanted a file and 0, 1 or 2"),
    "a strange file": (lambda t: without(t / "list_eval_partition.txt", 0, "x.jpg 0"),
                       "has x.jpg, of which list_attr_celeba.txt says nothing"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FACES)
def test_faults_of_celeba(fault, faces):
    change, words = FACES[fault]
    change(faces)
    with pytest.raises((ValueError, FileNotFoundError)) as told:
        celeba.read(faces)
    assert words in str(told.value)


def test_a_picture_that_is_missing(faces, checkpoint, tmp_path, capsys):
    (faces / "img_align_celeba/000003.jpg").unlink()
    assert probe("celeba", faces, checkpoint, tmp_path, "--method", "raw") == 1
    assert "there is no picture" in capsys.readouterr().err


# The page


def test_the_page_prints_what_was_published():
    page = (project_root() / "book/run_on_imagenet.md").read_text(encoding="utf-8")
    table = published("liu_imagenet").set_index(["encoder", "test", "method"]).value
    for encoder in ("ViT-B/16", "RN50", "RN101", "ViT-B/32"):
        for test in ("ImageNet", "shifted"):
            values = (table[encoder, test, method] for method in ("raw", "fastica", "pca+ica"))
            cells = ("–" if np.isnan(value) else f"{value:.2f}" for value in values)
            assert f"| {encoder} | {test} | {' | '.join(cells)} |" in page
