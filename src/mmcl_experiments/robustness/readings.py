"""What chapter 07 says of its rows: what each violation costs, alone, in pairs and with time."""

from typing import Any

import pandas as pd

from mmcl_experiments.robustness.run import BROKEN, KEPT, PAIRS, TOLD
from mmcl_experiments.tables import readings as tables

# Every row, by what the proof does with its assumption. Written after the values were known.
BY_PROOF = {
    "unspent": ("private threefold", "m_x follows z_x", "ill-conditioned mixing"),
    "protected": (
        "marginal normal", "conditional normal", "conditional Laplace", "conditional cubic",
        "codes unbounded", "score L2", "score L3", "three dimensions too many", "1/tau a third",
        "a third of pairs wrong",
    ),
    "spent": (
        "a dimension too few", "1/tau fourfold", "m_x follows z_t", "a coordinate folded",
        "a coordinate lost", "only 1,000 pairs",
    ),
}  # fmt: skip

# Zimmermann et al. (2021), Tables 1 and 2, unsupervised, in percent, read in the paper (V): rows
# with the same laws as ours and steps of 0.05. Theirs have ten dimensions and nothing private.
ANCESTOR = {
    "Sp U L -> Sp v": 99.91,
    "Sp U N -> Sp v": 99.86,
    "B U N -> Un N": 99.60,
    "B U L -> Un N": 99.64,
    "B U L -> Un G": 99.70,
    "B U N -> Un G": 99.69,
    "Sp N(1) L -> Sp v": 99.02,
    "Sp N(1) N -> Sp v": 99.02,
    "B U L -> B L": 98.62,
    "B U G -> B G": 99.90,
    "B U N -> B N": 99.77,
    "B U L -> B N": 99.76,
    "B U L -> Un L": 98.57,
}


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


def costs(means: pd.DataFrame) -> pd.DataFrame:
    """What each broken assumption takes from the first row: a row each, none left out.

    means: the first table of `by_home`. Columns: group (of `BY_PROOF`), sphere R2, box R2 and
    box MCC, NaN where a home has no such row or score.
    """
    falls = means.iloc[0] - means
    named = {name: group for group, names in BY_PROOF.items() for name in names}
    found = pd.DataFrame(
        {
            "sphere R2": falls["sphere", "linear_r2"],
            "box R2": falls["box", "linear_r2"],
            "box MCC": falls["box", "mcc"],
        }
    ).drop(index=KEPT)
    found.insert(0, "group", [named[str(name)] for name in found.index])
    return found.sort_values("group", key=lambda groups: groups.map(list(BY_PROOF).index))


def in_order(found: pd.DataFrame) -> pd.Series:
    """For each score: of pairs of a spent row and another, the share in which the spent costs more.

    found: what `costs` returns, or some of its rows.
    """
    spent = found.group.eq("spent")
    shares = {}
    for score in found.columns.drop("group"):
        dear, cheap = found.loc[spent, score].dropna(), found.loc[~spent, score].dropna()
        shares[score] = float((dear.to_numpy()[:, None] > cheap.to_numpy()).mean())
    return pd.Series(shares)


def beside_ancestor(beside: pd.DataFrame) -> pd.DataFrame:
    """Rows of `tables.beside` that the ancestor prints too, in percent.

    Columns: table, ours (mean over seeds), low, high, ancestor, liu (often recalled), difference
    (ours less the ancestor's).
    """
    rows = beside.loc[list(ANCESTOR)]
    ancestor = pd.Series(ANCESTOR)
    ours = {"table": rows.table, "ours": rows["mean"], "low": rows.low, "high": rows.high}
    both = {"ancestor": ancestor, "liu": rows.published, "difference": rows["mean"] - ancestor}
    return pd.DataFrame(ours | both)
