"""What chapter 04 says of its learning curves: which recipe each run had, and what it reached."""

from typing import Any

import numpy as np
import pandas as pd

RECIPES = {  # by encoder, and whether one encoder and one mixing serve both views
    ("residual", False): "ours",
    ("reference", False): "released",
    ("reference", True): "released, own world",
}


def looks(table: pd.DataFrame) -> pd.DataFrame:
    """What codes held at each look: a row for recipe and pairs seen, a column for each metric.

    table: rows of the experiment. The codes are those of x; several seeds give their mean.
    """
    return _wide(table[table.code.eq("contrastive")], ["recipe", "pairs"])


def untrained(table: pd.DataFrame) -> pd.DataFrame:
    """linear_r2 of raw observations, and nats of the true latents, in each recipe's world."""
    return _wide(table[table.code.ne("contrastive")], ["recipe"])


def spent(record: pd.DataFrame) -> pd.DataFrame:
    """How much of the gap runs of several lengths close, at several couplings.

    record: runs with the book's encoders, each read at its end. Columns: kappa, seed, pairs, nats
    (pairs times the true latents' nats), closed: the share of the way from the linear R2 of raw
    observations to 1, the exact inverse's.
    """
    index: Any = ["kappa", "seed"]
    free: Any = record[record.code.ne("contrastive")]
    known = free.pivot_table("value", index, "metric")
    ends: Any = record[record.code.eq("contrastive") & record.metric.eq("linear_r2")]
    ends = ends[ends.step.eq(ends.steps)].join(known, on=index)
    closed = (ends.value - ends.linear_r2) / (1 - ends.linear_r2)
    found = ends[["kappa", "seed", "pairs"]].assign(nats=ends.pairs * ends.nats, closed=closed)
    return found.sort_values(["kappa", "seed", "pairs"], ignore_index=True)


def to_half(table: pd.DataFrame, unit: str) -> pd.Series:
    """By kappa, how many pairs or nats close half of the gap, mean over seeds of the logarithm.

    table: of `spent`; unit: "pairs" or "nats". Between runs the logarithm is interpolated; NaN
    where a seed's runs don't reach from below to above.
    """
    found, runs = {}, table.groupby(["kappa", "seed"])
    for (kappa, seed), rows in runs:  # type: ignore[misc]
        x, y = np.log(rows[unit].to_numpy()), np.maximum.accumulate(rows.closed.to_numpy())
        inside = y[0] < 0.5 < y[-1]
        found[kappa, seed] = np.interp(0.5, y, x) if inside else np.nan
    by_seed: Any = pd.Series(found).rename_axis(["kappa", "seed"]).groupby("kappa")
    return by_seed.agg(lambda logs: np.exp(logs.mean(skipna=False)))


def _wide(rows: Any, index: list[str]) -> pd.DataFrame:
    recipe = [RECIPES[key] for key in zip(rows.encoder, rows.shared, strict=True)]
    named = rows.assign(recipe=recipe)
    return named.pivot_table(index=index, columns="metric", values="value")
