"""Pictures of chapter 02: what few pairs cost, what there is to learn, temperature, rivals."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colors as mpl_colors
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, curves, panels, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

WORLDS = (BLUE, ORANGE, GREEN, PURPLE)


def funnels(table: pd.DataFrame) -> Figure:
    """Gain of perfect scores minus the information, against n, one picture a world.

    table: the rows of the experiment `many_pairs`. Dots are measured, with two standard errors,
    lines exact, dashes the first order; below zero with the partner among the candidates.
    """
    worlds: Any = table.groupby(["kappa", "d"], sort=False)
    named = {f"kappa {kappa:g}, d {d}": rows for (kappa, d), rows in worlds}
    figure, parts = panels(named, "gain minus information (nats)", width=7.6, height=2.9)
    for axes, rows in parts:
        for partner, color, mark in ((True, BLUE, "o"), (False, ORANGE, "s")):
            half = rows[rows.partner == partner]
            axes.plot(half.n, -half.predicted, "--", color=GRAY, linewidth=1)
            axes.plot(half.n, -half.exact, color=color)
            axes.errorbar(half.n, -half.cost, 2 * half.se, fmt=mark, color=color, markersize=5)
        axes.axhline(0, color="black", linewidth=1)
        axes.set(xscale="log", xlabel="number of pairs n")
        x_ticks(axes, sorted(rows.n.unique()), "d")
    first = figure.axes[0]
    for where, color, text in ((0.93, ORANGE, "partner left out"), (0.07, BLUE, "partner among")):
        spot = {"transform": first.transAxes, "ha": "right", "va": "center", "fontsize": 9}
        first.text(0.98, where, text, color=color, **spot)
    return figure


def learnable(by_kappa: pd.DataFrame, by_n: pd.DataFrame) -> Figure:
    """Left: information against kappa, a line a column. Right: the gain of perfect scores against
    the number of pairs, a line a column, under the ceiling log n."""
    figure, (left, right) = canvas(2, height=3.1)
    curves(left, by_kappa, [("", color) for color in WORLDS])
    left.set(xscale="log", yscale="log", xlabel="kappa", ylabel="mutual information (nats)")
    left.legend()
    ceiling = pd.Series(np.log(by_n.index.to_numpy()), by_n.index)
    top = 1.15 * by_n.to_numpy().max()
    right.plot(ceiling[ceiling < top], color="black", linestyle="--")
    last = by_n.index[int((ceiling < top).sum()) - 1]
    right.annotate("log n", (last, ceiling[last]), (-8, 0), textcoords="offset points", ha="right")
    for color, (name, values) in zip(WORLDS, by_n.items(), strict=False):
        right.plot(by_n.index, values, color=color)
        end = (by_n.index[-1], values.iloc[-1])
        right.annotate(name, end, (0, 4), textcoords="offset points", ha="right", color=color)
    right.set(xscale="log", xlabel="number of pairs n", ylabel="gain of perfect scores (nats)")
    right.set_ylim(0, top)
    return figure


def temperature(
    curve: pd.DataFrame, dots: pd.Series, kappa: float, crossing: float, information: float
) -> Figure:
    """One frame of the slider: the gain of the true latents against 1/tau, over what there is.

    curve: columns by number of pairs, index 1/tau; dots: measured gains, index 1/tau. All are
    divided by `information`. Marks stand at kappa and at the crossing with constant codes.
    """
    figure, axes = canvas(height=3.2)
    for style, (name, values) in zip(("-", "--"), curve.items(), strict=False):
        axes.plot(curve.index, values / information, style, color=BLUE, label=name)
    axes.plot(dots.index, dots / information, "o", color=BLUE, markersize=5, label=dots.name)
    axes.axhline(0, color=RED, label="constant codes")
    words = {"right": (kappa, f"kappa = {kappa:g} ")}
    words["left"] = (crossing, f" crossing: {crossing:.3g}")
    for side, (place, text) in words.items():
        axes.axvline(place, color=GRAY, linestyle=":")
        axes.text(place, 1.18, text, ha=side, va="bottom", color="black")
    axes.set(xscale="log", xlim=(0.15, 300), ylim=(-1.2, 1.15))
    axes.set(xlabel="inverse temperature 1/tau", ylabel="gain / what there is to learn")
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    figure.legend(title=f"to learn: {information:.2g} nats", loc="outside right center")
    return figure


def rivals(gains: pd.DataFrame, table: pd.DataFrame, d: int) -> Figure:
    """Left: gains against 1/tau over kappa, lines for codes written down, dots for trained ones.
    Right: held-out linear R2 of the trained codes.

    gains: columns by code, index the ratio. table: rows of the experiment `fixed_temperature`.
    """
    figure, (left, right) = canvas(2, height=3.2)
    looks = (("", BLUE), ("", ORANGE), ("-", GRAY))
    curves(left, gains.add_suffix(" codes"), looks)
    trained = table[table["code"] == "trained"]
    marks = {0: ("o", "black", "trained codes"), 1: ("D", GREEN, "trained, one more dimension")}
    for spare, (mark, color, name) in marks.items():
        for axes, metric in ((left, "nats"), (right, "linear_r2")):
            rows: Any = trained[(trained["spare"] == spare) & (trained["metric"] == metric)]
            axes.plot(rows["ratio"], rows["value"], mark, color=color, alpha=0.7, label=name)
    right.axhline((d - 1) / d, color=ORANGE)
    right.axhline(1, color=BLUE)
    left.set_ylim(-0.5, 1.1 * gains.to_numpy().max())
    left.set_ylabel("gain (nats)")
    right.set(ylim=(0, 1.05), ylabel="held-out linear R2")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="(1/tau) / kappa")
        x_ticks(axes, [0.5, 1, 2, 4, 8])
    right.legend(*left.get_legend_handles_labels(), loc="lower left")
    return figure


def two_modalities(n_x: int, n_t: int) -> np.ndarray:
    """Colors (n_x + n_t, 3): photographs blue, captions orange."""
    blue, orange = (mpl_colors.to_rgb(color) for color in (BLUE, ORANGE))
    return np.array([blue] * n_x + [orange] * n_t)
