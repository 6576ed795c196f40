"""Pictures of chapter 01: graphs, little pictures with a sun, joints on a clock, interventions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Polygon

from mmcl_experiments.figures import canvas, curves, legend_beside, panels, written, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

Pair = tuple[str, str]
CLOCK = (0, 6, 12, 18, 24)
RADIUS = 0.2


@dataclass(frozen=True)
class Graph:
    """Nodes by name and place, arrows, undirected edges; `seen`, what a learner observes."""

    places: Mapping[str, tuple[float, float]]
    arrows: Sequence[Pair] = ()
    edges: Sequence[Pair] = ()
    seen: Sequence[str] = ()


ENDS = {"z_x": (0.0, 0.0), "z_t": (1.6, 0.0)}
OUT_OF_C = (("c", "z_x"), ("c", "z_t"))
THREE_STORIES = {
    "x to t: described": Graph(ENDS, [("z_x", "z_t")]),
    "t to x: illustrated": Graph(ENDS, [("z_t", "z_x")]),
    "common cause: both were there": Graph({**ENDS, "c": (0.8, 0.9)}, OUT_OF_C),
}
MODEL = Graph(
    places={
        "m_x": (0.0, 1.0), "z_x": (1.0, 1.0), "z_t": (2.6, 1.0), "m_t": (3.6, 1.0),
        "x": (0.5, 0.0), "t": (3.1, 0.0),
    },
    arrows=[("m_x", "x"), ("z_x", "x"), ("z_t", "t"), ("m_t", "t")],
    edges=[("z_x", "z_t")],
    seen=["x", "t"],
)  # fmt: skip


def graphs(named: Mapping[str, Graph], *, height: float = 1.7) -> Figure:
    """Graphs side by side on one scale, each under its name."""
    spots = np.array([place for graph in named.values() for place in graph.places.values()])
    low, high = spots.min(axis=0) - 0.3, spots.max(axis=0) + 0.3
    width = min(8.0, 1.3 * (high - low)[0] * len(named))
    figure, parts = panels(named, titles=10, width=width, height=height)
    for axes, graph in parts:
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        axes.axis("off")
        draw_graph(axes, graph)
    return figure


def draw_graph(
    axes: Axes, graph: Graph, *, radius: float = RADIUS, fontsize: float = 12, **arrows: Any
) -> None:
    """Nodes, gray where they are seen; arrows, with a look of their own; edges in red."""
    for a, b in graph.arrows:
        link(axes, graph.places[a], graph.places[b], "-|>", **arrows)
    for a, b in graph.edges:
        link(axes, graph.places[a], graph.places[b], "-", linewidth=2.4, color=RED)
    for node, place in graph.places.items():
        fill = "#D9D9D9" if node in graph.seen else "white"
        axes.add_patch(Circle(place, radius, facecolor=fill, edgecolor="black", zorder=3))
        axes.text(*place, f"${node}$", ha="center", va="center", fontsize=fontsize, zorder=4)


def link(axes: Axes, start: Any, end: Any, style: str, **look: Any) -> None:
    """A line between the rims of two nodes; style "-|>" for an arrow, "-" for a plain edge."""
    way = np.subtract(end, start) / np.hypot(*np.subtract(end, start)) * (RADIUS + 0.02)
    look = {"color": "black", "linewidth": 1.5, "mutation_scale": 15, **look}
    rims = tuple(start + way), tuple(end - way)
    axes.add_patch(FancyArrowPatch(*rims, arrowstyle=style, shrinkA=0, shrinkB=0, **look))


def pictures(rows: Mapping[str, np.ndarray], captions: Sequence[str] = ()) -> Figure:
    """Little pictures: a sun, and a tree on a horizon that may slope.

    rows: name to observations (k, 3): cosine and sine of the sun's place in the frame (midnight
    below, noon above, clockwise), and the slope in radians. captions stand below the first row.
    """
    count = max(map(len, rows.values()))
    height = 1.6 * len(rows) + 0.25 * bool(len(captions))
    figure, places = canvas(count, rows=len(rows), width=1.45 * count, height=height)
    for row, (name, observations) in zip(places, rows.items(), strict=True):
        for axes, (cosine, sine, slope) in zip(row, observations, strict=True):
            scene(axes, np.array([-sine, -cosine]), float(slope))
        if name:
            row[0].set_title(name, loc="left", fontsize=10)
    for axes, caption in zip(places[0], captions, strict=False):
        axes.set_xlabel(caption, fontsize=9)
    return figure


def phrases(hours: np.ndarray, which: np.ndarray) -> list[str]:
    """Captions: each hour to the minute, in the phrase of that number (0, 1 or 2)."""
    told = ("{}:{:02} sharp", "It is {}:{:02}", "Around {}:{:02}")
    minutes = (np.asarray(hours) * 60).astype(int)
    return [told[k].format(*divmod(m, 60)) for m, k in zip(minutes, which, strict=True)]


def scene(axes: Axes, sun: np.ndarray, slope: float) -> None:
    """One little picture; sun: its place in the frame, at distance 1 of the middle."""
    across = np.array([np.cos(slope), -np.sin(slope)])
    up = np.array([np.sin(slope), np.cos(slope)])
    axes.set(xlim=(-1, 1), ylim=(-1, 1), xticks=[], yticks=[], aspect="equal", facecolor="#DCEBF7")
    axes.spines[:].set_visible(True)
    ground = np.array([-3 * across, 3 * across, 3 * across - 3 * up, -3 * across - 3 * up])
    axes.add_patch(Polygon(ground, facecolor="#8C8C8C", edgecolor="none"))
    axes.add_patch(Polygon([-0.16 * across, 0.16 * across, 0.45 * up], facecolor=GREEN))
    above = sun @ up > 0
    look = {"facecolor": ORANGE if above else "none", "edgecolor": ORANGE}
    axes.add_patch(Circle(tuple(0.72 * sun), 0.17, linewidth=1.8, **look))


def joints(
    tables: Mapping[str, np.ndarray],
    *,
    labels: tuple[str, str] = ("hour of the picture", "hour of the caption"),
    ticks: Sequence[float] = CLOCK,
    signed: Sequence[str] = (),
) -> Figure:
    """Tables (k, k) of a joint law as heat maps, the first axis to the right.

    All share one scale from zero, but for those in `signed`: red above zero, blue below.
    """
    plain = [np.max(table) for name, table in tables.items() if name not in signed]
    size = {"width": min(9.0, 2.5 * len(tables)), "height": 2.5}
    figure, parts = panels(tables, labels[1], titles=10, **size)
    for name, (axes, table) in zip(tables, parts, strict=True):
        most = np.abs(table).max() if name in signed else max(plain)
        look = {"cmap": "RdBu_r", "vmin": -most} if name in signed else {"cmap": "Blues", "vmin": 0}
        look |= {"vmax": most, "extent": (ticks[0], ticks[-1]) * 2}
        axes.imshow(np.transpose(table), origin="lower", **look)
        axes.set(xticks=ticks, yticks=ticks, xlabel=labels[0])
    return figure


def verdicts(p_values: pd.DataFrame, level: float) -> Figure:
    """p-values of every story against every other; those below the level stand out."""
    figure, axes = canvas(width=5.6, height=2.9)
    low = p_values.to_numpy() < level
    axes.imshow(low, cmap="binary", vmin=0, vmax=1.25, aspect="auto")

    def text(p: float) -> str:
        return "< 1e-9" if p < 1e-9 else f"{p:.0e}" if p < level else f"{p:.2f}"

    written(axes, p_values.map(text), np.where(low, "white", "black"))
    return figure


def responses(
    samples: Mapping[str, Mapping[str, Sequence[np.ndarray]]], hours: Callable[..., np.ndarray]
) -> Figure:
    """Hours of pictures (blue) and captions (orange): a row each story, a column an intervention.

    samples: story to intervention (the variable that is set, or "nothing") to (z_x, z_t); hours
    turns a side into hours (n,). A side that was set to one hour is a vertical line.
    """
    columns = list(next(iter(samples.values())))
    size = {"rows": len(samples), "width": 7.6, "height": 0.55 + 1.0 * len(samples)}
    figure, places = canvas(len(columns), **size, sharex=True, sharey=True)
    bins = np.linspace(0, 24, 25)
    for row, (story, cases) in zip(places, samples.items(), strict=True):
        for axes, sides in zip(row, cases.values(), strict=True):
            looks = (("$z_x$", BLUE, 3.2), ("$z_t$", ORANGE, 1.6))
            for side, (name, color, width) in zip(sides, looks, strict=True):
                values = hours(side)
                if np.ptp(values) < 1e-6:
                    axes.axvline(values[0], color=color, linewidth=width, label=name)
                    continue
                density, _ = np.histogram(values, bins, density=True)
                axes.stairs(density, bins, color=color, linewidth=width, label=name)
            axes.set(ylim=(0, 0.26), yticks=[], xticks=CLOCK)
            axes.spines["left"].set_visible(False)
        row[0].set_ylabel(story, rotation=0, ha="right", va="center", fontsize=10)
    for axes, intervention in zip(places[0], columns, strict=True):
        observed = intervention == "nothing"
        axes.set_title("observed" if observed else f"do(${intervention}$)", fontsize=10)
    places[0, 0].legend(loc="upper left", fontsize=8, ncols=2)
    figure.supxlabel("hour", fontsize=10)
    return figure


def directions(shares: pd.DataFrame) -> Figure:
    """How often the direction is guessed rightly, over the number of pairs; a line a world."""
    figure, axes = canvas()
    looks = zip("o^sDv", (BLUE, GREEN, PURPLE, GRAY, RED), strict=True)
    curves(axes, shares, looks, markersize=4)
    axes.set(xscale="log", xlabel="pairs", ylabel="direction guessed rightly", ylim=(0.4, 1.03))
    axes.axhline(0.5, color="black", linestyle=":", linewidth=1)
    x_ticks(axes, shares.index)
    legend_beside(axes)
    return figure
