"""What chapter 11 says of its table: a code's score of each factor."""

import pandas as pd

from mmcl.world.factors import FACTORS


def by_factor(rows: pd.DataFrame, modality: str, code: str = "contrastive") -> pd.DataFrame:
    """A code's scores, a row a factor: linear, nonlinear (means over seeds) and worst.

    worst: the nonlinear score of the worst seed.
    """
    rows = rows[rows.modality.eq(modality) & rows.code.eq(code)]  # type: ignore[assignment]
    groups = rows.groupby(["factor", "metric"]).value
    scores = groups.mean().unstack()
    scores["worst"] = groups.min().unstack()["nonlinear"]
    return scores.loc[list(FACTORS)]
