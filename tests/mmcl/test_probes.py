"""Representations, heads and few-shot probes: what sees rotations, what leaks, what is refused."""

import warnings

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

from mmcl.features import heads, probes, representations
from mmcl.features.probes import FewShot, Labelled, crossvalidated, every, fixed, space_of, tried
from mmcl.features.representations import WhitenedPCA, representation
from mmcl.ica import LinearICA
from mmcl.randomness import stream
from tests import bounds

CLASSES, D, K = 5, 12, 6
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*the axes follow single rows", "ignore::sklearn.exceptions.ConvergenceWarning"
)


def world(n=600, seed=0):
    """Features of skewed factors, of which the first tells the label, mixed linearly."""
    rng = stream(seed, "world")
    factors = rng.laplace(size=(n, D))
    labels = rng.integers(CLASSES, size=n)
    factors[:, 0] += 4 * labels
    factors[:, 1] += 2 * (labels % 2)
    return Labelled(factors @ stream(0, "mixing").standard_normal((D, D)) + 3, labels)


def drawn(data, shots, seed=0):
    return data[probes.draw_shots(data.labels, shots, stream(seed, "shots"))]


# Representations


@pytest.mark.parametrize("rotated", [False, True])
def test_scikit_learn_accepts_whitening(rotated):
    whitening = WhitenedPCA(1, rotated=rotated, random_state=0)
    verdicts = check_estimator(whitening, on_skip=None, on_fail=None)
    assert len(verdicts) > 30
    assert [v for v in verdicts if v["status"] == "failed"] == []


@pytest.mark.parametrize("name", ["whitened", "rotated", "ica", "fastica", "pca+ica"])
def test_white_representations_are_one_space_turned(name):
    x = world().features
    base = representation("whitened", K).fit_transform(x)
    other = representation(name, K, first=K + 2).fit_transform(x)
    turn = np.linalg.lstsq(base, other, rcond=None)[0]
    assert np.allclose(turn @ turn.T, np.eye(K), atol=1e-8)
    assert np.allclose(base @ turn, other, atol=1e-8)
    assert np.allclose(other.T @ other / len(x), np.eye(K), atol=1e-8)
    if name != "whitened":
        assert not np.allclose(np.abs(turn), np.eye(K), atol=0.1)


def test_whitening_is_that_of_scikit_learn_up_to_its_divisor():
    x = world().features
    own, theirs = WhitenedPCA(K).fit_transform(x), PCA(K, whiten=True).fit_transform(x)
    assert np.allclose(np.abs(own), np.abs(theirs) * np.sqrt(len(x) / (len(x) - 1)), atol=1e-8)


def test_raw_and_pca():
    x = world().features
    assert np.array_equal(representation("raw", 3).fit_transform(x), x)
    pca = representation("pca", K).fit_transform(x)
    assert np.allclose(pca, PCA(K).fit_transform(x))


def test_representations_are_refused_in_words():
    with pytest.raises(ValueError, match="did you mean 'whitened'"):
        representation("whitend", 3)
    with pytest.raises(ValueError, match="how many components PCA keeps, 6 or more"):
        representation("pca+ica", K, first=3)
    with pytest.raises(ValueError, match="n_components is 13, but the data have rank 12"):
        WhitenedPCA(D + 1).fit(world().features)
    with pytest.raises(ValueError, match="NaN"):
        WhitenedPCA(1).fit(np.array([[np.nan, 1.0], [0.0, 1.0]]))


# Heads


def small(data):
    """The same in other units, in which scikit-learn's solver needs a tenth of the steps."""
    return Labelled(data.features / 10, data.labels)


def fitted(method, name, train, k=K):
    """A representation of the shots, and a head with what cross-validation on them chooses."""
    space = space_of(method, train.features, k, k + 2, 0)
    shots = probes.transformed(space, train)
    (classifier,) = crossvalidated(lambda d: heads.head(name, d=d), 0)(shots, {})
    return space, classifier


@pytest.mark.parametrize("draws", [5, pytest.param(20, marks=pytest.mark.nightly)])
def test_an_l2_probe_on_ica_is_the_probe_on_whitened_pca(draws):
    """The first result of few-shot learning: in no draw of shots anything tells the two apart."""
    data, test = world(), world(200, seed=1)
    for draw in range(draws):
        train = drawn(data, 4, draw)
        strengths, found, solved = [], [], []
        for method in ("whitened", "fastica"):
            space, classifier = fitted(method, "l2", train)
            x = space.transform(test.features)
            strengths.append(classifier.C)
            found.append(classifier.predict_proba(x))
            newton = clone(classifier).set_params(solver="newton-cholesky")
            solved.append(newton.fit(space.transform(train.features), train.labels))
            solved[-1] = solved[-1].predict_proba(x)
        assert strengths[0] == strengths[1]
        # Newton's last step leaves rounding alone; a divisor n - 1 in one of them changes 1e-3.
        assert np.abs(solved[0] - solved[1]).max() < 1e-8
        assert np.array_equal(solved[0].argmax(axis=1), solved[1].argmax(axis=1))
        # The head's own solver stops where the objective falls by less than 64 epsilon of itself:
        # along a flat direction it's then up to 1e-3 of a probability away from the end.
        assert np.abs(found[0] - found[1]).max() < 1e-3


@pytest.mark.parametrize("name", ["l2", "cache", "zero-shot"])
def test_blind_heads_do_not_see_a_rotation(name):
    train, test = drawn(world(), 8), world(300, seed=1)
    texts = np.stack([world().features[world().labels == c].mean(axis=0) for c in range(CLASSES)])
    answers = []
    for method in ("whitened", "rotated", "ica"):
        space = space_of(method, train.features, K, K + 2, 0)
        head = {"l2": heads.head("l2", d=K)[0], "cache": heads.Cache(space.transform(texts)),
                "zero-shot": heads.ZeroShot(space.transform(texts))}[name]  # fmt: skip
        head.fit(space.transform(train.features), train.labels)
        answers.append(head.predict(space.transform(test.features)))
    assert np.array_equal(answers[0], answers[1])
    assert np.array_equal(answers[0], answers[2])
    assert len(np.unique(answers[0])) > 1


@pytest.mark.parametrize("name", heads.SEEING)
def test_seeing_heads_do(name):
    train, test = drawn(world(), 16), world(300, seed=1)
    pairs = [fitted(method, name, train) for method in ("whitened", "rotated")]
    whitened, rotated = (head.predict(space.transform(test.features)) for space, head in pairs)
    assert (whitened != rotated).any()


def test_axes_that_are_factors_serve_a_tree():
    """Where a label is one factor, a seeing head gains from ICA and loses from a rotation."""
    train, test = drawn(world(2000), 60), world(600, seed=1)
    rows = world(2000, seed=2).features
    scores = {}
    for method in ("ica", "rotated"):
        space = space_of(method, rows, D, D, 0)
        tree = heads.head("tree", d=D)
        shots = probes.transformed(space, train)
        best = heads.chosen(*tree, shots.features, shots.labels)
        scores[method] = best.score(space.transform(test.features), test.labels)
    assert scores["ica"] > scores["rotated"] + 0.1


def test_the_l2_head_is_scikit_learns():
    train, test = small(drawn(world(), 8)), small(world(300, seed=1))
    classifier, grid = heads.head("l2", d=D)
    found = heads.chosen(classifier, grid, train.features, train.labels)
    own = LogisticRegression(C=found.C, max_iter=10_000, tol=1e-8)
    own.fit(train.features, train.labels)
    assert np.array_equal(own.predict(test.features), found.predict(test.features))


def test_the_cache_in_a_slow_version():
    train, test = drawn(world(), 2), world(20, seed=1)
    texts = stream(0, "texts").standard_normal((CLASSES, D))
    settings = {"weight": 2.0, "sharpness": 3.0, "scale": 7.0}
    cache = heads.Cache(texts, **settings).fit(train.features, train.labels)
    for x, row in zip(test.features, cache.logits(test.features), strict=True):
        for c in range(CLASSES):
            cosine = lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b)  # noqa: E731
            keys = train.features[train.labels == c]
            expected = sum(2.0 * np.exp(-3.0 * (1 - cosine(x, key))) for key in keys)
            assert row[c] == pytest.approx(expected + 7.0 * cosine(x, texts[c]))
    alone = heads.Cache().fit(train.features, train.labels)
    assert np.array_equal(alone.predict(train.features), train.labels)


def test_scikit_learn_accepts_the_cache():
    verdicts = check_estimator(heads.Cache(), on_skip=None, on_fail=None)
    assert [v["check_name"] for v in verdicts if v["status"] == "failed"] == []


def test_heads_are_refused_in_words():
    with pytest.raises(ValueError, match="did you mean 'tree'"):
        heads.head("tre", d=3)
    train = drawn(world(), 2)
    for head in (heads.ZeroShot(np.eye(3)), heads.Cache(np.eye(3))):
        with pytest.raises(ValueError, match=r"shape \(3, 3\); give \(5, 12\), a row for each"):
            head.fit(train.features, train.labels)


# What is chosen, and on which rows


def test_the_strength_is_chosen_on_the_shots_alone(monkeypatch):
    train, seen = small(drawn(world(), 4)), []
    usual = LogisticRegression.fit

    def fit(self, x, y, *arguments):
        seen.append(len(x))
        return usual(self, x, y, *arguments)

    monkeypatch.setattr(LogisticRegression, "fit", fit)
    fitted("raw", "l2", train)
    assert max(seen) == len(train)
    assert seen.count(len(train)) == 1  # the others are folds


def test_one_shot_leaves_nothing_to_choose_on():
    train = drawn(world(), 1)
    _, classifier = fitted("raw", "l2", train)
    assert classifier.C == 1.0
    _, tree = fitted("raw", "tree", train)
    assert tree.max_depth == 4


def test_a_setting_is_chosen_on_validation_rows_over_all_draws_or_at_each():
    pool, validation, test = world(), small(world(200, seed=3)), small(world(100, seed=1))
    task = FewShot(small(pool), {"validation": validation}, {"a": test}, draws=6, seed=0)
    space = space_of("whitened", task.pool.features, K, K, 0)
    strengths = [1e-4, 1e-2, 1.0, 100.0]
    found = tried(task, 2, fixed(space), every(LogisticRegression(), {"C": strengths}))
    told, right = np.zeros((4, 6)), np.zeros((4, 6, 100), bool)
    for place, strength in enumerate(strengths):
        for draw in range(6):
            shots = task.shots(2, draw)
            model = LogisticRegression(C=strength)
            model.fit(space.transform(shots.features), shots.labels)
            told[place, draw] = model.score(space.transform(validation.features), validation.labels)
            right[place, draw] = model.predict(space.transform(test.features)) == test.labels
    assert np.array_equal(found.told["validation"], told)
    assert np.array_equal(found.chosen("a"), right[told.mean(axis=1).argmax()])
    anew = np.stack([right[told[:, draw].argmax(), draw] for draw in range(6)])
    assert np.array_equal(found.chosen_anew("a", "validation"), anew)
    assert len(set(told.argmax(axis=0))) > 1  # so that the two differ
    other = {"validation": test[:50]}
    again = tried(task, 2, fixed(space), every(LogisticRegression(), {"C": strengths}),
                  known=lambda draw: other)  # fmt: skip
    assert np.array_equal(again.answers["a"], found.answers["a"])
    assert np.array_equal(again.told["validation"], right[:, :, :50].mean(axis=2))


def test_a_representation_takes_no_more_than_the_rows_allow():
    train = drawn(world(), 1)
    assert len(space_of("whitened", train.features, 10, 10, 0).components_) == len(train) - 2
    pair = space_of("pca+ica", train.features, 40, 50, 0)
    assert [len(step.components_) for _, step in pair.steps] == [4, 3]


def test_labels_of_test_rows_are_never_seen():
    pool, test = small(world()), small(world(100, seed=1))
    wrong = Labelled(test.features, (test.labels + 1) % CLASSES)
    task = FewShot(pool, {}, {"right": test, "wrong": wrong}, draws=2, seed=0)
    space = fixed(space_of("ica", pool.features, K, K, 0))
    found = tried(task, 4, space, crossvalidated(lambda d: heads.head("l2", d=d), 0)).answers
    assert 0.3 < found["right"].mean() < 1
    assert not (found["right"] & found["wrong"]).any()


# Draws and intervals


def test_shots_are_drawn_evenly_and_without_replacement():
    labels = np.repeat(["b", "a", "c"], [5, 9, 7])
    places = probes.draw_shots(labels, 5, stream(0, "a"))
    assert labels[places].tolist() == ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    assert len(set(places.tolist())) == 15
    assert not np.array_equal(places, probes.draw_shots(labels, 5, stream(1, "a")))
    with pytest.raises(ValueError, match=r"fewer than 6 rows have the label 'b' \(5\)"):
        probes.draw_shots(labels, 6, stream(0, "a"))
    with pytest.raises(ValueError, match="shots is 0; give"):
        probes.draw_shots(labels, 0, stream(0, "a"))
    with pytest.raises(ValueError, match=r"there is one label, \['a'\]"):
        probes.draw_shots(["a", "a"], 1, stream(0, "a"))


def test_an_interval_covers_what_is_true():
    """Of 200 experiments with a true difference of .1, nearly all intervals hold it."""
    covered, rng = 0, stream(0, "experiments")
    for _ in range(200):
        ease, luck = 0.15 * rng.standard_normal(80), 0.1 * rng.standard_normal((10, 1))
        a = rng.uniform(size=(10, 80)) < 0.6 + ease + luck
        b = rng.uniform(size=(10, 80)) < 0.5 + ease
        mean, low, high = probes.paired_interval(a, b, rng=rng, times=300)
        assert low <= mean <= high
        covered += low <= 0.1 <= high
    # The two-way bootstrap covers more than it says, as its source does, and never less.
    bounds.plausible(stats.binomtest(covered, 200, 0.95, alternative="less").pvalue)


def test_equal_probes_have_no_difference_and_more_rows_a_narrower_interval():
    rng = stream(0, "rows")
    a, b = (rng.uniform(size=(8, 400)) < chance for chance in (0.7, 0.6))
    assert probes.paired_interval(a, a, rng=rng) == (0.0, 0.0, 0.0)
    narrow, wide = (
        np.ptp(probes.paired_interval(a[:, :n], b[:, :n], rng=rng)[1:]) for n in (400, 20)
    )
    assert narrow < wide / 2
    with pytest.raises(ValueError, match="draws >= 2"):
        probes.paired_interval(a[:1], b[:1], rng=rng)


def test_an_interval_in_a_slow_version():
    """Draws are resampled once for all tests, the rows of each test for itself."""
    rng = stream(0, "tests")
    tests = [rng.standard_normal((5, rows)) + place for place, rows in enumerate((30, 7))]
    found, rng = probes.interval(tests, rng=stream(1, "i"), times=250), stream(1, "i")
    draws = rng.multinomial(5, [0.2] * 5, size=250)
    means = np.zeros(250)
    for values in tests:
        rows = values.shape[1]
        for t in range(250):
            some = rng.multinomial(rows, [1 / rows] * rows)
            means[t] += np.repeat(np.repeat(values, draws[t], axis=0), some, axis=1).mean() / 2
    wanted = (np.mean([values.mean() for values in tests]), *np.quantile(means, [0.025, 0.975]))
    assert found == pytest.approx(wanted, abs=1e-12)
    with pytest.raises(ValueError, match=r"\[\(5, 30\), \(4, 7\)\]"):
        probes.interval([tests[0], tests[1][:4]], rng=rng)
    with pytest.raises(ValueError, match="for each test"):
        probes.interval([], rng=rng)


def test_labelled_rows_are_checked():
    with pytest.raises(ValueError, match=r"features have shape \(3, 2\) and labels \(4,\)"):
        Labelled(np.zeros((3, 2)), np.zeros(4))
    with pytest.raises(ValueError, match="1 rows of the features hold NaN or infinity"):
        Labelled(np.array([[0.0, np.nan], [1.0, 2.0]]), np.zeros(2))


def test_components_come_from_linear_ica():
    assert isinstance(representation("ica", 3), LinearICA)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert representation("fastica", 3).algorithm == "fastica"
    assert representations.NAMES[0] == "raw"


# Equal rows, and what isn't defined


def test_no_nan_chooses_axes():
    """With one row a class F is 0 / 0, as it is in a column that doesn't vary."""
    train, test = drawn(world(), 1), world(400, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spread = heads.difference(train.features, train.labels)
        assert np.allclose(spread, train.features.var(axis=0))
        head = heads.chosen(*heads.head("axes", d=D), train.features, train.labels)
        assert head[0].get_support().tolist() == (spread >= np.sort(spread)[-4]).tolist()
        still = np.column_stack([np.ones(CLASSES * 2), drawn(world(), 2).features])
        found = heads.difference(still, np.repeat(np.arange(CLASSES), 2))
    assert found[0] == 0
    assert np.isfinite(found).all()
    wanted = f_classif(still[:, 1:], np.repeat(np.arange(CLASSES), 2))[0]
    assert np.array_equal(found[1:], wanted)
    assert head.score(test.features, test.labels) > 1 / CLASSES + 0.05


def test_equal_rows_of_a_class_are_one_shot_where_settings_are_chosen():
    train = drawn(world(), 3)
    five = Labelled(np.repeat(train.features, 5, axis=0), np.repeat(train.labels, 5))
    one, many = (
        heads.chosen(*heads.head("tree", d=D), data.features, data.labels) for data in (train, five)
    )
    assert one.max_depth == many.max_depth
    single = drawn(world(), 1)
    twice = np.repeat(single.features, 4, axis=0), np.repeat(single.labels, 4)
    assert heads.chosen(*heads.head("l2", d=D), *twice).C == 1.0  # nothing to choose on


def test_distinct_rows_are_one_of_each_with_a_label():
    rows = stream(0, "rows").standard_normal((100, 3)).astype("float32")
    places = np.repeat(np.arange(100), stream(1, "rows").integers(1, 6, size=100))
    places = stream(2, "rows").permutation(places)
    labels = stream(3, "rows").integers(2, size=len(places))
    kept = heads.distinct(rows[places], labels)
    pairs = list(zip(places[kept].tolist(), labels[kept].tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == set(zip(places.tolist(), labels.tolist(), strict=True))
    assert (np.diff(kept) > 0).all()
