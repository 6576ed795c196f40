"""Figures: tidy tables in, one consistent look out.

Every figure reaches the page through `show` (a picture), or through `turntable` or `slider` in
`mmcl_experiments.figures.interactive`. All want alt text and a caption. Pictures that belong to
one topic stand in its room, as `figures.py`, made of the parts that stand here: panels, lines,
clouds, cells. A figure offers as a CSV the tables that the function which draws it was given;
`show(..., data=)` names others. The background is opaque, so that figures read in light and dark
pages.
"""

import base64
import html
import io
import sys
from collections.abc import Mapping
from typing import Any, TypeVar

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED
from mmcl_experiments.recorded import sheets

LOOKS = list(zip("os^vD", (BLUE, ORANGE, GREEN, RED, PURPLE), strict=True))  # of lines side by side
STYLE: Any = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 144,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', {[BLUE, ORANGE, GREEN, RED, PURPLE, GRAY]})",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}

Thing = TypeVar("Thing")


class Shown:
    """A figure as the page shows it: HTML with alt text and a caption."""

    def __init__(self, markup: str, alt: str):
        self.markup, self.alt = markup, alt

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return f"[figure: {self.alt}]"


def show(figure: Figure, *, alt: str, caption: str, data: Any = None) -> Shown:
    """A matplotlib figure for the page; closes it. Errors: ValueError without alt or caption.

    data: the table to offer below it, or tables by name; without it those that `canvas` saw.
    """
    check_texts(alt, caption)
    data = sheets.TABLES.get(figure) if data is None else data
    image = f'<img alt="{html.escape(alt)}" src="{picture(figure)}">'
    return Shown(figure_markup(image, caption, data), alt)


def picture(figure: Figure, *, tight: bool = True) -> str:
    """A figure as a data address of a PNG; closes it. tight: cut away empty margins."""
    buffer = io.BytesIO()
    box = "tight" if tight else None
    figure.savefig(buffer, format="png", bbox_inches=box, facecolor="white")
    plt.close(figure)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def canvas(
    columns: int | None = None,
    *,
    rows: int | None = None,
    width: float = 7.0,
    height: float = 2.9,
    **how: Any,
) -> tuple[Figure, Any]:
    """A figure in the book's style: one Axes, an array of `columns` of them, or (rows, columns).

    how: what else `plt.subplots` takes. The figure remembers the tables among the arguments of
    the function that calls this, to offer them below it.
    """
    plt.rcParams.update(STYLE)
    shape = {"figsize": (width, height), "layout": "constrained", "squeeze": False}
    figure, places = plt.subplots(rows or 1, columns or 1, **shape, **how)
    plt.close(figure)  # it lives on, but a cell that only draws it doesn't print it
    call: Any = sys._getframe(1)
    while call.f_code in (panels.__code__, tiles.__code__):
        call = call.f_back
    sheets.remember(figure, call)
    if rows is not None:
        return figure, places
    return figure, places[0, 0] if columns is None else places[0]


def panels(
    named: Mapping[Any, Thing], label: str = "", *, titles: float | str = "large", **size: Any
) -> tuple[Figure, list[tuple[Any, Thing]]]:
    """A panel for each of some named things, side by side under their names, in pairs with them.

    label: of the first panel's y axis; titles: their font size; size: see `canvas`.
    """
    figure, places = canvas(len(named), **size)
    for axes, name in zip(places, named, strict=True):
        axes.set_title(str(name), fontsize=titles)
    places[0].set_ylabel(label)
    return figure, list(zip(places, named.values(), strict=True))


def tiles(n: int, columns: int, *, width: float, height: float) -> tuple[Figure, list[Any]]:
    """Places of one size for n pictures, so many a row."""
    rows = -(-n // columns)
    figure, places = canvas(columns, rows=rows, width=width * columns, height=height * rows)
    for axes in places.flat[n:]:
        axes.remove()
    return figure, list(places.flat[:n])


def legend_beside(axes: Any, **how: Any) -> Any:
    """A legend to the right of the axes."""
    return axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), **how)


def legend_of(marks: Mapping[str, Mapping[str, Any]], **how: Any) -> dict[str, Any]:
    """What `legend` takes for marks of these names and looks, side by side."""
    looks = {name: {"linestyle": "", **look} for name, look in marks.items()}
    handles = [Line2D([], [], label=name, **look) for name, look in looks.items()]
    return {"handles": handles, "ncols": len(handles), **how}


def x_ticks(axes: Any, values: Any, form: str = "g", **how: Any) -> None:
    """Ticks at these values alone, written in full, as a logarithmic axis doesn't by itself."""
    axes.set_xticks(list(values), [format(value, form) for value in values], **how)
    axes.minorticks_off()


def frameless(axes: Any) -> None:
    """Neither ticks nor a frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def curves(axes: Any, table: pd.DataFrame, looks: Any = LOOKS, **how: Any) -> None:
    """A line a column over the table's index.

    looks: (mark, color) of each in turn; a dash in a mark, such as "o-", makes the line dashed.
    """
    for (mark, color), (name, values) in zip(looks, table.items(), strict=False):
        axes.plot(table.index, values, f"{mark}-", color=color, label=name, **how)


def means(axes: Any, rows: Any, by: str, over: str, looks: Mapping[str, Any], **how: Any) -> None:
    """A line for each name in the column `by`: mean values over another column.

    looks: name to color, mark and, where the legend has another, label.
    """
    for name, (color, mark, *label) in looks.items():
        line = rows[rows[by] == name].groupby(over).value.mean()
        axes.plot(line.index, line, f"{mark}-", color=color, label=[*label, name][0], **how)


def cloud(axes: Any, points: Any, colors: Any, size: float = 5) -> None:
    """Points of the plane (n, 2), each in its color."""
    points = np.asarray(points)
    axes.scatter(points[:, 0], points[:, 1], c=colors, s=size, linewidths=0)


def written(axes: Any, texts: pd.DataFrame, colors: np.ndarray, **how: Any) -> None:
    """A text in each cell of a matrix that was drawn, in its color; names of rows and columns."""
    for (i, j), text in np.ndenumerate(texts.to_numpy()):
        axes.text(j, i, text, ha="center", va="center", color=colors[i, j], **how)
    axes.set_xticks(range(texts.shape[1]), list(texts))
    axes.set_yticks(range(len(texts)), list(texts.index))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def score_bars(axes: Any, scores: Mapping[str, float], reach: float, gap: float) -> None:
    """Scores as bars from zero, the first on top, each with its number behind a gap."""
    names = list(scores)[::-1]
    axes.barh(names, [max(scores[name], 0) for name in names], color=BLUE)
    axes.set(xlim=(0, reach), xticks=[0, 0.5, 1])
    for place, name in enumerate(names):
        axes.text(max(scores[name], 0) + gap, place, f"{scores[name]:.2f}", va="center")


def lines(
    table: pd.DataFrame, label: str, *, level: float | None = None, marker: float | None = None
) -> Figure:
    """A line a column over the table's index; dashed lines at a `level` and at a `marker`."""
    figure, axes = canvas()
    curves(axes, table, markersize=4)
    if level is not None:
        axes.axhline(level, color="black", linestyle="--")
    if marker is not None:
        axes.axvline(marker, color="black", linestyle="--")
    axes.set(xlabel=table.index.name, ylabel=label)
    if table.shape[1] > 1:
        axes.legend()
    return figure


def agreement(table: pd.DataFrame, x_label: str, y_label: str) -> Figure:
    """The second column against the first, with the diagonal on which they agree."""
    figure, axes = canvas(width=3.8, height=3.4)
    axes.plot(table.iloc[:, 0], table.iloc[:, 1], ".", markersize=2, alpha=0.5)
    axes.axline((0, 0), slope=1, color="black", linestyle="--")
    axes.set(xlabel=x_label, ylabel=y_label)
    return figure


def dots(table: pd.DataFrame, label: str) -> Figure:
    """A row for each column: a dot for each of its values (a seed) and a bar at their mean."""
    figure, axes = canvas(height=0.7 + 0.36 * table.shape[1])
    rows = {"data": table, "orient": "h", "ax": axes}
    sns.stripplot(**rows, color=BLUE, size=7, alpha=0.7, jitter=False)
    mean = {"marker": "|", "markersize": 16, "linestyle": "none", "errorbar": None}
    sns.pointplot(**rows, color="black", **mean)
    axes.set(xlim=(min(0.0, table.to_numpy().min() - 0.02), 1.02), xlabel=label, ylabel="")
    axes.grid(axis="x", alpha=0.3)
    return figure


def matrices(named: dict[str, Any]) -> Figure:
    """Small matrices side by side with their values written in, on a scale from -1 to 1."""
    figure, parts = panels(named, height=2.6)
    for axes, values in parts:
        matrix = np.asarray(values)
        axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
        texts = pd.DataFrame(matrix).map("{:.2f}".format)
        written(axes, texts, np.where(abs(matrix) > 0.6, "white", "black"))
        axes.set(xticks=[], yticks=[])
    return figure


def couplings(by_kappa: dict[float, list[pd.Series]]) -> Figure:
    """For each kappa the learned inverse temperatures (left) and scores (right), a dot a seed."""
    figure, (left, right) = canvas(2)
    for kappa, pair in by_kappa.items():
        for axes, values in zip((left, right), pair, strict=True):
            axes.plot([kappa] * len(values), values, "o", color=BLUE, alpha=0.7)
    left.axline((1, 1), (2, 2), color="black", linestyle="--")
    left.set(yscale="log", ylabel="learned 1/tau")
    right.set(ylim=(0, 1.02), ylabel="held-out linear R2")
    ticks = list(by_kappa)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="kappa of the world")
        x_ticks(axes, ticks)
    left.set_yticks(ticks, [f"{kappa:g}" for kappa in ticks])
    return figure


def hues(points: np.ndarray) -> np.ndarray:
    """One color a point of the sphere (n, 3): hue by longitude, lighter towards the north."""
    longitude = np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) + 0.5
    north = (points[:, 2] + 1) / 2
    hsv = np.column_stack([longitude, 0.95 - 0.55 * north, 0.45 + 0.5 * north])
    return mpl_colors.hsv_to_rgb(hsv)


def figure_markup(content: str, caption: str, data: Any = None) -> str:
    """HTML of a figure with its caption, and a link to its tables if there are any."""
    below = f"<figcaption>{html.escape(caption)}{sheets.link(data)}</figcaption>"
    return f'<figure class="mmcl-figure">{content}{below}</figure>'


def check_texts(alt: str, caption: str) -> None:
    """ValueError unless a figure has alt text and a caption."""
    for name, text in {"alt": alt, "caption": caption}.items():
        if not text.strip():
            raise ValueError(f"a figure needs {name}: say in words what it shows")
