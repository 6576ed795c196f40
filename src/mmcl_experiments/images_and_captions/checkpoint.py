"""The two encoders of a recorded run, whose weights the book keeps: codes without training.

They are `results/default/checkpoints/images_and_captions.safetensors`, which pages read by
`results.checkpoint`; `mmcl record accept --checkpoint images_and_captions` makes it in two minutes.
"""

from typing import Any

import pandas as pd
import torch

from mmcl.errors import InputError
from mmcl.laws import Normal
from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive
from mmcl.world import captions, factors
from mmcl.world.encoders import bags
from mmcl.world.render import render
from mmcl_experiments.images_and_captions import run
from mmcl_experiments.results import Checkpoint

TASK = {"told_steps": 0}  # what is changed of the settings: chapter 11's first leg
SEED = 0


def trained(settings: dict[str, Any], seed: int) -> Contrastive:
    """Both encoders as `run` trains them; two minutes at `default`."""
    pairs, _ = run.world(settings, seed)
    objective = run.untrained(pairs, settings, seed)
    run.fit(objective, pairs, settings, seed)
    return objective


def restored(kept: Checkpoint) -> Contrastive:
    """Both encoders with the weights that were kept. Errors: ValueError if those don't fit."""
    pairs, _ = unseen(kept.settings, kept.seed, rows=2)  # for the sizes of the networks
    objective = run.untrained(pairs, kept.settings, kept.seed)
    try:
        objective.load_state_dict(kept.weights)
    except RuntimeError as error:
        wrong = " ".join(str(error).split())[:160]
        again = "make them again: mmcl record accept --checkpoint images_and_captions"
        raise InputError(f"the weights don't fit the encoders of now: {wrong}; {again}") from error
    return objective


def unseen(
    settings: dict[str, Any], seed: int, rows: int | None = None
) -> tuple[Pairs, pd.DataFrame]:
    """The first pairs of `run.world`'s test, all without `rows`, and their factors.

    Only these are rendered; z_x and z_t, which only told encoders want, are left empty.
    """
    known, sigma = settings["pairs"], settings["turns"]
    laws = {name: Normal(sigma) for name in ("turn", "tilt", "roll")} if sigma else None
    how = {"dependence": settings["dependence"], "laws": laws}
    table = factors.draw(known + settings["test_pairs"], stream(seed, "factors"), **how)
    texts = captions.captions(table, stream(seed, "captions"))[known:][:rows]
    table = table.iloc[known:][:rows]
    pictures = render(table, size=settings["side"]).permute(0, 3, 1, 2).contiguous()
    none = torch.zeros(len(table), 0)
    return Pairs(pictures, bags(captions.tokens(texts)), none, none, none, none), table


def scored(
    objective: Contrastive, settings: dict[str, Any], seed: int, rows: int | None = None
) -> pd.DataFrame:
    """How well both codes tell each factor of unseen pairs: rows as `run`'s of "contrastive".

    rows: how many pairs, the setting's number by default. Cost there: 15 seconds of one core.
    """
    pairs, table = unseen(settings, seed, rows or settings["rows"])
    found = []
    for (code, modality), codes in run.both(objective, pairs, "contrastive").items():
        rng = stream(seed, f"scores {code} {modality}")
        about = {"code": code, "modality": modality}
        found += [{**about, **row} for row in run.scores(table, codes, rng)]
    return pd.DataFrame(found).assign(seed=seed)
