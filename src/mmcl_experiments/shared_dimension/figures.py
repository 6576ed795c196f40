"""How many dimensions are shared? Canonical correlations, the loss curve, and who counts right."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, LOOKS, RED, canvas, curves, legend_beside, panels


def correlations(table: pd.DataFrame, threshold: float) -> Figure:
    """Canonical correlations over their place, a line for each column (a number of content
    dimensions), and the threshold above which a direction counts as shared."""
    figure, axes = canvas(height=3.1)
    curves(axes, table, markersize=5)
    axes.axhline(threshold, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="place of the direction", ylabel="held-out canonical correlation")
    axes.set_xticks(table.index)
    axes.set_ylim(min(-0.05, table.min(axis=None) - 0.05), 1.03)
    legend = legend_beside(axes, title=table.columns.name)
    legend.get_title().set_fontsize(9)
    return figure


def gains(table: pd.DataFrame, ceiling: float, copied: pd.Series) -> Figure:
    """Gain over the size of the code, a line for each column (a number of content dimensions).

    Each line has a ring where that number is. copied: the gain of the content itself, by size;
    ceiling: log n, all that a table of n pairs has to give.
    """
    figure, axes = canvas(height=3.1)
    curves(axes, table, markersize=4)
    for (_, color), (content, values) in zip(LOOKS, table.items(), strict=False):
        if content in values.index:
            ring = {"markersize": 13, "markerfacecolor": "none", "markeredgecolor": color}
            axes.plot([content], [values[content]], "o", **ring)
    axes.plot(copied.index, copied, "--", color=GRAY, label="content itself")
    axes.axhline(ceiling, color="black", linewidth=1)
    axes.text(table.index.max(), ceiling, "log n", ha="right", va="bottom", fontsize=9)
    axes.set(xlabel="dimensions of the code", ylabel="gain over chance (nats)", ylim=(0, None))
    axes.set_xticks(table.index)
    legend_beside(axes, title=table.columns.name)
    return figure


def recovered(rules: Mapping[str, pd.DataFrame]) -> Figure:
    """For each rule the number it finds against the true number; larger circles for more seeds.

    rules: name to a table with columns content and found, one row a seed. Blue is right.
    """
    shares = {name: (table.content == table.found).mean() for name, table in rules.items()}
    named = {f"{name}: {share:.0%}": rules[name] for name, share in shares.items()}
    figure, parts = panels(named, "found", titles=10, width=2.5 * len(rules) + 0.6, height=2.9)
    everything = np.concatenate([table.to_numpy().ravel() for table in rules.values()])
    low, high = everything.min() - 0.7, everything.max() + 0.7
    for axes, table in parts:
        counts = table.groupby(["content", "found"]).size()
        for (true, found), count in counts.items():  # type: ignore[misc]
            color = BLUE if true == found else RED
            axes.plot(true, found, "o", color=color, markersize=5 + 2 * count, alpha=0.8)
        axes.axline((low, low), slope=1, color="black", linestyle="--", linewidth=1, zorder=0)
        axes.set(xlabel="shared dimensions", aspect="equal")
        axes.set(xlim=(low, high), ylim=(low, high))
        ticks = range(int(np.ceil(low)), int(high) + 1)
        axes.set(xticks=ticks, yticks=ticks)
    return figure
