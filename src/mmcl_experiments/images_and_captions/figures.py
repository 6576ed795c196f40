"""Pictures of the world of images and captions: contact sheets and factors on the move."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import (
    BLUE,
    LOOKS,
    ORANGE,
    canvas,
    frameless,
    legend_beside,
    panels,
    tiles,
    x_ticks,
)

MARKS = (("o", BLUE), ("D", ORANGE))  # of linear and nonlinear scores


def contact_sheet(images: Any, captions: Sequence[str], *, columns: int = 6) -> Figure:
    """Pictures (n, h, w, 3) in rows, each with its caption below."""
    if len(images) != len(captions) or not len(captions):
        raise ValueError(f"{len(images)} pictures and {len(captions)} captions; give as many")
    figure, places = tiles(len(captions), min(columns, len(captions)), width=1.16, height=1.75)
    for axes, image, caption in zip(places, images, captions, strict=False):
        _place(axes, image)
        axes.set_xlabel("\n".join(textwrap.wrap(caption, 20)), fontsize=6.5)
    return figure


def strip(images: Mapping[str, Any], *, columns: int = 6) -> Figure:
    """Named pictures (h, w, 3) in rows, each with its name above."""
    figure, places = tiles(len(images), min(columns, len(images)), width=1.16, height=1.35)
    for axes, (name, image) in zip(places, images.items(), strict=False):
        _place(axes, image)
        axes.set_title(name, fontsize=8)
    return figure


def traversals(moving: Mapping[str, Any], *, columns: int = 6) -> dict[str, Figure]:
    """Frames for `interactive.slider`: at each stop, every factor that far through its range.

    moving: for each factor its pictures (steps, h, w, 3), as many steps for all.
    """
    steps = {len(images) for images in moving.values()}
    if len(steps) != 1:
        raise ValueError(f"factors have {sorted(steps)} pictures; give as many steps for all")
    (count,) = steps
    return {
        f"{step + 1} of {count}": strip(
            {name: images[step] for name, images in moving.items()}, columns=columns
        )
        for step in range(count)
    }


def recovered(scores: Mapping[str, pd.DataFrame], told: pd.Series) -> Figure:
    """How well codes tell each factor: one panel a code, as in Daunhawer et al.'s figure.

    scores: name of a code to a table with factors as index and columns linear and nonlinear; told:
    by factor, the score of an encoder of pictures that is told all factors, drawn as a gray bar.
    """
    figure, parts = panels(scores, width=3.4 * len(scores), height=0.8 + 0.27 * len(told))
    for axes, table in parts:
        rows = np.arange(len(table))
        limit = told.reindex(table.index).fillna(0)
        axes.barh(rows, limit, color="#DDDDDD", label="told all, from pixels")
        for metric, (mark, color) in zip(("linear", "nonlinear"), MARKS, strict=True):
            axes.plot(table[metric], rows, mark, color=color, label=metric)
        axes.set(xlim=(-0.08, 1.05), yticks=rows, yticklabels=table.index)
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
    legend_beside(figure.axes[-1])
    return figure


def learned(curve: pd.DataFrame) -> Figure:
    """Scores by how long a code was trained: a line a column (a factor), the index are steps."""
    figure, axes = canvas(height=2.7)
    for (symbol, color), (name, values) in zip(LOOKS, curve.items(), strict=False):
        axes.plot(curve.index, values, symbol + "-", color=color, markersize=5, label=name)
    axes.set(xscale="log", ylim=(-0.05, 1.05))
    axes.set(xlabel="steps of training", ylabel="nonlinear score")
    x_ticks(axes, curve.index)
    legend_beside(axes)
    return figure


def close(figure: Figure) -> None:
    """Forget a figure that was written."""
    plt.close(figure)


def _place(axes: Any, image: Any) -> None:
    axes.imshow(np.asarray(image), interpolation="nearest")
    frameless(axes)
