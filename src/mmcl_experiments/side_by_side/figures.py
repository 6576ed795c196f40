"""Pictures of chapter 10: the settings side by side, the knob, and the guide."""

from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, curves, legend_beside, means, panels
from mmcl_experiments.figures.palette import BLUE, GRAY, ORANGE
from mmcl_experiments.stories.figures import RADIUS, Graph, draw_graph

BLOCKS = {"content": (BLUE, "o"), "style": (ORANGE, "s"), "private": (GRAY, "^")}


def graph_of(copied: int, coupled: int, private: int) -> Graph:
    """The graph of a setting: one node for what is copied, an undirected edge where coupled."""
    places, arrows, edges = {"x": (0.6, 0.0), "t": (2.4, 0.0)}, [], []
    if copied:
        places["c"] = (1.5, 0.8)
        arrows += [("c", "x"), ("c", "t")]
    if coupled:
        ends = ("s_x", "s_t") if copied else ("z_x", "z_t")
        places |= {ends[0]: (0.75, 1.6), ends[1]: (2.25, 1.6)}
        arrows += [(ends[0], "x"), (ends[1], "t")]
        edges = [ends]
    if private:
        places |= {"m_x": (-0.2, 1.0), "m_t": (3.2, 1.0)}
        arrows += [("m_x", "x"), ("m_t", "t")]
    return Graph(places, arrows, edges, ["x", "t"])


def worlds(facts: pd.DataFrame, clouds: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Each setting as a graph (above), and what a coordinate of z_t has of z_x (below).

    facts: one row a setting with columns copied, coupled, private (numbers of coordinates) and
    mixings (1 or 2). clouds: for each setting, block name to points (n, 2).
    """
    size = {"rows": 2, "width": 1.85 * len(facts), "height": 3.7}
    figure, (heads, feet) = canvas(len(facts), **size, height_ratios=(1.25, 1))
    for axes, (name, row) in zip(heads, facts.iterrows(), strict=True):
        _graph(axes, graph_of(row.copied, row.coupled, row.private))
        axes.set_title(str(name), fontsize=10)
        lenses = "one mixing" if row.mixings == 1 else "two mixings"
        axes.text(1.5, -0.75, lenses, ha="center", fontsize=9)
    for axes, name in zip(feet, facts.index, strict=True):
        for block, points in clouds[name].items():
            color, _ = BLOCKS["style" if block == "style" else "content"]
            axes.scatter(points[:, 0], points[:, 1], s=3, color=color, linewidths=0, label=block)
        axes.set(xticks=[], yticks=[], xlabel="of $z_x$")
        axes.set_box_aspect(1)
        axes.legend(fontsize=7, loc="upper left", markerscale=2, handletextpad=0.1, borderpad=0)
    feet[0].set_ylabel("of $z_t$")
    return figure


def knob(table: pd.DataFrame, crossing: float) -> Figure:
    """R2 of the blocks over the noise in content, a panel for each size of code.

    table: columns size, noise, block (of BLOCKS) and value. Dashed: the noise in style.
    """
    named = {f"codes of {size} dimensions": rows for size, rows in table.groupby("size")}
    figure, parts = panels(named, "held-out R2", height=3.0)
    for axes, rows in parts:
        means(axes, rows, "block", "noise", BLOCKS, markersize=5)
        axes.axvline(crossing, color="black", linestyle="--", linewidth=1)
        axes.set(xlabel="noise in content", ylim=(-0.05, 1.05))
        axes.grid(axis="y", alpha=0.3)
    legend_beside(figure.axes[-1])
    return figure


def budget(table: pd.DataFrame, ceiling: float) -> Figure:
    """Nats won (a line a column but the last) and nats there are (the last), over the index."""
    figure, axes = canvas(height=2.9)
    at = table.index.to_numpy()
    curves(axes, table.iloc[:, :-1], markersize=5)
    there = table.iloc[:, -1]
    axes.plot(at, there.where(np.isfinite(there)), "--", color="black", label=there.name)
    axes.axhline(ceiling, color=GRAY, linewidth=1)
    axes.text(at[-1], ceiling, "log n", ha="right", va="bottom", fontsize=9)
    axes.set(xlabel=table.index.name, ylabel="nats", ylim=(0, 1.2 * ceiling))
    legend_beside(axes)
    return figure


def frame(clouds: Mapping[str, np.ndarray], scores: pd.DataFrame) -> Figure:
    """One stop of the knob: what z_t has of z_x (left), what codes hold (right).

    clouds: block to points (n, 2). scores: one row a block, one column a size of code.
    """
    figure, (left, right) = canvas(2, height=2.9)
    for block, points in reversed(list(clouds.items())):
        color, _ = BLOCKS[block]
        left.plot(points[:, 0], points[:, 1], ".", color=color, markersize=3, label=block)
    left.set(xlim=(-3.2, 3.2), ylim=(-4.5, 4.5), xlabel="coordinate of $z_x$", ylabel="of $z_t$")
    left.legend(markerscale=3, loc="upper left", fontsize=9)
    width = 0.8 / scores.shape[1]
    for shift, (name, values) in enumerate(scores.items()):
        at = np.arange(len(scores)) + (shift - (scores.shape[1] - 1) / 2) * width
        shade = {"alpha": 1.0 if shift == 0 else 0.45, "label": name}
        right.bar(at, values, width * 0.92, color=[BLOCKS[b][0] for b in scores.index], **shade)
    right.set(ylim=(0, 1.3), yticks=np.arange(0, 1.1, 0.2), ylabel="held-out R2")
    right.set_xticks(range(len(scores)), list(scores.index))
    handles = right.get_legend_handles_labels()
    for bars in handles[0]:
        bars[0].set_label(None)
    right.legend(*handles, fontsize=9, loc="upper right")
    return figure


def spectra(table: pd.DataFrame) -> Figure:
    """Canonical correlations of the codes, over their place, a line for each column (a world)."""
    figure, axes = canvas(height=2.7)
    curves(axes, table, markersize=6)
    axes.set(xlabel="place of the direction", ylabel="canonical correlation", ylim=(0.5, 1.02))
    axes.set_xticks(table.index)
    legend_beside(axes)
    return figure


def guide(questions: Mapping[str, tuple[str, str]], leaves: Mapping[str, str]) -> Figure:
    """A tree of questions: yes goes to the left, no to the right.

    questions: text to (yes, no), each the text of another question or the name of a leaf; the
    first one is the root. leaves: name to what it says, in lines.
    """
    columns = iter(range(len(leaves)))
    spots: dict[str, tuple[float, float]] = {}
    _place(next(iter(questions)), questions, 0, columns, spots)
    depth = -min(y for _, y in spots.values())
    figure, axes = canvas(width=1.45 * len(leaves), height=1.1 * (depth + 1))
    axes.set(xlim=(-0.5, len(leaves) - 0.5), ylim=(-depth - 0.55, 0.25))
    axes.axis("off")
    for text, answers in questions.items():
        for word, answer in zip(("yes", "no"), answers, strict=True):
            (a, b), (c, d) = spots[text], spots[answer]
            axes.plot([a, c], [b, d], color=GRAY, linewidth=1.2, zorder=0)
            axes.text((a + c) / 2, (b + d) / 2, word, ha="center", fontsize=8.5, style="italic",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    for text, spot in spots.items():
        leaf = text in leaves
        lines = [text, *leaves[text].splitlines()] if leaf else [text]
        said = "\n".join(fill(line, 18) for line in lines)
        look = {"facecolor": "#DCEBF7" if leaf else "white", "boxstyle": "round,pad=0.4"}
        axes.text(*spot, said, ha="center", va="center", fontsize=8.5, bbox=look)
    return figure


def _place(
    text: str,
    questions: Mapping[str, tuple[str, str]],
    depth: int,
    columns: Any,
    spots: dict[str, tuple[float, float]],
) -> float:
    """Give a question a spot between its answers, a leaf the next column; return its column."""
    if text not in questions:
        spots[text] = (next(columns), -depth)
        return spots[text][0]
    ends = [_place(answer, questions, depth + 1, columns, spots) for answer in questions[text]]
    spots[text] = (float(np.mean(ends)), -depth)
    return spots[text][0]


def _graph(axes: Axes, graph: Graph) -> None:
    """A graph on fixed scales, so that graphs side by side compare."""
    axes.set(xlim=(-0.5, 3.5), ylim=(-0.95, 1.95), aspect="equal")
    axes.axis("off")
    draw_graph(axes, graph, radius=RADIUS + 0.06, fontsize=9, mutation_scale=9, linewidth=1)
