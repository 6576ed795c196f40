"""Pictures of published values beside ours."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.beside.rule import MARGIN
from mmcl_experiments.figures import BLUE, GRAY, RED, canvas

LOOKS = {"replicates": ("o", BLUE), "differs": ("D", RED), "can't say": ("s", GRAY)}


def against(table: pd.DataFrame) -> Figure:
    """Ours over theirs, each with its interval, a mark a verdict; on the line they are equal.

    table: rows of `everything` that have a verdict.
    """
    figure, axes = canvas(width=5.6, height=5.2)
    axes.axline((0, 0), slope=1, color="black", linewidth=1)
    for kind, (mark, color) in LOOKS.items():
        rows = table[table.kind.eq(kind)]
        widths = {"xerr": 2 * rows.spread.fillna(0) + MARGIN, "yerr": rows.half}
        look = {"fmt": mark, "color": color, "markersize": 4, "elinewidth": 0.7, "alpha": 0.75}
        axes.errorbar(rows.value, rows["mean"], **widths, **look, label=kind)
    axes.set(xlabel="published: mean ± (2 sd + 0.01)", ylabel="here: mean, 95 % t interval")
    axes.set(xlim=(-0.1, 1.1), ylim=(-0.1, 1.1))
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def by_size(table: pd.DataFrame) -> Figure:
    """Scores of factors over the size of the codes: ours with intervals, theirs dashed.

    table: columns world, factor, size, mean, half, value; a panel for each pair of the first two.
    """
    parts: Any = list(table.groupby(["factor", "world"], sort=False))
    figure, places = canvas(2, rows=-(-len(parts) // 2), height=2.3 * -(-len(parts) // 2))
    for axes, (name, rows) in zip(places.flat, parts, strict=False):
        rows = rows.sort_values("size")
        axes.plot(
            rows["size"], rows.value, "--", color=GRAY, marker="s", markersize=4, label="paper"
        )
        look = {"fmt": "-o", "color": BLUE, "markersize": 4}
        ours = rows.dropna(subset="mean")
        axes.errorbar(ours["size"], ours["mean"], yerr=ours.half, **look, label="here")
        axes.set(title=", ".join(map(str, name)), ylim=(-0.1, 1.1), xlabel="numbers in a code")
        axes.set_xticks(rows["size"])
    handles = places.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2)
    return figure
