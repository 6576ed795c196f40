"""Published pairs of three networks: files, halves, intervals, and what was foretold."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

import mmcl_experiments as experiments
from mmcl import data
from mmcl.metrics.repeats import RepeatedRows, objects
from mmcl.randomness import stream
from mmcl_book.keys import inventory
from mmcl_experiments import results
from mmcl_experiments.real_pairs import figures, readings, sources
from mmcl_experiments.real_pairs import run as experiment

ROOT = Path(__file__).parents[2]
PREDICTION = ROOT / "book" / "predictions" / "real_pairs.yml"


def made(strength, n=400, d=80, k=5):
    """Heavy-tailed factors that both sides hold, mixed by two maps."""
    z, own = stream(0, "z").laplace(size=(n, k)), stream(0, "own").laplace(size=(2, n, k))
    scale = np.linspace(1.55, 1.45, k)  # alike, so that principal axes aren't factors
    maps = [np.linalg.qr(stream(0, f"map{i}").standard_normal((d, k)))[0] for i in (0, 1)]
    noise = 0.05 * stream(0, "noise").standard_normal((2, n, d))
    both = [strength * z + (1 - strength**2) ** 0.5 * each for each in own]
    return [(a * scale) @ m.T + e for a, m, e in zip(both, maps, noise, strict=True)]


@pytest.fixture(scope="module")
def tables():
    found = {}
    for name, strength in {"shared": 0.9, "alone": 0.0}.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(experiment, "pairs", lambda _, s=strength: tuple(made(s)))
            how = {"sizes": [5], "halvings": 4, "times": 200, "rotations": 20}
            found[name] = experiments.run("real_pairs", profile="smoke", **how)
    return found


def value(table, metric, arm, k=5):
    rows = table[table.metric.eq(metric) & table.arm.eq(arm) & table.k.eq(k) & table.halving.lt(0)]
    return rows.iloc[0]


def test_axes_of_shared_factors_meet_and_others_do_not(tables):
    shared, alone = tables["shared"], tables["alone"]
    assert value(shared, "held out", "ICA").value > 0.7
    for lead in experiment.LEADS:
        assert value(shared, "difference", lead).low > 0.05
        assert value(alone, "difference", lead).low < 0 < value(alone, "difference", lead).high
    assert value(shared, "held out", "CCA").value > value(shared, "held out", "rotation").value
    assert value(shared, "converged", "ICA").value == 1


def test_the_interval_for_other_pairs_is_the_wider_one(tables):
    for table in tables.values():
        for lead in experiment.LEADS:
            own, other = (value(table, metric, lead) for metric in ("difference", "other pairs"))
            assert own.value == other.value
            assert other.high - other.low > own.high - own.low
            each = table[table.arm.eq(lead) & table.halving.ge(0)].value
            assert each.mean() == pytest.approx(own.value)
            low, high = stats.t.interval(0.95, 3, each.mean(), each.std() * np.sqrt(1.25))
            assert (other.low, other.high) == pytest.approx((low, high))


def test_resampling_draws_halvings_and_starts_inside_them():
    rng = stream(0, "resampling")
    drawn = rng.integers(6, size=(4000, 6))
    between = np.arange(6.0)[:, None] + np.zeros((6, 4))
    assert experiment.resampled(between[:, :1], drawn, rng) == pytest.approx(
        between[drawn, 0].mean(axis=1)
    )
    starts = np.tile([-1.0, 1.0, -1.0, 1.0], (6, 1))  # halvings agree, starts don't
    spread = experiment.resampled(starts, drawn, rng).std()
    assert spread == pytest.approx(1 / np.sqrt(24), rel=0.1)


def test_equal_rows_stay_in_one_half_and_count_once(monkeypatch):
    x, t = made(0.9)
    t[1::8] = t[::8]
    monkeypatch.setattr(experiment, "pairs", lambda _: (x, t))
    seen = []
    original = experiment.crossmodal.whitened

    def watched(a, b, k, fit, held):
        seen.append({row.tobytes() for row in b[fit]} & {row.tobytes() for row in b[held]})
        return original(a, b, k, fit, held)

    monkeypatch.setattr(experiment.crossmodal, "whitened", watched)
    table = experiments.run("real_pairs", profile="smoke", sizes=[5])
    assert seen
    assert not any(seen)
    assert value(table, "pairs", "", k=0).value == 400
    assert value(table, "objects", "", k=0).value == 350


def test_centered_rows_have_length_one_and_mean_lengths_near_zero():
    x, t = (a + 3 for a in made(0.9))
    for side in experiment.prepared(x, t, "centered"):
        assert np.linalg.norm(side, axis=1) == pytest.approx(np.ones(len(side)))
        assert np.linalg.norm(side.mean(axis=0)) < 0.2
    same = experiment.prepared(x, t, "as they are")
    assert same[0] is x
    with pytest.raises(ValueError, match="preparation"):
        experiment.prepared(x, t, "scaled")


def test_files_are_registered_once_and_named_for_keys():
    for _ in range(2):
        sources.register()
    assert {each.name for each in sources.FILES} <= set(data.names())
    assert len(set(data.names())) == len(data.SOURCES)
    assert set(sources.PAIRS.values()) == set(sources.READS) <= set(data.names())
    assert inventory.checksum("contrastive_pairs/nothing.npy") == inventory.ABSENT
    with pytest.raises(ValueError, match="did you mean 'ConVIRT'"):
        sources.pairs("Convirt")


def test_real_files_are_pairs_some_of_whose_reports_repeat():
    try:
        found = {name: sources.pairs(name) for name in sources.PAIRS}
    except OSError:
        pytest.skip("the files aren't here")
    for name, (x, t) in found.items():
        assert x.shape == t.shape == ((99, 768) if "CLASP" in name else (500, 512))
    with pytest.warns(RepeatedRows):
        assert objects(*found["ConVIRT"]).count < 450


def test_what_was_foretold_is_what_the_page_judges():
    stated = yaml.safe_load(PREDICTION.read_text(encoding="utf-8"))["sentences"]
    assert stated == readings.SENTENCES


def rows_of(lead, entries):
    """A table with one difference a network and size."""
    rows = [{"source": s, "k": k, "value": v, "low": low, "high": high}
            for (s, k), (v, low, high) in entries.items()]  # fmt: skip
    table = pd.DataFrame(rows).assign(metric="difference", arm=lead, halving=-1, rows=0)
    return table.assign(prepared="as they are")


def test_a_cell_is_judged_by_its_interval_and_a_small_one_by_its_level():
    entries = {("ConVIRT", 20): (0.1, 0.01, 0.2), ("ConVIRT", 40): (-0.1, -0.2, -0.01),
               ("CLASP", 20): (0.1, -0.1, 0.3), ("ConVIRT", 10): (1, 1, 1),
               ("CLIP", 20): (1, 1, 1)}  # fmt: skip
    said = readings.cells(rows_of("ICA - PCA", entries), "pca").to_dict()
    assert said == {("ConVIRT", 20): "above", ("ConVIRT", 40): "below", ("CLASP", 20): "open"}
    entries = {("untrained CLIP", 5): (0.03, -1, 1), ("untrained CLASP", 10): (-0.5, -1, 1)}
    said = readings.cells(rows_of("ICA - rotation", entries), "untrained").to_dict()
    assert said == {("untrained CLASP", 10): "small", ("untrained CLIP", 5): "large"}


def test_the_record_has_each_network_and_is_drawn():
    table = results.recorded("real_pairs", profile="default")
    seen = readings.looks(table)
    assert list(seen.columns) == [f"{kind}{n}" for n in readings.NETWORKS
                                  for kind in ("", "untrained ")]  # fmt: skip
    assert seen.notna().all(axis=None)
    assert seen.loc["pairs", "CLASP"] == 99
    found = readings.leads(table, "ICA - PCA")
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    figure = figures.networks(readings.whole(table), readings.NETWORKS)
    line = next(x for x in figure.axes[0].lines if x.get_label() == "ICA")
    rows = readings.whole(table).query("source == 'CLIP' and metric == 'held out' and arm == 'ICA'")
    assert list(np.asarray(line.get_ydata())) == rows.sort_values("k").value.tolist()


def test_what_pages_note_is_in_the_record():
    table = results.recorded("real_pairs", profile="default")
    noted = readings.noted(table)
    lead = readings.leads(table, "ICA - PCA").loc["CLIP", 20]
    assert noted["real.clip.pca.20"] == {"value": lead.value, "low": lead.low, "high": lead.high}
    least = noted["real.from"]["value"]
    ahead: Any = readings.leads(table, "ICA - PCA").loc["CLIP"].low > 0
    assert ahead[least]
    assert not ahead[ahead.index < least].any()
    held: Any = readings.at(table, "CLIP", 20)
    assert held["ICA"] - held["PCA"] == pytest.approx(lead.value)
    seen = readings.looks(table)
    assert readings.features(table)["clasp.gap"] == seen.loc["modality gap", "CLASP"]
    for name, sentence in readings.SENTENCES.items():
        right = readings.cells(table, name).eq(sentence["says"])
        assert readings.judged(table)[f"{name}.holds"][0] == right.all()


def test_gap_and_cones_are_asked_of_each_network():
    table = results.recorded("real_pairs", profile="default")
    assert readings.alike(table)
    for metric, arm, value in (("distance", "", 9.0), ("mean", "images", 0.4)):
        wrong = table.copy()
        at = wrong.metric.eq(metric) & wrong.arm.eq(arm) & wrong.source.eq("CLASP")
        wrong.loc[at, "value"] = value
        assert not readings.alike(wrong)


def test_the_fixed_halving_stands_among_all():
    sweep = results.recorded("clip_components", profile="default")
    clip: Any = sweep[sweep.source.eq("clip")]
    noted = readings.halvings(clip[clip.seed.eq(0)], sweep)
    each = clip[clip.metric.eq("difference") & clip.k.eq(0)].set_index("seed").value
    assert noted["primary"]["value"] == each[0]
    assert noted["halvings.mean"]["value"] == pytest.approx(each.mean())
    assert noted["halvings.rank"]["value"] == each.rank(ascending=False)[0]
    axes: Any = results.recorded("coco_axes", profile="default")
    told = readings.told(axes[axes.seed.eq(0)], 20)
    assert told["tried"] >= told["sizes"]
