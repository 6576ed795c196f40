"""What chapter 07 says of its rows: what each violation costs, alone, in pairs and with time."""

from typing import Any

import pandas as pd

from mmcl_experiments.robustness.run import BROKEN, PAIRS, TOLD
from mmcl_experiments.tables import readings as tables


def scores(table: pd.DataFrame, name: str, metric: str, code: str = "contrastive") -> pd.Series:
    """One row's values of a metric, one a seed. Errors: ValueError when there are none."""
    found = table[table.row.eq(name) & table.metric.eq(metric) & table.code.eq(code)]
    if found.empty:
        raise ValueError(f"the table has no {metric} of {code} codes in the row {name!r}")
    return found.set_index("seed").value


def additivity(table: pd.DataFrame, metric: str = "linear_r2") -> pd.DataFrame:
    """One row a pair of violations: each alone, both if their damage added up, both as measured.

    Columns: first, second, predicted (means over seeds), measured (a list, one a seed), excess
    (measured less predicted), low and high (its range over seeds).
    """
    kept, rows = scores(table, "sphere: nothing", metric), {}
    for a, b in PAIRS:
        first, second = (scores(table, f"sphere: {name}", metric) for name in (a, b))
        both = scores(table, f"sphere: {a} + {b}", metric)
        excess = both - (first + second - kept)
        rows[f"{a} + {b}"] = {
            "first": first.mean(),
            "second": second.mean(),
            "predicted": (first + second - kept).mean(),
            "measured": both.to_list(),
            "excess": excess.mean(),
            "low": excess.min(),
            "high": excess.max(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def told(table: pd.DataFrame, home: str) -> pd.DataFrame:
    """The rows of a home in which a supervised network was trained too: linear R2.

    Columns: raw and supervised (means over seeds), found (a list, one a seed), closed (a list:
    the share of the gap from raw to supervised that the contrastive codes close).
    """
    rows = {}
    for name in TOLD:
        raw, best, found = (
            scores(table, f"{home}: {name}", "linear_r2", code)
            for code in ("raw", "supervised", "contrastive")
        )
        closed = ((found - raw) / (best - raw)).to_list()
        ends = {"raw": raw.mean(), "supervised": best.mean()}
        rows[name] = {**ends, "found": found.to_list(), "closed": closed}
    return pd.DataFrame.from_dict(rows, orient="index")


def by_recipe(recorded: pd.DataFrame) -> pd.DataFrame:
    """`tables.grown` with a column `recipe`: the recipe, codes not centered, or lower rates."""
    found = tables.grown(recorded)
    lower = found.lr < found.lr.max()
    found["recipe"] = "the recipe"
    return found.assign(
        recipe=found.recipe.mask(lower, "lower rates").mask(~found.centered, "codes not centered")
    )


def goals(printed: pd.DataFrame) -> dict[str, float]:
    """What the papers print for each world of `by_recipe`, as shares of one.

    printed: `results.published("liu_synthetic")`.
    """
    values = printed.set_index("row").value / 100
    sphere, box = (float(values[row]) for row in tables.HEADLINES)
    return {"sphere, kappa 1": sphere, "sphere, kappa 5": sphere, "box": box}


def longest(found: pd.DataFrame, world: str) -> pd.DataFrame:
    """Of the rows of `by_recipe` the longest runs of a world, by the recipe."""
    here: Any = found[found.world.eq(world) & found.recipe.eq("the recipe")]
    return here[here.steps.eq(here.steps.max())]


def by_home(
    table: pd.DataFrame, outcomes: dict[str, tuple[str, ...]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means over seeds, and half their ranges: assumptions by (home, outcome), NaN where no row is.

    table: what `run` returns. outcomes: home to metrics of the contrastive codes.
    """
    found = table[table.code.eq("contrastive")].groupby(["row", "metric"]).value
    summaries = {"mean": found.mean(), "spread": (found.max() - found.min()) / 2}
    columns = pd.MultiIndex.from_tuples(
        [(h, m) for h, metrics in outcomes.items() for m in metrics]
    )
    frames = [
        pd.DataFrame(
            [
                [values.get((f"{h}: {name}", m), float("nan")) for h, m in columns]
                for name in BROKEN
            ],
            index=list(BROKEN),
            columns=columns,
        )
        for values in summaries.values()
    ]
    return frames[0], frames[1]
