"""Does the loss tell how many dimensions are shared? Over the code's size, tables and training.

Daunhawer et al. (2023, Figure 7a) read the number of content dimensions off an elbow of the loss
over the code's size. Copied content has infinite mutual information, so an elbow can't come from
the content alone. Two numbers may make it: how finely a trained code tells content apart, in nats a
dimension, and what a table of n candidates has to give at most, log n. So codes are trained at
several sizes, and scored on held-out tables of several n.
"""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from mmcl.alignment import same_modality_info_nce
from mmcl_experiments.block_identifiability import learner

GAME = {"loss": "same-modality", "shared_encoder": False, "repeats": 1}  # as theirs
VARIED = ("content", "style", "steps")
FACTORS = 2.0 ** np.arange(-2, 3)  # of the learned temperature, tried for each table


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: size (of the code), n (of the table), metric "gain" (log n less the loss, in nats),
    value; content, style, steps and seed."""
    rows = []
    for size in settings["sizes"]:
        (fitted,) = learner.fit(settings | GAME | {"size": size}, seed)
        codes, temperature = fitted.codes(), fitted.temperature
        for n in settings["tables"]:
            rows.append({"size": size, "n": n, "value": gain(*codes, temperature, n)})
    varied = {name: settings[name] for name in VARIED}
    return pd.DataFrame(rows).assign(metric="gain", seed=seed, **varied)


def gain(codes_x: Tensor, codes_t: Tensor, temperature: float, n: int) -> float:
    """Mean of log n less the loss over tables of n pairs, at the best of several temperatures.

    The learned one is right for the batch of the training; other tables have others.
    """
    tables = [each for each in zip(codes_x.split(n), codes_t.split(n), strict=True)
              if len(each[0]) == n]  # fmt: skip
    losses = [
        np.mean([float(same_modality_info_nce(*each, temperature * f)) for each in tables])
        for f in FACTORS
    ]
    return float(np.log(n) - min(losses))
