"""What a diagnosis looks like: spectrograms, held-out directions, and profiles of several cases."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, RED, canvas


def spectrograms(rows: np.ndarray, frames: int, titles: list[str]) -> Figure:
    """Rows (k, frames * bands) as pictures side by side, low tones at the bottom."""
    figure, places = canvas(len(rows), height=2.3)
    for axes, row, title in zip(places, rows, titles, strict=True):
        axes.imshow(row.reshape(frames, -1).T, origin="lower", aspect="auto", cmap="viridis")
        axes.set(xticks=[], yticks=[], xlabel="time")
        axes.set_title(title, fontsize=9)
    places[0].set_ylabel("band, even in pitch")
    return figure


def directions(in_sample: Any, held_out: Any, noise: float, close: float) -> Figure:
    """Canonical correlations in the order of the fit: where they were found, and on new rows."""
    figure, axes = canvas(height=2.7)
    places = np.arange(1, len(held_out) + 1)
    axes.plot(places, in_sample, "o", color=GRAY, fillstyle="none", label="where it was found")
    axes.bar(places, held_out, color=BLUE, width=0.6, label="on new rows")
    for level, text in ((noise, "strangers reach this"), (close, "close")):
        axes.axhline(level, color="black", linestyle="--", linewidth=0.9)
        axes.text(places[-1] + 0.5, level + 0.015, text, ha="right", va="bottom", fontsize=8)
    axes.set(xlabel="direction", ylabel="correlation", xticks=places, ylim=(-0.12, 1.05))
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.82))
    return figure


def profiles(table: Any, close: float) -> Figure:
    """Held-out canonical correlations of each case, in a panel of its own.

    table: rows of `mmcl_experiments.diagnosis.run`. Green bars are close, blue ones are
    coupled, gray ones are no more than strangers reach.
    """
    names = list(dict.fromkeys(table.case))
    columns = 3
    rows = -(-len(names) // columns)
    figure, places = canvas(columns, rows=rows, height=3.8, sharey=True)
    beside: Any = {"ha": "right", "va": "bottom", "fontsize": 8}
    for axes, name in zip(places.flat, names, strict=False):
        rows = table[table.case.eq(name) & table.part.eq("shared")]
        noise = rows[rows.metric.eq("noise")].value.item()
        found = rows[rows.metric.eq("correlation")].sort_values("place").value.to_numpy()[:32]
        colors = [GREEN if r > close else BLUE if r > noise else GRAY for r in found]
        axes.bar(np.arange(len(found)), np.maximum(found, 0), color=colors, width=0.8)
        axes.axhline(close, color=ORANGE, linestyle="--", linewidth=0.9)
        axes.axhline(noise, color=RED, linestyle=":", linewidth=1.1)
        axes.set(xticks=[], ylim=(0, 1.02))
        axes.set_title(name, fontsize=10)
        if name == names[1]:
            for level, text in ((close, "close"), (noise, "strangers reach this")):
                axes.text(axes.get_xlim()[1], level + 0.01, text, **beside)
    for axes in places.flat[len(names) :]:
        axes.set_visible(False)
    for row in places:
        row[0].set_ylabel("correlation")
    return figure
