"""What chapter 07 says of its rows: what each violation costs, alone, in pairs and with time."""

from typing import Any

import pandas as pd

from mmcl_experiments.robustness.run import PAIRS
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


def by_recipe(recorded: pd.DataFrame) -> pd.DataFrame:
    """`tables.grown` with a column `recipe`: the recipe, codes not centered, or lower rates."""
    found = tables.grown(recorded)
    lower = found.lr < found.lr.max()
    found["recipe"] = "the recipe"
    return found.assign(
        recipe=found.recipe.mask(lower, "lower rates").mask(~found.centered, "codes not centered")
    )


def with_told(grown: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Rows of `by_recipe`, and in both worlds on the sphere those of a told network.

    told: rows of `told_curves`. What x tells of its own state is the same at every kappa.
    """
    rows: Any = told[told.code.eq("supervised")]
    rows = rows.drop(columns="steps", errors="ignore")  # a run's length; a look's is its step
    rows = rows.rename(columns={"value": "score", "step": "steps"})
    worlds = [rows.assign(world=f"sphere, kappa {k}", recipe="told z_x") for k in (1, 5)]
    return pd.concat([grown, *worlds], ignore_index=True)


def goals(printed: pd.DataFrame) -> dict[str, float]:
    """What the paper prints for worlds of `by_recipe`, as shares of one.

    The sphere's printed row is recalled to have kappa 1, so kappa 5 has no goal.
    printed: `results.published("liu_synthetic")`.
    """
    values = printed.set_index("row").value / 100
    sphere, box = (float(values[row]) for row in tables.HEADLINES)
    return {"sphere, kappa 1": sphere, "box": box}


def longest(found: pd.DataFrame, world: str) -> pd.DataFrame:
    """Of the rows of `by_recipe` the longest runs of a world, by the recipe."""
    here: Any = found[found.world.eq(world) & found.recipe.eq("the recipe")]
    return here[here.steps.eq(here.steps.max())]


def beside_ancestor(beside: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Rows of `tables.beside` whose world and model the ancestor prints too, in percent.

    printed: `results.published("zimmermann")`. Columns: table, ours (mean over seeds), low, high,
    ancestor, liu (often recalled), difference (ours less the ancestor's).
    """
    theirs = printed[printed.row.notna()].set_index("row").value
    rows = beside.loc[theirs.index]
    ours = {"table": rows.table, "ours": rows["mean"], "low": rows.low, "high": rows.high}
    both = {"ancestor": theirs, "liu": rows.published, "difference": rows["mean"] - theirs}
    return pd.DataFrame(ours | both)


def of_axes(table: pd.DataFrame) -> dict[str, Any]:
    """Where the box's codes have its axes: rule and space of codes, wrong pairs, other laws."""
    wrong, free = "box: a third of pairs wrong", "box: codes unbounded"
    normal, laplace = "Un N(1) N -> Un N", "Un L(1) N -> Un N"
    l1, l2 = scores(table, free, "mcc"), scores(table, "B U L -> Un N", "mcc")
    nats = scores(table, free, "nats").sort_values()
    return {
        "mismatched.r2": scores(table, wrong, "linear_r2"),
        "mismatched.mcc": scores(table, wrong, "mcc"),
        "cubic.mcc": scores(table, "box: conditional cubic", "mcc"),
        "grid.box": scores(table, "box: score L2", "mcc"),
        "free.mcc": l1,
        "free.low": l1.min(),
        "free.high": l1.max(),
        "free.nats": nats.iloc[-1],
        "free.others": nats.iloc[-2] if len(nats) > 1 else nats.iloc[-1],
        "free.best": bool(nats.index[-1] == l1.idxmax()),
        "grid.free": l2,
        "grid.low": l2.min(),
        "grid.high": l2.max(),
        "ica.normal": scores(table, normal, "mcc", "ICA").max(),
        "ica.laplace": scores(table, laplace, "mcc", "ICA").min(),
    }


def of_tables(table: pd.DataFrame, beside: pd.DataFrame, ancestor: pd.DataFrame) -> dict[str, Any]:
    """First rows, and how many rows are far from print and near the ancestor's.

    ancestor: what `beside_ancestor` returns.
    """
    noted: dict[str, Any] = {
        "table.sphere": scores(table, "Sp U v -> Sp v", "linear_r2"),
        "table.box": scores(table, "B U L -> B L", "mcc"),
        "table.free": scores(table, "B U N -> Un N", "linear_r2"),
    }
    for name, rows in beside.groupby("table"):
        noted[f"far.{name}"] = int(rows.difference.abs().gt(7).sum())
    for name, rows in ancestor.groupby("table"):
        noted[f"same.{name}.rows"] = len(rows)
        noted[f"same.{name}.near"] = int(rows.difference.abs().lt(1).sum())
        noted[f"same.{name}.worst"] = rows.difference.min()
    return noted


def at_kappa_one(recorded: pd.DataFrame, grown: pd.DataFrame) -> dict[str, Any]:
    """Ten dimensions at kappa 1: the recipe, lower rates, raw observations, and the way gone.

    The way is that from the raw observations' linear R2 to one. grown: `by_recipe(recorded)`.
    """
    here: Any = grown[grown.world.eq("sphere, kappa 1")]
    lower: Any = here[here.recipe.eq("lower rates")]
    same = here[here.recipe.eq("the recipe") & here.steps.isin(lower.steps)].score
    found = {"lower": lower.score, "same": same}
    strong = longest(grown, "sphere, kappa 5").score
    rows = recorded.code.eq("raw") & recorded.metric.eq("linear_r2")
    raw = recorded[rows & recorded.row.eq(tables.TABLE_A[0])].value.mean()
    noted: dict[str, Any] = {f"paper.{name}": values for name, values in found.items()}
    for name, values in (found | {"strong": strong}).items():
        noted[f"paper.{name}.closed"] = (values.mean() - raw) / (1 - raw)
    return noted | {"paper.raw": raw}
