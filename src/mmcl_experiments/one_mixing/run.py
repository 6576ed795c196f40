"""Zimmermann et al. (2021), Tables 1 and 2: rows of `tables` in the world that they were made for.

Both views see their latents through one mixing, nothing is private, and one encoder serves both.
Laws, scores and the names of rows are those of `tables`; so is the recipe.
"""

from dataclasses import replace
from typing import Any

import pandas as pd
from torch import Tensor

from mmcl.metrics import mcc
from mmcl.model import LatentPartialCausalModel
from mmcl.training import Supervised, train
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting, rows
from mmcl_experiments.learners.fitting import Fitted
from mmcl_experiments.tables.run import TABLE_A, TABLE_B, row_of


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; row and seed.

    code: "contrastive"; "raw", the observations themselves, which Zimmermann et al. call
    identity; "supervised", the same network when it was told z_x, with baselines. metric:
    linear_r2 and mcc of z_x, nats (gain over chance among 512).
    """
    name = nearest(settings["row"], [*TABLE_A, *TABLE_B], "row")
    row, model = row_of(name), draw_model(name, settings, seed)
    game = rows.game_of(row, settings)
    objective, draw = fitting.prepared(model, game, settings, seed)
    objective.encoder_t = objective.encoder_x
    history = train(objective, draw, **fitting.budget(settings))
    fitted = fitting.finished(model, objective, history, settings, seed)
    codes = {"contrastive": fitted.codes()[0], "raw": fitted.test.x}
    if settings["baselines"]:
        codes["supervised"] = told(row.space, fitted, settings, seed)
    found = [fitting.row("contrastive", "x", "nats", fitted.nats())]
    found += [each for code, h in codes.items() for each in measure(code, fitted, h, seed)]
    return pd.DataFrame(found).assign(row=name, seed=seed)


def draw_model(name: str, settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of a row, with the seed's mixing for both views."""
    model = rows.draw_model(row_of(name), settings, seed)
    assert model.mixing is not None
    return replace(model, mixing=(model.mixing[0], model.mixing[0]))


def measure(code: str, fitted: Fitted, codes: Tensor, seed: int) -> list[dict[str, Any]]:
    """What codes of x (n, d) hold of z_x."""
    z = fitted.test.z_x
    values = {"linear_r2": fitting.r2(z, codes, seed), "mcc": mcc(z, codes)}
    return [fitting.row(code, "x", metric, value) for metric, value in values.items()]


def told(space: str, fitted: Fitted, settings: dict[str, Any], seed: int) -> Tensor:
    """Codes of the test pairs by the same network, told z_x on as many pairs."""
    encoder, _ = fitting.encoders(fitted.test, settings["d"], settings, seed, space=space)
    return fitting.supervised(Supervised(encoder), fitted, settings, seed)
