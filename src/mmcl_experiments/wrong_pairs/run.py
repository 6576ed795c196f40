"""Wrong pairs on the box: do trained codes keep the latents, and do they keep their axes?

The world and the game of Theorem 4.2, with a share of the captions dealt out to others. Beside
what is trained stands what a random rotation costs exact codes.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import ortho_group
from torch import Tensor

from mmcl.losses import info_nce_each
from mmcl.metrics import mcc
from mmcl.randomness import stream
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import mismatched, r2
from mmcl_experiments.learners.rows import BOX, draw_model, game_of, training


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: share, metric, value, d, codes, seed.

    Metrics: "linear_r2" and "mcc" of z_x from trained codes of x; "turn", nats that a random
    rotation costs exact codes, the mean over some, each at its best temperature.
    """
    home = BOX._replace(codes=settings["codes"])
    kinds = [home._replace(mismatched=share) for share in settings["shares"]]
    models = [draw_model(row, settings, seed) for row in kinds]
    how = [training(row, settings) for row in kinds]
    seeds = [seed] * len(kinds)
    rows = []
    fitted = fitting.fit_together(models, game_of(home, settings), how, seeds)
    for row, each in zip(kinds, fitted, strict=True):
        codes, z = each.codes()[0], each.test.z_x
        found = {"linear_r2": r2(z, codes, seed), "mcc": mcc(z, codes)}
        found["turn"] = turn_cost(row.mismatched, settings, seed)
        rows += [{"share": row.mismatched, "metric": k, "value": v} for k, v in found.items()]
    kept = {name: settings[name] for name in ("d", "codes")}
    return pd.DataFrame(rows).assign(**kept, seed=seed)


def turn_cost(share: float, settings: dict[str, Any], seed: int) -> float:
    """Nats between exact codes, turned at random, and the same unturned."""
    model, rng = draw_model(BOX, settings, seed), stream(seed, "turns")
    pairs = mismatched(model.sample(settings["turned_pairs"], rng), share, rng)
    d, batch = settings["d"], settings["turned_batch"]
    # wrong partners moved the captions, and with them their latents
    z_t = model.invert(pairs)[1]
    straight = best_loss(pairs.z_x, z_t, batch)
    turns = ortho_group.rvs(d, size=settings["turns"], random_state=rng).reshape(-1, d, d)
    turns = [torch.from_numpy(q).float() for q in turns]
    return float(np.mean([best_loss(pairs.z_x @ q, z_t @ q, batch) for q in turns]) - straight)


def best_loss(x: Tensor, t: Tensor, batch: int) -> float:
    """InfoNCE in nats of codes by the L1 rule at the best temperature, in batches."""
    a, b = (codes.unflatten(0, (-1, batch)) for codes in (x, t))

    def loss(log_inverse: float) -> float:
        temperatures = a.new_full((len(a),), np.exp(-log_inverse))
        return float(info_nce_each(a, b, similarity="neg_l1", temperatures=temperatures).mean())

    found: Any = minimize_scalar(loss, bounds=(-1, 5), method="bounded", options={"xatol": 0.02})
    return float(found.fun)
