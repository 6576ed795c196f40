"""Does training find a code that winds, and does it leave one?

A world of two content, two style and one private number a side, smooth mixings, and the theorem's
own loss or InfoNCE, from a random start or from a winding code that the encoders were told first.
"""

from typing import Any

import pandas as pd
import torch
from scipy.special import ndtr
from torch import Tensor, nn

from mmcl.alignment import sym_align_max_ent
from mmcl.encoders import Encoder
from mmcl.metrics import kernel_r2
from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive, Objective, train
from mmcl_experiments.block_identifiability.learner import LOSSES, MaxEntropy, draw_model, game_of
from mmcl_experiments.learners import fitting
from mmcl_experiments.winding.code import apart, winding


class Told(Objective):
    """Both encoders are told what code every content has to get."""

    def __init__(self, encoder_x: Encoder, encoder_t: Encoder, content: int, k: int):
        super().__init__()
        self.both, self.content, self.k = nn.ModuleList([encoder_x, encoder_t]), content, k

    def forward(self, pairs: Pairs) -> Tensor:
        wanted = told_codes(pairs, self.content, self.k)
        return sum(  # type: ignore[return-value]
            (encoder(seen) - wanted).square().sum(dim=1).mean()
            for encoder, seen in zip(self.both, (pairs.x, pairs.t), strict=True)
        )


def told_codes(pairs: Pairs, content: int, k: int) -> Tensor:
    """The winding code of normal content, by way of its distribution function."""
    u = ndtr(pairs.z_x[:, :content].double().numpy()).clip(1e-6, 1 - 1e-6)
    return torch.from_numpy(winding(u, k)).float()


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: when ("start", "end"), metric, value; loss, start and seed.

    Metrics: "apart" (neighbors in code whose contents are far), "kernel_r2" of content, and the
    theorem's "loss", where codes are in the box.
    """
    model = draw_model(settings, seed)
    draw, game = fitting.drawer(model, settings, seed), game_of(settings)
    both = fitting.encoders(draw(4096), settings["size"], settings, seed, space=game.space)
    test = model.sample(settings["test_pairs"], stream(seed, "test"))
    objective = LOSSES[settings["loss"]](*both, similarity=game.similarity)
    budget = fitting.budget(settings)
    rows = []
    if settings["start"]:
        told = Told(*both, settings["content"], settings["start"])
        train(told, draw, steps=settings["start_steps"], batch=budget["batch"])
        rows += looked(objective, test, settings, seed, "start")
    if isinstance(objective, MaxEntropy):
        objective.weight, objective.steps = settings["weight"], settings["steps"]
    train(objective, draw, **budget)
    rows += looked(objective, test, settings, seed, "end")
    kept = {name: settings[name] for name in ("loss", "start")}
    return pd.DataFrame(rows).assign(**kept, seed=seed)


@torch.no_grad()
def looked(
    objective: Contrastive, test: Pairs, settings: dict[str, Any], seed: int, when: str
) -> list[dict[str, Any]]:
    """How one-to-one the codes of x are, and what they are worth."""
    codes, other = objective.codes(test)
    c, rows = test.z_x[:, : settings["content"]], settings["rows"]
    found = {
        "apart": apart(ndtr(c.double().numpy()), codes.double().numpy()),
        "kernel_r2": kernel_r2(c[:rows], codes[:rows], rng=stream(seed, "split")),
    }
    if isinstance(objective, MaxEntropy):
        found["loss"] = float(sym_align_max_ent(codes[:rows], other[:rows]))
    return [{"when": when, "metric": name, "value": value} for name, value in found.items()]
