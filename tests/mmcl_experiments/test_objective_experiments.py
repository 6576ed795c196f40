"""The experiments and pictures of chapter 02: tables, errors, and what is drawn."""

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import pyplot as plt

import mmcl_experiments as experiments
from mmcl.randomness import stream
from mmcl_experiments.crossing import run as crossing
from mmcl_experiments.crossing.readings import scan
from mmcl_experiments.fixed_temperature import run as fixed_temperature
from mmcl_experiments.fixed_temperature.readings import along_lost_axis
from mmcl_experiments.many_pairs import figures as objective
from mmcl_experiments.many_pairs import readings as reading
from mmcl_experiments.many_pairs import run as many_pairs


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def costs():
    return experiments.run("many_pairs", profile="smoke", seed=200)


@pytest.mark.parametrize("name", ["many_pairs", "crossing", "fixed_temperature"])
def test_a_seed_means_the_same_table(name):
    first, again, other = (experiments.run(name, profile="smoke", seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    numbers = first.select_dtypes("number").drop(columns="seed")
    assert np.isfinite(numbers).all(axis=None)
    assert not np.allclose(numbers, other[numbers.columns])


def test_the_costs_have_a_row_a_world_a_size_and_a_place_of_the_partner(costs):
    assert len(costs) == 3 * 4 * 2
    assert (costs.candidates == costs.n - ~costs.partner).all()
    assert (costs.se > 0).all()
    assert costs.groupby(["kappa", "d"]).n.unique().map(list).tolist() == [
        [16, 32, 64, 128],
        [16, 32, 64, 128],
        [32, 64, 128, 256],
    ]


def test_batches_hold_as_many_pairs_as_asked_for_and_at_least_two_batches():
    drawn = list(many_pairs.batches(2.0, 3, 1024, 6 * 1024, stream(0, "x")))
    assert [len(u) for u, _ in drawn] == [4, 2]
    assert all(u.shape[1:] == v.shape[1:] == (1024, 3) for u, v in drawn)
    few = list(many_pairs.batches(2.0, 3, 64, 10, stream(0, "x")))
    assert sum(len(u) for u, _ in few) == 2


def test_coefficients_of_a_parabola_are_found_exactly():
    m = np.array([8.0, 16, 32, 64])
    table = pd.DataFrame({"kappa": 1.0, "d": 5, "partner": True, "candidates": m})
    table["cost"] = (3 + 4 / m - 5 / m**2) / m
    table["se"], table["predicted"] = 0.1 / m, 2.5 / m
    (row,) = reading.coefficients(table).to_dict("records")
    assert row["measured"] == pytest.approx(3)
    assert row["closed_form"] == pytest.approx(2.5)
    assert row["errors"] == pytest.approx(0.5 / row["se"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: many_pairs.exact_gain(5.0, 5.0, 5, 1), "n = 1"),
        (lambda: list(many_pairs.batches(5.0, 5, 1, 8, stream(0, "x"))), "n = 1"),
        (lambda: fixed_temperature.flattened(torch.zeros(2, 3), 1.1), "alpha = 1.1"),
    ],
)
def test_wrong_calls_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_gains_dont_depend_on_how_batches_are_blocked(monkeypatch):
    cosines = stream(0, "cosines").uniform(-1, 1, (6, 8, 8))
    whole = crossing.gains(torch.from_numpy(cosines), 3.0)
    monkeypatch.setattr(crossing, "AT_ONCE", 64)
    torch.testing.assert_close(crossing.gains(torch.from_numpy(cosines), 3.0), whole)


def test_nats_are_the_gains_of_whole_tables_only():
    z = torch.nn.functional.normalize(torch.arange(30.0).reshape(10, 3).sin(), dim=1)
    by_table = crossing.gains(torch.stack([z[:4] @ z[:4].T, z[4:8] @ z[4:8].T]), 2.0)
    expected = by_table.mean().item()
    assert fixed_temperature.nats(z, z, 2.0, n=4) == pytest.approx(expected, rel=1e-6)


def test_the_temperature_stays_and_codes_have_the_dimensions_asked_for():
    settings = experiments.settings("fixed_temperature", profile="smoke", ratio=2.0, spare=1)
    fitted = fixed_temperature.fit(settings, 0)
    assert float(fitted.objective.temperature.detach()) == pytest.approx(0.1)
    assert [codes.shape[1] for codes in fitted.codes()] == [6, 6]


def test_the_lost_axis_comes_last():
    rng = stream(0, "axis")
    half = torch.from_numpy(rng.standard_normal((250, 3)))
    z = torch.cat([half, -half])
    q = torch.linalg.qr(torch.from_numpy(rng.standard_normal((3, 3)))).Q
    codes = z @ q @ torch.diag(torch.tensor([0.5, 0.4, 0.0]).double())
    world, turned = along_lost_axis(z, codes)
    torch.testing.assert_close(world.norm(dim=1), z.norm(dim=1))
    torch.testing.assert_close(turned[:, :2], world[:, :2] * torch.tensor([0.5, 0.4]).double())
    assert turned[:, 2].abs().max() < 1e-12


def test_funnels_draw_the_gains(costs):
    figure = objective.funnels(costs)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["kappa 1, d 5", "kappa 5, d 10", "kappa 20, d 5"]
    world = costs[costs.kappa == 20.0]
    lines = [np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[2].lines]
    drawn = [line for line in lines if len(line) == 4]
    for values in (world.cost, world.exact, world.predicted):
        for partner in (True, False):
            expected = -values[world.partner == partner].to_numpy()
            assert any(np.allclose(expected, line) for line in drawn)


def test_learnable_draws_both_tables_and_the_ceiling():
    by_kappa = pd.DataFrame({"d = 3": [0.1, 1.0]}, index=[1.0, 10.0])
    by_n = pd.DataFrame({"kappa = 5": [0.5, 1.0, 1.1]}, index=[2, 8, 64])
    left, right = objective.learnable(by_kappa, by_n).axes
    assert left.lines[0].get_ydata().tolist() == [0.1, 1.0]
    ceiling, gain = (line.get_ydata() for line in right.lines)
    np.testing.assert_allclose(ceiling, np.log([2]))
    assert gain.tolist() == [0.5, 1.0, 1.1]
    assert "kappa = 5" in [text.get_text() for text in right.texts]


def test_a_frame_of_the_slider_divides_by_what_there_is_to_learn():
    curve = pd.DataFrame({"many pairs": [1.0, 2.0], "512 pairs": [0.9, 1.9]}, index=[1.0, 5.0])
    dots = pd.Series([0.95], index=[1.0], name="measured")
    (axes,) = objective.temperature(curve, dots, 5.0, 14.2, 2.0).axes
    drawn = [line.get_ydata() for line in axes.lines[:3]]
    assert [list(values) for values in drawn] == [[0.5, 1.0], [0.45, 0.95], [0.475]]
    marks = [line.get_xdata()[0] for line in axes.lines[4:]]
    assert marks == [5.0, 14.2]
    assert " crossing: 14.2" in [text.get_text() for text in axes.texts]


def test_rivals_draw_curves_and_trained_dots():
    names = ["true", "flattened", "constant"]
    curves = pd.DataFrame([[1.0, 0.8, 0.0], [-1.0, 0.7, 0.0]], [1.0, 4.0], names)
    row = {"code": "trained", "ratio": 4.0}
    rows = [
        {"metric": "nats", "value": 0.6, "spare": 0},
        {"metric": "nats", "value": 0.9, "spare": 1},
        {"metric": "linear_r2", "value": 0.78, "spare": 0},
        {"metric": "nats", "value": -1.0, "spare": 0, "code": "true"},
    ]
    left, right = objective.rivals(curves, pd.DataFrame([row | r for r in rows]), d=5).axes
    drawn = [list(line.get_ydata()) for line in left.lines]
    assert drawn == [[1.0, -1.0], [0.8, 0.7], [0.0, 0.0], [0.6], [0.9]]
    assert list(right.lines[0].get_ydata()) == [0.78]
    assert right.lines[2].get_ydata()[0] == 0.8


def test_two_modalities_have_two_colors():
    colors = objective.two_modalities(2, 3)
    assert colors.shape == (5, 3)
    assert len(np.unique(colors[:2], axis=0)) == len(np.unique(colors[2:], axis=0)) == 1
    assert not np.allclose(colors[0], colors[2])


def test_a_scan_measures_what_it_computes():
    exact, measured = scan(5.0, 5, 128, stream(5, "scan"), count=16)
    assert list(exact.columns) == ["many pairs", "128 pairs"]
    assert exact.index[[0, -1]].tolist() == pytest.approx([1.0, 40.0])
    assert exact["many pairs"].idxmax() == pytest.approx(5.0, rel=0.17)  # a step of the grid
    misses = measured - exact.loc[measured.index, "128 pairs"]
    assert (misses.abs() < 0.02 * measured.index).all()  # 1/tau times the error of a mean cosine
    assert measured.name == "128 pairs, measured"
