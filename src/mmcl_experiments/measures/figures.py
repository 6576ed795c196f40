"""Pictures of chapter 03: codes as maps of colors, the table of measures, chance, baselines."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure

from mmcl_experiments import figures
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

CORNERS = np.array(
    [[mpl_colors.to_rgb(c) for c in row] for row in ((BLUE, GREEN), (PURPLE, ORANGE))]
)


def plane_hues(points: np.ndarray) -> np.ndarray:
    """One color a point of the square (n, 2): each corner has its own, blended between them."""
    low, high = points.min(axis=0), points.max(axis=0)
    a, b = ((points - low) / (high - low)).T[..., None]
    (blue, green), (purple, orange) = CORNERS
    return (1 - a) * ((1 - b) * blue + b * green) + a * ((1 - b) * purple + b * orange)


def portraits(codes: Mapping[str, np.ndarray], colors: np.ndarray) -> Figure:
    """The first two dimensions of each code, five codes a row; a point keeps its color."""
    figure, places = figures.tiles(len(codes), 5, width=1.6, height=1.85)
    for axes, (name, code) in zip(places, codes.items(), strict=True):
        figures.cloud(axes, code, colors, 3)
        axes.set_title(name, fontsize=9)
        axes.margins(0.05)
        axes.set_box_aspect(1)
        figures.frameless(axes)
    return figure


def regressions(code: np.ndarray, latent: np.ndarray, fits: Mapping[str, np.ndarray]) -> Figure:
    """One latent (n,) against one code dimension (n,), and each regression's predictions (n,)."""
    figure, axes = figures.canvas(width=5.2, height=3.0)
    axes.plot(code, latent, "o", color=GRAY, markersize=7, alpha=0.25, mew=0, label="latent")
    for (name, fitted), color in zip(fits.items(), (RED, BLUE), strict=False):
        axes.plot(code, fitted, ".", color=color, markersize=3, label=name)
    axes.set(xlabel="code dimension", ylabel="latent")
    for handle in axes.legend().legend_handles:
        handle.set(markersize=8, alpha=1)
    return figure


def turning(code: np.ndarray, colors: np.ndarray, scores: Mapping[str, float]) -> Figure:
    """A code's picture (left) and its scores as bars (right), on fixed scales."""
    figure, (left, right) = figures.canvas(2, height=3.0)
    figures.cloud(left, code, colors, 3)
    left.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xlabel="code 1", ylabel="code 2")
    left.set_box_aspect(1)
    figures.score_bars(right, scores, 1.15, 0.02)
    return figure


def scoreboard(table: pd.DataFrame, groups: Mapping[str, int]) -> Figure:
    """Codes (rows) by measures (columns), darker is higher; groups: heading to column count."""
    figure, axes = figures.canvas(width=8.6, height=0.9 + 0.36 * len(table))
    values = table.to_numpy()
    axes.imshow(values, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    texts = (table.round(2) + 0.0).map("{:.2f}".format)  # no "-0.00"
    texts.columns = [name.replace(" ", "\n", 1) for name in table]
    figures.written(axes, texts, np.where(values > 0.6, "white", "black"))
    axes.tick_params(labelsize=9)
    edge = 0
    for heading, count in groups.items():
        axes.text(edge + (count - 1) / 2, -0.75, heading, ha="center", weight="bold", fontsize=9)
        edge += count
        axes.axvline(edge - 0.5, color="white", linewidth=6)
    axes.set_xlim(-0.5, table.shape[1] - 0.5)
    return figure


def chance(table: pd.DataFrame, left: str, right: str) -> Figure:
    """What useless codes score in two measures, over their size; one color a number of rows n.

    Dashed lines are predictions. The right panel's scale includes the left one's.
    """
    figure, places = figures.canvas(2, height=3.1)
    for axes, measure in zip(places, (left, right), strict=True):
        chosen = table[table.measure.eq(measure)]
        looks = zip((BLUE, ORANGE, GREEN), "os^", strict=True)
        for (n, part), (color, mark) in zip(chosen.groupby("n"), looks, strict=False):
            axes.plot(part.k, part.value, mark, color=color, label=f"n = {n}")
            axes.plot(part.k, part.predicted, "--", color=color, linewidth=1.2)
        axes.set(xscale="log", xlabel="useless code dimensions k", ylabel=f"{measure} of noise")
        figures.x_ticks(axes, sorted(chosen.k.unique()), "d")
        axes.grid(axis="y", alpha=0.3)
    places[0].legend()
    limits = [axes.get_ylim() for axes in places]
    places[1].set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    return figure


def worlds(table: pd.DataFrame, label: str) -> Figure:
    """One panel a world (top level of the columns), one row a code, a dot a seed."""
    named = {name: table[name] for name in dict.fromkeys(table.columns.get_level_values(0))}
    rows = max(part.shape[1] for part in named.values())
    figure, parts = figures.panels(named, height=0.9 + 0.32 * rows)
    for axes, part in parts:
        for place, (code, values) in enumerate(part.items()):
            axes.plot(values, [-place] * len(values), "o", color=BLUE, alpha=0.7, label=code)
        axes.set_yticks([-place for place in range(part.shape[1])], list(part.columns))
        axes.set(xlim=(0, 1.03), xlabel=label)
        axes.grid(axis="x", alpha=0.3)
    for axes in figure.axes[1:]:
        axes.set_yticklabels([])
    return figure
