"""Pairs whose story is known: what they are, what the diagnosis says of them, how it is drawn."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl.features import diagnose
from mmcl.features.report import html
from mmcl.metrics.geometry import modality_gap
from mmcl.metrics.stability import gaussianity
from mmcl.randomness import stream
from mmcl_experiments.diagnosis import figures as pictures_of
from mmcl_experiments.diagnosis import run as diagnosis
from mmcl_experiments.figures import show
from tests import bounds

N = 900


def shared(name, n=N):
    a, b = diagnosis.case(name, n, 100)
    return diagnose.shared(a.values, b.values, stream(100, "shared"))


@pytest.mark.parametrize("name", diagnosis.CASES)
def test_cases_are_pairs_that_repeat(name):
    n = 40
    a, b = diagnosis.case(name, n, 3)
    again = diagnosis.case(name, n, 3)
    assert len(a.values) == len(b.values) == n
    assert np.isfinite(a.values).all()
    assert np.isfinite(b.values).all()
    assert np.array_equal(a.values, again[0].values)
    assert np.array_equal(b.values, again[1].values)


def test_an_unknown_case():
    with pytest.raises(ValueError, match="unknown case 'tone'; valid: clip, tones"):
        diagnosis.case("tone", 10)


def test_a_spectrogram_shows_the_pitch():
    low, high = (
        diagnosis.wave(np.full(50, note), np.zeros(50), np.full(50, 3), stream(0, "wave"))
        for note in (2.0, 14.0)
    )
    rows = [diagnosis.spectrogram(each).reshape(50, diagnosis.FRAMES, -1) for each in (low, high)]
    loudest = [each.mean(axis=(0, 1)).argmax() for each in rows]
    octave = np.log(2) / np.log(4000 / 200) * diagnosis.BANDS
    assert loudest[1] - loudest[0] == pytest.approx(octave, abs=1)


def test_tones_share_three_directions_and_nothing_private():
    assert shared("tones")["exact"] + shared("tones")["coupled"] >= 3
    assert shared("tones")["correlations"][0] > 0.9


@pytest.mark.parametrize("name", ["strangers", "shifted"])
def test_wrong_partners_share_nothing(name):
    bounds.within(np.array(shared(name)["correlations"]) * (N // 2) ** 0.5)


def test_one_row_lost_is_mended_by_one_row():
    a, b = diagnosis.case("shifted", N, 100)
    found = diagnose.shared(a.values[1:], b.values[:-1], stream(100, "shared"))
    assert found["correlations"][0] > 0.9


def test_wrong_rows_shrink_correlations_by_their_share():
    ratio = shared("partly")["correlations"][0] / shared("tones")["correlations"][0]
    assert 0.25 < ratio < 0.8  # 0.54 on average, with an error of 0.06


def test_a_gap_moves_the_mean_and_no_direction():
    before, after = (diagnosis.case(name, 300, 0) for name in ("clip", "gap"))
    gaps = [modality_gap(a.values, b.values) for a, b in (before, after)]
    assert gaps[1] > gaps[0] + 0.3
    tops = [diagnose.shared(a.values, b.values, stream(0, "s"))["correlations"][0]
            for a, b in (before, after)]  # fmt: skip
    assert tops[1] == pytest.approx(tops[0], abs=0.03)


def test_the_experiment_is_a_tidy_table_and_can_be_drawn(monkeypatch):
    sure = partial(gaussianity, level=bounds.FALSE_ALARM / 2)  # of two modalities
    monkeypatch.setattr(diagnose, "gaussianity", sure)
    table = experiments.run("diagnosis", profile="smoke", case="gaussian", n=400, seed=100)
    assert list(table.columns) == ["part", "metric", "modality", "place", "value", "case", "seed"]
    one = table[table.metric.eq("exact")].value.item()
    assert 6 <= one <= 8
    assert (table[table.metric.eq("non_gaussian")].value == 0).all()
    figure = pictures_of.profiles(pd.concat([table, table.assign(case="again")]), 0.85)
    titles = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert titles == ["gaussian", "again"]
    shown = show(figure, alt="two profiles of bars", caption="a caption")
    assert "data:image/png" in shown.markup


def test_directions_and_spectrograms_are_drawn():
    figure = pictures_of.directions([0.9, 0.3], np.array([0.8, -0.1]), 0.1, 0.85)
    assert [patch.get_height() for patch in figure.axes[0].patches] == [0.8, -0.1]
    rows = np.arange(24.0).reshape(2, 12)
    figure = pictures_of.spectrograms(rows, 3, ["one", "two"])
    assert figure.axes[0].images[0].get_array().shape == (4, 3)  # bands, frames


def test_a_name_in_the_report_is_text_and_no_markup():
    a, b = diagnosis.case("gaussian", 200, 0)
    found = diagnose.diagnose(a._replace(name="<script>x</script>"), b, k=2, rng=stream(0, "h"))
    assert "<script" not in html(found)
    assert "&lt;script&gt;x" in html(found)
