"""What chapter 07 says of the tables: beside the printed values, and how the first rows grow."""

from typing import Any

import pandas as pd

from mmcl_experiments.tables.run import TABLE_A, TABLE_B

HEADLINES = {TABLE_A[0]: "linear_r2", TABLE_B[0]: "mcc"}


def beside(found: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Published values next to ours, in percent, one row for each that was printed.

    found: rows of `run`, of the contrastive codes; published: `results.published("liu_synthetic")`.
    Columns: table, published, printed, checked (whether a source was at hand), mean, low, high
    over seeds, and difference (ours less theirs). Errors: ValueError for a row that is missing.
    """
    ours = found[found["code"].eq("contrastive")].groupby(["row", "metric"]).value
    summary = 100 * ours.agg(["mean", "min", "max"])
    rows = {}
    for name in (*TABLE_A, *TABLE_B):
        ((_, printed),) = published[published.row.eq(name)].iterrows()
        if (name, printed.metric) not in summary.index:
            raise ValueError(f"{name!r} has no {printed.metric}; run all rows of both tables")
        mean, low, high = summary.loc[(name, printed.metric)]
        rows[name] = {
            "table": printed.table,
            "published": printed.value,
            "printed": printed.printed,
            "checked": printed.evidence in "VS",
            "mean": mean,
            "low": low,
            "high": high,
            "difference": mean - printed.value,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def agreement(found: pd.DataFrame, published: pd.DataFrame) -> dict[str, float]:
    """How far our rows and the printed ones agree: "a.rank", "a.signs", "b.rank", "b.signs".

    rank: Spearman's correlation over a table's rows. signs: the share of rows, but for the first,
    in which both or neither fall below the first row by more than half a percentage point.
    """
    agreed = {}
    both: Any = beside(found, published).groupby("table")[["mean", "published"]]
    for name, values in both:
        falls = values.iloc[0] - values.iloc[1:] > 0.5
        agreed[f"{name}.rank"] = float(values.corr("spearman").iloc[0, 1])
        agreed[f"{name}.signs"] = float(falls["mean"].eq(falls["published"]).mean())
    return agreed


def grown(found: pd.DataFrame) -> pd.DataFrame:
    """The first rows of both tables by how they were trained: what a learning curve shows.

    found: a sweep of `run` over steps, kappa, centered and lr. Columns: world, steps, centered,
    lr, seed, then score (linear R2 on the sphere, MCC in the box), gap, nats, inverse_temperature.
    """
    recipe = ["steps", "centered", "lr", "seed"]
    ours: Any = found[found.code.eq("contrastive")]
    parts = []
    for row, metric in HEADLINES.items():
        wide = ours[ours.row.eq(row)].pivot(
            index=["kappa", *recipe], columns="metric", values="value"
        )
        part = wide.reset_index()
        names = [f"sphere, kappa {kappa:g}" for kappa in part.kappa]
        parts.append(part.assign(world=names if row in TABLE_A else "box", score=part[metric]))
    table: Any = pd.concat(parts, ignore_index=True)
    return table[["world", *recipe, "score", "gap", "nats", "inverse_temperature"]]
