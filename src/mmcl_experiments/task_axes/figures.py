"""Gains of axes that were foretold from alignment, and accuracy by shots beside zero-shot."""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import (
    canvas,
    legend_beside,
    legend_of,
    means,
    paired,
    panels,
    x_ticks,
)
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE
from mmcl_experiments.task_axes.readings import AXES, KINDS

COLORS = dict(zip(KINDS, (BLUE, ORANGE, GRAY), strict=True))
MARKS = dict(zip(AXES, ("o", "^"), strict=True))
LINES = {"ica": (BLUE, "o", "ICA"), "whitened": (ORANGE, "s", "principal axes"),
         "rotated": (GRAY, "D", "random rotation")}  # fmt: skip


def foretold(points: Any) -> Figure:
    """Measured gain against the gain foretold, a panel a network; dashed: as foretold.

    points: those of `readings.points`.
    """
    named = {f"CLIP {seed}": part for seed, part in points.groupby("seed")}
    figure, parts = panels(named, "measured gain", width=7.6, height=3.0, sharey=True)
    for axes, part in parts:
        for (kind, kept), some in part.groupby(["kind", "choice"]):
            axes.plot(some.foretold, some.gain, MARKS[kept], color=COLORS[kind], markersize=6,
                      alpha=0.85)  # fmt: skip
        axes.axline((0, 0), slope=1, color="black", linestyle="--", linewidth=0.9)
        axes.set(xlabel="foretold gain")
    marks = {KINDS[kind]: {"marker": "s", "color": color} for kind, color in COLORS.items()}
    marks |= {AXES[kept]: {"marker": mark, "color": "black"} for kept, mark in MARKS.items()}
    figure.legend(**legend_of(marks, loc="outside lower center", columnspacing=1, fontsize=9))
    return figure


def by_shots(table: Any, task: str) -> Figure:
    """Accuracy in a task over shots, a panel a head, a line a choice of axes; dotted: the L2 probe
    on raw features; dashed: zero-shot. All are means over networks."""
    rows = table[table.task.eq(task) & table.metric.eq("accuracy")]
    zero = rows[rows.method.eq("zero-shot")].value.mean()
    blind = rows[rows.part.eq("l2") & rows.method.eq("raw")].groupby("shots").value.mean()
    heads = {title: name for name, title in paired.HEADS.items() if name != "l2"}
    figure, parts = panels(heads, "accuracy", width=8.2, height=2.9, sharey=True)
    for axes, name in parts:
        some = rows[rows["head"].eq(name) & rows.part.eq("heads")]
        means(axes, some, "method", "shots", LINES, markersize=5)
        axes.plot(blind.index, blind, ":", color="black", label="L2 probe, raw")
        axes.axhline(zero, color=GREEN, linestyle="--", linewidth=1.2, label="zero-shot")
        axes.set(xscale="log", xlabel="shots a class")
        x_ticks(axes, blind.index)
    legend_beside(figure.axes[-1])
    return figure


def shares(named: Any) -> Figure:
    """For each choice of axes the share of each axis's variance that lies between classes, sorted.

    named: {choice: (k,)}.
    """
    figure, axes = canvas(width=5.2, height=2.7)
    for (name, values), (color, mark, _) in zip(named.items(), LINES.values(), strict=False):
        axes.plot(range(1, len(values) + 1), sorted(values)[::-1], f"{mark}-", color=color,
                  label=name, markersize=5)  # fmt: skip
    axes.set(xlabel="axis, best first", ylabel="share between classes")
    axes.legend()
    return figure
