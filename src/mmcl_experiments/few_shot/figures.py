"""Few-shot probes: strengths, differences by shots, protocols, axes that a tree can cut.

Tables are those of `mmcl_experiments.few_shot.run`, or parts of them.
"""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import legend_beside, means, paired, panels, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE

SPACES = {
    "raw": (GRAY, "D", "as they come"),
    "pca": (ORANGE, "s", "PCA to k"),
    "whitened, all": (GREEN, "^", "white, all columns"),
    "whitened": (BLUE, "o", "white, k: any ICA"),
}


def cuts(views: dict[str, Any], groups: Any, names: tuple[str, ...]) -> Figure:
    """Two columns of each view (n, 2) against each other, colored by groups (n,)."""
    figure, parts = panels(views, width=7.2, height=3.0)
    for axes, points in parts:
        for group, (label, color) in enumerate(zip(names, (BLUE, ORANGE, GREEN), strict=False)):
            chosen = points[groups == group]
            axes.plot(chosen[:, 0], chosen[:, 1], ".", color=color, markersize=3, label=label)
        axes.set(xlabel="one axis", ylabel="another")
    legend_beside(figure.axes[-1], markerscale=3)
    return figure


def strengths(tables: dict[str, Any]) -> Figure:
    """Accuracy of the L2 probe over its strength C, a panel for each table, a line a space."""
    figure, parts = panels(tables, "accuracy", width=3.0 * len(tables) + 1.6, height=2.9)
    for axes, table in parts:
        rows = table[table.metric == "at strength"]
        means(axes, rows, "method", "strength", SPACES, markersize=5)
        axes.set(xscale="log", xlabel="strength C")
        x_ticks(axes, sorted(rows.strength.unique()))
    legend_beside(figure.axes[-1])
    return figure


def protocols(table: Any) -> Figure:
    """What test images in the choice of strength, in the fit, and in both are worth, by shots."""
    arms = {
        "chosen on test rows": "strength chosen on them",
        "fitted on test rows": "ICA fitted on them",
        "as released": "both, as released",
        "leak-free, many rows": "instead: many unlabeled rows",
    }
    rows = table[(table.part == "protocol") & (table.metric == "difference")]
    named = {title: rows[rows.method == f"{arm} - leak-free"] for arm, title in arms.items()}
    return paired.figure(named, "accuracy minus leak-free", "shots")
