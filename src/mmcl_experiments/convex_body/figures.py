"""Pictures of chapters 05 and 06: squares, creases, angles, walls."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, cloud, frameless, legend_beside, panels, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, RED

MARKS = {"codes": ("o", BLUE), "after ICA": ("D", RED), "after a random turn": ("|", GRAY)}


def plane_colors(points: Any) -> np.ndarray:
    """One color a point of the unit square (n, 2): blue to orange along the first coordinate,
    lighter along the second."""
    u, v = np.clip(np.asarray(points, dtype=float), 0, 1).T[:, :, None]
    dark = (1 - u) * np.array([[0.0, 0.27, 0.5]]) + u * np.array([[0.72, 0.36, 0.0]])
    light = (1 - u) * np.array([[0.62, 0.83, 0.97]]) + u * np.array([[1.0, 0.86, 0.45]])
    return (1 - v) * dark + v * light


def squares(clouds: dict[str, Any], states: Any) -> Figure:
    """Clouds of points in the plane side by side, each point in the color of its state."""
    colors = plane_colors(states)
    figure, parts = panels(clouds, width=1.2 + 1.6 * len(clouds), height=2.3)
    for axes, points in parts:
        cloud(axes, points, colors)
        axes.set_aspect("equal")
        frameless(axes)
    return figure


def landscapes(tables: dict[str, np.ndarray], star: Any) -> Figure:
    """Scores over the unit square as level lines, one picture a table; a star marks one point.

    tables: name to (k, k) values, the first axis along the first coordinate.
    """
    figure, parts = panels(tables, width=3.3 * len(tables), height=3.1)
    for axes, values in parts:
        grid = (np.arange(len(values)) + 0.5) / len(values)
        axes.contourf(grid, grid, np.asarray(values).T, levels=14, cmap="cividis")
        axes.plot(*star, "*", color="white", markeredgecolor="black", markersize=14)
        axes.set(xticks=[0, 1], yticks=[0, 1], aspect="equal")
        axes.set(xlabel="first coordinate of $z_t$", ylabel="second")
    return figure


def by_angle(table: pd.DataFrame, label: str, places: tuple[float, ...] = ()) -> Figure:
    """Smooth curves over an angle in degrees, with dashed lines at some angles."""
    figure, axes = canvas()
    for style, (name, values) in zip(("-", "--", "-."), table.items(), strict=False):
        axes.plot(table.index, values, style, label=name)
    for place in places:
        axes.axvline(place, color="black", linestyle=":", linewidth=1)
    axes.set(xlabel=table.index.name, ylabel=label, xticks=range(0, 181, 45))
    legend_beside(axes)
    return figure


def walls(table: pd.DataFrame) -> Figure:
    """Gap in nats (left) and R2 of the best codes (right) over the scale, by coupling and heads.

    table: columns scale, coupling, heads, gap, r2.
    """
    figure, (left, right) = canvas(2)
    lines = table[["coupling", "heads"]].drop_duplicates().itertuples(index=False)
    colors = (BLUE, GREEN, ORANGE, RED)
    for (coupling, heads), symbol, color in zip(lines, "os^D", colors, strict=False):
        rows = table[table.coupling.eq(coupling) & table.heads.eq(heads)]
        name = f"{coupling}, {'heads' if heads else 'no heads'}"
        for axes, column in ((left, "gap"), (right, "r2")):
            line = "--" if heads else "-"
            axes.plot(rows.scale, rows[column], symbol + line, color=color, label=name)
    left.set(ylabel="gap of the true latents (nats)", ylim=(-0.0005, None))
    right.set(ylabel="R2 of the best codes")
    right.legend(loc="lower left", fontsize=8)
    scales = sorted(table.scale.unique())
    for axes in (left, right):
        axes.set(xscale="log", xlabel="scale of the coupling")
        x_ticks(axes, scales)
    return figure


def licenses(scores: dict[str, pd.DataFrame]) -> Figure:
    """For each case (a row) the scores as they are, after ICA, and after random turns.

    scores: for each name in MARKS a table with one column a case and one row a seed.
    """
    cases = list(scores["codes"].columns)
    figure, axes = canvas(height=0.8 + 0.42 * len(cases))
    for shift, (name, (symbol, color)) in zip((0.14, -0.14, 0), MARKS.items(), strict=True):
        size = 16 if symbol == "|" else 6
        for place, case in enumerate(cases):
            values = scores[name][case].dropna()
            places = np.full(len(values), place + shift)
            label = name if place == 0 else None
            axes.plot(values, places, symbol, color=color, markersize=size, alpha=0.8, label=label)
    axes.set_yticks(range(len(cases)), cases)
    axes.invert_yaxis()
    axes.set(xlim=(0.5, 1.02), xlabel="mean correlation with the latents (MCC)")
    axes.grid(axis="x", alpha=0.3)
    legend_beside(axes)
    return figure
