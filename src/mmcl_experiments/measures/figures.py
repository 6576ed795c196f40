"""Pictures of chapter 03: codes as maps of colors, the table of measures, chance, baselines."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED, canvas, x_ticks

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
    rows = -(-len(codes) // 5)
    figure, places = canvas(5, rows=rows, width=8.0, height=1.85 * rows)
    places = places.ravel()
    for axes, (name, code) in zip(places, codes.items(), strict=False):
        axes.scatter(code[:, 0], code[:, 1], c=colors, s=3, linewidths=0)
        axes.set(xticks=[], yticks=[], title=name)
        axes.title.set_fontsize(9)
        axes.margins(0.05)
        axes.set_box_aspect(1)
        axes.spines[:].set_visible(False)
    for axes in places[len(codes) :]:
        axes.remove()
    return figure


def regressions(code: np.ndarray, latent: np.ndarray, fits: Mapping[str, np.ndarray]) -> Figure:
    """One latent (n,) against one code dimension (n,), and each regression's predictions (n,)."""
    figure, axes = canvas(width=5.2, height=3.0)
    axes.plot(code, latent, "o", color=GRAY, markersize=7, alpha=0.25, mew=0, label="latent")
    for (name, fitted), color in zip(fits.items(), (RED, BLUE), strict=False):
        axes.plot(code, fitted, ".", color=color, markersize=3, label=name)
    axes.set(xlabel="code dimension", ylabel="latent")
    for handle in axes.legend().legend_handles:
        handle.set(markersize=8, alpha=1)
    return figure


def turning(code: np.ndarray, colors: np.ndarray, scores: Mapping[str, float]) -> Figure:
    """A code's picture (left) and its scores as bars (right), on fixed scales."""
    figure, (left, right) = canvas(2, height=3.0)
    left.scatter(code[:, 0], code[:, 1], c=colors, s=3, linewidths=0)
    left.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), xlabel="code 1", ylabel="code 2")
    left.set_box_aspect(1)
    names = list(scores)[::-1]
    right.barh(names, [scores[name] for name in names], color=BLUE)
    right.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
    for place, name in enumerate(names):
        right.text(max(scores[name], 0) + 0.02, place, f"{scores[name]:.2f}", va="center")
    return figure


def scoreboard(table: pd.DataFrame, groups: Mapping[str, int]) -> Figure:
    """Codes (rows) by measures (columns), darker is higher; groups: heading to column count."""
    figure, axes = canvas(width=8.6, height=0.9 + 0.36 * len(table))
    values = table.to_numpy()
    axes.imshow(values, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        shade = "white" if value > 0.6 else "black"
        axes.text(
            j,
            i,
            f"{value + 0.0:.2f}".replace("-0.00", "0.00"),
            ha="center",
            va="center",
            color=shade,
        )
    axes.set_xticks(range(table.shape[1]), [name.replace(" ", "\n", 1) for name in table])
    axes.set_yticks(range(len(table)), list(table.index))
    axes.tick_params(length=0, top=False, labelsize=9)
    axes.spines[:].set_visible(False)
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
    figure, places = canvas(2, height=3.1)
    for axes, measure in zip(places, (left, right), strict=True):
        chosen = table[table.measure.eq(measure)]
        for (n, part), color, mark in zip(
            chosen.groupby("n"), (BLUE, ORANGE, GREEN), "os^", strict=False
        ):
            axes.plot(part.k, part.value, mark, color=color, label=f"n = {n}")
            axes.plot(part.k, part.predicted, "--", color=color, linewidth=1.2)
        axes.set(xscale="log", xlabel="useless code dimensions k", ylabel=f"{measure} of noise")
        x_ticks(axes, sorted(chosen.k.unique()), "d")
        axes.grid(axis="y", alpha=0.3)
    places[0].legend()
    limits = [axes.get_ylim() for axes in places]
    places[1].set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    return figure


def worlds(table: pd.DataFrame, label: str) -> Figure:
    """One panel a world (top level of the columns), one row a code, a dot a seed."""
    names = list(dict.fromkeys(table.columns.get_level_values(0)))
    figure, places = canvas(len(names), height=0.9 + 0.32 * table[names[0]].shape[1])
    for axes, name in zip(places, names, strict=True):
        part = table[name]
        for place, (code, values) in enumerate(part.items()):
            axes.plot(values, [-place] * len(values), "o", color=BLUE, alpha=0.7, label=code)
        axes.set_yticks([-place for place in range(part.shape[1])], list(part.columns))
        axes.set(xlim=(0, 1.03), title=name, xlabel=label)
        axes.grid(axis="x", alpha=0.3)
    for axes in places[1:]:
        axes.set_yticklabels([])
    return figure
