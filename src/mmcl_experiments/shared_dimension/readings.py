"""What chapter 08 says of counts by a fixed threshold, where style is independent."""

from typing import Any

import pandas as pd


def noted(shared: pd.DataFrame, record: pd.DataFrame) -> dict[str, Any]:
    """Correlations and count of one run, and how often the record's counts are right.

    shared: rows of one training. record: rows of the accepted sweep, where the lowest share over
    content sizes is taken, of free codes and of codes on a sphere.
    """
    levels = shared[shared.metric.eq("correlation")].set_index("place").value
    count = shared[shared.metric.eq("dimension")].value.item()
    found = others(record)
    found = found[found.metric.eq("dimension") & found.code.eq("contrastive")]
    right = found.value.eq(found.content).groupby([found.codes, found.content]).mean()
    return {
        "shared.third": levels[3],
        "shared.fourth": levels[4],
        "shared.dimension": count,
        "shared.recovered": right["unbounded"].min(),
        "shared.sphere": right["sphere"].min(),
    }


def one_more(record: pd.DataFrame) -> bool:
    """Whether content takes one direction more than it has numbers, in each run on a sphere."""
    rows = others(record)
    rows = rows[rows.metric.eq("directions") & rows.codes.eq("sphere")]
    return bool(rows.value.eq(rows.content + 1).all())


def others(record: pd.DataFrame) -> Any:
    """The record without the training of one seed that a page shows by itself."""
    return record[record["size"].ne(8)]
