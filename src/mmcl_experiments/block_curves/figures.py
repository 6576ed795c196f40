"""Pictures of chapter 08: what codes hold over the pairs that they have seen."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, ORANGE, panels

STYLES = {
    "content": ("o", "-", BLUE),
    "style": ("s", "-", ORANGE),
    "content, redrawn": ("o", ":", BLUE),
    "style, redrawn": ("s", ":", ORANGE),
}


def grown(table: pd.DataFrame, goals: pd.DataFrame) -> Figure:
    """R2 over pairs, a panel a cell: lines are means, bands span the seeds.

    table: see `readings.on_the_way`. goals: columns cell, block (content, style) and value, what a
    paper printed; drawn as a mark at the right edge.
    """
    named = {name: table[table.cell.eq(name)] for name in table.cell.unique()}
    figure, parts = panels(named, "held-out nonlinear R2", titles=9, width=8.0, height=3.4)
    for axes, rows in parts:
        for line, (mark, dash, color) in STYLES.items():
            some: Any = rows[rows.line.eq(line)]
            look = {"marker": mark, "linestyle": dash, "color": color, "markersize": 4}
            axes.plot(some.pairs, some["mean"], **look, label=line)
            axes.fill_between(some.pairs, some.low, some.high, color=color, alpha=0.12)
        paper = goals[goals.cell.eq(rows.cell.iloc[0])].set_index("block").value
        for block, value in paper.items():
            color = STYLES[str(block)][2]
            axes.plot([1.02], [value], "<", color=color, clip_on=False, markersize=7,
                      transform=axes.get_yaxis_transform())  # fmt: skip
        axes.set(xscale="log", xlabel="pairs seen", ylim=(-0.05, 1.05))
    handles = parts[0][0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    return figure
