"""Pictures of chapter 07: what each broken assumption costs, alone and in pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from mmcl_experiments import figures
from mmcl_experiments.convex_body.figures import plane_colors
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, RED

SHADES = LinearSegmentedColormap.from_list("damage", ["white", ORANGE, "#A65000"])


def matrix(
    values: pd.DataFrame, spreads: pd.DataFrame, groups: Mapping[str, int], colored: tuple[str, ...]
) -> Figure:
    """Assumptions (rows) by outcomes (columns), the darker the further below the first row.

    values, spreads: the same shape, columns (heading, outcome): a mean and half a range; NaN is
    left empty. groups: heading to number of rows, from the top. colored: outcomes that are judged.
    """
    figure, axes = figures.canvas(width=7.6, height=1.1 + 0.29 * len(values))
    judged = [outcome in colored for _, outcome in values.columns]
    drops = (values.iloc[0] - values).where(values.notna()).to_numpy()
    shades = np.where(judged, np.clip(drops, 0, None), 0.0)
    axes.imshow(shades, cmap=SHADES, norm=Normalize(0, 0.4), aspect="auto")
    texts = pd.DataFrame(np.vectorize(_with_spread, otypes=[str])(values, spreads), values.index)
    headings, texts.columns = zip(*values.columns, strict=True)
    colors = np.where(shades > 0.28, "white", np.where(judged, "black", GRAY))
    figures.written(axes, texts, colors, fontsize=8.5)
    axes.tick_params(labelsize=9, top=True, bottom=False, labeltop=True, labelbottom=False)
    for heading in dict.fromkeys(headings):
        places = [j for j, each in enumerate(headings) if each == heading]
        axes.text(np.mean(places), -1.6, heading, ha="center", weight="bold", fontsize=10)
        axes.axvline(places[-1] + 0.5, color="white", linewidth=8)
    _mark_groups(axes, groups, values.shape[1])
    return figure


def _with_spread(value: float, spread: float) -> str:
    """A number with half its range, where that is more than rounding; nothing for NaN."""
    if np.isnan(value):
        return ""
    digits = 2 if abs(value) < 10 else 0
    shown = spread >= 1.5 * 10**-digits
    return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if shown else "")


def _mark_groups(axes: Any, groups: Mapping[str, int], columns: int) -> None:
    """A gap under each group of rows, and its heading to the right of it."""
    edge = 0
    for heading, count in groups.items():
        spot = columns - 0.4, edge + (count - 1) / 2
        axes.text(*spot, heading, va="center", fontsize=9, color=GRAY)
        edge += count
        axes.axhline(edge - 0.5, color=GRAY, linewidth=0.6)


def square(states: Any, codes: Any, scores: Mapping[str, float]) -> Figure:
    """One frame of the slider: states and codes in the plane, and scores as bars."""
    colors = plane_colors(states)
    figure, (left, middle, right) = figures.canvas(3, height=2.7)
    for axes, points, title in ((left, states, "$z_x$, never shown"), (middle, codes, "codes")):
        points = np.asarray(points, dtype=float)
        low, high = np.quantile(points, [0.005, 0.995], axis=0)
        center, reach = (low + high) / 2, max(float((high - low).max()), 1e-6) * 0.6
        figures.cloud(axes, points, colors)
        axes.set(title=title, xlim=(center[0] - reach, center[0] + reach))
        axes.set(ylim=(center[1] - reach, center[1] + reach))
        axes.set_box_aspect(1)
        figures.frameless(axes)
    figures.score_bars(right, scores, 1.3, 0.03)
    right.set_box_aspect(0.6)
    return figure


def free_of_charge(table: pd.DataFrame) -> Figure:
    """Over the share kappa tau, a line a column: gap, private R2 and excess loss of exact codes."""
    figure, axes = figures.canvas(height=2.9)
    figures.curves(axes, table, (("o", BLUE), ("s", ORANGE), ("^-", "black")), markersize=5)
    axes.set(xlabel=table.index.name, xlim=(0, 1), ylim=(-0.1, 2.1))
    figures.legend_beside(axes)
    return figure


def told_and_found(named: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """A panel a table, a row an assumption: raw and ceiling as ends of a bar, dots for seeds.

    Columns of a table: raw, supervised (a black stroke) and ceiling (one value each), and found: a
    list with one value a seed.
    """
    rows = max(len(table) for table in named.values())
    figure, parts = figures.panels(named, width=7.6, height=0.9 + 0.36 * rows)
    for axes, table in parts:
        for place, (_, row) in enumerate(table.iterrows()):
            way = {"color": GRAY, "linewidth": 7, "alpha": 0.35, "solid_capstyle": "butt"}
            axes.plot([row.raw, row.ceiling], [-place] * 2, **way)
            axes.plot(row.supervised, -place, "|", color="black", markersize=14)
            axes.plot(row.found, [-place] * len(row.found), "o", color=BLUE, alpha=0.7)
        axes.set_yticks([-k for k in range(len(table))], list(table.index))
        axes.set(xlabel=label, xlim=(min(0.4, axes.get_xlim()[0]), 1.02))
        axes.grid(axis="x", alpha=0.3)
    for axes in figure.axes[1:]:
        axes.set_yticklabels([])
    return figure


def additive(table: pd.DataFrame, kept: float, label: str) -> Figure:
    """A row a pair of violations: each alone (gray), both if damage added up, both as measured.

    Columns: first, second, predicted (one value each) and measured: a list with one value a seed.
    """
    figure, axes = figures.canvas(height=1.0 + 0.42 * len(table))
    axes.axvline(kept, color="black", linestyle=":", linewidth=1)
    for place, (_, row) in enumerate(table.iterrows()):
        alone = {"color": GRAY, "markersize": 15, "mew": 2, "linestyle": "none"}
        axes.plot([row["first"], row["second"]], [-place] * 2, marker="|", **alone)
        ends = [row.predicted, np.mean(row.measured)]
        color = GREEN if ends[1] >= ends[0] else RED
        axes.plot(ends, [-place] * 2, color=color, linewidth=4, alpha=0.35)
        axes.plot(row.predicted, -place, "D", color=ORANGE, markersize=6)
        axes.plot(row.measured, [-place] * len(row.measured), "o", color=BLUE, alpha=0.7)
    axes.set_yticks([-k for k in range(len(table))], list(table.index))
    axes.set(xlabel=label)
    axes.grid(axis="x", alpha=0.3)
    marks: dict[str, Any] = {
        "each alone": {"marker": "|", "color": GRAY, "mew": 2, "markersize": 8},
        "if damage added up": {"marker": "D", "color": ORANGE},
        "both, measured": {"marker": "o", "color": BLUE},
    }
    axes.legend(**figures.legend_of(marks, loc="upper center", bbox_to_anchor=(0.3, 1.16)))
    return figure


def turning_cost(table: pd.DataFrame, label: str) -> Figure:
    """A panel a law, a line a share of mismatched pairs: what a turn costs, over the angle.

    Index: degrees; columns: (law, percent), in the panels' order.
    """
    laws = dict.fromkeys(law for law, _ in table.columns)
    named: dict[str, Any] = {f"{law} steps": table[law].add_suffix(" %") for law in laws}
    figure, parts = figures.panels(named, label, width=7.6, height=2.7)
    looks = list(zip("os^D", (BLUE, GREEN, ORANGE, RED), strict=True))
    for axes, part in parts:
        figures.curves(axes, part, looks, markersize=4)
        axes.axhline(0, color="black", linestyle="--", linewidth=1)
        axes.set(xlabel="degrees", ylim=_limits(table), xticks=[0, 15, 30, 45])
    figure.axes[-1].legend(title="mismatched", fontsize=8)
    return figure


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    low, high = float(table.to_numpy().min()), float(table.to_numpy().max())
    margin = 0.08 * (high - low) + 1e-9
    return low - margin, high + margin


def beside_published(table: pd.DataFrame, label: str) -> Figure:
    """A panel a table, a row a row of it: the published value, and ours with its range.

    table: index row; columns table, published, checked (whether a source was at hand), mean, low,
    high.
    """
    named: dict[str, Any] = {f"({name})": rows for name, rows in table.groupby("table")}
    most = max(map(len, named.values()))
    figure, parts = figures.panels(named, width=8.2, height=1.0 + 0.3 * most)
    for axes, rows in parts:
        for place, (_, theirs) in enumerate(rows.iterrows()):
            axes.plot([theirs.low, theirs.high], [-place] * 2, color=BLUE, linewidth=2)
            axes.plot(theirs["mean"], -place, "o", color=BLUE, markersize=6)
            face = RED if theirs.checked else "white"
            axes.plot(theirs.published, -place, "D", color=RED, mfc=face, markersize=6)
        axes.set_yticks([-k for k in range(len(rows))], list(rows.index))
        axes.set(xlabel=label, ylim=(0.6 - most, 0.6))
        axes.tick_params(axis="y", labelsize=8.5)
        axes.grid(axis="x", alpha=0.3)
    marks: dict[str, Any] = {
        "ours": {"marker": "o", "color": BLUE},
        "published": {"marker": "D", "color": RED},
        "recalled, unverified": {"marker": "D", "color": RED, "mfc": "white"},
    }
    figure.legend(**figures.legend_of(marks, loc="outside lower center"))
    return figure


def learning_curves(
    table: pd.DataFrame, printed: Mapping[str, float], raw: Mapping[str, float], label: str
) -> Figure:
    """A panel a world: scores over the steps of training, a dot a seed, and a printed value.

    table: columns world, steps, recipe, seed, score; the first recipe of a world is its line,
    others are marks at their steps. printed, raw: by world the published value, a dashed line, and
    that of raw observations, a dotted one; a world without one has none.
    """
    named: dict[str, Any] = {str(name): rows for name, rows in table.groupby("world", sort=False)}
    figure, parts = figures.panels(named, label, width=8.2, height=3.1)
    recipes = list(dict.fromkeys(table.recipe))
    looks = zip("osD^", (BLUE, ORANGE, GREEN, RED), strict=True)
    marks: dict[str, Any] = {
        recipe: {"marker": mark, "color": color}
        for recipe, (mark, color) in zip(recipes, looks, strict=False)
    }
    for axes, here in parts:
        for recipe, look in marks.items():
            rows = here[here.recipe.eq(recipe)]
            axes.plot(rows.steps, rows.score, **look, linestyle="", alpha=0.75, markersize=6)
        line = here[here.recipe.eq(recipes[0])].groupby("steps").score.mean()
        axes.plot(line.index, line, color=BLUE, linewidth=1.5)
        if axes.get_title() in printed:
            axes.axhline(printed[axes.get_title()], color="black", linestyle="--", linewidth=1)
        if axes.get_title() in raw:
            axes.axhline(raw[axes.get_title()], color=GRAY, linestyle=":", linewidth=1.2)
        axes.set(xscale="log", ylim=(0, 1.03), xlabel="steps")
        figures.x_ticks(axes, sorted(set(here.steps)), ",", fontsize=8)
        axes.grid(axis="y", alpha=0.3)
    marks["published"] = {"linestyle": "--", "color": "black"}
    marks["raw x"] = {"linestyle": ":", "color": GRAY}
    figure.legend(**figures.legend_of(marks, loc="outside lower center"))
    return figure
