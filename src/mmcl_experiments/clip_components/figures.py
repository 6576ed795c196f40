"""Components of two modalities: matched correlations, and how far ICA is ahead of rotations.

Tables are that of `mmcl_experiments.clip_components.run`, or parts of it.
"""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, legend_beside, means, panels, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, RED

LOOKS = {"CCA": (GREEN, "^"), "ICA": (BLUE, "o"), "PCA": (ORANGE, "s"), "rotation": (GRAY, "D")}


def arms(named: dict[str, Any]) -> Figure:
    """Mean matched correlation over the number of components, a panel for each table.

    A line an arm; the band around "rotation" spans the random rotations. Tables: k, arm, value,
    low, high, all of one metric and one source.
    """
    look = {"titles": 10, "width": 2.7 * len(named) + 0.9, "height": 2.9}
    figure, parts = panels(named, "mean matched correlation", **look)
    top = max(table.value.max() for table in named.values())
    for axes, table in parts:
        means(axes, table, "arm", "k", LOOKS, markersize=5)
        band = table[table.arm == "rotation"].sort_values("k")
        if band.high.any():
            axes.fill_between(band.k, band.low, band.high, color=GRAY, alpha=0.25)
        axes.set(xscale="log", xlabel="components k", ylim=(-0.05, top + 0.05))
        x_ticks(axes, sorted(table.k.unique()))
        axes.axhline(0, color="black", linewidth=0.6)
    legend_beside(figure.axes[-1])
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
