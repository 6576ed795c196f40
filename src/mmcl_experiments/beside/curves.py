"""Published curves beside ours: what was read over something that was varied."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmcl.errors import InputError
from mmcl_experiments.beside.blocks import small
from mmcl_experiments.beside.rule import interval
from mmcl_experiments.figures import BLUE, GRAY, RED, canvas
from mmcl_experiments.recorded.places import published_names, results_root
from mmcl_experiments.results import published

FIGURES = ("5c", "6")  # of Daunhawer et al.
NONE = np.array([])


def points(root: Path | None = None) -> pd.DataFrame:
    """A row a published point of FIGURES: panel, at, value (theirs), mean and half (ours or NaN).

    longer: our mean after the longest trainings, where there are longer ones. Errors: ValueError
    where nothing of FIGURES is kept in results/published.
    """
    kept = "daunhawer_figures" in published_names(root or results_root())
    printed = pd.DataFrame(columns=["figure"])
    if kept:
        printed = published("daunhawer_figures", root=root)
    rows: Any = printed[printed.figure.isin(FIGURES)]
    if rows.empty:
        raise InputError(
            "results/published has no daunhawer_figures.yml with figure "
            f"{' or '.join(FIGURES)}; add it, "
            "or leave out {beside} curves"
        )
    usual, longest = small(root), small(root, "max")
    found = []
    for varied, at, measured, value in rows[["varied", "at", "measured", "value"]].to_numpy():
        ours, longer = usual.get((varied, at), NONE), longest.get((varied, at), NONE)
        mean = ours.mean() if len(ours) else math.nan
        end = longer.mean() if len(longer) else math.nan
        found.append({
            "panel": f"{measured} over {varied}", "at": int(at), "value": value,
            "mean": mean, "half": interval(ours), "longer": math.nan if end == mean else end,
        })  # fmt: skip
    order = {"by": ["panel", "at"], "ascending": [False, True], "ignore_index": True}
    return pd.DataFrame(found).sort_values(**order)


def over(table: pd.DataFrame) -> Figure:
    """R2 over what was varied: ours with intervals, theirs dashed; a panel each of `points`.

    Triangles: ours after the longest trainings, of four times as many steps.
    """
    parts = list(table.groupby("panel", sort=False))
    figure, places = canvas(len(parts), height=2.6, sharey=True)
    for axes, (name, rows) in zip(places, parts, strict=True):
        theirs = {"color": GRAY, "marker": "s", "markersize": 4, "label": "paper"}
        axes.plot(rows["at"], rows.value, "--", **theirs)
        ours = rows.dropna(subset="mean")
        look = {"fmt": "-o", "color": BLUE, "markersize": 4, "label": "here, in small"}
        axes.errorbar(ours["at"], ours["mean"], yerr=ours.half, **look)
        look = {"color": RED, "marker": "^", "markersize": 5, "linestyle": "none"}
        axes.plot(rows["at"], rows.longer, **look, label="four times as long")
        measured, _, varied = str(name).partition(" over ")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(title=f"R2 of {measured}", xlabel=varied, ylim=(-0.1, 1.1))
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
