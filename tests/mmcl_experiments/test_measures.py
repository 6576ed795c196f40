"""Chapter 03's experiments and pictures: the codes are what they are said to be, and so are
predictions; each picture draws its table's numbers."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors as mpl_colors
from matplotlib import pyplot as plt
from scipy import integrate, special

import mmcl_experiments as experiments
from mmcl.randomness import stream
from mmcl_experiments import figures
from mmcl_experiments.inflation import run as inflation
from mmcl_experiments.measures import figures as pictures
from mmcl_experiments.measures import run as measures
from mmcl_experiments.mixing_baselines import run as mixing_baselines
from tests import bounds

RNG = stream(0, "test")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def world():
    return measures.latents(500, 4, 2, stream(0, "world"))


def test_each_code_is_what_its_name_says(world):
    z, m = world
    codes = measures.lineup(z, m, stream(0, "codes"))
    assert len(codes) == 10
    np.testing.assert_array_equal(codes["perfect"], z)
    moved = codes["permuted, scaled"]
    assert np.abs(np.corrcoef(z.T, moved.T)[:4, 4:]).max(axis=1) == pytest.approx(1)
    np.testing.assert_allclose(np.log(codes["bent each"]) / 2, z)
    np.testing.assert_allclose(codes["rotated"] @ measures.rotation(4).T, z)
    np.testing.assert_array_equal(codes["redundant copies"][:, [1, 3, 5, 7]], z)
    np.testing.assert_array_equal(codes["one missing"][:, :3], z[:, :3])
    np.testing.assert_array_equal(codes["private leaked"], np.c_[z, m])
    useless = np.c_[codes["noise"], codes["shuffled"]]
    bounds.within(np.sqrt(500) * np.corrcoef(z.T, useless.T)[:4, 4:])
    np.testing.assert_array_equal(np.sort(codes["shuffled"], axis=0), np.sort(z, axis=0))


@pytest.mark.parametrize("d", [2, 3, 4, 7])
def test_the_rotation_is_one_and_mixes_every_axis(d):
    q = measures.rotation(d)
    np.testing.assert_allclose(q @ q.T, np.eye(d), atol=1e-12)
    assert np.abs(q).max() < 0.95


def test_the_swirl_is_undone_by_turning_back():
    z = RNG.uniform(-1, 1, (50, 5))
    np.testing.assert_allclose(measures.swirl(measures.swirl(z), -2.0), z, atol=1e-12)
    assert np.abs(measures.swirl(z) - z)[:, :4].max() > 1
    np.testing.assert_array_equal(measures.swirl(z)[:, 4], z[:, 4])


def test_the_line_up_has_every_measure_of_every_code():
    table = experiments.run("measures", profile="smoke", seed=3)
    board = table.pivot_table(index="code", columns="measure", values="value")
    assert board.shape == (10, 10)
    assert board.notna().all(axis=None)
    again = experiments.run("measures", profile="smoke", seed=3)
    pd.testing.assert_frame_equal(table, again)
    assert board.loc["private leaked", "R2 of private"] > 0.99
    assert board.loc["perfect"].drop("R2 of private").min() > 0.7  # useless codes have 0


def test_useless_codes_score_what_is_predicted():
    table = experiments.run("inflation", profile="smoke", draws=12)
    exact = table[table.measure.ne("in-sample MCC")]
    bounds.within((exact.value - exact.predicted) / exact.se, dof=11)
    flattered = exact[exact.measure.eq("in-sample R2") & exact.n.eq(512) & exact.k.eq(120)]
    assert (flattered.value / flattered.se).item() > 50  # that it's not 0 can't be missed
    matched = table[table.measure.eq("in-sample MCC") & table.k.ge(16)]
    assert ((matched.value / matched.predicted - 1).abs() < 0.15).all()


@pytest.mark.parametrize("k", [16, 120, 1000])
def test_the_extreme_value_mean_is_close_to_the_exact_one(k):
    exact, _ = integrate.quad(lambda t: 1 - special.erf(t / 2**0.5) ** k, 0, 20)
    close = inflation.predicted("in-sample MCC", 1001, k) * np.sqrt(1000)
    assert close == pytest.approx(exact, rel=0.05)


def test_in_sample_scores_flatter():
    z, h = RNG.standard_normal((40, 60, 2)), RNG.standard_normal((40, 60, 40))
    found = [inflation.in_sample_r2(*each) for each in zip(z, h, strict=True)]
    bounds.mean_is(found, 40 / 59)
    found = [inflation.in_sample_mcc(*each) for each in zip(z, h, strict=True)]
    assert np.mean(found) > 0.25  # .32 is expected, give or take .006
    z = z[0]
    assert inflation.in_sample_mcc(z, z[:, ::-1]) == pytest.approx(1)


def test_baselines_are_ordered_as_they_should_be():
    table = experiments.run("mixing_baselines", profile="smoke", steps=120, batch=128)
    scores = table.pivot_table(index="slope", columns="code", values="value")
    assert scores["true latents"].min() > 1 - 1e-6
    assert (scores["supervised"] > scores["raw x"]).all()
    assert (scores["shuffled"] < scores["supervised"] - 0.3).all()
    assert scores["raw x"][0.8] > scores["raw x"][0.2] + 0.2
    np.testing.assert_allclose(scores["raw x"], scores["linear CCA"], atol=0.05)


def test_the_slope_is_that_of_the_mixing():
    settings = experiments.settings("mixing_baselines", profile="smoke")
    gentle = mixing_baselines.world(settings, 0.8, seed=0)
    assert [g.slope for g in gentle.mixing] == [0.8, 0.8]
    hard = mixing_baselines.world(settings, 0.2, seed=0)
    for a, b in zip(gentle.mixing[0].weights, hard.mixing[0].weights, strict=True):
        assert a.equal(b)  # the worlds differ in the slope alone


# Pictures.


def test_each_corner_has_its_own_color():
    corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    wanted = (figures.BLUE, figures.GREEN, figures.PURPLE, figures.ORANGE)
    np.testing.assert_allclose(
        pictures.plane_hues(corners), [mpl_colors.to_rgb(color) for color in wanted]
    )


def test_portraits_draw_two_dimensions_of_each_code(world):
    z, m = world
    codes = measures.lineup(z, m, RNG)
    figure = pictures.portraits(codes, pictures.plane_hues(z[:, :2]))
    assert [axes.get_title() for axes in figure.axes] == list(codes)
    for axes, code in zip(figure.axes, codes.values(), strict=True):
        np.testing.assert_array_equal(axes.collections[0].get_offsets(), code[:, :2])
    few = pictures.portraits({"a": z, "b": z}, pictures.plane_hues(z[:, :2]))
    assert len(few.axes) == 2


def test_regressions_draw_latent_and_predictions():
    code, latent = RNG.standard_normal((2, 30))
    (axes,) = pictures.regressions(code, latent, {"line": 2 * code, "kernel": latent}).axes
    drawn = [line.get_ydata() for line in axes.lines]
    np.testing.assert_array_equal(drawn, [latent, 2 * code, latent])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "latent",
        "line",
        "kernel",
    ]


def test_turning_draws_the_code_and_its_scores():
    code = RNG.standard_normal((20, 2))
    left, right = pictures.turning(code, code[:, [0, 0, 0]] * 0, {"R2": 1.0, "MIG": -0.1}).axes
    np.testing.assert_array_equal(left.collections[0].get_offsets(), code)
    assert [bar.get_width() for bar in right.patches] == [0, 1.0]
    assert [text.get_text() for text in right.texts] == ["-0.10", "1.00"]


def test_the_scoreboard_writes_every_number():
    table = pd.DataFrame([[1.0, -0.001], [0.256, 0.7]], index=["a", "b"], columns=["R2", "M I"])
    (axes,) = pictures.scoreboard(table, {"there?": 1, "axis?": 1}).axes
    np.testing.assert_array_equal(axes.images[0].get_array(), table)
    written = [text.get_text() for text in axes.texts]
    assert written == ["1.00", "0.00", "0.26", "0.70", "there?", "axis?"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["R2", "M\nI"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_chance_draws_values_and_predictions_of_each_n():
    rows = [
        {"n": n, "k": k, "measure": measure, "value": n * k, "predicted": n + k}
        for n in (10, 20)
        for k in (1, 2)
        for measure in ("left", "right")
    ]
    for axes in pictures.chance(pd.DataFrame(rows), "left", "right").axes:
        drawn = [line.get_ydata().tolist() for line in axes.lines]
        assert drawn == [[10, 20], [11, 12], [20, 40], [21, 22]]
    assert [text.get_text() for text in axes.figure.axes[0].get_legend().get_texts()] == [
        "n = 10",
        "n = 20",
    ]


def test_worlds_draw_a_dot_a_seed():
    columns = pd.MultiIndex.from_product([["gentle", "hard"], ["raw", "told"]])
    table = pd.DataFrame([[0.9, 1.0, 0.5, 0.98], [0.8, 0.99, 0.4, 0.97]], columns=columns)
    figure = pictures.worlds(table, "R2")
    assert [axes.get_title() for axes in figure.axes] == ["gentle", "hard"]
    drawn = [line.get_xdata().tolist() for axes in figure.axes for line in axes.lines]
    assert drawn == [[0.9, 0.8], [1.0, 0.99], [0.5, 0.4], [0.98, 0.97]]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["raw", "told"]
