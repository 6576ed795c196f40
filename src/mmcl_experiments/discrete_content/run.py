"""Daunhawer et al. (2023), Figure 5c: content that takes few values, among normal style.

Their theorem wants a smooth content. A batch of n pairs has n / k^c of each content with k values
in c coordinates; among pairs that share it, style alone can find the partner.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mmcl.blocks import ContentStyle
from mmcl.spaces import Space
from mmcl_experiments.block_identifiability.learner import draw_model, game_of
from mmcl_experiments.block_identifiability.run import interventions, predicted
from mmcl_experiments.learners.fitting import fit_together


@dataclass(frozen=True)
class DiscreteContent:
    """The law of content and style with content's coordinates replaced by k equally likely values.

    They are evenly spaced, with mean 0 and variance 1. style: the law that style is taken from.
    """

    values: int
    style: ContentStyle

    def sample(self, center: np.ndarray, space: Space, rng: np.random.Generator) -> np.ndarray:
        """(n, d) draws, shifted by the rows of center."""
        z, c = self.style.sample(0 * center, space, rng), len(self.style.content)
        steps = rng.integers(self.values, size=(len(z), c)) - (self.values - 1) / 2
        z[:, :c] = steps / np.sqrt((self.values**2 - 1) / 12)
        return center + z


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, block, direction (0), metric, value, values, contents, seed.

    Rows as of `block_identifiability`: R2 of each block, and what redrawing it moves. contents:
    how many different ones there are. Errors: ValueError for less than two values, or for a
    causal world, where style would follow the content that was replaced.
    """
    if settings["values"] < 2 or settings["causal"]:
        raise ValueError(f"values is {settings['values']}, causal {settings['causal']}; "
                         "give values >= 2 and causal=False")  # fmt: skip
    seeds = list(range(seed, seed + settings["repeats"]))
    models = []
    for each in seeds:
        model = draw_model(settings, each)
        law: Any = model.marginal
        models.append(replace(model, marginal=DiscreteContent(settings["values"], law)))
    found = fit_together(models, game_of(settings), [settings] * len(seeds), seeds)
    tables = [
        pd.DataFrame(predicted(f, settings, s) + interventions(f, settings, s)).assign(seed=s)
        for s, f in zip(seeds, found, strict=True)
    ]
    contents = settings["values"] ** settings["content"]
    return pd.concat(tables, ignore_index=True).assign(values=settings["values"], contents=contents)
