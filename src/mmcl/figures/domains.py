"""Other looks of the world: the pictures, accuracy by look, axes of style and of content.

Tables are those of `mmcl.experiments.domain_shift`, or parts of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl.figures import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED, canvas, legend_beside

ORDER = ("photo", "recolored", "cartoon", "silhouette", "lines", "low-light")  # by what is left
LINES = {  # (head, method): color, mark, label
    ("l2", "raw"): ("black", "s", "L2 probe, raw"),
    ("l2", "whitened"): (GREEN, "^", "L2 probe, white: any ICA"),
    ("axes", "ica"): (BLUE, "o", "single axes, ICA"),
    ("axes", "rotated"): (GRAY, "D", "single axes, rotation"),
    ("tree", "ica"): (ORANGE, "v", "tree, ICA"),
    ("tree", "rotated"): (PURPLE, "P", "tree, rotation"),
}
HEADS = {"l1": "L1 logistic", "tree": "shallow tree", "axes": "best single axes"}
ARMS = {
    "ica": "ICA axes",
    "principal": "principal axes",
    "rotated": "random axes",
    "random": "ICA axes, any",
    "means": "span of means",
}


def grid(images: Mapping[str, Any]) -> Figure:
    """Pictures (n, h, w, 3) of the same scenes, a row for each look."""
    count = len(next(iter(images.values())))
    figure, places = canvas(count, rows=len(images), width=6.6, height=1.05 * len(images))
    for row, (name, pictures) in zip(places, images.items(), strict=True):
        for axes, picture in zip(row, pictures, strict=True):
            axes.imshow(picture)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def falls(tables: Mapping[str, Any], chance: float) -> Figure:
    """Accuracy by look, a panel a table, a line a head and its features; means over models."""
    figure, places = canvas(len(tables), width=4.2 * len(tables) + 1.2, height=3.1, sharey=True)
    for axes, (title, table) in zip(places, tables.items(), strict=True):
        rows = table[(table.part == "heads") & (table.metric == "accuracy")]
        means = rows.groupby(["head", "method", "look"]).value.mean()
        for (head, method), (color, mark, label) in LINES.items():
            line = means[head, method].loc[list(ORDER)]
            axes.plot(range(len(ORDER)), line, mark + "-", color=color, markersize=5, label=label)
        axes.axhline(chance, color=RED, linestyle="--", linewidth=0.9, label="chance")
        axes.set_xticks(range(len(ORDER)), ORDER, rotation=25, ha="right")
        axes.set_title(title)
    places[0].set_ylabel("accuracy")
    legend_beside(places[-1])
    return figure


def gaps(table: Any, method: str, label: str) -> Figure:
    """A difference by look, a panel a head: a dot a model with its interval; red their mean."""
    rows = table[(table.method == method) & (table.metric == "difference")]
    heads = [name for name in HEADS if name in set(rows["head"])]
    figure, places = canvas(len(heads), width=8.4, height=3.1, sharey=True)
    for axes, name in zip(places, heads, strict=True):
        spread(axes, rows[rows["head"] == name], ORDER)
        axes.set_title(HEADS[name])
    places[0].set_ylabel(label)
    return figure


def spread(axes: Any, rows: Any, looks: tuple[str, ...]) -> None:
    """Dots with intervals of models side by side at each look, and their mean."""
    seeds = sorted(rows.seed.unique())
    for place, seed in enumerate(seeds):
        one = rows[rows.seed == seed].set_index("look").loc[list(looks)]
        x = np.arange(len(looks)) + (place - (len(seeds) - 1) / 2) * 0.13
        axes.vlines(x, one.low, one.high, color=BLUE, linewidth=1.4, alpha=0.8)
        axes.plot(x, one.value, "o", color=BLUE, markersize=3)
    means = rows.groupby("look").value.mean().loc[list(looks)]
    axes.plot(range(len(looks)), means, "_", color=RED, markersize=16, markeredgewidth=2)
    axes.axhline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set_xticks(range(len(looks)), looks, rotation=30, ha="right", fontsize=8)


def shares(table: Any) -> Figure:
    """Style (up) and the strongest content (down) of each axis, most style first, of one model."""
    names = {"ica": "ICA", "whitened": "principal axes", "rotated": "a random rotation"}
    figure, places = canvas(len(names), width=7.8, height=2.9, sharey=True)
    rows = table[(table.part == "style") & (table.component >= 0)]
    for axes, (method, title) in zip(places, names.items(), strict=True):
        wide = rows[rows.method == method].pivot_table("value", "component", "factor")
        wide = wide.sort_values("look", ascending=False)
        axes.bar(range(len(wide)), wide["look"], color=BLUE, label="look")
        content = wide.drop(columns="look").max(axis=1)
        axes.bar(range(len(wide)), -content, color=ORANGE, label="strongest factor")
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set(title=title, xlabel="axis", xticks=[], ylim=(-1, 1))
        axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
    places[0].set_ylabel("share of variance between")
    legend_beside(places[-1])
    return figure


def dropping(table: Any) -> Figure:
    """What is gained over dropping nothing, a panel for each way to drop, by target look."""
    figure, places = canvas(len(ARMS), width=9.4, height=3.0, sharey=True)
    rows = table[(table.part == "dropped") & (table.metric == "difference")]
    for axes, (arm, title) in zip(places, ARMS.items(), strict=True):
        spread(axes, rows[rows.method == f"{arm} - none"], ORDER[1:])
        axes.set_title(title, fontsize=9)
    places[0].set_ylabel("accuracy minus none dropped")
    return figure
