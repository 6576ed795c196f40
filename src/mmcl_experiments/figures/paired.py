"""Differences of accuracies that several models give, each with its interval, side by side.

Tables are those of `mmcl_experiments.few_shot.run` and `domain_shift`, or parts of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, RED, panels

HEADS = {"l2": "L2 probe", "l1": "L1 logistic", "tree": "shallow tree", "axes": "best single axes"}
WIDTH = 0.13  # between models


def by_head(
    table: Any, method: str, label: str, over: str, values: Sequence[Any] | None = None
) -> Figure:
    """One difference, a panel a head: `over` "shots" or "look"; values of it, in order."""
    rows = table[(table.method == method) & (table.metric == "difference")]
    named = {HEADS[name]: rows[rows["head"] == name] for name in HEADS if name in set(rows["head"])}
    return figure(named, label, over, values)


def figure(
    named: Mapping[str, Any], label: str, over: str, values: Sequence[Any] | None = None
) -> Figure:
    """A panel for each table: a dot a model, with its interval; red their mean."""
    look = {"titles": 10 if len(named) < 4 else 9, "width": 6.9 + 0.5 * len(named), "height": 3.0}
    sheet, parts = panels(named, label, **look, sharey=True)
    for axes, rows in parts:
        spread(axes, rows, over, sorted(rows[over].unique()) if values is None else values)
        if over == "shots":
            axes.set_xlabel("shots a class")
    return sheet


def spread(axes: Any, rows: Any, over: str, values: Sequence[Any]) -> None:
    """Dots with intervals of models side by side at each value, and their mean."""
    values, seeds = list(values), sorted(rows.seed.unique())
    for place, seed in enumerate(seeds):
        one = rows[rows.seed == seed].set_index(over).loc[values]
        x = np.arange(len(values)) + (place - (len(seeds) - 1) / 2) * WIDTH
        axes.vlines(x, one.low, one.high, color=BLUE, linewidth=1.4, alpha=0.8)
        axes.plot(x, one.value, "o", color=BLUE, markersize=3)
    means = rows.groupby(over).value.mean().loc[values]
    axes.plot(range(len(values)), means, "_", color=RED, markersize=16, markeredgewidth=2)
    axes.axhline(0, color="black", linestyle="--", linewidth=0.9)
    words = {"rotation": 30, "ha": "right", "fontsize": 8} if over == "look" else {}
    axes.set_xticks(range(len(values)), [str(value) for value in values], **words)
