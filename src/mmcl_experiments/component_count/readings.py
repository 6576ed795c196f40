"""Reading the table of `component_count`: differences of arms at each number of components."""

from typing import Any

import pandas as pd

from mmcl.metrics.paired import Difference, difference
from mmcl_experiments.clip_factors.readings import Question


def by_count(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The difference of two arms by number of components: a row each k, columns of `Difference`.

    table: that of several seeds.
    """
    metric, one, other = question
    rows: Any = table[table.metric == metric]
    wide = rows.pivot_table("value", ["k", "seed"], "arm")
    found = {k: difference(each[one], each[other]) for k, each in wide.groupby("k")}
    return pd.DataFrame(found, index=list(Difference._fields)).T.rename_axis("k")
