"""Where the true latents, as codes at a fixed temperature, become worse than a constant code.

At 1/tau = beta the true latents gain beta A_d(kappa) - log Z_d(beta) nats over chance when there
are many pairs; a constant code gains nothing. The gain is largest at beta = kappa and falls below
zero at the crossing that is measured here.
"""

from typing import Any

import pandas as pd
import torch
from scipy.optimize import root_scalar
from torch import Tensor

from mmcl.randomness import stream
from mmcl_experiments.many_pairs.run import AT_ONCE, draw, exact_gain, limit_gain


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """One row a kappa.

    Columns: seed, kappa, d, n, measured (the crossing, on sampled pairs), se,
    exact (for n pairs, by quadrature), limit (for n to infinity).
    """
    d, rows = settings["d"], []
    for kappa, n in settings["worlds"]:
        count = max(2, settings["pairs"] // n)
        z_x, z_t = draw(kappa, d, n, count, stream(seed, f"crossing-{kappa}"))
        cosines = z_x.float() @ z_t.float().mT
        limit = predict(kappa, d)
        measured, se = measure(cosines, limit)
        rows.append(
            {"seed": seed, "kappa": kappa, "d": d, "n": n, "measured": measured, "se": se}
            | {"exact": predict(kappa, d, n), "limit": limit}
        )
    return pd.DataFrame(rows)


def gains(cosines: Tensor, beta: float) -> Tensor:
    """log n - InfoNCE of each batch: (b,) nats from the codes' inner products (b, n, n)."""
    found = []
    for block in cosines.split(max(1, AT_ONCE // cosines.shape[1] ** 2)):
        own = beta * (block.diagonal(dim1=1, dim2=2) - 1)
        weights = (beta * block).sub_(beta).clamp_(min=-60).exp_()  # in place: twice as fast
        rows, columns = weights.mean(dim=2).log(), weights.mean(dim=1).log()
        found.append((own - (rows + columns) / 2).mean(dim=1))
    return torch.cat(found)


def measure(cosines: Tensor, start: float) -> tuple[float, float]:
    """The inverse temperature at which sampled pairs gain nothing, and its standard error.

    Three steps of the secant method from a tenth around `start`.
    """
    last, beta = 0.9 * start, 1.1 * start
    before, now = gains(cosines, last), gains(cosines, beta)
    slope = 0.0
    for _ in range(3):
        slope = (now - before).mean().item() / (beta - last)
        last, beta, before = beta, beta - now.mean().item() / slope, now
        now = gains(cosines, beta)
    return beta, now.std().item() / len(cosines) ** 0.5 / abs(slope)


def predict(kappa: float, d: int, n: int | None = None) -> float:
    """The crossing for n pairs, or without n for n to infinity."""

    def gain(beta: float) -> float:
        return limit_gain(kappa, beta, d) if n is None else exact_gain(kappa, beta, d, n)

    return root_scalar(gain, bracket=(1.2 * kappa, 20 * kappa), xtol=1e-4).root
