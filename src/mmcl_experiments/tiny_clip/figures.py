"""A network in training: what is measured of it, over its steps."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, PURPLE, panels

METRICS = {
    "loss (nats)": "loss",
    "modality gap": "gap",
    "recall@1 of 256": "recall",
    "participation ratio": "dimensions",
}


def watched(table: pd.DataFrame, levels: Mapping[str, Mapping[str, float]]) -> Figure:
    """A panel a measure over the steps of training, from zero up.

    table: step, metric, value of one run. levels: for a metric, dashed lines: names and
    heights; a name stands below its line where another line is close above.
    """
    figure, parts = panels(METRICS, titles=10, width=9.2, height=2.5)
    for (axes, metric), color in zip(parts, (BLUE, ORANGE, GREEN, PURPLE), strict=True):
        rows: Any = table[table.metric == metric]
        axes.plot(rows.step, rows.value, ".-", color=color, markersize=6)
        heights = levels.get(metric, {})
        for name, height in heights.items():
            axes.axhline(height, color=GRAY, linestyle="--", linewidth=1.2)
            close = any(0 < other - height < 0.1 for other in heights.values())
            axes.annotate(name, (1, height), xycoords=("axes fraction", "data"), ha="right",
                          xytext=(0, -10 if close else 2), textcoords="offset points",
                          fontsize=8)  # fmt: skip
        axes.set(xlabel="steps", ylim=(0, None), xlim=(0, None))
        axes.margins(y=0.12)
    return figure
