"""The oracle leg on the box: the loss at the true scores against its closed form, untrained.

Under coupling "potential" the joint density is exp(-|z_x - z_t|_1 / scale) over a constant, so
both marginals are a product of C(z) = integral of exp(-|z - w| / scale) dw, and the pointwise
mutual information is known. With it as score, log n - InfoNCE = MI - V / (2n) + O(1/n^2), where
V is the variance of exp(PMI) over independent pairs.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.losses import info_nce
from mmcl.metrics.disentanglement import mutual_information
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl_experiments.walls.run import joint_on_grid


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: seed, scale, d, n, measured (nats, mean), se (of the mean), predicted, mi."""
    rows, n = [], settings["batch"]
    for scale, d in zip(settings["scales"], settings["ds"], strict=True):
        sizes = {"private": (settings["private"],) * 2, "layers": settings["layers"]}
        laws = {"d": d, "scale": scale, "coupling": "potential"}
        model = preset("multimodal-box", **laws, **sizes, rng=stream(seed, "mixing"))
        rng = stream(seed, f"box-oracle-{scale}")
        gains = []
        for _ in range(settings["batches"]):
            z_x, z_t = model.invert(model.sample(n, rng))
            scores = true_scores(scale)
            gains.append(math.log(n) - float(info_nce(z_x, z_t, similarity=scores, temperature=1)))
        mi, v = closed_form(scale, d)
        measured = {"measured": np.mean(gains), "se": np.std(gains, ddof=1) / len(gains) ** 0.5}
        predicted = {"predicted": mi - v / (2 * n), "mi": mi}
        rows.append({"scale": scale, "d": d, "n": n, **measured, **predicted})
    return pd.DataFrame(rows).assign(seed=seed)


def true_scores(scale: float) -> Any:
    """The similarity whose matrix is the pointwise mutual information, up to a constant."""

    def mass(z: Tensor) -> Tensor:
        z = z.clamp(0, 1)
        return (2 - torch.exp(-z / scale) - torch.exp((z - 1) / scale)).log().sum(dim=1)

    def scores(z_x: Tensor, z_t: Tensor) -> Tensor:
        between = torch.cdist(z_x, z_t, p=1.0) / scale
        return -between - mass(z_x)[:, None] - mass(z_t)

    return scores


def closed_form(scale: float, d: int, cells: int = 2000) -> tuple[float, float]:
    """Mutual information and V of d independent coordinates, by summing over a fine grid."""
    joint = joint_on_grid(scale, "potential", cells)
    ratio_squared = joint**2 / np.outer(joint.sum(axis=1), joint.sum(axis=0))
    return d * mutual_information(joint), float(ratio_squared.sum()) ** d - 1
