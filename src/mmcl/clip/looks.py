"""Pictures of the world as a CLIP of ours codes them, in any of its looks, with class prompts.

Scenes are those of `mmcl.clip.pairs.held_out`, which no CLIP of this book is trained on; row i of
every look is the same scene.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from mmcl.clip import evaluation, model, pairs
from mmcl.clip.model import Checkpoint
from mmcl.errors import InputError
from mmcl.metrics.geometry import normalized
from mmcl.naming import nearest
from mmcl.world.factors import FACTORS


class Looks(NamedTuple):
    """features {look: (n, d)}, not of length one, float64; the factors of the n scenes."""

    features: dict[str, np.ndarray]
    table: pd.DataFrame


@lru_cache(maxsize=2)
def loaded(path: Path) -> Checkpoint:
    """The checkpoint of a file."""
    return model.load(path)


@lru_cache(maxsize=12)
def _coded(path: Path, look: str, n: int) -> tuple[np.ndarray, pd.DataFrame]:
    kept = loaded(path)
    seen = pairs.held_out(n, kept.config["vision_cfg"]["image_size"], look)
    codes = evaluation.encode_images(kept.model, seen.images, normalize=False)
    return codes.double().numpy(), seen.table


def coded(path: Path, looks: list[str], n: int) -> Looks:
    """The first n held-out scenes in each look, coded. Cost: about 1 ms a picture."""
    found = {look: _coded(path, look, n) for look in looks}
    return Looks({look: codes for look, (codes, _) in found.items()}, found[looks[0]][1])


def labels(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    """One label (n,) for each combination of discrete factors, counted with the last one fastest.

    Errors: ValueError for a factor that is unknown or isn't discrete.
    """
    label = np.zeros(len(table), dtype=int)
    for name in names:
        values = FACTORS[nearest(name, list(FACTORS), "factor")].values
        if not values:
            raise InputError(f"{name} isn't discrete; give factors that have named values")
        label = label * len(values) + table[name].to_numpy()
    return label


def prompts(path: Path, names: list[str], each: int = evaluation.PROMPTS) -> np.ndarray:
    """A text code (c, d) of length one for each label, from `evaluation.prototypes`."""
    kept, sizes = loaded(path), [len(FACTORS[name].values) for name in names]
    choices = (dict(zip(names, values, strict=True)) for values in np.ndindex(*sizes))
    found = evaluation.prototypes(kept.model, kept.tokenizer, choices, each)
    return normalized(found.double().numpy())
