"""Figures: tidy tables in, one consistent look out.

Every figure reaches the page through `show` (a picture), or through `turntable` or `slider` in
`mmcl_experiments.figures.interactive`. All want alt text and a caption. Pictures that belong to
one topic stand in its room, as `figures.py`. A figure offers as a CSV the tables that the function
which draws it was given; `show(..., data=)` names others. The palette is Okabe and Ito's, safe for
color-blind readers; the background is opaque, so that figures read in light and dark pages.
"""

import base64
import html
import io
import sys
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure

from mmcl_experiments.recorded import sheets

BLUE, ORANGE, GREEN, RED, PURPLE, GRAY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#767676",
)  # fmt: skip
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
    sheets.remember(figure, sys._getframe(1))
    if rows is not None:
        return figure, places
    return figure, places[0, 0] if columns is None else places[0]


def legend_beside(axes: Any, **how: Any) -> Any:
    """A legend to the right of the axes."""
    return axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), **how)


def x_ticks(axes: Any, values: Any, form: str = "g", **how: Any) -> None:
    """Ticks at these values alone, written in full, as a logarithmic axis doesn't by itself."""
    axes.set_xticks(list(values), [format(value, form) for value in values], **how)
    axes.minorticks_off()


def lines(
    table: pd.DataFrame, label: str, *, level: float | None = None, marker: float | None = None
) -> Figure:
    """A line a column over the table's index; dashed lines at a `level` and at a `marker`."""
    figure, axes = canvas()
    for symbol, (name, values) in zip("os^vD", table.items(), strict=False):
        axes.plot(table.index, values, marker=symbol, markersize=4, label=name)
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
    figure, places = canvas(len(named), height=2.6)
    for axes, (name, values) in zip(places, named.items(), strict=True):
        matrix = np.asarray(values)
        axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
        for (i, j), value in np.ndenumerate(matrix):
            shade = "white" if abs(value) > 0.6 else "black"
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=shade)
        axes.set(xticks=[], yticks=[], title=name)
        axes.spines[:].set_visible(False)
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
