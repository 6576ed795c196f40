"""Maps of the world, and figures of axes, labels, few shots and continents.

Maps are the flat one that the network itself looks at (Equal Earth), with outlines of countries.
Figures are narrow and have many dots an inch: a telephone shows all of one at once, with its text
at nine pixels or more, and a large screen shows it sharply.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from mmcl.features.places import equal_earth
from mmcl_experiments.figures import canvas, frameless, panels, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED
from mmcl_experiments.places.atlas import outlines

SIZE: Any = {"width": 3.3, "dpi": 240}  # inches, and dots of each
MAP, SMALL, TITLE = 1.95, 7.0, 7.5  # inches; points
NETWORKS = {"trained": (BLUE, "o"), "untrained": (ORANGE, "s"), "difference": (RED, "D")}
LEARNERS = {
    "trained": (BLUE, "o", "trained code"),
    "untrained": (ORANGE, "s", "untrained code"),
    "latitude": (GREEN, "^", "latitude alone"),
    "sphere": (GRAY, "D", "position on the sphere"),
}
CLIMATES = {"A tropical": GREEN, "B dry": ORANGE, "C temperate": BLUE, "D cold": PURPLE,
            "E polar": GRAY}  # fmt: skip


def flat(places: np.ndarray) -> np.ndarray:
    """Points of the map (n, 2) of latitudes and longitudes (n, 2)."""
    return equal_earth(torch.tensor(np.ascontiguousarray(places, dtype=float))).numpy()


def land(axes: Any, rings: Sequence[np.ndarray] | None = None) -> None:
    """Outlines of countries in gray, and the edge of the map. rings: instead of the registered."""
    shapes = [flat(ring) for ring in (outlines() if rings is None else rings)]
    how = {"facecolors": "#E2E2E2", "edgecolors": "#9A9A9A", "linewidths": 0.25, "zorder": 0}
    axes.add_collection(PolyCollection(shapes, **how))
    side = np.linspace(-90, 90, 91)
    edge = [np.column_stack([way * side, np.full(91, way * 180.0)]) for way in (1, -1)]
    around = flat(np.vstack([*edge, edge[0][:1]]))
    axes.plot(around[:, 0], around[:, 1], color="#777777", linewidth=0.6)
    axes.set(xlim=(-1.02, 1.02), ylim=(-0.51, 0.51), aspect="equal")
    frameless(axes)


def small(axes: Any) -> None:
    """Its own text in the smallest size that is read."""
    axes.tick_params(labelsize=SMALL, length=2.5)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_size(SMALL)


def shaded(
    places: np.ndarray, values: np.ndarray, title: str, *, ends: tuple[str, str] = ("low", "high"),
    reach: tuple[float, float] | None = None, rings: Sequence[np.ndarray] | None = None,
) -> Figure:  # fmt: skip
    """Places (n, 2) in the color of a value each, from violet (low) to orange (high).

    reach: values at the ends of the scale, for what matters at its upper end alone: pale to brown,
    large where it is high. Without it both ends stand out, and are quantiles.
    """
    figure, axes = canvas(**SIZE, height=MAP)
    land(axes, rings)
    low, high = reach or np.quantile(values, [0.01, 0.99])
    shares = ((values - low) / (high - low)).clip(0, 1)
    order, points = np.argsort(shares if reach else np.abs(shares - 0.5)), flat(places)
    sizes = 0.8 + 10 * shares[order] ** 2 if reach else 1.5
    look = {"cmap": "YlOrBr" if reach else "PuOr_r", "vmin": low, "vmax": high, "linewidths": 0}
    drawn = axes.scatter(points[order, 0], points[order, 1], c=values[order], s=sizes, **look)
    axes.set_title(title, fontsize=TITLE, pad=3)
    bar = figure.colorbar(drawn, ax=axes, orientation="horizontal", shrink=0.4, pad=0.02)
    bar.set_ticks([low, high], labels=list(ends))
    small(bar.ax)
    return figure


def climates(places: np.ndarray, letters: Sequence[str], rings: Any = None) -> Figure:
    """Places (n, 2) in the color of their climate's first letter."""
    figure, axes = canvas(**SIZE, height=MAP)
    land(axes, rings)
    points, first = flat(places), np.asarray(letters)
    for name, color in CLIMATES.items():
        chosen = points[first == name[0]]
        axes.plot(chosen[:, 0], chosen[:, 1], ".", color=color, markersize=1.6, label=name)
    figure.legend(loc="outside lower center", ncols=3, markerscale=4, fontsize=SMALL)
    return figure


def claim(estimates: Mapping[str, Any], each: pd.DataFrame) -> Figure:
    """ICA minus principal axes: in each network and their difference, mean, interval and seeds."""
    figure, axes = canvas(**SIZE, height=1.5)
    each = each.assign(difference=each.trained - each.untrained)
    for place, (name, (color, mark)) in enumerate(NETWORKS.items()):
        value, low, high = estimates[name]
        axes.plot(each[name], [place + 0.18] * len(each), ".", color=GRAY, alpha=0.7, markersize=3)
        axes.plot([low, high], [place - 0.08] * 2, color=color)
        axes.plot(value, place - 0.08, mark, color=color, markersize=5)
    axes.set_yticks(range(3), ["trained", "untrained twin", "difference:\nthe claim"])
    axes.axvline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set(xlabel="area under the curve, ICA minus principal axes", ylim=(2.5, -0.5))
    small(axes)
    return figure


def labels(table: pd.DataFrame) -> Figure:
    """ICA minus principal axes for each label (index): trained beside untrained."""
    figure, axes = canvas(**SIZE, height=0.7 + 0.12 * len(table))
    rows = np.arange(len(table))
    for name in ("untrained", "trained"):
        color, mark = NETWORKS[name]
        axes.plot(table[name], rows, mark, color=color, label=name, markersize=3)
    axes.hlines(rows, table.untrained, table.trained, color="#AAAAAA", linewidth=0.8, zorder=0)
    axes.set_yticks(rows, list(table.index))
    axes.axvline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set(xlabel="area, ICA minus principal axes", ylim=(len(table) - 0.4, -0.6))
    axes.legend(fontsize=SMALL)
    small(axes)
    return figure


def few(gaps: Mapping[str, pd.DataFrame]) -> Figure:
    """Differences over shots with intervals: a panel each, a line a label."""
    figure, parts = panels(gaps, "accuracy, difference", titles=TITLE, **SIZE, height=1.9)
    for axes, table in parts:
        for (label, rows), (color, mark) in zip(
            table.groupby("label"), ((GREEN, "^"), (BLUE, "o")), strict=False
        ):
            x = rows.shots * (1.04 if label == "country" else 0.96)
            half = [rows.value - rows.low, rows.high - rows.value]
            axes.errorbar(x, rows.value, half, fmt=f"{mark}-", color=color, label=label,
                          markersize=3, linewidth=1, elinewidth=0.8)  # fmt: skip
        axes.axhline(0, color="black", linestyle="--", linewidth=0.9)
        axes.set(xscale="log", xlabel="shots a class")
        x_ticks(axes, sorted(table.shots.unique()))
        small(axes)
    known = figure.axes[0].get_legend_handles_labels()
    figure.legend(*known, loc="outside lower center", ncols=2, fontsize=SMALL)
    return figure


def accuracies(table: pd.DataFrame) -> Figure:
    """Balanced accuracy on each continent, a mark a learner; small dots are seeds."""
    figure, axes = canvas(**SIZE, height=2.2)
    names = list(table.index.unique("label"))
    for shift, (learner, (color, mark, label)) in zip(
        (-2, -1, 1, 2), LEARNERS.items(), strict=True
    ):
        for row, name in enumerate(names):
            values, place = table.loc[name, learner], row + 0.12 * shift
            axes.plot(values, [place] * len(values), ".", color=color, alpha=0.5, markersize=2)
            known = {"label": label} if row == 0 else {}
            axes.plot(values.mean(), place, mark, color=color, markersize=4, **known)
    axes.axvline(0.25, color="black", linestyle=":", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="balanced accuracy (dotted: a guess among four)", ylim=(len(names) - 0.4, -0.6))
    small(axes)
    figure.legend(loc="outside lower center", ncols=2, fontsize=SMALL)
    return figure
