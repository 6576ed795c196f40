"""What chapter 02 shows of a temperature that is held: the rivals' gains, and what was lost."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl_experiments.crossing.run import gains
from mmcl_experiments.fixed_temperature.run import flattened
from mmcl_experiments.many_pairs.run import draw, exact_gain


def rivals(
    kappa: float, d: int, ratios: Sequence[float], rng: np.random.Generator, n: int = 512
) -> pd.DataFrame:
    """Gains of codes that need no training, over 1/tau divided by kappa, in tables of n pairs.

    Columns: true (exact), flattened (measured on 16 tables), constant.
    """
    pool = [z.float() for z in draw(kappa, d, n, 16, rng)]
    table = pd.DataFrame({"true": 0.0, "flattened": 0.0, "constant": 0.0}, index=list(ratios))
    for ratio in table.index:
        u, v = (flattened(z, min(1.0, ratio**-0.5)) for z in pool)
        table.loc[ratio, "flattened"] = gains(u @ v.mT, ratio * kappa).mean().item()
        table.loc[ratio, "true"] = exact_gain(kappa, ratio * kappa, d, n)
    return table.rename_axis("ratio")


def along_lost_axis(latents: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Both clouds (n, d) turned rigidly, so that the code's linear part is diagonal.

    The last coordinate of the turned latents is the one that the codes hold least of.
    """
    linear = torch.linalg.lstsq(latents, codes - codes.mean(dim=0)).solution
    left, _, right = torch.linalg.svd(linear)
    return latents @ left, codes @ right.T
