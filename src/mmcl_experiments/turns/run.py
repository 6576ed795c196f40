"""What turned codes cost: does a score that has corners still prefer the world's axes?

Exact codes, no training. The latents of a box and the same latents turned play the game by the
L1 rule, each at its own best temperature. Turned codes lose if the latents' step is Laplace and
every pair is right; other steps, and wrong pairs, take the preference away.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from mmcl.laws import Uniform
from mmcl.losses import info_nce_each
from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.spaces import Box
from mmcl_experiments.learners.fitting import mismatched
from mmcl_experiments.learners.rows import law_of


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: law, share (of mismatched pairs), degrees, loss, excess (over no turn) and seed.

    Every combination sees the same n pairs of its law in the plane, so differences have little
    noise.
    """
    rows = []
    for law in settings["laws"]:
        for share in settings["shares"]:
            pairs = draw(law, share, settings, seed)
            losses = [best_loss(pairs, angle, settings["batch"]) for angle in settings["degrees"]]
            straight = best_loss(pairs, 0, settings["batch"])
            rows += [
                {"law": law, "share": share, "degrees": angle, "loss": loss}
                | {"excess": loss - straight}
                for angle, loss in zip(settings["degrees"], losses, strict=True)
            ]
    return pd.DataFrame(rows).assign(seed=seed)


def draw(law: str, share: float, settings: dict[str, Any], seed: int) -> Pairs:
    """Pairs of a square, uniform and then a step of the law, whose observations are the latents."""
    rng = stream(seed, f"turns-{law}")
    square, n = Box(2), settings["batch"] * settings["batches"]
    z_x = Uniform().sample(square.origin(n), square, rng)
    z_t = law_of(law, settings["scale"], "box").sample(z_x, square, rng)
    x, t = torch.from_numpy(z_x), torch.from_numpy(z_t)
    nothing = torch.empty(n, 0)
    return mismatched(Pairs(x, t, x, t, nothing, nothing), share, rng)


def best_loss(pairs: Pairs, degrees: float, batch: int) -> float:
    """InfoNCE in nats of the latents after a turn, by the L1 rule at the best temperature."""
    x, t = (turned(codes, degrees).unflatten(0, (-1, batch)) for codes in (pairs.x, pairs.t))

    def loss(log_inverse: float) -> float:
        temperatures = x.new_full((len(x),), np.exp(-log_inverse))
        losses = info_nce_each(x, t, similarity="neg_l1", temperatures=temperatures)
        return float(losses.mean())

    found: Any = minimize_scalar(loss, bounds=(-1, 5), method="bounded", options={"xatol": 0.02})
    return float(found.fun)


def turned(points: Tensor, degrees: float) -> Tensor:
    """Points (n, 2) of the plane after a turn."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ points.new_tensor([[c, s], [-s, c]])
