"""Few-shot probes: strengths, differences by shots, protocols, axes that a tree can cut.

Tables are those of `mmcl.experiments.few_shot`, or parts of them.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl.figures import BLUE, GRAY, GREEN, ORANGE, RED, canvas, legend_beside, x_ticks

SPACES = {
    "raw": (GRAY, "D", "as they come"),
    "pca": (ORANGE, "s", "PCA to k"),
    "whitened, all": (GREEN, "^", "white, all columns"),
    "whitened": (BLUE, "o", "white, k: any ICA"),
}
AXES = {"ica": (BLUE, "o", "ICA"), "whitened": (ORANGE, "s", "principal axes"),
        "rotated": (GRAY, "D", "random rotation")}  # fmt: skip
HEADS = {"l1": "L1 logistic", "tree": "shallow tree", "axes": "best single axes"}


def cuts(views: dict[str, Any], groups: Any, names: tuple[str, ...]) -> Figure:
    """Two columns of each view (n, 2) against each other, colored by groups (n,)."""
    figure, places = canvas(len(views), width=7.2, height=3.0)
    for axes, (name, points) in zip(places, views.items(), strict=True):
        for group, (label, color) in enumerate(zip(names, (BLUE, ORANGE, GREEN), strict=False)):
            chosen = points[groups == group]
            axes.plot(chosen[:, 0], chosen[:, 1], ".", color=color, markersize=3, label=label)
        axes.set(title=name, xlabel="one axis", ylabel="another")
    legend_beside(places[-1], markerscale=3)
    return figure


def strengths(tables: dict[str, Any]) -> Figure:
    """Accuracy of the L2 probe over its strength C, a panel for each table, a line a space."""
    figure, places = canvas(len(tables), width=3.0 * len(tables) + 1.6, height=2.9)
    for axes, (title, table) in zip(places, tables.items(), strict=True):
        rows = table[table.metric == "at strength"]
        for name, (color, mark, label) in SPACES.items():
            line = rows[rows.method == name].groupby("strength").value.mean()
            axes.plot(line.index, line, mark + "-", color=color, markersize=5, label=label)
        axes.set(xscale="log", xlabel="strength C", title=title)
        x_ticks(axes, sorted(rows.strength.unique()))
    places[0].set_ylabel("accuracy")
    legend_beside(places[-1])
    return figure


def differences(table: Any, method: str, label: str) -> Figure:
    """One difference by shots, a panel a head: a dot a model, with its interval; red their mean."""
    rows = table[(table.method == method) & (table.metric == "difference")]
    heads = [name for name in HEADS if name in set(rows["head"])]
    figure, places = canvas(len(heads), width=7.4, height=2.8, sharey=True)
    for axes, name in zip(places, heads, strict=True):
        each = rows[rows["head"] == name]
        dodge(axes, each)
        axes.set(title=HEADS[name], xlabel="shots a class")
    places[0].set_ylabel(label)
    return figure


def dodge(axes: Any, rows: Any) -> None:
    """Dots with intervals of models side by side at each number of shots, and their mean."""
    shots, seeds = sorted(rows.shots.unique()), sorted(rows.seed.unique())
    for place, seed in enumerate(seeds):
        one = rows[rows.seed == seed].set_index("shots").loc[shots]
        x = np.arange(len(shots)) + (place - (len(seeds) - 1) / 2) * 0.12
        axes.vlines(x, one.low, one.high, color=BLUE, linewidth=1.4, alpha=0.8)
        axes.plot(x, one.value, "o", color=BLUE, markersize=3)
    means = rows.groupby("shots").value.mean().loc[shots]
    axes.plot(range(len(shots)), means, "_", color=RED, markersize=20, markeredgewidth=2)
    axes.axhline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set_xticks(range(len(shots)), [str(count) for count in shots])


def by_shots(table: Any) -> Figure:
    """Accuracy over shots, a panel a head, a line a choice of axes; dotted: the L2 probe and
    zero-shot. All are means over models."""
    part = table[(table.part == "heads") & (table.metric == "accuracy")]
    blind = table[(table.part == "whitening") & (table.method == "raw")]
    blind = blind[blind.metric == "accuracy"].groupby("shots").value.mean()
    zero = table[(table.method == "zero-shot")].value.mean()
    figure, places = canvas(len(HEADS), width=8.2, height=2.9, sharey=True)
    for axes, (head, title) in zip(places, HEADS.items(), strict=True):
        for name, (color, mark, label) in AXES.items():
            rows = part[(part["head"] == head) & (part.method == name)]
            line = rows.groupby("shots").value.mean()
            axes.plot(line.index, line, mark + "-", color=color, markersize=5, label=label)
        axes.plot(blind.index, blind, ":", color="black", label="L2 probe, raw")
        axes.axhline(zero, color=GREEN, linestyle="--", linewidth=1.2, label="zero-shot")
        axes.set(title=title, xscale="log", xlabel="shots a class")
        x_ticks(axes, blind.index)
    places[0].set_ylabel("accuracy")
    legend_beside(places[-1])
    return figure


def protocols(table: Any) -> Figure:
    """What test images in the choice of strength, in the fit, and in both are worth, by shots."""
    arms = {
        "chosen on test rows": "strength chosen on them",
        "fitted on test rows": "ICA fitted on them",
        "as released": "both, as released",
        "leak-free, many rows": "instead: many unlabeled rows",
    }
    figure, places = canvas(len(arms), width=9.0, height=2.7, sharey=True)
    rows = table[(table.part == "protocol") & (table.metric == "difference")]
    for axes, (arm, title) in zip(places, arms.items(), strict=True):
        dodge(axes, rows[rows.method == f"{arm} - leak-free"])
        axes.set(xlabel="shots a class")
        axes.set_title(title, fontsize=9)
    places[0].set_ylabel("accuracy minus leak-free")
    return figure
