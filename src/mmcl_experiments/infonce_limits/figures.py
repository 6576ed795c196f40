"""Pictures of chapter 09: a square that winds, losses that fall, codes as atoms, flows, scores."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.convex_body.figures import plane_colors
from mmcl_experiments.figures import (
    canvas,
    cloud,
    curves,
    frameless,
    legend_beside,
    panels,
    x_ticks,
)
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

FALLS = {
    "$c_1$": ("o", BLUE),
    "$c_1$ and a private leak": ("s", GREEN),
    "three dimensions": ("D", PURPLE),
    "style alone": ("^", ORANGE),
}


def wound(contents: Any, codes: Any) -> Figure:
    """A square of contents (n, 2), and the codes (n, 2) of its two halves, each in its color."""
    contents, codes = np.asarray(contents), np.asarray(codes)
    low = contents[:, 1] < 0.5
    parts = {
        "contents": (contents, contents),
        "codes of the lower half": (codes[low], contents[low]),
        "codes of the upper half": (codes[~low], contents[~low]),
    }
    figure, places = panels(parts, titles=9, width=6.6, height=2.4)
    for axes, (points, colors) in places:
        cloud(axes, points, plane_colors(colors), 4)
        frameless(axes)
        axes.set_aspect("equal")
    return figure


def falling(table: pd.DataFrame, floors: Mapping[str, float]) -> Figure:
    """Losses over the scale K, both logarithmic, a line a code; dashed floors of a processor."""
    figure, axes = canvas(height=3.4)
    curves(axes, table, [FALLS[name] for name in table], markersize=4)
    for (name, level), color in zip(floors.items(), (RED, GRAY), strict=False):
        axes.axhline(level, color=color, linestyle="--", linewidth=1, label=name)
    axes.set(xscale="log", yscale="log", xlabel="scale K of the codes", ylabel="loss in nats")
    axes.set(ylim=(1e-5, 40))
    legend_beside(axes)
    return figure


def flows(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """R2 of latents over steps, a panel a run: content by depth of blue, style orange.

    tables: columns latents, index step.
    """
    figure, parts = panels(tables, "R2 from the code of x", titles=9, width=7.2, height=2.8)
    for axes, table in parts:
        for j, name in enumerate(n for n in table if n.startswith("content")):
            axes.plot(table.index, table[name], color=BLUE, alpha=1 - 0.18 * j, label=name)
        styles = table[[n for n in table if n.startswith("style")]].mean(axis=1)
        axes.plot(table.index, styles, "--", color=ORANGE, label="style, mean")
        axes.set(xscale="log", xlabel="step", ylim=(-0.03, 1.05))
    legend_beside(parts[-1][0], fontsize=8)
    return figure


def atoms(laws: Mapping[str, Any]) -> Figure:
    """Best laws of codes on [0, 1]: stems at atoms, as high as their mass, a panel each."""
    figure, parts = panels(laws, "mass", titles=9, height=2.2, sharey=True)
    for axes, law in parts:
        axes.vlines(law.places, 0, law.masses, color=BLUE)
        axes.plot(law.places, law.masses, "o", color=BLUE, markersize=5)
        axes.set(xlim=(-0.05, 1.05), ylim=(0, 0.55), xlabel="code")
        x_ticks(axes, (0, 0.5, 1))
    return figure


def two_scores(table: pd.DataFrame) -> Figure:
    """R2 of content by both scores, a dot a network, a panel a score; a row a kind of code.

    table: columns code, score, value.
    """
    groups = dict(iter(table.groupby("score", sort=False)))
    kinds = list(dict.fromkeys(table.code))
    figure, parts = panels(groups, titles=9, height=2.6, sharey=True)
    colors = dict(zip(kinds, (BLUE, GRAY, ORANGE), strict=False))
    for axes, rows in parts:
        for place, kind in enumerate(reversed(kinds)):
            values = rows[rows.code.eq(kind)].value
            axes.plot(values, np.full(len(values), place), "o", color=colors[kind], alpha=0.6)
        axes.set(xlim=(-0.1, 1.05), xlabel="R2 of content")
        axes.set_yticks(range(len(kinds)), kinds[::-1])
        axes.grid(axis="x", alpha=0.3)
    return figure


def verdicts(table: pd.DataFrame, chance: float) -> Figure:
    """Shares with intervals, a row a rival; a dashed line at chance.

    table: index names; columns value, low, high.
    """
    figure, axes = canvas(height=0.8 + 0.36 * len(table))
    places = np.arange(len(table))[::-1]
    axes.hlines(places, table.low, table.high, color=BLUE)
    axes.plot(table.value, places, "o", color=BLUE)
    axes.axvline(chance, color="black", linestyle="--", linewidth=1)
    axes.set_yticks(places, list(table.index))
    axes.set(xlim=(0.3, 1.0), xlabel="share of directions foretold rightly")
    return figure


def axes_lost(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """MCC (solid) and R2 (dashed) over the share of wrong pairs, a panel a dimension.

    tables: index share; columns linear_r2, mcc, low, high (of the MCC, over seeds).
    """
    figure, parts = panels(tables, "score", titles=9, width=7.2, height=2.5, sharey=True)
    for axes, table in parts:
        axes.fill_between(table.index, table.low, table.high, color=BLUE, alpha=0.15, linewidth=0)
        axes.plot(table.index, table.mcc, "o-", color=BLUE, label="MCC: axes")
        axes.plot(table.index, table.linear_r2, "s--", color=ORANGE, label="R2: subspace")
        axes.set(ylim=(0, 1.05), xlabel="share of wrong pairs")
    legend_beside(parts[-1][0])
    return figure
