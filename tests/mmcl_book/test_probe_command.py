"""`mmcl probe`: numbers equal to scikit-learn's, held-out rows, options and files in words."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from mmcl.features import probes
from mmcl.features.heads import chosen, head
from mmcl.features.probes import draw_shots
from mmcl.randomness import stream
from mmcl_book import cli
from mmcl_book.cli import probe

N, D = 240, 8


@pytest.fixture
def files(tmp_path):
    """Features of three classes and their labels, as files."""
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
    table = probe.table(options(files, "--shots", 1, "--method", "raw", "--draws", 5))
    x, y = np.load(files / "x.npy").astype(float), np.load(files / "y.npy")
    order = stream(0, "held out").permutation(N)
    train, test = order[: N // 2], order[N // 2 :]
    scores = []
    for draw in range(5):
        places = train[draw_shots(y[train], 1, stream(0, f"shots 1 {draw}"))]
        model = LogisticRegression(tol=1e-8, max_iter=10_000).fit(x[places], y[places])
        scores.append(model.score(x[test], y[test]))
    assert table.accuracy.iloc[0] == pytest.approx(np.mean(scores), abs=1e-12)


def test_chosen_strengths_are_those_of_scikit_learns_search(files):
    table = probe.table(options(files, "--shots", 8, "--method", "raw"))
    x, y = np.load(files / "x.npy").astype(float), np.load(files / "y.npy")
    order = stream(0, "held out").permutation(N)
    train, test = order[: N // 2], order[N // 2 :]
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    grid = {"C": [1.0, *(10.0**p for p in range(-4, 5) if p)]}
    scores = []
    for draw in range(3):
        places = train[draw_shots(y[train], 8, stream(0, f"shots 8 {draw}"))]
        search = GridSearchCV(LogisticRegression(max_iter=5000), grid, cv=folds)
        scores.append(search.fit(x[places], y[places]).score(x[test], y[test]))
    assert table.accuracy.iloc[0] == pytest.approx(np.mean(scores), abs=0.001)  # 0.1 points


@pytest.mark.parametrize("method", ["pca", "ica", "pca+ica", "rotated"])
def test_a_representation_is_fitted_once_and_gives_what_fitting_at_each_draw_does(
    files, method, monkeypatch
):
    fits, plain = [], probes.space_of
    monkeypatch.setattr(probes, "space_of", lambda *a: fits.append(a) or plain(*a))
    choice = ["--shots", 2, 4, "--method", method, "--head", "tree", "--k", 3, "--seed", 5]
    given = options(files, *choice)
    table = probe.table(given)
    assert len(fits) == 1
    train, test = probe.data(given)
    for shots, accuracy in zip((2, 4), table.accuracy, strict=True):
        right = []
        for draw in range(3):
            rows = draw_shots(train.labels, shots, stream(5, f"shots {shots} {draw}"))
            space = plain(method, train.features, 3, 6, 5)  # anew
            X, y = space.transform(train[rows].features), train.labels[rows]
            tree = chosen(*head("tree", d=3, seed=5), X, y, 5)
            right.append(tree.predict(space.transform(test.features)) == test.labels)
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
        (["--head", "zero-shot"], "unknown head"),
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
    assert "has 240 rows and" in capsys.readouterr().err
    np.save(files / "y.npy", np.arange(N))
    assert run(files) == 1
    assert "120 labels of the test rows have no other row: [" in capsys.readouterr().err


def test_not_a_number_in_the_features(files, capsys):
    x = np.load(files / "x.npy")
    x[3, 1] = np.nan
    np.save(files / "x.npy", x)
    assert run(files) == 1
    assert "1 rows of the features hold NaN" in capsys.readouterr().err
