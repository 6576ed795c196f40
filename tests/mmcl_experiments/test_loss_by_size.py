"""Where a loss stops falling over the code's size, and a told network over its steps."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.alignment import same_modality_info_nce
from mmcl.randomness import stream
from mmcl_experiments.loss_by_size import figures, readings
from mmcl_experiments.loss_by_size import run as loss_by_size


def noisy(n, d, noise):
    rng = stream(200, "noisy")
    h = torch.from_numpy(rng.standard_normal((n, d)))
    return h, h + noise * torch.from_numpy(rng.standard_normal((n, d)))


def test_the_gain_is_that_of_the_best_temperature():
    codes, tried = noisy(512, 2, 0.05), [2.0**k for k in range(-2, 3)]
    slow = []
    for t in tried:
        parts = [[h[k : k + 128] for h in codes] for k in range(0, 512, 128)]
        each = [float(same_modality_info_nce(a, b, 0.01 * t)) for a, b in parts]
        slow.append(math.log(128) - sum(each) / 4)
    assert loss_by_size.gain(*codes, 0.01, 128) == pytest.approx(max(slow))
    assert slow.index(max(slow)) not in (0, len(slow) - 1)


def test_copies_win_whatever_a_table_has_to_give_with_one_dimension():
    """Infinite information: the finer the code, the nearer to log n, with content of one number."""
    for n in (16, 512):
        found = [loss_by_size.gain(*noisy(512, 1, e), 10 * e * e, n) for e in (1e-1, 1e-3, 1e-5)]
        assert found == sorted(found)
        assert found[-1] == pytest.approx(math.log(n), abs=0.05)
        assert found[0] < math.log(n) - 0.5


def test_a_curve_stops_where_it_is_nearly_flat():
    theirs = [2.54, 6.70, 8.20, 8.15, 8.22, 8.29, 8.24, 8.25]
    assert readings.stops(pd.Series(theirs, range(1, 16, 2))) == 5
    assert readings.stops(pd.Series([3.0, 3.01, 3.02], [1, 2, 3])) == 1
    assert readings.foretold(5, 6144, 2.54) == 4
    assert readings.foretold(2, 6144, 2.54) == 2


def test_the_table_and_its_reading():
    table = experiments.run("loss_by_size", profile="smoke", content=2)
    assert len(table) == 4
    assert table.value.notna().all()
    rising: Any = table.assign(value=table["size"] * 1.0)
    (row,) = readings.curves(rising[rising.n.eq(64)]).to_dict("records")
    assert (row["stops"], row["foretold"], row["r"]) == (2, 2, 1.0)


def test_notes_and_the_bar_look_at_every_curve():
    grid = [(c, n, k) for c in (2, 5, 8) for n in (16, 4096) for k in (1, 2, 4, 8)]
    table = pd.DataFrame(grid, columns=["content", "n", "size"]).assign(steps=400)
    table["value"] = [min(k, c, math.log(n)) for c, n, k in grid]
    values = readings.noted(table)
    assert (values["loss.bend_2_4096"], values["loss.bend_5_16"]) == (2, 2)
    assert values["loss.near"] == pytest.approx(5 / 6)  # five of 4,096: size five wasn't tried
    assert readings.held(table)["loss.foretold"][0]
    two = table.content.eq(2) & table["size"].eq(8)  # grows on with style
    assert not readings.held(table.assign(value=table.value + 3 * two))["loss.foretold"][0]


def test_the_picture_has_a_line_a_table_and_the_published_one():
    table = experiments.run("loss_by_size", profile="smoke", content=2)
    theirs = pd.DataFrame({"at": ["1", "3"], "value": [-2.5, -6.7]})
    ours, published = figures.stops(table, steps=4, printed=theirs).axes
    lines = [line.get_ydata() for line in ours.lines if len(line.get_ydata()) == 2]
    drawn = table[table.n.eq(16)].value.to_numpy()
    assert any(np.array_equal(each, drawn) for each in lines)
    np.testing.assert_allclose(published.lines[0].get_ydata(), [2.5, 6.7])
    assert published.lines[2].get_xdata()[0] == 5


def test_a_told_network_learns_with_steps():
    few, many = (
        experiments.run("told_curves", d=3, private=1, steps=k, test_pairs=2048, seed=200)
        for k in (5, 150)
    )
    score = [t.set_index("code").value for t in (few, many)]
    assert score[1].supervised > 0.9 > score[0].supervised
    assert score[1]["exact inverse"] == pytest.approx(1, abs=1e-4)
    assert score[0].raw == score[1].raw < 1
    assert set(many.pairs) == {150 * 512}
