"""Zimmermann et al.'s Tables 1 and 2, and Liu et al.'s: our seeds for each row."""

from pathlib import Path
from typing import Any

import numpy as np

from mmcl_experiments.beside.blocks import sweep

SPACES = {"sphere": "Sp", "box": "B", "unbounded": "Un"}
LAWS = {"uniform": "U", "laplace": "L", "normal": "N", "vmf": "v", "gennorm": "G"}
CODES = {"identity": "raw", "supervised": "supervised", "unsupervised": "contrastive"}
STEPS = 4000  # of all rows of Liu et al.'s tables


def name_of(row: dict[str, Any]) -> tuple[str, float] | None:
    """A published row of Zimmermann et al.'s as `one_mixing` calls it, and the law's number.

    The number is the von Mises-Fisher law's concentration, or a wide step's scale; None for rows
    on other data.
    """
    if not isinstance(row["latent_space"], str):
        return None
    wide = "(1)" in row["conditional"] and "vmf" not in row["conditional"]
    laws = [row["marginal"], row["conditional"].split("(")[0]]
    marginal = LAWS[laws[0].split("(")[0]] + ("(1)" if "(1)" in laws[0] else "")
    world = f"{SPACES[row['latent_space']]} {marginal} {LAWS[laws[1]]}"
    number = 10.0 if "(10)" in row["conditional"] else 1.0 if laws[1] == "vmf" or wide else 0.05
    return f"{world} -> {SPACES[row['model_space']]} {LAWS[row['model']]}", number


def one_mixing(root: Path | None) -> dict[tuple[str, float, str, str], np.ndarray]:
    """Our runs in their world, by row, the law's number, code and metric; one value a seed."""
    rows: Any = sweep("one_mixing", "paper", root)
    if rows.empty:
        return {}
    sphere = rows.row.str.contains(" v ->", regex=False)
    rows = rows.assign(number=rows.kappa.where(sphere, rows.scale))
    cells = rows.groupby(["row", "number", "code", "metric"])
    return {cell: part.set_index("seed").value.to_numpy() for cell, part in cells}


def two_mixings(root: Path | None) -> dict[tuple[str, str], np.ndarray]:
    """Our runs of Liu et al.'s rows at ten dimensions, by row and metric; one value a seed."""
    rows: Any = sweep("tables", "paper", root)
    if rows.empty:
        return {}
    rows = rows[
        rows.code.eq("contrastive") & rows.steps.eq(STEPS) & rows.centered & rows.lr.eq(0.003)
    ]
    law = rows.row.str.contains(" v ->", regex=False)
    rows = rows[~law | rows.kappa.eq(1)]
    return {cell: part.value.to_numpy() for cell, part in rows.groupby(["row", "metric"])}
