"""Figures: what reaches the page has words beside it, an opaque ground and the table's numbers."""

import base64
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from mmcl.randomness import stream
from mmcl_experiments import figures
from mmcl_experiments.figures import interactive

WORDS = {"alt": "A line that falls.", "caption": "It falls."}


def table():
    return pd.DataFrame({"a": [0.1, 0.2, 0.3], "b": [0.9, 0.8, 1.0]}, index=pd.Index([1, 2, 3]))


def picture(shown):
    data = re.search(r'src="data:image/png;base64,([^"]+)"', shown._repr_html_())
    return imread(io.BytesIO(base64.b64decode(data.group(1))))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.lines(table(), "loss", level=0.5, marker=2.0),
        lambda: figures.agreement(table(), "true", "learned"),
        lambda: figures.dots(table(), "R2"),
        lambda: figures.matrices({"A": np.eye(3), "B": -np.eye(2)}),
        lambda: figures.couplings({1.0: [table().a, table().b], 20.0: [table().b, table().a]}),
    ],
)
def test_a_figure_is_an_opaque_picture_with_words(draw):
    shown = figures.show(draw(), **WORDS)
    assert 'alt="A line that falls."' in shown._repr_html_()
    assert "<figcaption>It falls." in shown._repr_html_()
    pixels = picture(shown)
    assert pixels.shape[2] == 3 or pixels[..., 3].min() == 1
    assert pixels[0, 0, :3].min() == 1  # white at the corner
    assert pixels[..., :3].min() < 0.5  # and something on it
    assert "A line that falls." in repr(shown)


@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_a_figure_without_words_is_refused(missing):
    with pytest.raises(ValueError, match=missing):
        figures.show(figures.dots(table(), "R2"), **(WORDS | {missing: " "}))


def test_lines_and_dots_draw_the_tables_numbers():
    axes = figures.lines(table(), "loss").axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.1, 0.2, 0.3], [0.9, 0.8, 1.0]]
    axes = figures.dots(table(), "R2").axes[0]
    drawn = np.concatenate([np.asarray(c.get_offsets())[:, 0] for c in axes.collections])
    np.testing.assert_allclose(np.sort(drawn), np.sort(table().to_numpy().ravel()))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_panels_stand_under_their_names_and_tiles_leave_no_empty_frames():
    sheet, parts = figures.panels({"one": 1, "two": 2}, "loss", titles=9)
    assert [(axes.get_title(), thing) for axes, thing in parts] == [("one", 1), ("two", 2)]
    assert [axes.get_ylabel() for axes in sheet.axes] == ["loss", ""]
    sheet, places = figures.tiles(5, 3, width=1.0, height=2.0)
    assert sheet.axes == places
    assert (len(places), *sheet.get_size_inches()) == (5, 3.0, 4.0)


def test_lines_have_the_looks_that_were_asked_for():
    _, axes = figures.canvas()
    figures.curves(axes, table(), (("o", "red"), ("s-", "blue")))
    looks = [(line.get_marker(), line.get_linestyle(), line.get_color()) for line in axes.lines]
    assert looks == [("o", "-", "red"), ("s", "--", "blue")]
    rows = pd.DataFrame({"arm": list("aab"), "k": [1, 1, 2], "value": [0.0, 1.0, 3.0]})
    _, axes = figures.canvas()
    figures.means(axes, rows, "arm", "k", {"a": ("red", "o"), "b": ("blue", "s", "other")})
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[1, 0.5]], [[2, 3]]]
    assert [line.get_label() for line in axes.lines] == ["a", "other"]


def test_cells_say_what_they_hold_and_bars_start_at_zero():
    _, axes = figures.canvas()
    texts = pd.DataFrame([["1", "2"]], index=["row"], columns=["x", "y"])
    figures.written(axes, texts, np.array([["red", "blue"]]))
    found = [(text.get_text(), text.get_color(), *text.get_position()) for text in axes.texts]
    assert found == [("1", "red", 0, 0), ("2", "blue", 1, 0)]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
    _, axes = figures.canvas()
    figures.score_bars(axes, {"first": 0.5, "last": -0.25}, 1.2, 0.02)
    assert [bar.get_width() for bar in axes.patches] == [0, 0.5]
    assert [text.get_text() for text in axes.texts] == ["-0.25", "0.50"]


def test_a_legend_shows_marks_without_lines_unless_they_have_one():
    marks = {"dots": {"marker": "o"}, "level": {"linestyle": "--"}}
    legend = figures.legend_of(marks, loc="upper left")
    assert [each.get_label() for each in legend["handles"]] == ["dots", "level"]
    assert [each.get_linestyle() for each in legend["handles"]] == ["None", "--"]
    assert (legend["ncols"], legend["loc"]) == (2, "upper left")


def test_words_cant_break_out_of_the_markup():
    shown = figures.show(figures.dots(table(), "R2"), alt='"><script>', caption="<b>")
    assert "<script>" not in shown._repr_html_()
    assert "&lt;b&gt;" in shown._repr_html_()


def test_the_turntable_carries_its_points_and_needs_no_network():
    points = stream(0, "points").standard_normal((50, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    shown = interactive.turntable({"one": points, "two": -points}, figures.hues(points), **WORDS)
    markup = shown._repr_html_()
    assert markup.count("<canvas") == 2
    assert "http" not in markup
    data = json.loads(re.search(r"parentElement, (\{.*\})\)</script>", markup).group(1))
    first, second = (np.array(cloud) for cloud in data["clouds"])
    np.testing.assert_allclose(first, -second)
    assert np.corrcoef(first[:, 0], points[:, 0])[0, 1] > 0.9999
    assert all(re.fullmatch(r"#[0-9a-f]{6}", color) for color in data["colors"])


def test_a_cloud_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"cloud 'one' has shape \(5, 2\)"):
        interactive.turntable({"one": np.zeros((5, 2))}, np.zeros((5, 3)), **WORDS)


def test_the_slider_holds_every_frame_and_shows_the_first():
    frames = {f"{k}": figures.dots(table() * k, "R2") for k in (0.5, 1.0)}
    markup = interactive.slider(frames, "kappa", **WORDS)._repr_html_()
    alts = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,[^"]+"( hidden)?>', markup)
    assert alts == [
        ("A line that falls. kappa: 0.5.", ""),
        ("A line that falls. kappa: 1.0.", " hidden"),
    ]
    assert 'min="0" max="1"' in markup
    assert "http" not in markup


def test_a_slider_of_one_frame_is_refused():
    with pytest.raises(ValueError, match="slider of 1 frames"):
        interactive.slider({"1": figures.dots(table(), "R2")}, "kappa", **WORDS)
