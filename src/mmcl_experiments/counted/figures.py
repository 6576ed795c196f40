"""Pictures of chapter 08: where rules that count copied dimensions begin to fail."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments import figures
from mmcl_experiments.counted.readings import EDGES
from mmcl_experiments.figures.palette import BLUE, GRAY, RED


def boundary(answers: pd.DataFrame) -> Figure:
    """A panel a rule: how many too many it counts, over how nearly the best-kept style is copied.

    answers: see `readings`. Dashes: from where on a rule should fail.
    """
    named = {
        f"{rule}: {(rows.found == rows.content).mean():.0%} right": (rule, rows)
        for rule, rows in answers.groupby("rule", sort=False)
    }
    figure, parts = figures.panels(
        named, "counted less true", titles=10, width=2.1 * len(named) + 0.5, height=3.0
    )
    for axes, (rule, rows) in parts:
        excess = rows.found - rows.content
        shift = 0.12 * np.sin(np.arange(len(rows)) * 2.4)  # so that equal dots are seen
        colors = np.where(excess == 0, BLUE, RED).tolist()
        axes.scatter(rows["style"], excess + shift, c=colors, s=16, alpha=0.75)
        axes.axhline(0, color=GRAY, linewidth=0.8)
        if rule in EDGES:
            axes.axvline(EDGES[rule], color="black", linestyle="--", linewidth=1)
        axes.set(xlabel="best-kept style", xlim=(0.66, 1.01))
        axes.grid(axis="y", alpha=0.3)
    return figure
