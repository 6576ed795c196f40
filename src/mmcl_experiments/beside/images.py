"""Daunhawer et al.'s Figures 3 and 11: our seeds for each factor and size of the codes."""

from pathlib import Path
from typing import Any

import numpy as np

from mmcl.world.factors import FACTORS
from mmcl_experiments.beside.blocks import sweep
from mmcl_experiments.images_and_captions.readings import WORLDS

# In captions they score which word the color has, as we read their figures; we the hue behind it.
OTHERS = {("t", "hue"): "their captions' color is a word, ours the hue that it names"}
Cell = tuple[str, str, str, str]  # figure, modality, factor, size


def runs(root: Path | None) -> dict[Cell, np.ndarray]:
    """Nonlinear scores as the paper plots them: R2, or accuracy with chance in it; one a seed."""
    rows: Any = sweep("images_and_captions", "default", root)
    if rows.empty:
        return {}
    kept = rows[rows.code.eq("contrastive") & rows.metric.eq("nonlinear")]
    figures = dict(WORLDS.values())
    found: dict[Cell, np.ndarray] = {}
    for cell, part in kept.groupby(["dependence", "modality", "factor", "size"]):
        world, modality, factor, size = cell
        if world in figures:
            chance = 1 / len(FACTORS[factor].values) if FACTORS[factor].values else 0.0
            values = part.groupby("seed").value.mean().to_numpy()
            found[figures[world], modality, factor, str(size)] = chance + (1 - chance) * values
    return found
