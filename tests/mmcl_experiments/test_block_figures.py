"""The pictures of chapter 08 draw the numbers that they are given."""

import numpy as np
import pandas as pd

from mmcl.randomness import stream
from mmcl_experiments.block_identifiability import figures as block
from mmcl_experiments.convex_body.figures import plane_colors


def words(axes):
    return {text.get_text() for text in axes.texts}


def test_two_modalities_have_a_mixing_and_a_private_latent_each():
    views, modalities = block.graphs().axes
    assert {"$c$", "$s$", "$x$", "$t$", "$g$"} <= words(views)
    assert not {"$m_x$", "$g_x$"} & words(views)
    assert {"$m_x$", "$m_t$", "$g_x$", "$g_t$"} <= words(modalities)
    assert "$g$" not in words(modalities)


def test_clouds_have_colors_of_their_own():
    points, first, second = stream(0, "clouds").random((3, 20, 2))
    figure = block.clouds({"one": (points, first), "two": (points, second)})
    for axes, squares in zip(figure.axes, (first, second), strict=True):
        (dots,) = axes.collections
        np.testing.assert_allclose(dots.get_offsets(), points)
        np.testing.assert_allclose(dots.get_facecolors()[:, :3], plane_colors(squares))
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]


def test_held_writes_the_numbers_in():
    table = pd.DataFrame({"content": [0.99, 0.5], "style": [-0.001, 0.25]}, index=["a", "b"])
    axes = block.held(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.99", "0.00", "0.50", "0.25"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


def test_directions_tell_content_from_style():
    rows = {"block": ["content", "content", "style"], "variance": [2.0, 0.1, 3.0]}
    table = pd.DataFrame(rows | {"r2": [0.9, 0.2, 0.6]})
    axes = block.directions(table, level=0.5).axes[0]
    content, style, level = axes.lines
    np.testing.assert_allclose(content.get_xydata(), [[2.0, 0.9], [0.1, 0.2]])
    np.testing.assert_allclose(style.get_xydata(), [[3.0, 0.6]])
    assert set(level.get_ydata()) == {0.5}


def test_by_size_draws_a_line_a_block_and_the_true_size():
    table = pd.DataFrame({"content": [0.6, 1.0], "private": [0.0, 0.1]}, index=[2, 3])
    axes = block.by_size(table, content=3).axes[0]
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
    assert drawn["content"] == [0.6, 1.0]
    assert drawn["private"] == [0.0, 0.1]
    assert axes.lines[-1].get_xdata()[0] == 3
