"""Other looks of the world: the pictures, accuracy by look, axes of style and of content.

Tables are those of `mmcl_experiments.domain_shift.run`, or parts of them.
"""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, frameless, legend_beside, paired, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

ORDER = ("photo", "recolored", "cartoon", "silhouette", "lines", "low-light")  # by what is left
LINES = {  # (head, method): color, mark, label
    ("l2", "raw"): ("black", "s", "L2 probe, raw"),
    ("l2", "whitened"): (GREEN, "^", "L2 probe, white: any ICA"),
    ("axes", "ica"): (BLUE, "o", "single axes, ICA"),
    ("axes", "rotated"): (GRAY, "D", "single axes, rotation"),
    ("tree", "ica"): (ORANGE, "v", "tree, ICA"),
    ("tree", "rotated"): (PURPLE, "P", "tree, rotation"),
}
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
            frameless(axes)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def falls(tables: Mapping[str, Any], chance: float) -> Figure:
    """Accuracy by look, a panel a table, a line a head and its features; means over models."""
    look = {"width": 4.2 * len(tables) + 1.2, "height": 3.1, "sharey": True}
    figure, parts = panels(tables, "accuracy", **look)
    for axes, table in parts:
        rows = table[(table.part == "heads") & (table.metric == "accuracy")]
        means = rows.groupby(["head", "method", "look"]).value.mean()
        for (head, method), (color, mark, label) in LINES.items():
            line = means[head, method].loc[list(ORDER)]
            axes.plot(range(len(ORDER)), line, mark + "-", color=color, markersize=5, label=label)
        axes.axhline(chance, color=RED, linestyle="--", linewidth=0.9, label="chance")
        axes.set_xticks(range(len(ORDER)), ORDER, rotation=25, ha="right")
    legend_beside(figure.axes[-1])
    return figure


def shares(table: Any) -> Figure:
    """Style (up) and the strongest content (down) of each axis, most style first, of one model."""
    methods = {"ICA": "ica", "principal axes": "whitened", "a random rotation": "rotated"}
    look = {"width": 7.8, "height": 2.9, "sharey": True}
    figure, parts = panels(methods, "share of variance between", **look)
    rows = table[(table.part == "style") & (table.component >= 0)]
    for axes, method in parts:
        wide = rows[rows.method == method].pivot_table("value", "component", "factor")
        wide = wide.sort_values("look", ascending=False)
        axes.bar(range(len(wide)), wide["look"], color=BLUE, label="look")
        content = wide.drop(columns="look").max(axis=1)
        axes.bar(range(len(wide)), -content, color=ORANGE, label="strongest factor")
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set(xlabel="axis", xticks=[], ylim=(-1, 1))
        axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
    legend_beside(figure.axes[-1])
    return figure


def dropping(table: Any) -> Figure:
    """What is gained over dropping nothing, a panel for each way to drop, by target look."""
    rows = table[(table.part == "dropped") & (table.metric == "difference")]
    named = {title: rows[rows.method == f"{arm} - none"] for arm, title in ARMS.items()}
    return paired.figure(named, "accuracy minus none dropped", "look", ORDER[1:])
