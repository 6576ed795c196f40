"""Published curves beside ours: what was read over something that was varied."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmcl.errors import InputError
from mmcl_experiments.beside.blocks import small
from mmcl_experiments.figures import BLUE, GRAY, RED, canvas

FIGURES = ("5c", "6")  # of Daunhawer et al., as `everything` names their tables
WHAT = r"^(?P<varied>.+) (?P<at>\d+): (?P<measured>.+)$"  # of a row of `everything`


def points(table: pd.DataFrame, root: Path | None = None) -> pd.DataFrame:
    """A row a published point of FIGURES: panel, at, value (theirs), mean and half (ours or NaN).

    longer: our mean after the longest trainings, where there are longer ones. table: of
    `everything`. Errors: ValueError where it has no row of FIGURES.
    """
    wanted = [f"Daunhawer et al., Figure {name}" for name in FIGURES]
    rows: Any = table[table.table.isin(wanted)]
    if rows.empty:
        raise InputError(
            f"no published value is of {' or '.join(wanted)}; "
            "add them to results/published, or leave out {beside} curves"
        )
    named = rows.what.str.extract(WHAT)
    panel = named.measured + " over " + named.varied
    kept = rows[["value", "mean", "half"]].assign(panel=panel, at=named["at"].astype(int))
    longest = {cell: values.mean() for cell, values in small(root, "max").items()}
    cells = zip(named.varied, named["at"], strict=True)
    kept["longer"] = [longest.get(cell, float("nan")) for cell in cells]
    kept["longer"] = kept.longer.where(kept.longer.ne(kept["mean"]))
    return kept.sort_values(["panel", "at"], ascending=[False, True], ignore_index=True)


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
