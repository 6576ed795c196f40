"""Daunhawer et al.'s and von Kuegelgen et al.'s worlds: our seeds for each published cell."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl_experiments.block_curves.readings import ended
from mmcl_experiments.block_identifiability.readings import by_cell, own
from mmcl_experiments.recorded import tasks
from mmcl_experiments.recorded.places import results_root, sweep_path
from mmcl_experiments.results import read_sweep

Runs = dict[tuple[str, ...], np.ndarray]  # a cell to its values, one a seed


def sweep(experiment: str, profile: str, root: Path | None) -> Any:
    """The rows of an accepted sweep; without one, no rows."""
    path = sweep_path(root or results_root(), profile, experiment)
    if not path.is_file():
        return pd.DataFrame()
    with warnings.catch_warnings():  # chapters say of which versions of the code their rows are
        warnings.simplefilter("ignore")
        return tasks.table(read_sweep(path))


def tables(root: Path | None) -> dict[str, Runs]:
    """Runs for Tables 1a, 1b and 4b and for Figure 8, by cell."""
    curves = sweep("block_curves", "paper", root)
    if curves.empty:
        return {"1a": {}, "1b": {}, "4b": {}, "figure 8": {}}
    return {
        "1a": by_cell(ended(curves, 0, "multiview-block")),
        "1b": by_cell(ended(curves, 5)),
        "4b": by_cell(ended(curves, 0)),
        "figure 8": by_cell(ended(curves, 5), "content redrawn"),
    }


def small(root: Path | None, budget: str = "min") -> dict[tuple[str, str], np.ndarray]:
    """Runs with three content numbers for Figures 5c and 6, by what is varied and its value.

    budget: of the shortest trainings, "min", or the longest, "max".
    """
    found = {}
    rows = sweep("discrete_content", "default", root)
    if not rows.empty:
        rows = rows[rows.batch.eq(rows.batch.max()) & rows.p.eq(1)]
        for cell, values in by_cell_of(rows, "values", "style").items():
            found["values of content", cell] = values
    rows = sweep("block_identifiability", "default", root)
    if rows.empty:
        return found
    usual = rows.covariances.eq("identity") & ~rows.causal & ~rows.smooth & rows.p.eq(1)
    usual &= rows.loss.eq("cross-modal") & rows["size"].eq(3) & rows.repeats.gt(1)
    usual &= rows.steps.eq(rows.steps.agg(budget))
    for name, other, kept in (("private", "style", 3), ("style", "private", 2)):
        some = rows[usual & rows[other].eq(kept)]
        for cell, values in by_cell_of(some, name, "content").items():
            found[f"{name} size", cell] = values
    return found


def by_cell_of(rows: pd.DataFrame, name: str, block: str) -> dict[str, np.ndarray]:
    """Kernel R2 of a block by the values of a setting, one value a seed."""
    kept: Any = own(rows).query("code == 'contrastive' and metric == 'kernel_r2'")
    seeds = kept[kept.block.eq(block)].groupby([name, "seed"]).value.mean()
    return {f"{cell:g}": values.to_numpy() for cell, values in seeds.groupby(name)}
