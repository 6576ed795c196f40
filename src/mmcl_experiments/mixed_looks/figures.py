"""A left-out look, coded by CLIPs of photos and by CLIPs of many looks: accuracy and gains."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl_experiments.figures import legend_beside, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE
from mmcl_experiments.mixed_looks.readings import LOOKS, cell

TRAININGS = {"photos": "saw photos", "mixed": "saw all other looks"}
LINES = {  # (head, method): color, mark, label
    ("l2", "raw"): ("black", "s", "L2 probe, raw"),
    ("axes", "ica"): (BLUE, "o", "single axes, ICA"),
    ("axes", "rotated"): (GRAY, "D", "single axes, rotation"),
    ("tree", "ica"): (ORANGE, "v", "tree, ICA"),
    ("", "zero-shot"): (GREEN, "P", "zero-shot"),
}


def trained_on(table: Any, shots: int) -> Figure:
    """Accuracy on the left-out look, a panel a training: a mark a network, with its interval."""
    named = {title: name for name, title in TRAININGS.items()}
    figure, parts = panels(named, "accuracy", width=8.4, height=3.1, sharey=True)
    for axes, training in parts:
        for place, ((head, method), (color, mark, label)) in enumerate(LINES.items()):
            for x, look in enumerate(LOOKS):
                count = 0 if method == "zero-shot" else shots
                rows = cell(table, training, look, method, head, count)
                at = x + 0.13 * (place - (len(LINES) - 1) / 2)
                axes.vlines(np.full(len(rows), at), rows.low, rows.high, color=color, alpha=0.6)
                axes.plot(np.full(len(rows), at), rows.value, mark, color=color, markersize=5,
                          label=label if x == 0 else None)  # fmt: skip
        axes.set_xticks(range(len(LOOKS)), LOOKS)
        axes.set(xlabel="look left out")
    figure.axes[0].set_ylim(bottom=0)
    legend_beside(figure.axes[-1])
    return figure
