"""What chapter 02 shows of the crossing: gains of the true latents over the temperature."""

import numpy as np
import pandas as pd

from mmcl_experiments.crossing.run import gains
from mmcl_experiments.many_pairs.run import draw, exact_gain, limit_gain


def scan(
    kappa: float, d: int, n: int, rng: np.random.Generator, count: int = 24
) -> tuple[pd.DataFrame, pd.Series]:
    """Gains of the true latents over 1/tau, from 0.2 to 8 times kappa, as indices of both parts.

    First the exact ones, with a column for many pairs and one for n; then some measured on `count`
    batches of n pairs.
    """
    betas = pd.Index(np.geomspace(0.2 * kappa, 8 * kappa, 25), name="inverse temperature")
    exact = {"many pairs": [limit_gain(kappa, beta, d) for beta in betas]}
    exact[f"{n} pairs"] = [exact_gain(kappa, beta, d, n) for beta in betas]
    z_x, z_t = draw(kappa, d, n, count, rng)
    cosines = z_x.float() @ z_t.float().mT
    measured = {beta: gains(cosines, beta).mean().item() for beta in betas[::4]}
    return pd.DataFrame(exact, index=betas), pd.Series(measured, name=f"{n} pairs, measured")
