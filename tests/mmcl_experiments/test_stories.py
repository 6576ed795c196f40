"""Helpers and pictures of chapter 01."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, FancyArrowPatch
from scipy import stats

import mmcl_experiments as experiments
from mmcl.laws import VonMisesFisher
from mmcl.randomness import stream
from mmcl_experiments.figures import BLUE, ORANGE, RED
from mmcl_experiments.stories import figures as art
from mmcl_experiments.stories import readings as reading
from mmcl_experiments.stories import run as stories
from tests import bounds

SMALL = {"draws": 500, "ds": [2, 3], "counts": [1, 5], "repeats": 4, "scales": [0.2]}


def test_the_experiment_is_a_tidy_table_and_a_function_of_its_seed():
    table = experiments.run("stories", seed=3, **SMALL)
    pd.testing.assert_frame_equal(table, experiments.run("stories", seed=3, **SMALL))
    assert not table.value.equals(experiments.run("stories", seed=4, **SMALL).value)
    keys = ["leg", "world", "story", "do", "side", "n"]
    assert list(table)[:7] == [*keys, "value"]
    assert not table.duplicated(keys).any()
    assert table.value.notna().all()
    assert table.groupby("leg").size().to_dict() == {"joint": 10, "response": 32, "direction": 6}


def test_hours_go_round_the_dial_and_turn_with_it():
    hours = np.array([0.0, 3.0, 6.0, 12.0, 18.0, 23.5])
    angle = hours * np.pi / 12
    z = np.column_stack([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(reading.hours(z), hours, atol=1e-9)
    later = reading.turned(z, np.full(6, np.pi / 12))
    np.testing.assert_allclose(reading.hours(later), (hours + 1) % 24, atol=1e-9)
    each = reading.turned(z, -angle)
    np.testing.assert_allclose(each, [[1, 0]] * 6, atol=1e-12)


def test_p_values_are_uniform_between_equal_laws_and_small_between_others():
    rng = stream(3, "pairs")
    equal = [reading.p_value(*rng.uniform(0, 24, (2, 2, 2000))) for _ in range(100)]
    bounds.plausible(stats.kstest(equal, "uniform").pvalue)
    a, b = rng.uniform(0, 24, (2, 2, 20_000))
    assert reading.p_value(a, (b[0], (b[0] + rng.normal(0, 3, 20_000)) % 24)) < 1e-9
    assert reading.p_value(a, a) == pytest.approx(1)
    assert reading.p_value(a / 24, b / 24, high=1.0) == pytest.approx(reading.p_value(a, b))


@pytest.mark.parametrize("kappa", [0.0, -1.0, float("nan"), float("inf")])
def test_a_world_without_a_coupling_is_refused(kappa):
    with pytest.raises(ValueError, match=r"kappa = .*give a finite number > 0"):
        stories.World(kappa)


def test_a_half_blur_beyond_the_series_is_refused():
    with pytest.raises(ValueError, match="take a smaller one"):
        stories.half_blur(1e6, 2)
    with pytest.raises(ValueError, match="take a smaller one"):
        stories.half_blur(1000.0, 10)


def test_what_is_set_stays_set_and_the_others_listen():
    world, noon = stories.World(3.0), np.array([[-1.0, 0.0]] * 4)
    for story in stories.stories(0.5).values():
        for which, place in (("z_x", 0), ("z_t", 1)):
            pairs = story(world, 4, stream(3, "set"), **{which: noon})
            assert np.array_equal(pairs[place], noon)
            assert not np.array_equal(pairs[1 - place], noon)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_mixture_of_one_story_is_that_story(share):
    world = stories.World(3.0)
    set_ = stories.mixed(world, 2000, stream(3, "mix"), share, z_x=-np.eye(2)[[0] * 2000])
    bounds.mean_is(-set_[1][:, 0], VonMisesFisher(3.0).mean_cosine(2) if share == 1.0 else 0.0)


def arrows(axes):
    return [p for p in axes.patches if isinstance(p, FancyArrowPatch)]


def test_graphs_draw_every_node_and_every_line():
    figure = art.graphs(art.THREE_STORIES)
    assert [axes.get_title() for axes in figure.axes] == list(art.THREE_STORIES)
    for axes, graph in zip(figure.axes, art.THREE_STORIES.values(), strict=True):
        assert [text.get_text() for text in axes.texts] == [f"${node}$" for node in graph.places]
        assert len(arrows(axes)) == len(graph.arrows) + len(graph.edges)
        assert all(
            type(arrow.get_arrowstyle()).__name__ == "CurveFilledB" for arrow in arrows(axes)
        )


def test_an_arrow_runs_from_rim_to_rim():
    (axes,) = art.graphs({"": art.Graph({"a": (0, 0), "b": (2, 0)}, [("b", "a")])}).axes
    (arrow,) = arrows(axes)
    start, end = arrow._posA_posB
    assert start == pytest.approx((2 - art.RADIUS - 0.02, 0))
    assert end == pytest.approx((art.RADIUS + 0.02, 0))


def test_the_models_edge_has_no_head_and_what_is_observed_is_filled():
    (axes,) = art.graphs({"": art.MODEL}).axes
    plain = [a for a in arrows(axes) if type(a.get_arrowstyle()).__name__ == "Curve"]
    assert len(plain) == 1
    assert plain[0].get_edgecolor() == to_rgba(RED)
    assert len(arrows(axes)) == 5
    filled = [c.get_facecolor() != to_rgba("white") for c in axes.patches if isinstance(c, Circle)]
    assert dict(zip(art.MODEL.places, filled, strict=True)) == {
        name: name in ("x", "t") for name in art.MODEL.places
    }


def sun_of(axes):
    (sun,) = [p for p in axes.patches if isinstance(p, Circle)]
    return sun


def test_pictures_put_the_sun_where_its_hour_belongs():
    angle = np.array([0, 6, 12, 18]) * np.pi / 12
    x = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(4)])
    figure = art.pictures({"": x}, captions=["night", "dawn", "noon", "dusk"])
    centers = [sun_of(axes).center for axes in figure.axes]
    wanted = 0.72 * np.array([[0, -1], [-1, 0], [0, 1], [1, 0]])
    np.testing.assert_allclose(centers, wanted, atol=1e-12)
    assert [axes.get_xlabel() for axes in figure.axes] == ["night", "dawn", "noon", "dusk"]
    shining = [sun_of(axes).get_facecolor() == to_rgba(ORANGE) for axes in figure.axes]
    assert (shining[0], shining[2]) == (False, True)


def test_a_sloping_camera_turns_sun_and_tree_alike():
    """At noon, under any slope, the sun stands over the tree: g_x turns both by the slope."""
    slope = np.array([-0.4, 0.0, 0.7])
    frame = reading.turned(np.array([[-1.0, 0.0]] * 3), slope)
    figure = art.pictures({"": np.column_stack([frame, slope])})
    for axes in figure.axes:
        tree = axes.patches[1].get_xy()[2]
        sun = np.array(sun_of(axes).center)
        np.testing.assert_allclose(sun / np.linalg.norm(sun), tree / np.linalg.norm(tree))


def test_phrases_tell_the_hour_to_the_minute():
    told = art.phrases(np.array([0.0, 9.75, 23.999]), np.array([0, 1, 2]))
    assert told == ["0:00 sharp", "It is 9:45", "Around 23:59"]


def test_joints_draw_the_tables_on_one_scale():
    tables = {"a": np.eye(3), "b": np.triu(np.ones((3, 3))) / 2, "c": -2 * np.eye(3)}
    figure = art.joints(tables, signed=["c"])
    images = [axes.images[0] for axes in figure.axes]
    for image, table in zip(images, tables.values(), strict=True):
        np.testing.assert_array_equal(image.get_array(), table.T)
    assert [image.get_clim() for image in images] == [(0, 1), (0, 1), (-2, 2)]
    assert images[0].get_extent() == [0, 24, 0, 24]


def test_verdicts_write_the_p_values_and_mark_the_small_ones():
    p = pd.DataFrame({"one": [0.5, 1e-12], "two": [2e-6, 0.25]}, index=["one", "two"])
    (axes,) = art.verdicts(p, level=1e-4).axes
    assert [text.get_text() for text in axes.texts] == ["0.50", "2e-06", "< 1e-9", "0.25"]
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0, 1], [1, 0]])
    assert [text.get_color() for text in axes.texts] == ["black", "white", "white", "black"]


def test_responses_count_the_hours_and_mark_what_was_set():
    rng = stream(3, "hours")
    free, noon = rng.uniform(0, 24, 5000), np.full(5000, 12.0)
    cases = {"nothing": (free, free[::-1]), "z_x": (noon, free)}
    figure = art.responses({"one": cases, "two": cases}, hours=np.asarray)
    assert len(figure.axes) == 4
    assert [axes.get_title() for axes in figure.axes] == ["observed", "do($z_x$)", "", ""]
    observed, set_ = figure.axes[:2]
    steps = [step.get_data() for step in observed.patches]
    density = np.histogram(free, 24, (0, 24), density=True)[0]
    np.testing.assert_allclose(steps[0].values, density)
    assert [step.get_edgecolor() for step in observed.patches] == [to_rgba(BLUE), to_rgba(ORANGE)]
    assert set_.lines[0].get_xdata()[0] == 12
    assert len(set_.patches) == 1


def test_directions_draw_a_line_a_world():
    table = pd.DataFrame({"box": [0.5, 0.9], "sphere": [0.5, 0.5]}, index=[1, 100])
    (axes,) = art.directions(table).axes
    drawn = {line.get_label(): line.get_ydata().tolist() for line in axes.lines[:2]}
    assert drawn == {"box": [0.5, 0.9], "sphere": [0.5, 0.5]}
