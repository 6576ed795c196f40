"""`mmcl probe`: numbers equal to scikit-learn's, held-out rows, options and files in words."""

import inspect
import json
import re
import shlex

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from mmcl.features import resampled, tip
from mmcl.features.heads import chosen, head
from mmcl.features.probes import draw_shots
from mmcl.features.representations import WhitenedPCA
from mmcl.randomness import stream
from mmcl_book import cli
from mmcl_book.cli import probe, probe_files
from mmcl_book.cli import words as words_module
from mmcl_experiments.recorded.places import project_root

N, D = 240, 8


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Features of three classes and their labels, as files, in the folder that we are in."""
    monkeypatch.chdir(tmp_path)
    rng = stream(0, "files")
    labels = rng.integers(3, size=N)
    np.save(tmp_path / "x.npy", (rng.standard_normal((N, D)) + labels[:, None]).astype("float32"))
    np.save(tmp_path / "y.npy", labels)
    return tmp_path


def command(files, *more):
    """A command line on the files."""
    base = ["probe", "--features", f"{files}/x.npy", "--labels", f"{files}/y.npy"]
    return [*base, "--k", "4", "--draws", "3", *map(str, more)]


def run(files, *more):
    return cli.main(command(files, *more))


def options(files, *more):
    return cli.build_parser().parse_args(command(files, *more))


def halves(labels):
    """Rows to learn from and for the test: of each label a half, drawn at random."""
    rng, parts = stream(0, "held out"), []
    for name in np.unique(labels):
        rows = np.flatnonzero(labels == name)
        parts.append(np.array_split(rows[rng.permutation(len(rows))], 2))
    return (np.concatenate(each) for each in zip(*parts, strict=True))


def test_a_table_of_accuracies_with_intervals(files, capsys):
    out = files / "found.csv"
    more = ["--shots", 2, 8, "--method", "whitened", "rotated", "--out", out]
    assert run(files, *more) == 0
    table = pd.read_csv(out)
    assert table[["shots", "method"]].values.tolist() == [
        [2, "whitened"], [2, "rotated"], [8, "whitened"], [8, "rotated"],
    ]  # fmt: skip
    assert (table.low <= table.accuracy).all()
    assert (table.accuracy <= table.high).all()
    assert table.accuracy.between(0.4, 1).all()
    assert (table[["difference", "diff_low", "diff_high"]] == 0).all(axis=None)  # L2 is blind
    said = capsys.readouterr()
    assert "2 shots, whitened, l2: accuracy" in said.err
    assert "rotated" in said.out
    assert run(files, *more) == 0  # the same seed, the same numbers
    assert pd.read_csv(out).equals(table)


def test_accuracy_is_that_of_scikit_learns_logistic_regression(files):
    more = ["--shots", 1, "--method", "raw", "--draws", 5, "--validation", 0]
    table = probe.table(options(files, *more))
    x, y = np.load(files / "x.npy").astype(float), np.load(files / "y.npy")
    train, test = halves(y)
    scores = []
    for draw in range(5):
        places = train[draw_shots(y[train], 1, stream(0, f"shots 1 {draw}"))]
        model = LogisticRegression(tol=1e-8, max_iter=10_000).fit(x[places], y[places])
        scores.append(model.score(x[test], y[test]))
    assert table.accuracy.iloc[0] == pytest.approx(np.mean(scores), abs=1e-12)


def test_chosen_strengths_are_those_of_scikit_learns_search(files):
    table = probe.table(options(files, "--shots", 8, "--method", "raw"))
    x, y = np.load(files / "x.npy").astype(float), np.load(files / "y.npy")
    train, test = halves(y)
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    grid = {"C": [1.0, *(10.0**p for p in range(-4, 5) if p)]}
    scores = []
    for draw in range(3):
        places = train[draw_shots(y[train], 8, stream(0, f"shots 8 {draw}"))]
        model = LogisticRegression(tol=1e-8, max_iter=10_000)
        search = GridSearchCV(model, grid, cv=folds)
        scores.append(search.fit(x[places], y[places]).score(x[test], y[test]))
    assert table.accuracy.iloc[0] == pytest.approx(np.mean(scores), abs=0.001)  # 0.1 points


@pytest.mark.parametrize("method", ["pca", "ica", "pca+ica", "rotated"])
def test_whitening_is_fitted_once_and_what_is_random_at_each_draw(files, method, monkeypatch):
    fits, plain = [], WhitenedPCA.fit
    monkeypatch.setattr(WhitenedPCA, "fit", lambda self, X: fits.append(len(X)) or plain(self, X))
    choice = ["--shots", 2, 4, "--method", method, "--head", "tree", "--k", 3, "--seed", 5]
    given = options(files, *choice)
    table = probe.table(given)
    pool, tests, _ = probe_files.read(given)
    assert fits == ([] if method == "pca" else [len(pool)])
    spaces = resampled.Spaces(method, pool.features, 3, 5)
    for shots, accuracy in zip((2, 4), table.accuracy, strict=True):
        right = []
        for draw in range(3):
            rows = draw_shots(pool.labels, shots, stream(5, f"shots {shots} {draw}"))
            X, y = spaces(draw).transform(pool[rows].features), pool.labels[rows]
            tree = chosen(*head("tree", d=3, seed=5), X, y, 5)
            test = tests["held out"]
            right.append(tree.predict(spaces(draw).transform(test.features)) == test.labels)
        assert accuracy == np.mean(right)


def test_a_test_set_of_its_own(files, monkeypatch, capsys):
    rng = stream(1, "files")
    labels = rng.integers(3, size=50)
    np.save(files / "x2.npy", rng.standard_normal((50, D)) + 9 * labels[:, None])
    np.save(files / "y2.npy", labels)
    more = ["--shots", 4, "--method", "raw", "--test-features", f"{files}/x2.npy"]
    assert run(files, *more, "--test-labels", f"{files}/y2.npy") == 0
    capsys.readouterr()
    assert run(files, *more) == 2
    assert "go together: give both or neither" in capsys.readouterr().err
    np.save(files / "x2.npy", rng.standard_normal((50, D + 1)))
    assert run(files, *more, "--test-labels", f"{files}/y2.npy") == 1
    assert "give features of one model" in capsys.readouterr().err


def test_two_models_are_two_spaces(files, capsys):
    x = np.load(files / "x.npy")
    for name in ("a", "b"):
        about = {"mmcl": json.dumps({"model": name})}
        save_file({"image": x}, files / f"{name}.safetensors", about)
    command = ["probe", "--features", f"{files}/a.safetensors", "--labels", f"{files}/y.npy"]
    command += ["--test-features", f"{files}/b.safetensors", "--test-labels", f"{files}/y.npy"]
    assert cli.main(command) == 1
    assert "two spaces" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--method", "whiten"], "did you mean 'whitened'"),
        (["--head", "l3"], "did you mean 'l2'"),
        (["--head", "l2", "zero-shot"], "--head zero-shot needs words: give --class-features FILE"),
        (["--class-features", "w.npy"], "words are for --head zero-shot, tip, tip-f"),
        (["--head", "tip", "--class-features", "w.npy", "--prompts", "a {}"], "not both"),
        (["--head", "tip", "--prompts", "a {}"], "give --pretrained WEIGHTS, and --model"),
        (["--head", "tip", "--prompts", "a {}", "--class-labels", "y.npy"], "give both"),
        (["--head", "tip", "--prompts", "a", "--pretrained", "openai"], "has no place for a class"),
        (["--test", "mean", "x.npy", "y.npy"], "give different names, none 'mean'"),
        (["--validation", "-1"], "--validation is -1; give whole numbers from 0 on"),
        (["--out", "a.json"], "--out is 'a.json'; give a name that ends in .csv"),
        (["--shots", "0"], "--shots is 0; give whole numbers from 1 on"),
        (["--draws", "1"], "--draws is 1; give whole numbers from 2 on"),
        (["--k", "0"], "--k is 0; give whole numbers from 1 on"),
    ],
)
def test_options_that_cannot_be_meant(files, more, words, capsys):
    assert run(files, *more) == 2
    assert words in capsys.readouterr().err


def test_labels_that_do_not_fit(files, capsys):
    np.save(files / "y.npy", np.arange(N + 1) % 3)
    assert run(files) == 1
    said = capsys.readouterr().err
    assert "has 240 rows and" in said
    assert "(is the first, 0, a header?)" in said
    np.save(files / "y.npy", np.arange(N))
    assert run(files) == 1
    assert "each of 240 labels has one row; give labels that repeat" in capsys.readouterr().err
    np.save(files / "y.npy", np.where(np.arange(N) < 200, np.arange(N), 0))
    probe_files.read(options(files))
    assert "199 labels have one row (1): it is learned from" in capsys.readouterr().err
    np.save(files / "y.npy", np.arange(N) % 3)
    np.save(files / "x2.npy", np.load(files / "x.npy") + 1)
    np.save(files / "y2.npy", np.arange(N) % 4)
    assert run(files, "--test", "other", f"{files}/x2.npy", f"{files}/y2.npy") == 1
    assert "other: 1 labels of the test rows have no other row: [3]" in capsys.readouterr().err


def test_not_a_number_in_the_features(files, capsys):
    x = np.load(files / "x.npy")
    x[3, 1] = np.nan
    np.save(files / "x.npy", x)
    assert run(files) == 1
    assert "1 rows of the features hold NaN" in capsys.readouterr().err


# What is resampled, several heads, several tests


def test_starts_and_rotations_are_drawn_anew(files):
    x = stream(0, "sources").laplace(size=(2000, 4)) @ stream(0, "mix").standard_normal((4, 4))
    turned = resampled.Spaces("rotated", x, 4, 0)
    codes = [turned(draw).transform(x) for draw in range(3)]
    for one in codes:
        assert np.allclose(one.T @ one / len(x), np.eye(4), atol=1e-8)
    matrix = codes[0].T @ codes[1] / len(x)
    assert np.allclose(matrix @ matrix.T, np.eye(4), atol=1e-8)
    assert np.abs(matrix).max(axis=1).min() < 0.99
    ica = resampled.Spaces("ica", x, 4, 0)
    same = ica(0).transform(x).T @ ica(1).transform(x) / len(x)
    assert np.allclose(np.abs(same).max(axis=0), 1, atol=1e-4)  # the same axes from another start
    noise = resampled.Spaces("ica", stream(1, "noise").standard_normal((100, 8)), 8, 0)
    parts = [noise(draw).matrix for draw in range(5)]
    found = [np.abs(part @ parts[0].T).max(axis=0).min() for part in parts[1:]]
    assert min(found) < 0.9  # in noise each start ends elsewhere, and the intervals say so


def test_several_heads_and_the_methods_that_differ_by_a_rotation(files, capsys):
    assert run(files, "--shots", 2, "--head", "l2", "tree") == 0
    table = pd.read_csv(files / "probe.csv")
    assert table["head"].tolist() == ["l2"] * 4 + ["tree"] * 4
    assert table.method.tolist() == ["raw", "whitened", "rotated", "ica"] * 2
    assert (table[table.method.eq("raw")].difference == 0).all()
    blind = table[table["head"].eq("l2") & table.method.ne("raw")]
    assert np.ptp(blind.accuracy) < 1e-12
    assert "written to probe.csv" in capsys.readouterr().err


def test_an_unknown_argument_is_answered_by_the_command(files, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(files, "tree")
    said = capsys.readouterr().err
    assert said.startswith("usage: mmcl probe ")
    assert "unrecognized arguments: tree" in said


def test_named_tests_and_their_mean(files):
    rng, more = stream(2, "tests"), []
    for name, shift in (("near", 0.0), ("far", 2.0)):
        labels = rng.integers(3, size=40)
        x = rng.standard_normal((40, D)) + labels[:, None] + shift * rng.standard_normal(D)
        np.save(files / f"{name}.npy", x)
        np.save(files / f"{name}_y.npy", labels)
        more += ["--test", name, f"{name}.npy", f"{name}_y.npy"]
    table = probe.table(options(files, "--shots", 4, "--method", "raw", "ica", *more))
    assert table.test.tolist() == ["near", "far", "mean"] * 2
    assert table.rows.tolist() == [40, 40, 80] * 2
    for start in (0, 3):
        some = table.iloc[start : start + 3]
        for column in ("accuracy", "difference"):
            assert some[column].iloc[2] == pytest.approx(some[column].iloc[:2].mean())
    assert (files / "probe.csv").is_file()


def test_at_one_shot_one_more_label_of_a_class_chooses_settings(files):
    more = ["--shots", 1, 2, "--method", "raw", "--draws", 5]
    table = probe.table(options(files, *more))
    assert table.labels.tolist() == [2, 2]
    plain = probe.table(options(files, *more, "--validation", 0))
    assert plain.labels.tolist() == [1, 2]
    assert plain.accuracy[1] == table.accuracy[1]
    given = probe.table(options(files, *more, "--validation", 9))
    assert given.labels.tolist() == [2, 4]  # at most as many as shots
    pool, tests, _ = probe_files.read(options(files))
    task = resampled.Few(pool, {}, tests, 5, 0, told=4)
    for draw in range(5):
        shots, told = task.drawn(4, draw)
        assert np.unique(told.labels, return_counts=True)[1].tolist() == [4, 4, 4]
        rows = {row.tobytes() for row in shots.features}
        assert not rows & {row.tobytes() for row in told.features}


def test_axes_at_one_shot(files, recwarn):
    for told in (0, 1):
        more = ["--shots", 1, "--head", "axes", "--method", "ica", "raw", "--validation", told]
        table = probe.table(options(files, *more, "--draws", 10))
        assert np.isfinite(table.accuracy).all()
        assert table[table.method.eq("raw")].accuracy.iloc[0] > 0.45  # chance is a third
    assert not [each for each in recwarn if "divide" in str(each.message)]


# Rows that repeat, classes with few rows, and what was finished


def test_equal_rows_are_never_on_both_sides(files, capsys):
    x, y = np.load(files / "x.npy"), np.load(files / "y.npy")
    np.save(files / "x.npy", np.repeat(x, 5, axis=0))
    np.save(files / "y.npy", np.repeat(y, 5))
    pool, tests, _ = probe_files.read(options(files))
    said = capsys.readouterr().err
    train, test = (len(each) for each in halves(y))
    assert f"{4 * train} rows repeat others with the same label: each counts once" in said
    assert len(pool) == train
    assert len(tests["held out"]) == 5 * test
    known = {row.tobytes() for row in pool.features}
    assert len(known) == train
    assert not known & {row.tobytes() for row in tests["held out"].features}
    np.save(files / "x2.npy", x[:50])
    np.save(files / "y2.npy", y[:50])
    pool, _, _ = probe_files.read(options(files, "--test", "a", "x2.npy", "y2.npy"))
    assert "50 rows equal rows of a test: they are left out" in capsys.readouterr().err
    assert len(pool) == N - 50


def test_a_class_with_few_rows_gives_all_that_it_has(files, capsys):
    y = np.load(files / "y.npy")
    kept = np.sort(np.concatenate([np.flatnonzero(y != 2), np.flatnonzero(y == 2)[:12]]))
    np.save(files / "x.npy", np.load(files / "x.npy")[kept])
    np.save(files / "y.npy", y[kept])
    assert run(files, "--method", "raw") == 0  # with the default numbers of shots
    said = capsys.readouterr().err
    assert "1 classes have fewer than 16 rows to draw from (2); all that they have are" in said
    assert pd.read_csv(files / "probe.csv").shots.tolist() == [1, 2, 4, 8, 16]


def test_what_was_finished_is_kept(files, monkeypatch, capsys):
    plain = resampled.answers

    def stopped(task, count, *more):
        if count == 4:
            raise KeyboardInterrupt
        return plain(task, count, *more)

    monkeypatch.setattr(resampled, "answers", stopped)
    assert run(files, "--shots", 1, 2, 4, "--method", "raw") == 1
    assert pd.read_csv(files / "probe.csv").shots.tolist() == [1, 2]


def test_where_nothing_can_be_written_nothing_is_computed(files, monkeypatch, capsys):
    monkeypatch.setattr(resampled, "answers", None)
    assert run(files, "--out", "x.npy/found.csv") == 1
    assert "may write to" in capsys.readouterr().err
    assert sorted(path.name for path in files.iterdir()) == ["x.npy", "y.npy"]


def test_few_rows_are_said_before_anything_is_computed(files, capsys):
    assert run(files, "--shots", 1, "--k", 64, "--method", "ica") == 0
    said = capsys.readouterr().err
    count = len(next(halves(np.load(files / "y.npy"))))
    assert f"{count} rows to learn from allow 8 components, not 64" in said
    assert f"{count} rows are few for 8 components (5 k^2 are 320)" in said


# Classes told by words


def words(files, noise=0.3):
    """Class features near the classes' means, in two prompts each, in no order."""
    x, y = np.load(files / "x.npy"), np.load(files / "y.npy")
    labels = np.array([2, 0, 1, 1, 2, 0])
    rows = np.stack([x[y == name].mean(axis=0) for name in labels])
    np.save(files / "w.npy", rows + noise * stream(0, "words").standard_normal(rows.shape))
    np.save(files / "wy.npy", labels)
    return ["--class-features", "w.npy", "--class-labels", "wy.npy"]


def test_zero_shot_and_the_caches(files, capsys):
    more = [*words(files), "--head", "zero-shot", "tip", "tip-f", "cache", "--method", "raw", "ica"]
    table = probe.table(options(files, *more, "--shots", 4))
    assert table["head"].tolist() == ["zero-shot", *np.repeat(["tip", "tip-f", "cache"], 2)]
    assert (table.shots[0], table.labels[0], table.method[0]) == (0, 0, "raw")
    x, y = np.load(files / "x.npy").astype(float), np.load(files / "y.npy")
    _, test = halves(y)
    unit = lambda a: a / np.linalg.norm(a, axis=-1, keepdims=True)  # noqa: E731
    rows, labels = np.load(files / "w.npy"), np.load(files / "wy.npy")
    means = np.stack([unit(rows[labels == name]).mean(axis=0) for name in range(3)])
    right = (unit(x[test]) @ unit(means).T).argmax(axis=1) == y[test]
    assert table.accuracy[0] == pytest.approx(right.mean())
    assert table.accuracy[1:].min() > 0.4


def test_class_features_that_do_not_fit(files, capsys):
    more = words(files)
    assert run(files, "--head", "tip", *more[:2]) == 1
    assert "w.npy has 6 rows and there are 3 classes" in capsys.readouterr().err
    np.save(files / "wy.npy", np.array([0, 0, 1, 1, 0, 0]))
    assert run(files, "--head", "tip", *more) == 1
    assert "has no row for 1 classes: [2]" in capsys.readouterr().err
    np.save(files / "w.npy", np.load(files / "w.npy")[:, 1:])
    assert run(files, "--head", "tip", *more) == 1
    assert "give features of one model" in capsys.readouterr().err


def test_prompts_are_templates_or_a_list(files):
    classes = np.array(["black_bear", "cat"])
    texts, labels = words_module.written(["a {}", "no {}!"], classes)
    assert texts == ["a black bear", "no black bear!", "a cat", "no cat!"]
    assert labels.tolist() == ["black_bear", "black_bear", "cat", "cat"]
    (files / "p.csv").write_text('label,prompt\ncat,"a cat, sitting"\nblack_bear,a bear\n')
    texts, labels = words_module.written(["p.csv"], classes)
    assert (texts, labels.tolist()) == (["a cat, sitting", "a bear"], ["cat", "black_bear"])
    (files / "p.csv").write_text("label,prompt\n2,two\n10,ten\n")
    assert words_module.written(["p.csv"], np.array([2, 10]))[1].tolist() == [2, 10]
    (files / "p.csv").write_text("label,prompt\ncatfish,x\ncat,y\n")  # no label is cut to others
    assert words_module.written(["p.csv"], np.array(["cat"]))[1].tolist() == ["catfish", "cat"]
    (files / "p.csv").write_text("label,prompt\ncat,\n")
    with pytest.raises(ValueError, match="line 2: give a label and a prompt on each line"):
        words_module.written(["p.csv"], classes)


@pytest.mark.parametrize("n", [7, 300])
def test_the_cache_that_is_trained_is_torchs(n):
    """The same loss, gradient and AdamW with a cosine schedule, by torch."""
    rng, c, k = stream(0, "tip"), 3, 5
    y = np.arange(n) % c
    X = np.hstack([rng.standard_normal((n, k)) + np.eye(c, k)[y], 3 * rng.standard_normal((n, c))])
    found = tip.TipAdapterF(weight=2.0, sharpness=3.0, epochs=4).fit(X, y)
    plain = tip.TipAdapter(weight=2.0, sharpness=3.0).fit(X, y)
    codes, known, labels, values = map(
        torch.from_numpy, (plain.directions(X), X[:, -c:], y, plain.values_)
    )
    keys = codes.clone().requires_grad_()
    descent = torch.optim.AdamW([keys], lr=tip.RATE, eps=tip.EPSILON, weight_decay=tip.DECAY)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(descent, 4 * -(-n // tip.BATCH))
    order = np.random.default_rng(0)
    for rows in [order.permutation(n) for _ in range(4)]:
        for start in range(0, n, tip.BATCH):
            some = rows[start : start + tip.BATCH]
            cached = 2 * torch.exp(-3 * (1 - codes[some] @ keys.T)) @ values
            loss = torch.nn.functional.cross_entropy(known[some] + cached, labels[some])
            descent.zero_grad()
            loss.backward()
            descent.step()
            rate.step()
    np.testing.assert_allclose(found.keys_, keys.detach().numpy(), atol=1e-10)
    assert np.abs(found.keys_ - plain.keys_).max() > 1e-4
    for row in range(5):
        near = np.exp(-3 * (1 - plain.keys_ @ plain.directions(X)[row]))
        slow = X[row, -c:] + [2 * near[y == label].sum() for label in range(c)]
        np.testing.assert_allclose(plain.logits(X)[row], slow)


# The pages


@pytest.mark.parametrize("page", ["use_on_your_features", "run_on_imagenet"])
def test_commands_of_a_page_are_understood(page):
    text = (project_root() / f"book/{page}.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ mmcl (.+)$", text.replace("\\\n", ""), re.MULTILINE)
    assert len(commands) == 5
    for line in commands:
        cli.build_parser().parse_args(shlex.split(line))
    for option in re.findall(r"`(--[a-z-]+)", text):
        if option != "--help":
            assert f'"{option}"' in inspect.getsource(cli.options), option


def test_the_pages_commands_on_small_files(files, capsys):
    """The second, third and fourth command of the page, on files of the kinds that it names."""
    x, y = np.load(files / "x.npy"), np.load(files / "y.npy")
    names = np.array(["cat", "dog", "cow"])[y]
    save_file({"image": x, "text": x[:, ::-1].copy()}, files / "pairs.safetensors")
    save_file({"image": x}, files / "photos.safetensors")
    (files / "labels.csv").write_text("\n".join(["image,label", *(f"{n}.png,{n}" for n in names)]))
    assert cli.main(["diagnose", "pairs.safetensors:image", "pairs.safetensors:text"]) == 0
    assert (files / "diagnosis.html").is_file()
    base = ["probe", "--features", "photos.safetensors", "--labels", "labels.csv", "--k", "4"]
    base += ["--draws", "2", "--shots", "1", "4"]
    assert cli.main([*base, "--head", "l2", "tree"]) == 0
    np.save(files / "w.npy", np.stack([x[names == name].mean(axis=0) for name in np.unique(names)]))
    more = ["--head", "zero-shot", "tip", "--class-features", "w.npy"]
    assert cli.main([*base, *more, "--test", "again", "photos.safetensors", "labels.csv"]) == 1
    assert "all rows" in capsys.readouterr().err
    assert cli.main([*base, *more]) == 0
    assert pd.read_csv(files / "probe.csv")["head"].tolist() == ["zero-shot"] + ["tip"] * 8


@pytest.mark.parametrize("seed", range(3))
def test_each_of_many_small_classes_is_on_both_sides(files, seed):
    labels = np.repeat(np.arange(60), 5)
    np.save(files / "x.npy", stream(seed, "small").standard_normal((300, D)).astype("float32"))
    np.save(files / "y.npy", labels)
    given = probe_files.read(options(files, "--seed", seed))
    for part, count in ((given.pool, 3), (given.tests["held out"], 2)):
        assert np.bincount(part.labels).tolist() == [count] * 60


def test_a_label_of_one_row_is_learned_and_not_tested(files):
    labels = np.load(files / "y.npy")
    labels[7] = 9
    np.save(files / "y.npy", labels)
    given = probe_files.read(options(files))
    assert (given.pool.labels == 9).sum() == 1
    assert set(given.tests["held out"].labels.tolist()) == {0, 1, 2}


def test_a_dead_column_takes_no_component(files, capsys):
    x = np.load(files / "x.npy")
    x[:, 3] = 0
    np.save(files / "x.npy", x)
    more = ["--shots", "2", "--method", "whitened", "ica"]
    base = ["probe", "--features", f"{files}/x.npy", "--labels", f"{files}/y.npy", "--draws", "2"]
    assert cli.main([*base, *more]) == 0
    assert f"allow {D - 1} components" in capsys.readouterr().err


def test_labels_as_text_and_as_numbers_are_of_the_same_classes(files):
    rng = stream(3, "words")
    centers, labels = 6 * rng.standard_normal((12, D)), np.arange(N) % 12
    np.save(files / "x.npy", centers[labels] + rng.standard_normal((N, D)))
    np.save(files / "words.npy", centers)
    np.save(files / "y.npy", labels)
    texts = "\n".join(map(str, labels)) + "\n"
    (files / "y.txt").write_text(texts)
    (files / "y.csv").write_text(f"label\n{texts}")
    more = ["--head", "zero-shot", "--class-features", f"{files}/words.npy", "--out", "f.csv"]
    scores = []
    for name in ("y.npy", "y.txt", "y.csv"):
        base = ["probe", "--features", f"{files}/x.npy", "--labels", f"{files}/{name}"]
        assert cli.main([*base, *more, "--draws", "2"]) == 0
        scores.append(pd.read_csv(files / "f.csv").accuracy.iloc[0])
    assert scores[0] > 0.9
    assert scores == scores[:1] * 3
