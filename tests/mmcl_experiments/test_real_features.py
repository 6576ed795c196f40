"""The experiment on real features, on generated and on real pairs, and its pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl.features import tagged as features
from mmcl.randomness import stream
from mmcl_experiments.clip_features import figures as pictures
from mmcl_experiments.clip_features import readings
from mmcl_experiments.clip_features import run as experiment
from tests.mmcl.test_features import real

SMALL = {"components": 4, "axes": [1, 3, 10], "shared": 8, "splits": 2, "sizes": [8, 150]}
SMALL |= {"shares": [0.0, 1.0], "shown": 10}


def made():
    return features.stand_in(stream(0, "pairs"), n=150, d=20)


@pytest.fixture(scope="module")
def table():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(features.PAIRS, "made", made)
        patch.setitem(features.PAIRS, "shuffled", shuffled)
        runs = [
            experiments.run("clip_features", profile="smoke", source=source, **SMALL)
            for source in ("made", "shuffled")
        ]
    return pd.concat(runs, ignore_index=True)


def shuffled():
    x, t = made()
    mixed = stream(0, "shuffle").permutation(t.values)
    return x, features.Features(mixed, t.model, "text", True)


def get(table, metric, source="made", **where):
    rows = table[table.metric.eq(metric) & table.source.eq(source)]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows.value.to_numpy()


def test_the_table_holds_no_hole_and_the_same_numbers_again(table, monkeypatch):
    assert np.isfinite(table.value).all()
    monkeypatch.setitem(features.PAIRS, "made", made)
    again = experiments.run("clip_features", profile="smoke", source="made", **SMALL)
    pd.testing.assert_frame_equal(again, table[table.source == "made"])


def test_cosines_are_those_of_the_pairs(table):
    x, t = (f.values for f in made())
    scores = x @ t.T
    assert get(table, "mean", arm="partners")[0] == pytest.approx(np.diag(scores).mean())
    off = scores[~np.eye(150, dtype=bool)]
    assert get(table, "mean", arm="strangers")[0] == pytest.approx(off.mean())
    density = get(table, "density", arm="partners").sum() * np.diff(experiment.BINS)[0]
    assert density == pytest.approx(1)


def test_partners_are_lost_when_pairs_are_shuffled(table):
    assert get(table, "recall", arm="as they are").min() > 0.1
    assert get(table, "recall", "shuffled", arm="as they are").max() < 0.05
    assert get(table, "directions").min() >= 3
    assert get(table, "directions", "shuffled").max() <= 2
    assert get(table, "nats", "shuffled", arm="best").max() < 0.1


def test_moving_texts_by_their_mean_leaves_the_search_for_a_text(table):
    where = {"modality": "find text", "place": 0.0}
    before = get(table, "loss", arm="as they are", **where)
    assert get(table, "loss", arm="texts by their mean", **where) == pytest.approx(before)
    where["modality"] = "find image"
    before = get(table, "loss", arm="as they are", **where)
    after = get(table, "loss", arm="texts by their mean", **where)
    assert after != pytest.approx(before, abs=1e-3)


def test_all_heads_are_those_of_the_means(table):
    x, t = (f.values for f in made())
    line = t.mean(axis=0) - x.mean(axis=0)
    line /= np.linalg.norm(line)
    rest = x.mean(axis=0) - (x.mean(axis=0) @ line) * line
    wanted = np.corrcoef((t @ line) * (x.mean(axis=0) @ line), t @ rest)[0, 1]
    assert get(table, "balance of heads", modality="text")[0] == pytest.approx(wanted)
    heads = (t @ x.mean(axis=0))[None, :] + (x @ t.mean(axis=0))[:, None]
    centered = (x - x.mean(axis=0)) @ (t - t.mean(axis=0)).T
    assert np.ptp(x @ t.T - centered - heads) < 1e-12  # what is left is one number


def test_tests_of_gaussianity_find_heavy_axes_and_are_fooled_in_sample_alone():
    rng = stream(0, "heavy")
    x, t = (rng.standard_t(4, size=(2000, 12)) * ([9.0] * 4 + [1.0] * 8) for _ in range(2))
    found = pd.DataFrame(experiment.gauss(x, t, {"components": 4, "splits": 2}, 0))
    share = found.groupby(["metric", "arm"]).value.mean()
    assert share["non-Gaussian, held out", "ICA"] > 0.8
    few = pd.DataFrame(experiment.gauss(x[:160], t[:160], {"components": 10, "splits": 4}, 0))
    share = few[few.arm.eq("Gaussian, ICA")].groupby("metric").value.mean()
    # Of 8 fits one in twenty shows one component of 10 that isn't: more than 8 of 80 never do.
    assert share["non-Gaussian, held out"] < 0.1
    assert share["non-Gaussian, in sample"] > 0.3  # about two in three


def test_verdicts_follow_the_measurements(table):
    judged = readings.assumptions(table, "made", 4)
    assert judged.verdict["4.1", "codes of length one", "distance from one"] == "holds"
    assert judged.verdict["4.1", "even on the sphere", "length of the mean"] == "fails"
    near = table.copy()
    near.loc[near.metric.eq("mean length"), "value"] = 0.01
    near.loc[near.metric.eq("non-Gaussian, held out"), "value"] = 1.0
    judged = readings.assumptions(near, "made", 4)
    assert judged.verdict["4.1", "even on the sphere", "length of the mean"] == "holds"
    assert judged.verdict["ICA", "no component is Gaussian", "share shown non-Gaussian"] == "holds"
    rows = judged.xs("fitting rows", level="seen by").iloc[0]
    assert (rows.implied, rows.measured, rows.verdict) == (80, 75, "fails")


def test_pictures_draw_the_numbers_of_the_table(table):
    gap = pictures.gap(table, "made")
    drawn = {line.get_label(): line.get_ydata() for line in gap.axes[0].lines}
    wanted = [get(table, "loss", arm="slid", place=place).mean() for place in (0.0, 1.0)]
    np.testing.assert_allclose(drawn["slid"], wanted)
    order = ["as they are", "gap line removed"]
    marks = pictures.heads(table, "made", order).axes[0].lines[0].get_xdata()
    wanted = [get(table, "loss", arm=a, modality="find text", place=0.0)[0] for a in order]
    np.testing.assert_allclose(marks, wanted)
    gains = pictures.saturation(table, {"made": "made up"}).axes[0].lines
    np.testing.assert_allclose(gains[0].get_ydata(), np.log([8, 150]))
    np.testing.assert_allclose(gains[1].get_ydata(), get(table, "nats", arm="best"))
    plt.close("all")


def test_pictures_of_cosines_tails_and_dimensions(table):
    lines = pictures.cosines(table, "made", "Made up", 20).axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), get(table, "density", arm="partners"))
    rows = table[table.source == "made"]
    left, right = pictures.tails(rows, ["ICA", "PCA"]).axes
    wanted = get(table, "each kurtosis, held out", modality="image")
    count = get(table, "each kurtosis, held out", modality="image", arm="ICA")
    assert set(count) <= set(right.lines[0].get_xdata()) <= set(wanted)
    assert not set(count) & set(left.lines[0].get_xdata())
    axes = pictures.dimensions(table, "made").axes
    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), get(table, "likelihood")[:3])
    assert axes[2].lines[1].get_ydata()[0] == pytest.approx(get(table, "level").mean())
    plt.close("all")


def test_the_cloud_gives_each_point_its_modality(table):
    points, colors = pictures.cloud(table, "made", "as they are")
    assert points.shape == colors.shape == (20, 3)
    blue = (colors == colors[0]).all(axis=1)
    assert blue.sum() == 10
    assert points[blue, 0].max() < points[~blue, 0].min()  # the gap is the first axis


@real
def test_real_features_have_the_figures_that_were_seen():
    x, t = (f.values for f in features.pairs("clip"))
    found = pd.DataFrame(experiment.gap(x, t, [0.0]))
    recall = found[found.metric.eq("recall") & found.arm.eq("as they are")].value
    assert sorted(recall) == pytest.approx([0.506, 0.552])
    assert found[found.metric.eq("distance")].value.item() == pytest.approx(0.851, abs=5e-4)
    x, t = (f.values for f in features.pairs("untrained"))
    found = pd.DataFrame(experiment.gap(x, t, [0.0]))
    recall = found[found.metric.eq("recall") & found.arm.eq("as they are")].value
    assert recall.tolist() == pytest.approx([0.002, 0.002])
