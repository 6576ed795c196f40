"""Components of two modalities: matched correlations, and how far ICA is ahead of rotations.

Tables are that of `mmcl_experiments.clip_components.run`, or parts of it.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, RED, canvas

LOOKS = {
    "CCA": (GREEN, "^"),
    "ICA": (BLUE, "o"),
    "PCA": (ORANGE, "s"),
    "rotation": (GRAY, "D"),
}


def arms(panels: dict[str, Any]) -> Figure:
    """Mean matched correlation over the number of components, a panel for each table.

    A line an arm; the band around "rotation" spans the random rotations. Tables: k, arm, value,
    low, high, all of one metric and one source.
    """
    figure, places = canvas(len(panels), width=2.7 * len(panels) + 0.9, height=2.9)
    top = max(table.value.max() for table in panels.values())
    for axes, (name, table) in zip(np.atleast_1d(places), panels.items(), strict=True):
        for arm, (color, mark) in LOOKS.items():
            line = table[table.arm == arm].sort_values("k")
            axes.plot(line.k, line.value, mark + "-", color=color, markersize=5, label=arm)
            if arm == "rotation" and line.high.any():
                axes.fill_between(line.k, line.low, line.high, color=color, alpha=0.25)
        axes.set(title=name, xscale="log", xlabel="components k", ylim=(-0.05, top + 0.05))
        ticks = sorted(table.k.unique())
        axes.set_xticks(ticks, [str(k) for k in ticks])
        axes.minorticks_off()
        axes.axhline(0, color="black", linewidth=0.6)
        axes.title.set_fontsize(10)
    np.atleast_1d(places)[0].set_ylabel("mean matched correlation")
    np.atleast_1d(places)[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def differences(fixed: Any, halvings: Any) -> Figure:
    """ICA minus rotation: a row a number of components, k 0 is their mean and stands first.

    fixed: value, low, high by k, of the one fixed halving (bar and square); halvings: value by k,
    of others (gray dots).
    """
    figure, axes = canvas(height=0.8 + 0.36 * len(fixed))
    order = fixed.sort_values("k")
    for place, (_, each) in enumerate(order.iterrows()):
        color: Any = RED if each.k == 0 else BLUE
        others = halvings[halvings.k == each.k].value
        axes.plot(others, [place + 0.16] * len(others), ".", color=GRAY, alpha=0.7)
        axes.plot([each.low, each.high], [place - 0.1] * 2, color=color, linewidth=3)
        axes.plot(each.value, place - 0.1, "s", color=color, markersize=7)
    names = ["mean of the sizes" if k == 0 else f"k = {k}" for k in order.k]
    axes.set_yticks(range(len(order)), names)
    axes.axvline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set(xlabel="ICA minus random rotation, held out", ylim=(len(order) - 0.4, -0.6))
    return figure
