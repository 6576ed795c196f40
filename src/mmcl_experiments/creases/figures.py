"""Pictures of chapter 05: overlaps, runs of each cell, trainings on the way, codes apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, ORANGE, RED

HEADS = {True: ("o", BLUE, "heads"), False: ("D", RED, "no heads")}
STEPS = {  # a photograph's from a to a2, a caption's from b to b2
    "apart": (0.05, 0.4, 0.6, 0.95),
    "in part": (0.1, 0.65, 0.4, 0.9),
    "inside": (0.05, 0.95, 0.3, 0.7),
    "opposed": (0.1, 0.65, 0.9, 0.4),
}


def overlaps(steps: Mapping[str, tuple[float, float, float, float]] = STEPS) -> Figure:
    """A photograph's step (above) and a caption's (below) in each case, their common part shaded.

    steps: name to (a, a2, b, b2); below each its cross difference of absolute values.
    """
    figure, parts = panels(steps, width=8.4, height=1.9, sharey=True)
    for axes, (a, a2, b, b2) in parts:
        low, high = max(min(a, a2), min(b, b2)), min(max(a, a2), max(b, b2))
        if high > low:
            axes.axvspan(low, high, color=GRAY, alpha=0.35, linewidth=0)
        for height, start, end, color in ((0.68, a, a2, BLUE), (0.32, b, b2, ORANGE)):
            arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 2.4, "mutation_scale": 16}
            axes.annotate("", (end, height), (start, height), arrowprops=arrow)
            axes.plot(start, height, "o", color=color, markersize=5)
        crossed = abs(a - b) - abs(a2 - b) - abs(a - b2) + abs(a2 - b2)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], xlabel=f"{crossed:+.1f}" if crossed else "0")
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=0)
    parts[0][0].set_yticks([0.68, 0.32], ["photograph", "caption"])
    return figure


def cells(runs: pd.DataFrame) -> Figure:
    """MCC of each run: a row a cell, with heads above and without below. columns: cell, heads,
    mcc."""
    names = list(dict.fromkeys(runs["cell"]))
    figure, axes = canvas(height=0.8 + 0.5 * len(names))
    for heads, (mark, color, label) in HEADS.items():
        part = runs[runs.heads.eq(heads)]
        places = np.array([names.index(name) for name in part["cell"]]) + (-0.15 if heads else 0.15)
        axes.plot(part.mcc, places, mark, color=color, alpha=0.75, label=label)
    named_rows(axes, names)
    return figure


def remedies(runs: pd.DataFrame) -> Figure:
    """MCC of each run, a row a remedy, with a ring around those that have lost a latent.

    columns: remedied (the name), mcc, lost.
    """
    names = list(dict.fromkeys(runs["remedied"]))
    figure, axes = canvas(height=0.8 + 0.36 * len(names))
    places = np.array([names.index(name) for name in runs["remedied"]])
    axes.plot(runs.mcc, places, "o", color=BLUE, alpha=0.75, label="a run")
    ring = {"markersize": 12, "markerfacecolor": "none", "color": RED}
    lost = runs.lost.to_numpy()
    axes.plot(runs.mcc[lost], places[lost], "o", label="a latent lost", **ring)
    named_rows(axes, names)
    return figure


def named_rows(axes: Any, names: list[str]) -> None:
    """Rows with their names, the first on top, over an axis of MCCs."""
    axes.set_yticks(range(len(names)), names)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(0.4, 1.02), xlabel="MCC with the latents")
    axes.axvline(1, color="black", linewidth=0.8, linestyle=":")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)


def on_the_way(named: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> Figure:
    """Linear R2 and MCC over the steps of training, a line a seed; a panel for each name.

    named: name to the two tables, one column a seed.
    """
    figure, parts = panels(named, "score of the codes", width=7.2, height=2.9, sharey=True)
    for axes, tables in parts:
        for table, (style, color, label) in zip(
            tables, (("--", ORANGE, "linear R2"), ("-", BLUE, "MCC")), strict=True
        ):
            axes.plot(table.index, table, style, color=color, linewidth=1.2, alpha=0.85)
            axes.plot([], [], style, color=color, label=label)
        axes.set(xlabel="step", ylim=(0, 1.03))
    parts[-1][0].legend(loc="lower right")
    return figure


def apart(named: dict[str, tuple[Any, Any]]) -> Figure:
    """Histograms of one code coordinate each, of photographs and of captions.

    named: name to the two arrays (n,).
    """
    figure, parts = panels(named, "pairs", width=7.2, height=2.6)
    for axes, both in parts:
        bins = np.histogram_bin_edges(np.concatenate([np.asarray(each) for each in both]), 50)
        for values, color, label, hatch in zip(
            both, (BLUE, ORANGE), ("photographs", "captions"), ("", "///"), strict=True
        ):
            how = {"alpha": 0.55, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
            axes.hist(np.asarray(values), bins, color=color, label=label, **how)
        axes.set(xlabel="the coordinate's value")
    parts[-1][0].legend(loc="best")
    return figure
