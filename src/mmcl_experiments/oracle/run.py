"""The oracle leg: the loss at the true latents against its closed form, without any training.

With codes h_x = z_x, h_t = z_t and temperature 1/kappa every score is the pointwise mutual
information, so log n - InfoNCE = MI - V / (2n) + O(1/n^2), where V is the variance of
exp(PMI) over independent pairs, Z_d(2 kappa) / Z_d(kappa)^2 - 1.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from mmcl.laws import VonMisesFisher, log_z
from mmcl.randomness import stream
from mmcl_experiments.hypersphere.run import draw_model, nats


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: seed, kappa, n, measured (nats, mean), se (of the mean), predicted, mi."""
    rows = []
    for kappa in settings["kappas"]:
        model = draw_model({**settings, "kappa": kappa}, seed)
        rng = stream(seed, f"oracle-{kappa}")
        gains = []
        for _ in range(settings["batches"]):
            z_x, z_t = model.invert(model.sample(settings["batch"], rng))
            gains.append(nats(z_x, z_t, 1 / kappa, n=settings["batch"]))
        mi = VonMisesFisher(kappa).mutual_information(settings["d"])
        rows.append(
            {
                "seed": seed,
                "kappa": kappa,
                "n": settings["batch"],
                "measured": np.mean(gains),
                "se": np.std(gains, ddof=1) / math.sqrt(len(gains)),
                "predicted": mi - variance(kappa, settings["d"]) / (2 * settings["batch"]),
                "mi": mi,
            }
        )
    return pd.DataFrame(rows)


def variance(kappa: float, d: int) -> float:
    """V, the variance of exp(PMI) over independent pairs."""
    return math.expm1(log_z(2 * kappa, d) - 2 * log_z(kappa, d))
