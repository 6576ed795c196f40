"""Factors that are known, and components: scores of arms, importances, traversals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, frameless, legend_beside, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

LOOKS = {
    "PCA + ICA": (BLUE, "o"),
    "PCA": (ORANGE, "s"),
    "box": (PURPLE, "P"),
    "FastICA": (GREEN, "^"),
    "raw": (RED, "v"),
    "rotation": (GRAY, "D"),
    "untrained": ("black", "x"),
}


def arms(table: pd.DataFrame, reach: pd.DataFrame, label: str) -> Figure:
    """A group for each factor, a mark for each arm: the mean over networks, a bar its interval.

    table, reach: means, and half the widths of intervals, a row each factor, a column each arm.
    """
    figure, axes = canvas(width=7.6, height=3.1)
    factors = list(table.index)
    for place, (arm, (color, mark)) in enumerate(LOOKS.items()):
        x = np.arange(len(factors)) + (place - 3) * 0.11
        y, half = table[arm].to_numpy(float), reach[arm].to_numpy(float)
        axes.errorbar(x, y, half, fmt=mark, color=color, markersize=5, elinewidth=1.6, label=arm)
    for edge in np.arange(len(factors) - 1) + 0.5:
        axes.axvline(edge, color="#DDDDDD", linewidth=0.8)
    axes.set_xticks(range(len(factors)), factors)
    axes.set(ylabel=label, ylim=(min(0.0, axes.get_ylim()[0]), None))
    legend_beside(axes, fontsize=8)
    return figure


def importances(matrices: Mapping[str, np.ndarray], factors: Sequence[str]) -> Figure:
    """DCI's matrices (k, factors) side by side: how much each component tells of each factor."""
    figure, parts = panels(matrices, "component", titles=10, width=7.4, height=3.3)
    top = max(matrix.max() for matrix in matrices.values())
    for axes, matrix in parts:
        order = np.lexsort((-matrix.max(axis=1), matrix.argmax(axis=1)))
        image = axes.imshow(matrix[order], cmap="Blues", vmin=0, vmax=top, aspect="auto")
        axes.set_xticks(range(len(factors)), factors)
        axes.set_yticks(range(len(matrix)), order, fontsize=7)
    figure.colorbar(image, ax=figure.axes, shrink=0.8, label="importance")
    return figure


def best(panels: Mapping[str, tuple[Any, Any, int]], rng: np.random.Generator) -> Figure:
    """True factors against the component that tells most of each, a panel a factor.

    panels: name to values of the factor, of the component, and its number. Whole numbers are
    labels and get some jitter.
    """
    figure, places = canvas(len(panels), width=8.2, height=2.4)
    for axes, (name, (values, component, number)) in zip(places, panels.items(), strict=True):
        values = np.asarray(values)
        if values.dtype.kind in "iu":
            axes.set_xticks(np.unique(values))
            values = values + rng.uniform(-0.22, 0.22, len(values))
        axes.plot(values, component, ".", markersize=2.5, alpha=0.4, color=BLUE)
        axes.set(xlabel=name, yticks=[])
        axes.set_title(f"component {number}", fontsize=9)
    places[0].set_ylabel("component")
    return figure


def moving(images: np.ndarray, told: pd.Series, title: str) -> Figure:
    """A frame of a traversal: pictures (m, h, w, 3) as one component moves, and beside them the
    share of each true factor that it tells."""
    figure, (left, right) = canvas(2, width=8.2, height=1.75, width_ratios=[2.6, 1])
    left.imshow(np.hstack([np.pad(each, ((0, 0), (1, 1), (0, 0)), constant_values=1.0)
                           for each in images]))  # fmt: skip
    frameless(left)
    left.set_xlabel("from low to high")
    left.set_title(title, fontsize=10)
    right.barh(range(len(told)), told, color=BLUE)
    right.set_yticks(range(len(told)), list(told.index), fontsize=8)
    right.set(xlim=(0, 1), ylim=(len(told) - 0.5, -0.5))
    right.set_xlabel("share told of the true factor", fontsize=8)
    return figure
