"""What pages say and draw of accepted sweeps, where a chapter alone did so: 08, 14, 15 and 16."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmcl.randomness import stream
from mmcl_experiments import results
from mmcl_experiments.domain_shift import figures as looks
from mmcl_experiments.few_shot import figures as shots
from mmcl_experiments.place_towers import readings as towers
from mmcl_experiments.shared_dimension import readings as counts


@pytest.fixture(scope="module")
def few_shot():
    return results.recorded("few_shot", profile="default")


@pytest.fixture(scope="module")
def shifted():
    return results.recorded("domain_shift", profile="default")


@pytest.fixture(autouse=True)
def forgotten():
    """Figures are closed once they were looked at."""
    yield
    plt.close("all")


def dots(axes):
    """The y of each line of a panel that has more than two points, as lists."""
    return [list(line.get_ydata()) for line in axes.lines if len(line.get_ydata()) > 2]


def counted(codes, content, found, *, size=4, metric="dimension"):
    """A row of `shared_dimension`: what was counted where there was so much content."""
    return {"codes": codes, "content": content, "metric": metric, "value": found, "size": size,
            "code": "contrastive", "place": 0}  # fmt: skip


def test_counts_are_right_where_they_are_and_the_worst_content_is_said():
    levels = [{"metric": "correlation", "place": k, "value": k / 10} for k in range(6)]
    shared = pd.DataFrame([*levels, {"metric": "dimension", "place": 0, "value": 3}])
    rows = [counted("unbounded", 2, 2), counted("unbounded", 2, 2)]
    rows += [counted("unbounded", 3, 3), counted("unbounded", 3, 5)]  # one of two
    rows += [counted("sphere", 2, 3), counted("sphere", 3, 3)]  # none, and all
    rows += [counted("unbounded", 3, 9, size=8)]  # what a page shows by itself
    noted = counts.noted(shared, pd.DataFrame(rows))
    assert noted == {
        "shared.third": 0.3, "shared.fourth": 0.4, "shared.dimension": 3,
        "shared.recovered": 0.5, "shared.sphere": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(("found", "holds"), [((3, 4), True), ((3, 3), False)])
def test_one_direction_more_is_asked_of_every_run_on_a_sphere(found, holds):
    rows = [counted("sphere", 1 + k, value, metric="directions")
            for k, value in enumerate(found, start=1)]  # fmt: skip
    rows += [counted("unbounded", 2, 9, metric="directions")]
    rows += [counted("sphere", 2, 9, size=8, metric="directions")]
    assert counts.one_more(pd.DataFrame(rows)) is holds


def test_towers_of_places_are_read_by_name():
    table = results.recorded("place_towers", profile="default")
    numbers = towers.numbers(table)
    sea = table.query("part == 'sea' and network == 'fourier' and label == 'land'").value
    assert numbers["land.fourier"] == sea.mean()
    gondola = table.query("part == 'pictures' and label == 'gondola' and country == 'IT'").value
    assert numbers["gondola.share"] == pytest.approx(gondola.sum() / table.seed.nunique())
    first = table[table.part.eq("pictures")].groupby("label").country.first()
    assert 0 < numbers["pictures.us"] <= len(first)
    assert len(numbers) == 17
    assert np.isfinite([*numbers.values()]).all()


def test_lines_over_strengths_are_means_over_models(few_shot):
    scanned = few_shot[few_shot.metric.eq("at strength")]
    some = {f"{count} shots": rows for count, rows in scanned.groupby("shots")}
    axes = shots.strengths(some).axes[0]
    rows = next(iter(some.values()))
    for line, method in zip(axes.lines, shots.SPACES, strict=True):
        wanted = rows[rows.method.eq(method)].groupby("strength").value.mean()
        np.testing.assert_array_equal(line.get_xdata(), wanted.index)
        np.testing.assert_array_equal(line.get_ydata(), wanted)


def test_protocols_show_each_arm_beside_the_clean_one(few_shot):
    panels = shots.protocols(few_shot).axes
    assert [axes.get_title() for axes in panels][2] == "both, as released"
    rows = few_shot[few_shot.part.eq("protocol") & few_shot.metric.eq("difference")]
    rows = rows[rows.method.eq("as released - leak-free")]
    assert dots(panels[2])[-1] == list(rows.groupby("shots").value.mean())
    assert len(dots(panels[2])) == rows.seed.nunique() + 1


def test_views_are_colored_by_group():
    rng = stream(0, "points")
    groups = np.repeat([0, 1, 2], [5, 6, 7])
    points = rng.standard_normal((18, 2))
    axes = shots.cuts({"ICA": points}, groups, ("left", "middle", "right")).axes[0]
    for group, line in enumerate(axes.lines):
        np.testing.assert_array_equal(line.get_xydata(), points[groups == group])


def test_falls_are_drawn_from_the_photo_down(shifted):
    axes = looks.falls({"all": shifted}, chance=0.125).axes[0]
    rows = shifted[shifted.part.eq("heads") & shifted.metric.eq("accuracy")]
    for line, (head, method) in zip(axes.lines, looks.LINES, strict=False):
        one = rows[rows["head"].eq(head) & rows.method.eq(method)]
        wanted = [one[one["look"].eq(look)].value.mean() for look in looks.ORDER]
        np.testing.assert_allclose(line.get_ydata(), wanted, rtol=1e-12)
    assert list(axes.lines[-1].get_ydata()) == [0.125, 0.125]


def test_style_goes_up_and_the_strongest_factor_down(shifted):
    one = shifted[shifted.seed.eq(shifted.seed.min())]
    axes = looks.shares(one).axes[0]
    rows = one[one.part.eq("style") & one.component.ge(0) & one.method.eq("ica")]
    style = rows[rows.factor.eq("look")].value
    heights = np.array([bar.get_height() for bar in axes.patches])
    up, down = heights[: len(style)], heights[len(style) :]
    np.testing.assert_allclose(up, np.sort(style)[::-1], rtol=1e-12)
    content = rows[rows.factor.ne("look")].groupby("component").value.max()
    np.testing.assert_allclose(np.sort(-down), np.sort(content), rtol=1e-12)


def test_dropping_has_a_panel_each_way_and_a_mean_each_look(shifted):
    panels = looks.dropping(shifted).axes
    assert [axes.get_title() for axes in panels] == [*looks.ARMS.values()]
    rows = shifted[shifted.part.eq("dropped") & shifted.metric.eq("difference")]
    rows = rows[rows.method.eq("ica - none")].groupby("look").value.mean()
    np.testing.assert_allclose(dots(panels[0])[-1], rows.loc[list(looks.ORDER[1:])], rtol=1e-12)


def test_pictures_of_looks_are_named_at_the_left():
    pictures = np.zeros((2, 4, 4, 3))
    axes = looks.grid({"photo": pictures, "lines": pictures}).axes
    assert [each.get_ylabel() for each in axes] == ["photo", "", "lines", ""]
