"""Which latents are in trained codes when content is narrow and style is wide?

A world a seed. What rivals foretell of it stands in `book/predictions`, committed before the runs.
"""

from typing import Any

import pandas as pd

from mmcl.metrics import kernel_r2
from mmcl.randomness import stream
from mmcl_experiments.block_identifiability.learner import codes_of
from mmcl_experiments.lost_content.worlds import names, trained


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: latent, metric ("kernel_r2", from the code of x, held out), value, seed."""
    fitted, rows = trained(settings, seed), settings["rows"]
    codes, latents = codes_of(fitted, fitted.test)["x"][:rows], fitted.test.z_x[:rows]
    scores = [kernel_r2(z[:, None], codes, rng=stream(seed, "split")) for z in latents.T]
    table = pd.DataFrame({"latent": names(settings), "value": scores})
    return table.assign(metric="kernel_r2", seed=seed)
