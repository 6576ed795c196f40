"""What chapters 05 and 06 say of the table of `convex_body`."""

import pandas as pd

from mmcl_experiments.convex_body.run import CASES


def scores(table: pd.DataFrame, metric: str, code: str = "contrastive") -> pd.DataFrame:
    """A line for each seed and a column for each case that was trained on true pairs: the mean of
    a metric over modalities."""
    kept = table[table.metric.eq(metric) & table.code.eq(code) & ~table.shuffled]
    kept = kept.groupby(["seed", "case"]).value.mean().unstack("case")
    return kept[[case for case in CASES if case in kept]]
