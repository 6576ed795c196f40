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
    place = found.group.map(list(BY_PROOF).index)
    return found.loc[place.sort_values(kind="stable").index]


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


def of_unspent(table: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """What the unspent rows cost, by the name of a note. found: what `costs` returns."""
    slow, noted = "ill-conditioned mixing", {}
    for home in ("sphere", "box"):
        values = scores(table, f"{home}: {slow}", "linear_r2")
        noted[f"slow.{home}"] = values
        noted |= {f"slow.{home}.low": values.min(), f"slow.{home}.high": values.max()}
    rest = found[found.group.eq("unspent")].drop(index=slow)
    noted["unspent.rest"] = rest[["sphere R2", "box R2"]].max(axis=None)
    return noted | {"unspent.rest_mcc": rest["box MCC"].max()}


def of_protected(table: pd.DataFrame, found: pd.DataFrame, means: pd.DataFrame) -> dict[str, Any]:
    """What the protected rows cost, and what else than the law changes where the law does."""
    protected: Any = found[found.group.eq("protected")]
    linear = ["three dimensions too many", "codes unbounded"]  # step 4's affair, not symmetry's
    sphere = means["sphere"]
    laws = sphere.loc[["conditional normal", "conditional Laplace"]]
    wrong = "sphere: a third of pairs wrong", "inverse_temperature"
    return {
        "symmetric.drop": protected["sphere R2"].drop(linear).max(),
        "protected.r2": protected["box R2"].max(),
        "protected.mcc": protected["box MCC"].max(),
        "mismatched.temperature": scores(table, *wrong),
        "laws.vmf": sphere.nats.iloc[0],
        "laws.least": laws.nats.min(),
        "laws.tau": laws.inverse_temperature.max(),
    }


def of_spent(found: pd.DataFrame) -> dict[str, Any]:
    """The least that a spent row costs, and how often spent rows cost more than others."""
    spent, order = found[found.group.eq("spent")], in_order(found)
    noted = {"spent.least": spent["sphere R2"].min(), "spent.least_mcc": spent["box MCC"].min()}
    names = ("order.sphere", "order.box_r2", "order.box_mcc")
    return noted | dict(zip(names, order, strict=True))


def of_causes(table: pd.DataFrame, named: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Told networks and codes where a score is low. named: what `told` returns, by home."""
    rows = {"lost": "a coordinate lost", "stuck": "ill-conditioned mixing"}
    rows["few"] = "only 1,000 pairs"
    noted: dict[str, Any] = {}
    for short, name in rows.items():
        here: Any = named["sphere"].loc[name]
        noted[f"{short}.supervised"] = here.supervised
        noted[f"{short}.closed"] = pd.Series(here.closed)
    noted["few.nats"] = scores(table, "sphere: only 1,000 pairs", "nats")
    return noted | {"told.most": pd.concat(named).closed.explode().astype(float).max()}


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
