"""Tables as CSV: what a figure was drawn from is what a reader reads back."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmcl_experiments import figures
from mmcl_experiments.figures import interactive, paired
from mmcl_experiments.recorded import sheets

WORDS = {"alt": "A line that falls.", "caption": "It falls."}


def read(text):
    return pd.read_csv(io.StringIO(text))


def offered(shown):
    """The table that a figure on a page carries; None without a link."""
    code = re.search(r'href="data:text/csv;base64,([^"]+)"', shown._repr_html_())
    return None if code is None else read(base64.b64decode(code[1]).decode("utf-8"))


def tidy():
    rows = {"head": ["l1", "l1", "tree", "tree"], "seed": [1, 2, 1, 2], "shots": 2}
    rows |= {"method": "ica - rotated", "metric": "difference", "value": [0.1, 1 / 3, 0.2, 0.4]}
    return pd.DataFrame(rows).assign(low=0.0, high=1.0).set_axis([7, 9, 11, 12])


def test_a_figure_offers_the_table_it_was_given():
    table = pd.DataFrame({"ä, b": [0.1, 1 / 3]}, index=pd.Index([1, 2], name="steps"))
    found = offered(figures.show(figures.lines(table, "loss", level=0.5), **WORDS))
    pd.testing.assert_frame_equal(found, table.reset_index())


def test_other_data_or_none_may_be_named():
    figure = figures.lines(pd.DataFrame({"a": [1.0, 2.0]}), "loss")
    other = pd.DataFrame({"b": [1, 2]})
    pd.testing.assert_frame_equal(offered(figures.show(figure, data=other, **WORDS)), other)
    figure = figures.lines(pd.DataFrame({"a": [1.0, 2.0]}), "loss")
    assert offered(figures.show(figure, data={}, **WORDS)) is None


def test_a_figure_of_no_table_offers_nothing():
    shown = figures.show(figures.matrices({"A": np.eye(2)}), **WORDS)
    assert "<figcaption>It falls.</figcaption>" in shown._repr_html_()
    figure, _ = figures.canvas()
    assert offered(figures.show(figure, **WORDS)) is None


def test_of_recorded_rows_lists_that_a_column_tells_are_left_out():
    rows = pd.DataFrame({"row": ["a", "b", "c"], "value": [0.1, 0.2, 0.3], "code_key": "x"})
    asked = rows.assign(rows=[("a", "b"), ("a", "b"), ("c",)])
    assert list(read(sheets.csv(asked))) == ["row", "value"]
    others = asked.assign(rows=[("a", "b"), ("a",), ("c",)])  # who asked for the second?
    assert list(read(sheets.csv(others))) == ["row", "value", "rows"]
    numbers = rows.assign(rows=[1, 2, 3])
    assert list(read(sheets.csv(numbers))) == ["row", "value", "rows"]
    figure = asked.drop(columns="code_key")  # what draws a figure is offered as it is
    assert list(read(sheets.csv(figure))) == ["row", "value", "rows"]


def test_panels_are_told_apart_and_numbers_of_rows_are_left_out():
    found = offered(figures.show(paired.by_head(tidy(), "ica - rotated", "gain", "shots"), **WORDS))
    assert found.pop("table").tolist() == [paired.HEADS[name] for name in tidy()["head"]]
    pd.testing.assert_frame_equal(found, tidy().reset_index(drop=True))


def test_frames_of_a_slider_are_told_apart_unless_they_share_a_table():
    table = pd.DataFrame({"a": [0.2, 0.4], "b": [0.1, 0.3]})
    frames = {f"{k}": figures.dots(table * k, "R2") for k in (1, 2)}
    found = offered(interactive.slider(frames, "kappa", **WORDS))
    assert found.table.tolist() == ["kappa 1", "kappa 1", "kappa 2", "kappa 2"]
    assert found.a.tolist() == [0.2, 0.4, 0.4, 0.8]
    frames = {f"{k}": figures.dots(table, "R2") for k in (1, 2)}
    pd.testing.assert_frame_equal(offered(interactive.slider(frames, "kappa", **WORDS)), table)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (pd.Series([1.0, 2.0], index=[0.5, 1.5]), ["index", "number"]),
        (pd.Series([1.0, 2.0], index=[3, 4], name="nats"), ["index", "nats"]),
        (pd.DataFrame({"a": [1]}, index=["ica"]), ["index", "a"]),
        (pd.DataFrame({"value": [1]}, index=["ica"]), ["index", "value"]),
        (pd.DataFrame({"value": [1]}, index=[5]), ["value"]),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
         ["a 1", "b 2"]),
        (pd.DataFrame({"arm": ["ica"], "a": [1]}, index=pd.Index(["ica"], name="arm")),
         ["arm", "a"]),
        (pd.DataFrame([[1]], index=["ica"], columns=pd.CategoricalIndex(["a"])), ["index", "a"]),
        ({"x": pd.DataFrame({"table": [1]}), "y": pd.DataFrame({"a": [2]})},
         ["table", "table.1", "a"]),
        (pd.DataFrame({"code_key": ["x"] * 2, "d": 10, "value": [1, 2]}), ["value"]),
    ],
)  # fmt: skip
def test_what_says_something_is_a_column(table, columns):
    assert read(sheets.csv(table)).columns.tolist() == columns


def test_nothing_is_no_file():
    assert sheets.csv(None) == sheets.csv({}) == sheets.csv(pd.DataFrame({"a": []})) == ""


@pytest.mark.parametrize("parts", ["panels", "tiles"])
def test_parts_of_pictures_remember_what_the_function_that_draws_was_given(parts):
    def draw(table):
        if parts == "tiles":
            return figures.tiles(2, 2, width=1.0, height=1.0)[0]
        return figures.panels({"a": table.x, "b": table.y})[0]

    table = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    figure = draw(table)
    assert list(sheets.TABLES[figure]) == ["table"]
    assert sheets.TABLES[figure]["table"] is table
    plt.close(figure)
