"""Pictures of chapter 07: what each broken assumption costs, alone and in pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from mmcl_experiments.convex_body.figures import plane_colors
from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, RED, canvas, legend_beside, x_ticks

SHADES = LinearSegmentedColormap.from_list("damage", ["white", ORANGE, "#A65000"])


def matrix(
    values: pd.DataFrame,
    spreads: pd.DataFrame,
    groups: Mapping[str, int],
    colored: tuple[str, ...],
) -> Figure:
    """Assumptions (rows) by outcomes (columns), the darker the further below the first row.

    values, spreads: the same shape, columns (heading, outcome): a mean and half a range; NaN is
    left empty. groups: heading to number of rows, from the top. colored: outcomes that are judged.
    """
    figure, axes = canvas(width=7.6, height=1.1 + 0.29 * len(values))
    judged = [outcome in colored for _, outcome in values.columns]
    drops = (values.iloc[0] - values).where(values.notna()).to_numpy()
    shades = np.where(judged, np.clip(drops, 0, None), 0.0)
    axes.imshow(shades, cmap=SHADES, norm=Normalize(0, 0.4), aspect="auto")
    for (i, j), value in np.ndenumerate(values.to_numpy()):
        if np.isnan(value):
            continue
        shade = "white" if shades[i, j] > 0.28 else "black" if judged[j] else GRAY
        text = _with_spread(value, spreads.iloc[i, j])
        axes.text(j, i, text, ha="center", va="center", fontsize=8.5, color=shade)
    headings = [heading for heading, _ in values.columns]
    axes.set_xticks(range(values.shape[1]), [outcome for _, outcome in values.columns])
    axes.set_yticks(range(len(values)), list(values.index))
    axes.tick_params(
        length=0, labelsize=9, top=True, bottom=False, labeltop=True, labelbottom=False
    )
    axes.spines[:].set_visible(False)
    for heading in dict.fromkeys(headings):
        places = [j for j, each in enumerate(headings) if each == heading]
        axes.text(np.mean(places), -1.6, heading, ha="center", weight="bold", fontsize=10)
        axes.axvline(places[-1] + 0.5, color="white", linewidth=8)
    _mark_groups(axes, groups, values.shape[1])
    return figure


def _with_spread(value: float, spread: float) -> str:
    """A number with half its range, where that is more than rounding."""
    digits = 2 if abs(value) < 10 else 0
    shown = spread >= 1.5 * 10**-digits
    return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if shown else "")


def _mark_groups(axes: Any, groups: Mapping[str, int], columns: int) -> None:
    """A gap under each group of rows, and its heading to the right of it."""
    edge = 0
    for heading, count in groups.items():
        axes.text(
            columns - 0.4, edge + (count - 1) / 2, heading, va="center", fontsize=9, color=GRAY
        )
        edge += count
        axes.axhline(edge - 0.5, color=GRAY, linewidth=0.6)


def square(states: Any, codes: Any, scores: Mapping[str, float]) -> Figure:
    """One frame of the slider: states and codes in the plane, and scores as bars."""
    colors = plane_colors(states)
    figure, (left, middle, right) = canvas(3, height=2.7)
    for axes, points, title in ((left, states, "$z_x$, never shown"), (middle, codes, "codes")):
        points = np.asarray(points, dtype=float)
        low, high = np.quantile(points, [0.005, 0.995], axis=0)
        center, reach = (low + high) / 2, max(float((high - low).max()), 1e-6) * 0.6
        axes.scatter(points[:, 0], points[:, 1], c=colors, s=5, linewidths=0)
        axes.set(title=title, xticks=[], yticks=[])
        axes.set(xlim=(center[0] - reach, center[0] + reach))
        axes.set(ylim=(center[1] - reach, center[1] + reach))
        axes.set_box_aspect(1)
        axes.spines[:].set_visible(False)
    names = list(scores)[::-1]
    right.barh(names, [max(scores[name], 0) for name in names], color=BLUE)
    right.set(xlim=(0, 1.3), xticks=[0, 0.5, 1])
    right.set_box_aspect(0.6)
    for place, name in enumerate(names):
        right.text(max(scores[name], 0) + 0.03, place, f"{scores[name]:.2f}", va="center")
    return figure


def free_of_charge(table: pd.DataFrame) -> Figure:
    """Over the share kappa tau, a line a column: gap, private R2 and excess loss of exact codes."""
    figure, axes = canvas(height=2.9)
    styles = ((BLUE, "o-"), (ORANGE, "s-"), ("black", "^--"))
    for (color, style), (name, values) in zip(styles, table.items(), strict=True):
        axes.plot(table.index, values, style, color=color, markersize=5, label=name)
    axes.set(xlabel=table.index.name, xlim=(0, 1), ylim=(-0.1, 2.1))
    legend_beside(axes)
    return figure


def told_and_found(named: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """A panel a table, a row an assumption: raw and supervised as ends of a bar, dots for seeds.

    Columns of a table: raw, supervised (one value), and found: a list with one value a seed.
    """
    rows = max(len(table) for table in named.values())
    figure, places = canvas(len(named), width=7.6, height=0.9 + 0.36 * rows)
    for axes, (title, table) in zip(places, named.items(), strict=True):
        for place, (_, row) in enumerate(table.iterrows()):
            way = {"color": GRAY, "linewidth": 7, "alpha": 0.35, "solid_capstyle": "butt"}
            axes.plot([row.raw, row.supervised], [-place] * 2, **way)
            axes.plot(row.supervised, -place, "|", color="black", markersize=14)
            axes.plot(row.found, [-place] * len(row.found), "o", color=BLUE, alpha=0.7)
        axes.set_yticks([-k for k in range(len(table))], list(table.index))
        axes.set(title=title, xlabel=label, xlim=(min(0.4, axes.get_xlim()[0]), 1.02))
        axes.grid(axis="x", alpha=0.3)
    for axes in places[1:]:
        axes.set_yticklabels([])
    return figure


def additive(table: pd.DataFrame, kept: float, label: str) -> Figure:
    """A row a pair of violations: each alone (gray), both if damage added up, both as measured.

    Columns: first, second, predicted (one value each) and measured: a list with one value a seed.
    """
    figure, axes = canvas(height=1.0 + 0.42 * len(table))
    axes.axvline(kept, color="black", linestyle=":", linewidth=1)
    for place, (_, row) in enumerate(table.iterrows()):
        alone = {"color": GRAY, "markersize": 15, "mew": 2, "linestyle": "none"}
        axes.plot([row["first"], row["second"]], [-place] * 2, marker="|", **alone)
        better = np.mean(row.measured) >= row.predicted
        axes.plot(
            [row.predicted, np.mean(row.measured)],
            [-place] * 2,
            color=GREEN if better else RED,
            linewidth=4,
            alpha=0.35,
        )
        axes.plot(row.predicted, -place, "D", color=ORANGE, markersize=6)
        axes.plot(row.measured, [-place] * len(row.measured), "o", color=BLUE, alpha=0.7)
    axes.set_yticks([-k for k in range(len(table))], list(table.index))
    axes.set(xlabel=label)
    axes.grid(axis="x", alpha=0.3)
    handles = [
        axes.plot([], [], "|", color=GRAY, mew=2, markersize=8, label="each alone")[0],
        axes.plot([], [], "D", color=ORANGE, label="if damage added up")[0],
        axes.plot([], [], "o", color=BLUE, label="both, measured")[0],
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.3, 1.16), ncols=3)
    return figure


def turning_cost(table: pd.DataFrame, label: str) -> Figure:
    """A panel a law, a line a share of mismatched pairs: what a turn costs, over the angle.

    Index: degrees; columns: (law, percent), in the panels' order.
    """
    laws = list(dict.fromkeys(law for law, _ in table.columns))
    figure, places = canvas(len(laws), width=7.6, height=2.7)
    colors = (BLUE, GREEN, ORANGE, RED)
    for axes, law in zip(places, laws, strict=True):
        part: Any = table[law]
        for color, style, (percent, values) in zip(colors, "os^D", part.items(), strict=False):
            axes.plot(table.index, values, f"{style}-", color=color, ms=4, label=f"{percent} %")
        axes.axhline(0, color="black", linestyle="--", linewidth=1)
        axes.set(title=f"{law} steps", xlabel="degrees", ylim=_limits(table))
        axes.set_xticks([0, 15, 30, 45])
    first, last = places[[0, -1]]
    first.set_ylabel(label)
    last.legend(title="mismatched", fontsize=8)
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
    counts = table["table"].value_counts().sort_index()
    most = int(counts.max())
    figure, places = canvas(len(counts), width=8.2, height=1.0 + 0.3 * most)
    for axes, name in zip(places, counts.index, strict=True):
        rows: Any = table[table["table"].eq(name)]
        for place, (_, theirs) in enumerate(rows.iterrows()):
            axes.plot([theirs.low, theirs.high], [-place] * 2, color=BLUE, linewidth=2)
            axes.plot(theirs["mean"], -place, "o", color=BLUE, markersize=6)
            face = RED if theirs.checked else "white"
            axes.plot(theirs.published, -place, "D", color=RED, mfc=face, markersize=6)
        axes.set_yticks([-k for k in range(len(rows))], list(rows.index))
        axes.set(title=f"({name})", xlabel=label, ylim=(0.6 - most, 0.6))
        axes.tick_params(axis="y", labelsize=8.5)
        axes.grid(axis="x", alpha=0.3)
    marks = [("ours", "o", BLUE, BLUE), ("published", "D", RED, RED)]
    marks += [("recalled, unverified", "D", RED, "white")]
    handles = [places[0].plot([], [], m, color=c, mfc=f, label=n)[0] for n, m, c, f in marks]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def learning_curves(table: pd.DataFrame, printed: Mapping[str, float], label: str) -> Figure:
    """A panel a world: scores over the steps of training, a dot a seed, and a printed value.

    table: columns world, steps, recipe, seed, score; the first recipe of a world is its line,
    others are marks at their steps. printed: the published value by world, a dashed line.
    """
    worlds = list(dict.fromkeys(table.world))
    figure, places = canvas(len(worlds), width=8.2, height=3.1)
    recipes = list(dict.fromkeys(table.recipe))
    looks = dict(zip(recipes, zip((BLUE, ORANGE, GREEN, RED), "osD^", strict=True), strict=False))
    for axes, world in zip(places, worlds, strict=True):
        here: Any = table[table.world.eq(world)]
        for recipe, (color, mark) in looks.items():
            rows = here[here.recipe.eq(recipe)]
            axes.plot(rows.steps, rows.score, mark, color=color, alpha=0.75, markersize=6)
            means = rows.groupby("steps").score.mean()
            if recipe == recipes[0]:
                axes.plot(means.index, means, color=color, linewidth=1.5)
        axes.axhline(printed[world], color="black", linestyle="--", linewidth=1)
        axes.set(title=world, xscale="log", ylim=(0, 1.03), xlabel="steps")
        x_ticks(axes, sorted(set(here.steps)), ",", fontsize=8)
        axes.grid(axis="y", alpha=0.3)
    first = places[0]
    first.set_ylabel(label)
    handles = [first.plot([], [], m, color=c, label=name)[0] for name, (c, m) in looks.items()]
    handles += first.plot([], [], "--", color="black", label="published")
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure
