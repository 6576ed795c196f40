"""What makes codes of pictures and captions hold a shape, or a hue? One rule is changed at a time.

The world, the encoders and the scores are those of `images_and_captions`. What changes: the
temperature (learned, or held as in Daunhawer et al., 2023), the negatives (of the other modality,
or of both, as in their released code), and whether captions have a word for the color.
"""

from typing import Any

import pandas as pd
import torch
from torch import Tensor

from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive
from mmcl.world import palettes
from mmcl.world.captions import vocabulary
from mmcl_experiments import nearest
from mmcl_experiments.images_and_captions.run import both, fit, scores, untrained, world


class BothModalities(Contrastive):
    """InfoNCE by cosine among the batch's other codes of both modalities (NT-Xent).

    Source: Chen et al. (2020), and the released code of Daunhawer et al. for pictures.
    """

    def loss(self, codes_x: Tensor, codes_t: Tensor) -> Tensor:
        n, both = len(codes_x), torch.cat([codes_x, codes_t])
        scores = both @ both.T / self.temperature
        scores = scores.fill_diagonal_(-torch.inf)  # a code isn't its own candidate
        partners = torch.arange(2 * n, device=both.device).roll(n)
        return torch.nn.functional.cross_entropy(scores, partners)


LOSSES = {"cross-modal": Contrastive, "both": BothModalities}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code ("contrastive"), modality, factor, block, metric, value, and seed.

    Scores as of `images_and_captions`. Errors: ValueError for unknown negatives or tau < 0.
    """
    pairs, table = world(settings, seed)
    if not settings["hue_in_words"]:
        pairs = without_colors(pairs)
    objective = game(untrained(pairs, settings, seed), settings)
    fit(objective, pairs, settings, seed)
    n, rows = settings["pairs"], settings["rows"]
    test, asked, found = pairs[n:], table.iloc[n:], []
    for (code, modality), codes in both(objective, test, "contrastive").items():
        rng = stream(seed, f"scores {code} {modality}")
        for row in scores(asked.iloc[:rows], codes[:rows], rng):
            found.append({"code": code, "modality": modality, **row})
    return pd.DataFrame(found).assign(seed=seed)


def game(start: Contrastive, settings: dict[str, Any]) -> Contrastive:
    """The objective of the settings, with the encoders of another."""
    kind = LOSSES[nearest(settings["negatives"], list(LOSSES), "negatives")]
    if settings["tau"] < 0:
        raise ValueError(f"tau is {settings['tau']}; give a temperature, or 0 for a learned one")
    tau = settings["tau"] or float(start.temperature.detach())
    objective = kind(start.encoder_x, start.encoder_t, temperature=tau)
    objective.log_inverse_temperature.requires_grad_(settings["tau"] == 0)
    return objective


def without_colors(pairs: Pairs) -> Pairs:
    """The pairs, with every color word taken out of the bags of words."""
    colors = {word for k in range(len(palettes.NAMES)) for name in palettes.hues(k)[0]
              for word in name.split()}  # fmt: skip
    kept = torch.tensor([word not in colors for word in vocabulary()], dtype=pairs.t.dtype)
    return Pairs(pairs.x, pairs.t * kept, pairs.z_x, pairs.z_t, pairs.m_x, pairs.m_t)
