"""Pictures of chapter 08: where the loss stops falling over the size of the code."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments import figures
from mmcl_experiments.figures import LOOKS
from mmcl_experiments.figures.palette import GRAY


def stops(
    table: pd.DataFrame, *, steps: int, printed: pd.DataFrame, content: int = 5, n: int = 6144
) -> Figure:
    """A panel for each number of content dimensions (dashes), a line a table's size n.

    table: rows of the experiment; of which those with so many steps are drawn. Faint lines: log n,
    all that such a table has to give. printed: losses of a paper (value) by size (at), for so many
    content numbers and candidates.
    """
    parts = {f"{c} content numbers": rows for c, rows in table.groupby("content")}
    figure, axes_of = figures.canvas(len(parts) + 1, width=8.4, height=3.2)
    looks = dict(zip(sorted(table.n.unique()), LOOKS, strict=False))
    for axes, (title, rows) in zip(axes_of, parts.items(), strict=False):
        drawn = rows[rows.steps.eq(steps)].pivot_table(index="size", columns="n", values="value")
        for size, gains in drawn.items():
            mark, color = looks[size]  # type: ignore[index]
            axes.plot(gains, marker=mark, color=color, markersize=4, label=f"{size:,}")
            axes.axhline(np.log(float(size)), color=color, linewidth=0.8, alpha=0.5)  # type: ignore[arg-type]
        axes.axvline(int(rows.content.iloc[0]), color="black", linestyle="--", linewidth=1)
        axes.set(title=title, xlabel="size of the code")
    last = axes_of[-1]
    last.plot(printed["at"].astype(int), -printed.value, marker="o", color=GRAY, markersize=4)
    last.axhline(np.log(n), color=GRAY, linewidth=0.8, alpha=0.5)
    last.axvline(content, color="black", linestyle="--", linewidth=1)
    last.set(title=f"published, {content}", xlabel="size of the code")
    for axes in axes_of:
        axes.set_ylim(0, np.log(max(n, table.n.max())) + 0.4)
        axes.title.set_fontsize(10)
    for axes in axes_of[1:]:
        axes.set_yticklabels([])
    axes_of[0].set_ylabel("gain over chance (nats)")
    handles = axes_of[0].get_legend_handles_labels()
    figure.legend(*handles, title="candidates", loc="outside lower center", ncols=4)
    return figure
