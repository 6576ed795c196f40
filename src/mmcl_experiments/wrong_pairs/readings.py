"""What chapter 09 says of wrong pairs: scores by share, and the share at which axes are gone."""

from typing import Any

import numpy as np
import pandas as pd


def by_share(table: pd.DataFrame, d: int, codes: str) -> pd.DataFrame:
    """Index share; columns linear_r2, mcc, turn (means over seeds), low and high of the MCC."""
    rows: Any = table[table.d.eq(d) & table.codes.eq(codes)]
    found = rows.pivot_table("value", "share", "metric")
    mcc = rows[rows.metric.eq("mcc")].groupby("share").value
    return found.assign(low=mcc.min(), high=mcc.max())


def threshold(table: pd.DataFrame, d: int, codes: str, metric: str, level: float) -> pd.Series:
    """Per seed the first share at which a metric is below a level, between shares by a line.

    A seed that never gets there counts as the largest share that was tried.
    """
    rows = table[table.d.eq(d) & table.codes.eq(codes) & table.metric.eq(metric)]
    found = {}
    for seed, values in rows.pivot_table("value", "seed", "share").iterrows():
        below = np.flatnonzero(values.to_numpy() < level)
        if not len(below) or below[0] == 0:
            found[seed] = values.index[below[0] if len(below) else -1]
            continue
        i = below[0]
        (a, b), (u, v) = values.index[[i - 1, i]], values.iloc[[i - 1, i]]
        found[seed] = a + (b - a) * (u - level) / (u - v)
    return pd.Series(found, name="share")


def by_dimension(table: pd.DataFrame) -> dict[str, pd.Series | float]:
    """Per dimension thresholds of exact turns and of axes in the box, and scores at a third."""
    found: dict[str, pd.Series | float] = {
        "wrong.seeds": int(table.groupby(["d", "codes"]).seed.nunique().min())
    }
    for d in (2, 3, 5):
        found[f"wrong.turn_{d}"] = threshold(table, d, "box", "turn", 0.02)
        axes = threshold(table, d, "box", "mcc", 0.9)
        found[f"wrong.axes_{d}"] = axes
        found |= {f"wrong.axes_{d}.low": axes.min(), f"wrong.axes_{d}.high": axes.max()}
        for codes, name in (("unbounded", "free"), ("box", "boxed")):
            third = by_share(table, d, codes).loc[0.33]
            found[f"wrong.{name}_r2_{d}"] = third.linear_r2
            found[f"wrong.{name}_mcc_{d}"] = third.mcc
    return found


def axes_first(table: pd.DataFrame) -> bool:
    """Whether free codes' mean MCC falls at each share from a tenth on, and lies below their R2."""
    for d in (2, 3, 5):
        means = by_share(table, d, "unbounded")
        later = means.mcc.diff().loc[0.1:]
        if not (later < 0).all() or not (means.mcc < means.linear_r2).all():
            return False
    return True
