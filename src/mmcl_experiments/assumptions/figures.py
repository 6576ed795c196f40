"""Pictures of chapter 07: what each broken assumption costs, beside what was foretold."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments import figures
from mmcl_experiments.assumptions.groups import MOST
from mmcl_experiments.assumptions.readings import SPOKEN
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, RED


def foretold(judged: pd.DataFrame) -> Figure:
    """A panel for home and score, a line a group: a dot a row, its cost, red where not foretold.

    judged: see `readings`. Green: where a group's dots belong; whiskers: the range over seeds.
    """
    parts = list(judged.groupby(["home", "metric"], sort=False))
    groups = list(dict.fromkeys(judged.group))
    figure, axes_of = figures.canvas(len(parts), width=8.2, height=4.2)
    least, most = float(judged.low.min()) - 0.03, float(judged.high.max()) + 0.03
    for axes, ((home, metric), here) in zip(axes_of, parts, strict=True):  # type: ignore[misc]
        for place, group in enumerate(groups):
            start = (least, MOST[group]) if group in MOST else (MOST["protected"], most)
            ends = -place - 0.42, -place + 0.42
            axes.fill_between(start, *ends, color=GREEN, alpha=0.15, linewidth=0)
            rows = here[here.group.eq(group)].sort_values("cost")
            spots = -place + np.linspace(0.33, -0.33, max(len(rows), 2))[: len(rows)]
            colors = np.where(rows.right, BLUE, RED)
            axes.hlines(spots, rows.low, rows.high, colors=colors.tolist(), alpha=0.4)
            axes.scatter(rows.cost, spots, c=colors.tolist(), s=18, zorder=3)
        axes.axvline(0, color=GRAY, linewidth=0.8)
        title = f"{home}, {SPOKEN[metric]}: {here.right.sum()} of {len(here)}"
        axes.set(title=title, xlabel="cost", xlim=(least, most))
        axes.set_yticks([-k for k in range(len(groups))], groups)
        axes.grid(axis="x", alpha=0.3)
    for axes in axes_of[1:]:
        axes.set_yticklabels([])
    return figure
