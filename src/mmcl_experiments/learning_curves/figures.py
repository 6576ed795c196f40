"""Pictures of chapter 04 at a weak coupling: what codes hold against the pairs they have seen."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import GRAY, LOOKS, canvas


def curves(looks: pd.DataFrame, untrained: pd.DataFrame, told: pd.Series) -> Figure:
    """Held-out linear R2 (left) and gain in nats (right) over pairs seen, a line a recipe.

    looks, untrained: see `readings`. Dots: R2 of raw observations; dashes: the true latents' nats.
    told: R2 of a network that was shown the states, by pairs.
    """
    figure, (left, right) = canvas(2, height=3.4)
    for (mark, color), recipe in zip(LOOKS, untrained.index, strict=False):
        seen, level = looks.loc[recipe], untrained.loc[recipe]
        left.axhline(level.linear_r2, color=GRAY, linestyle=":", linewidth=1.2)
        right.axhline(level.nats, color="black", linestyle="--", linewidth=1.2)
        for axes, metric in ((left, "linear_r2"), (right, "nats")):
            axes.plot(seen[metric], marker=mark, color=color, markersize=4, label=recipe)
    left.plot(told, marker="x", color=GRAY, markersize=5, label="told z_x")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="pairs seen")
    left.set(ylim=(0, 1.02), ylabel="held-out linear R2 of z_x")
    right.set_ylim(0)
    right.set_ylabel("gain over chance (nats)")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def against_spent(table: pd.DataFrame) -> Figure:
    """The share of the gap that is closed, over pairs (left) and over pairs times nats (right).

    table: see `readings.spent`. A dot is a run, a line the mean over seeds, a mark a coupling.
    """
    figure, places = canvas(2, height=3.2, sharey=True)
    labels = ("pairs seen", "pairs seen x nats in a pair")
    for axes, unit, label in zip(places, ("pairs", "nats"), labels, strict=True):
        runs: Any = table.groupby("kappa")
        for (mark, color), (kappa, rows) in zip(LOOKS, runs, strict=False):
            means = rows.groupby("pairs")[[unit, "closed"]].mean()
            axes.plot(means[unit], means.closed, color=color, label=f"kappa {kappa:g}")
            axes.plot(rows[unit], rows.closed, mark, color=color, markersize=4, alpha=0.7)
        axes.axhline(0.5, color=GRAY, linestyle=":", linewidth=1.2)
        axes.set(xscale="log", xlabel=label, ylim=(-0.05, 1.05))
    places[0].set_ylabel("share of the gap that is closed")
    handles = places[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3)
    return figure
