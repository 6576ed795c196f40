"""Few-shot experiments: what can't differ doesn't, what must differ does, and no row leaks."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import FastICA
from sklearn.tree import DecisionTreeClassifier

import mmcl_experiments as experiments
from mmcl import files
from mmcl.clip import looks, ours
from mmcl.features.probes import FewShot, Labelled, draw_shots, every, fixed, tried
from mmcl.features.representations import WhitenedPCA
from mmcl.ica import LinearICA, random_rotation
from mmcl.randomness import stream
from mmcl.world import factors
from mmcl_experiments.domain_shift import axes, readings
from mmcl_experiments.domain_shift import run as domain_shift
from mmcl_experiments.few_shot import protocols as _protocols
from mmcl_experiments.few_shot import run as few_shot
from mmcl_experiments.few_shot import shots as _shots

SETTINGS = {"k": 4, "strengths": [0.1, 1.0], "times": 50, "heads": {"tree": {"max_depth": [4]}}}


def independent(n, d=4, seed=0):
    """Uniform sources mixed by a rotation and scales, with a class by the signs of two of them."""
    rng = np.random.default_rng(seed)
    sources = rng.uniform(-1, 1, (n, d))
    mixed = sources * np.arange(1, d + 1) @ random_rotation(d, 1)
    return Labelled(mixed, (sources[:, 0] > 0) + 2 * (sources[:, 1] > 0))


@pytest.fixture(scope="module")
def task():
    rows = independent(1400)
    told = {"validation": rows[400:600]}
    return FewShot(rows[600:], told, {"photo": rows[:400]}, draws=3, seed=100)


@pytest.fixture(scope="module")
def spaces(task):
    photos = task.pool.features
    ica = LinearICA(4, random_state=0).fit(photos)
    return {"whitened": WhitenedPCA(4).fit(photos), "ica": ica}


# Draws, and settings that are chosen


def test_tried_is_the_plain_loop(task, spaces):
    trees = every(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 5]})
    found = tried(task, 4, fixed(spaces["ica"]), trees)
    told = np.zeros((2, 3))
    for draw in range(3):
        shots, test = task.shots(4, draw), task.tests["photo"]
        for place, depth in enumerate((1, 5)):
            tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
            tree.fit(spaces["ica"].transform(shots.features), shots.labels)
            right = tree.predict(spaces["ica"].transform(test.features)) == test.labels
            told[place, draw] = tree.score(
                spaces["ica"].transform(task.validation["validation"].features),
                task.validation["validation"].labels,
            )
            assert (found.answers["photo"][place, draw] == right).all()
    assert found.told["validation"] == pytest.approx(told)
    assert found.best == told.mean(axis=1).argmax()


def test_shots_come_from_the_pool_alone(task):
    drawn = task.shots(5, 1)
    pool = {row.tobytes() for row in task.pool.features}
    assert all(row.tobytes() in pool for row in drawn.features)
    assert (np.unique(drawn.labels, return_counts=True)[1] == 5).all()
    assert (task.shots(5, 1).features == drawn.features).all()
    assert not (task.shots(5, 2).features == drawn.features).all()


def test_every_draw_has_a_rotation_of_its_own(task, spaces):
    view = _shots.turned(fixed(spaces["whitened"]), 4, 0)
    X = task.pool.features[:5]
    one, two = (view(draw).transform(X) for draw in (0, 1))
    white = spaces["whitened"].transform(X)
    assert not np.allclose(one, two)
    assert np.allclose(one @ one.T, white @ white.T)


# ICA before an L2 probe is whitening; before a tree it isn't


def test_an_l2_probe_does_not_see_ica(task, spaces):
    found = {each["metric"]: each["value"] for each in few_shot.equality(task, spaces, 4)}
    # Both fits end where a step gains less than 64 eps of the loss, so within sqrt(eps) or so of
    # the optimum: 1.5e-7 apart at worst. A change of scale by one percent makes 5e-3 of it.
    assert found["probability"] <= 1e-5
    assert found["predictions"] == 1


def test_that_test_sees_a_change_of_scale(task, spaces):
    scaled = WhitenedPCA(4).fit(task.pool.features * 0 + task.pool.features)
    scaled.components_ = 1.01 * scaled.components_
    found = few_shot.equality(task, {**spaces, "ica": scaled}, 4)
    assert found[0]["value"] > 1e-4


def test_trees_see_axes(task, spaces):
    rows = few_shot.heads(task, spaces, SETTINGS, 8, np.zeros((3, 400), bool))
    found = {each["method"]: each for each in rows}
    assert found["ica - rotated"]["low"] > 0.05
    assert found["ica"]["value"] > 0.85


def test_single_axes_start_at_two_shots(task, spaces):
    settings = {**SETTINGS, "heads": {"axes": {"choose__k": [2]}}}
    none = np.zeros((3, 400), bool)
    assert few_shot.heads(task, spaces, settings, 1, none) == []
    assert few_shot.heads(task, spaces, settings, 2, none)


def test_the_order_of_heads_in_a_file_is_no_matter(task, spaces):
    grids = {"tree": {"max_depth": [4]}, "axes": {"choose__k": [2]}}
    none = np.zeros((3, 400), bool)
    both = [
        few_shot.heads(task, spaces, {**SETTINGS, "heads": dict(order)}, 2, none)
        for order in (grids.items(), reversed(grids.items()))
    ]
    assert str(both[0]) == str(both[1])


# Protocols


def test_with_one_strength_nothing_is_chosen(task, spaces):
    rows = few_shot.protocol(task, spaces["whitened"], {**SETTINGS, "strengths": [1.0]}, 4)
    found = {each["method"]: each["value"] for each in rows if each["metric"] == "difference"}
    assert found["chosen on test rows - leak-free"] == 0
    assert found["as released - leak-free"] == found["fitted on test rows - leak-free"]


def slow_arm(task, look, count, fit_on, choose_on):
    """The arm of one head at one look in a plain loop: trees of two depths on FastICA."""
    right = []
    for draw in range(task.draws):
        shots = task.shots(count, draw)
        rng = stream(task.seed, f"validation {count} {draw}")
        told = {}
        for side, rows in (("train", task.validation["validation"]), ("test", task.tests["photo"])):
            told[side] = rows[draw_shots(rows.labels, min(count, 4), rng)]
        fit_rows = np.vstack([shots.features, told[fit_on].features])
        space = FastICA(4, whiten="unit-variance", random_state=0).fit(fit_rows)
        best = (-1, None)
        for depth in (1, 5):
            tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
            tree.fit(space.transform(shots.features), shots.labels)
            known = told[choose_on]
            score = (tree.predict(space.transform(known.features)) == known.labels).mean()
            best = max(best, (score, tree), key=lambda each: each[0])
        test = task.tests[look]
        right.append(best[1].predict(space.transform(test.features)) == test.labels)
    return np.stack(right)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_arms_of_the_protocols_in_a_slow_version(task):
    other = Labelled(task.tests["photo"].features + 0.3, task.tests["photo"].labels)
    task = replace(task, tests={**task.tests, "lines": other})
    head = every(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 5]})
    fit = lambda rows: _protocols.fastica(rows, 4)[0]  # noqa: E731
    found = _protocols.answers(task, "photo", fit, None, {"tree": head}, 2,
                               {arm: _protocols.ARMS[arm] for arm in _protocols.ARMS
                                if "many" not in arm})["tree"]  # fmt: skip
    for arm, answers in found.items():
        for look, right in answers.items():
            assert (right == slow_arm(task, look, 2, *_protocols.ARMS[arm])).all()
    assert (found["as released"]["lines"] != found["leak-free"]["lines"]).any()


def test_leak_free_arms_see_no_row_of_a_test(task):
    spoiled = Labelled(1e3 * task.tests["photo"].features, task.tests["photo"].labels)
    other = {"lines": task.tests["photo"]}
    head = {"tree": every(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 5]})}
    fit = lambda rows: WhitenedPCA(4).fit(rows)  # noqa: E731
    whole = fit(task.pool.features)
    plain, changed = (
        _protocols.answers(replace(task, tests={"photo": photo, **other}), "photo", fit, whole,
                           head, 2)["tree"]
        for photo in (task.tests["photo"], spoiled)
    )  # fmt: skip
    same = {arm: (each["lines"] == changed[arm]["lines"]).all() for arm, each in plain.items()}
    assert same["leak-free"]
    assert same["leak-free, many rows"]
    assert not same["fitted on test rows"]
    assert not same["as released"]


def test_fastica_as_released_tells_and_stays_silent():
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, good = _protocols.fastica(rng.laplace(size=(2000, 3)), 3)
        _, bad = _protocols.fastica(rng.standard_normal((400, 16)), 16)
    assert good
    assert not bad


# Features of the world's looks


def test_labels_count_every_combination():
    table = factors.draw(500, np.random.default_rng(0))
    label = looks.labels(table, ["shape", "size"])
    assert set(label) == set(range(21))
    assert (label // 3 == table["shape"]).all()
    assert (label % 3 == table["size"]).all()


@pytest.mark.parametrize(("name", "words"), [("hue", "isn't discrete"), ("shap", "shape")])
def test_labels_refuse_what_has_no_values(name, words):
    table = factors.draw(3, np.random.default_rng(0))
    with pytest.raises(ValueError, match=words):
        looks.labels(table, [name])


def test_a_missing_checkpoint_says_how_to_make_it():
    how = "mmcl clip train --profile smoke --seed 987 --out _build/clip/smoke-987"
    with pytest.raises(FileNotFoundError, match=how):
        ours.path("smoke", 987)
    with pytest.raises(FileNotFoundError, match="--seed 987"):
        experiments.run("few_shot", profile="smoke", seed=987, own=True)
    with pytest.raises(ValueError, match="did you mean 'default'"):
        ours.path("defalt", 0)


def test_the_kept_checkpoint_is_found_from_any_folder_and_one_made_here_first(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    kept = ours.path("default", 0)
    assert kept.is_file()
    assert kept == _shots.clip_of({"own": False}, 7)
    made = tmp_path / "_build" / "clip" / "default-0" / "model.safetensors"
    files.write_text(made, "weights")
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    assert ours.path("default", 0) == made


def test_looks_show_the_same_scenes():
    path = ours.path("default", 0)
    seen = looks.coded(path, ["photo", "silhouette"], 40)
    assert [codes.shape for codes in seen.features.values()] == [(40, 32)] * 2
    assert not np.allclose(seen.features["photo"], seen.features["silhouette"])
    again = looks.pairs.held_out(40, 32, "silhouette").table
    assert again.equals(seen.table)


# Style and content


def test_explained_is_the_share_between_groups():
    groups = np.repeat([0, 1, 2], 200)
    noise = np.random.default_rng(0).standard_normal(600)
    found = axes.explained(np.column_stack([groups * 1.0, noise]), groups)
    assert found[0] == pytest.approx(1)
    assert found[1] < 0.05  # 1 / 300, and a chi-square beyond 30 with two degrees once in 3e6


def test_participation_counts_axes():
    assert axes.participation(np.array([0.0, 0.7, 0.0])) == pytest.approx(1)
    assert axes.participation(np.full(5, 0.2)) == pytest.approx(5)


def test_without_means_no_group_has_a_mean_of_its_own():
    rng, groups = np.random.default_rng(0), np.repeat([0, 1, 2], 100)
    Z = rng.standard_normal((300, 6)) + rng.standard_normal((3, 6))[groups]
    keep = axes.without_means(Z, groups)
    means = np.stack([(Z @ keep)[groups == g].mean(axis=0) for g in range(3)])
    assert np.allclose(means, means[0])
    assert np.allclose(keep @ keep, keep)
    assert np.trace(keep) == pytest.approx(4)


def test_ranked_puts_the_telling_column_first():
    rng, shifted = np.random.default_rng(0), np.repeat([False, True], 200)
    Z = rng.standard_normal((400, 4))
    Z[:, 2] -= 2.0 * shifted
    assert axes.ranked(Z, shifted)[0] == 2


# Whole runs, small


def test_few_shot_runs_and_repeats():
    small = {"test": 150, "validation": 150, "pool": 300, "shots": [2], "k": 6}
    small |= {"heads": {"tree": {"max_depth": [4]}}, "strengths": [1.0]}
    one, two = (experiments.run("few_shot", profile="smoke", seed=100, **small) for _ in range(2))
    assert one.equals(two)
    parts = {"whitening", "equality", "heads", "few rows", "protocol", "reference"}
    assert set(one.part) == parts
    assert one.drop(columns="strength").notna().all().all()
    assert ((one.low <= one.value + 1e-12) & (one.value <= one.high + 1e-12)).all()


def test_domain_shift_runs_under_both_protocols():
    small = {"test": 180, "validation": 180, "pool": 240, "shots": [2], "k": 6, "drops": [0, 2]}
    small |= {"heads": {"tree": {"max_depth": [4]}}, "strengths": [1.0], "drop_shots": 2}
    found = experiments.run("domain_shift", profile="smoke", seed=100, **small)
    rows = found[found.part.eq("protocols")]
    assert set(rows.method) == {*domain_shift.ARMS, *(
        f"{arm} - leak-free" for arm in domain_shift.ARMS if arm != "leak-free"
    )}  # fmt: skip
    assert rows.groupby(["look", "head", "metric"]).size().eq([3, 2] * 12).all()
    wide = rows.pivot(index=["look", "head"], columns="method", values="value")
    gap = wide["as released"] - wide["leak-free"]
    assert np.allclose(wide["as released - leak-free"], gap)
    assert found.notna().all().all()


# What chapter 16 says


def test_shares_kept_are_ratios_by_network_and_their_gaps_are_paired():
    rows = []
    for seed, photo in ((1, 0.8), (2, 0.5), (3, 0.9)):
        for line, share in ((("raw", "l2"), 0.5), (("ica", "axes"), 0.4)):
            about = dict(zip(("method", "head"), line, strict=True))
            about |= {"seed": seed, "part": "heads", "metric": "accuracy"}
            rows += [{**about, "look": "photo", "value": photo},
                     {**about, "look": "lines", "value": share * photo}]  # fmt: skip
    table = pd.DataFrame(rows)
    share = readings.kept(table, "raw", "l2", "lines")
    assert share.to_list() == pytest.approx([0.5] * 3)
    assert readings.over_networks(share).mean == pytest.approx(0.5)
    found = readings.gaps_kept(table, ("ica", "axes"), ("raw", "l2"), ["lines"])
    assert found.loc["lines", "mean"] == pytest.approx(-0.1)
    gaps = table.assign(metric="difference", method="ica - raw l2")
    lead = readings.ahead(gaps[gaps["head"].eq("axes")], "ica - raw l2", "axes", "photo")
    assert lead.mean == pytest.approx(2.2 / 3)
    assert lead.low < lead.mean < lead.high
