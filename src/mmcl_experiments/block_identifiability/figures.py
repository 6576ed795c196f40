"""Pictures of chapter 08: two graphs, clouds in two colorings, blocks, directions."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from mmcl_experiments.convex_body.figures import plane_colors
from mmcl_experiments.figures import canvas, cloud, curves, frameless, legend_beside, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, RED

CONTENT, STYLE, PRIVATE = BLUE, ORANGE, GRAY
# Where the nodes of a graph stand, by name: place, color; observations are squares.
NODES: dict[str, tuple[float, float, str]] = {
    "$c$": (2.0, 2.0, CONTENT),
    "$s$": (1.0, 2.0, STYLE),
    r"$\tilde{s}$": (3.0, 2.0, STYLE),
    "$m_x$": (0.1, 2.0, PRIVATE),
    "$m_t$": (3.9, 2.0, PRIVATE),
    "$x$": (1.1, 0.5, "white"),
    "$t$": (2.9, 0.5, "white"),
}
SEEN = [("$c$", "$x$"), ("$c$", "$t$"), ("$s$", "$x$"), (r"$\tilde{s}$", "$t$")]
OWN = [("$m_x$", "$x$"), ("$m_t$", "$t$")]
AMONG = [("$c$", "$s$")]
LENSES = {"two views": ("$g$", "$g$"), "two modalities": ("$g_x$", "$g_t$")}


def graphs() -> Figure:
    """The graphs of two views and of two modalities, side by side.

    Solid arrows are mixings, dashed ones dependence; an arc is the perturbation of style.
    """
    figure, places = canvas(2, height=2.4)
    for axes, (title, lenses) in zip(places, LENSES.items(), strict=True):
        arrows = SEEN + (OWN if title == "two modalities" else [])
        for start, end in arrows:
            _arrow(axes, start, end)
        for start, end in AMONG:
            _arrow(axes, start, end, linestyle="--", color=GRAY)
        _arrow(axes, "$s$", r"$\tilde{s}$", color=RED, connectionstyle="arc3,rad=-0.5")
        axes.text(2, 2.66, "some coordinates change", color=RED, ha="center", fontsize=8)
        for name in {end for pair in arrows for end in pair}:
            x, y, color = NODES[name]
            shape = "square" if color == "white" else "circle"
            box = {"boxstyle": f"{shape},pad=0.32", "facecolor": color, "edgecolor": "black"}
            shade = "black" if color in ("white", STYLE) else "white"
            axes.text(x, y, name, ha="center", va="center", bbox=box, color=shade, fontsize=11)
        for (x, side), lens in zip(((1.1, -1), (2.9, 1)), lenses, strict=True):
            axes.text(x + 0.42 * side, 0.62, lens, ha="center", va="center")
        axes.set(title=title, xlim=(-0.3, 4.3), ylim=(0.1, 2.8))
        axes.axis("off")
    return figure


def _arrow(axes: Any, start: str, end: str, **how: Any) -> None:
    style = {"arrowstyle": "-|>", "color": "black", "shrinkA": 13, "shrinkB": 13, "linewidth": 1.1}
    axes.annotate("", NODES[end][:2], NODES[start][:2], arrowprops=style | how)


def clouds(named: dict[str, tuple[Any, Any]]) -> Figure:
    """Clouds of points in the plane, each colored by points of the unit square of its own.

    named: title to (points (n, 2), colors' places (n, 2) in the unit square).
    """
    figure, parts = panels(named, titles=9, width=1.75 * len(named), height=2.2)
    for axes, (points, squares) in parts:
        cloud(axes, points, plane_colors(squares), 4)
        frameless(axes)
    return figure


def held(table: pd.DataFrame, label: str = "held-out nonlinear R2") -> Figure:
    """A grid of scores from 0 to 1 with the numbers written in: a row a case, a column a block."""
    figure, axes = canvas(width=2.2 + 0.95 * table.shape[1], height=0.9 + 0.36 * len(table))
    numbers = table.round(2) + 0.0  # no "-0.00"
    shown = {"vmin": 0, "vmax": 1, "cmap": "Blues", "annot": numbers, "fmt": ".2f"}
    sns.heatmap(table, ax=axes, **shown, linewidths=1, cbar_kws={"label": label})
    axes.set(xlabel="", ylabel="")
    axes.tick_params(left=False, bottom=False)
    return figure


def directions(table: pd.DataFrame, level: float) -> Figure:
    """R2 of single directions against their variance, content and style; a dashed `level`.

    table: columns block ("content" or "style"), variance, r2; one row a direction and seed.
    """
    figure, axes = canvas(height=3.0)
    for block, mark, color in (("content", "o", CONTENT), ("style", "s", STYLE)):
        rows = table[table.block.eq(block)]
        axes.plot(rows.variance, rows.r2, mark, color=color, label=block, alpha=0.8)
    axes.axhline(level, color="black", linestyle="--", linewidth=1)
    axes.set(xscale="log", xlabel="variance of the direction", ylabel="R2 from the code of x")
    axes.set(ylim=(-0.08, 1.05))
    legend_beside(axes)
    return figure


def by_size(table: pd.DataFrame, content: int) -> Figure:
    """Scores against the number of code dimensions, a line a block; dashes at the true number."""
    figure, axes = canvas(height=2.7)
    colors = {"content": CONTENT, "style": STYLE, "private": GREEN}
    curves(axes, table, zip("os^", map(colors.get, table), strict=False))
    axes.axvline(content, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="code dimensions", ylabel="held-out nonlinear R2", ylim=(-0.05, 1.05))
    axes.set_xticks(list(table.index))
    legend_beside(axes)
    return figure
