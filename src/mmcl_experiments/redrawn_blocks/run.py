"""Chapter 08's cells, trained as there, by two scores: blocks as they fall, and blocks redrawn."""

from typing import Any

import pandas as pd

from mmcl_experiments.block_identifiability.learner import blocks, fit
from mmcl_experiments.block_identifiability.run import VARIED
from mmcl_experiments.interventions.run import ORDER, both_scores, seen_by


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: block, score ("observational", "interventional"), value; what varies, and seed.

    Of the code of x and the blocks of its side.
    """
    tables = []
    for each, fitted in enumerate(fit(settings, seed), seed):
        latents = blocks(fitted.test[: settings["rows"]], fitted.model.content)
        own = dict(
            zip(ORDER, (latents["content"], latents["style x"], latents["private x"]), strict=True)
        )
        scores = both_scores(own, seen_by(fitted.model, fitted.objective.encoder_x), each)  # type: ignore[arg-type]
        tables.append(pd.DataFrame(scores).rename_axis("block").assign(seed=each))
    table = pd.concat(tables).reset_index()
    table = table.melt(["block", "seed"], var_name="score")
    return table.assign(**{name: settings[name] for name in VARIED})
