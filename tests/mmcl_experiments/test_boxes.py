"""The pictures of chapter 05 draw the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmcl.randomness import stream
from mmcl_experiments.convex_body import figures as boxes


def test_squares_keep_a_points_color_from_cloud_to_cloud():
    z = stream(0, "squares").random((30, 2))
    figure = boxes.squares({"one": z, "two": 1 - z}, z)
    first, second = (axes.collections[0] for axes in figure.axes)
    np.testing.assert_allclose(first.get_offsets(), z)
    np.testing.assert_allclose(second.get_offsets(), 1 - z)
    np.testing.assert_allclose(first.get_facecolors(), second.get_facecolors())
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]


def test_plane_colors_tell_the_corners_apart():
    corners = boxes.plane_colors([[0, 0], [0, 1], [1, 0], [1, 1], [2, -1]])
    assert ((corners >= 0) & (corners <= 1)).all()
    gaps = np.linalg.norm(corners[:4, None] - corners[None, :4], axis=2)
    assert gaps[np.triu_indices(4, 1)].min() > 0.4
    np.testing.assert_allclose(corners[4], corners[2])  # outside is clipped


def test_landscapes_have_the_first_coordinate_across():
    values = np.arange(4.0)[:, None] + np.zeros((4, 4))  # rises along the first axis
    figure = boxes.landscapes({"rising": values}, star=(0.4, 0.6))
    (axes,) = figure.axes
    assert axes.lines[0].get_xydata().tolist() == [[0.4, 0.6]]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(float)
    box = axes.get_window_extent()
    height = pixels.shape[0]
    middle = height - int((box.y0 + box.y1) / 2)
    left, right = (int(box.x0 + share * box.width) for share in (0.2, 0.9))
    assert pixels[middle, right].sum() > pixels[middle, left].sum() + 60  # cividis brightens


def test_by_angle_draws_the_table_and_its_places():
    table = pd.DataFrame({"a": [0.0, 1, 0], "b": [1.0, 1, 1]}, index=pd.Index([0, 90, 180]))
    (axes,) = boxes.by_angle(table, "kurtosis", places=(45.0,)).axes
    curves = [line.get_ydata() for line in axes.lines]
    np.testing.assert_allclose(curves[:2], table.to_numpy().T)
    assert axes.lines[2].get_xdata()[0] == 45
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_walls_draws_a_line_for_each_coupling_with_and_without_heads():
    rows = [
        {"scale": s, "coupling": c, "heads": h, "gap": s / 10, "r2": 1 - s / 50}
        for c in ("conditional", "potential")
        for h in (False, True)
        for s in (0.05, 0.5)
    ]
    left, right = boxes.walls(pd.DataFrame(rows)).axes
    for axes, expected in ((left, [0.005, 0.05]), (right, [0.999, 0.99])):
        assert len(axes.lines) == 4
        for line in axes.lines:
            np.testing.assert_allclose(line.get_ydata(), expected)
    names = [text.get_text() for text in right.get_legend().get_texts()]
    assert names[0] == "conditional, no heads"
    assert names[3] == "potential, heads"


def test_licenses_draws_every_seed_of_every_case():
    codes = pd.DataFrame({"easy": [0.9, 0.8], "hard": [0.7, 0.6]})
    scores = {"codes": codes, "after ICA": codes + 0.05, "after a random turn": codes - 0.1}
    (axes,) = boxes.licenses(scores).axes
    drawn = {tuple(np.round(line.get_xdata(), 3)) for line in axes.lines}
    assert drawn == {(0.9, 0.8), (0.7, 0.6), (0.95, 0.85), (0.75, 0.65), (0.8, 0.7), (0.6, 0.5)}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["easy", "hard"]
    low, high = axes.get_xlim()
    assert low <= 0.5
    assert high >= 1


@pytest.mark.parametrize("missing", ["codes", "after ICA"])
def test_licenses_wants_all_three_scores(missing):
    codes = pd.DataFrame({"easy": [0.9]})
    scores = {"codes": codes, "after ICA": codes, "after a random turn": codes}
    del scores[missing]
    with pytest.raises(KeyError, match=missing):
        boxes.licenses(scores)
