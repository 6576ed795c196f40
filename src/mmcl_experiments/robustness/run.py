"""Violated assumptions, one at a time and in pairs, around both theorems of Liu et al.

Every row is trained by one recipe. Rows of one kind (codes, score, sizes) are trained in
lockstep, all seeds together, which changes nothing but the time that it takes.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import Any

import pandas as pd

from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted
from mmcl_experiments.learners.rows import BOX, Row, draw_model, game_of, measure, training
from mmcl_experiments.tables import run as tables

HOMES = {"sphere": Row(), "box": BOX}
KEPT = "nothing"
GROUPS: dict[str, dict[str, dict[str, Any]]] = {  # how each assumption is broken
    "": {KEPT: {}},
    "laws": {
        "marginal normal": {"marginal": "normal"},
        "conditional normal": {"conditional": "normal"},
        "conditional Laplace": {"conditional": "laplace"},
        "conditional cubic": {"conditional": "cubic"},
    },
    "codes": {
        "codes unbounded": {"codes": "unbounded"},
        "score L2": {"score": "l2"},
        "score L3": {"score": "l3"},
        "a dimension too few": {"extra": -1},
        "three dimensions too many": {"extra": 3},
    },
    "temperature": {
        "1/tau a third": {"ratio": 1 / 3},
        "1/tau fourfold": {"ratio": 4.0},
    },
    "private": {
        "private threefold": {"private": 3.0},
        "m_x follows z_x": {"follows": "own"},
        "m_x follows z_t": {"follows": "other"},
    },
    "mixing": {
        "ill-conditioned mixing": {"condition": 10.0},
        "a coordinate folded": {"folded": 1},
        "a coordinate lost": {"lost": 1},
    },
    "pairs": {
        "only 1,000 pairs": {"pairs": 1000},
        "a third of pairs wrong": {"mismatched": 1 / 3},
    },
}
BROKEN = {name: how for group in GROUPS.values() for name, how in group.items()}
ONLY = {  # what one theorem alone can lose
    "conditional Laplace": "sphere",
    "conditional cubic": "box",
    "score L2": "box",
    "score L3": "box",
}
PAIRS = (
    ("1/tau fourfold", "three dimensions too many"),
    ("m_x follows z_t", "three dimensions too many"),
    ("private threefold", "only 1,000 pairs"),
    ("a coordinate lost", "a dimension too few"),
    ("private threefold", "ill-conditioned mixing"),
    ("a third of pairs wrong", "only 1,000 pairs"),
)
TOLD = (KEPT, "private threefold", "ill-conditioned mixing", "a coordinate folded")
TOLD += ("a coordinate lost", "only 1,000 pairs")  # where a supervised network may fail as well


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; row (its name) and seed.

    Trains the rows that `settings["rows"]` names, each at `repeats` seeds from `seed` on.
    """
    tables = []
    for part in parts(settings["rows"]):
        chosen = {name: rows()[name] for name in part["rows"]}
        for (row, each), fitted in fit(list(dict.fromkeys(chosen.values())), settings, seed):
            baseline = settings["baselines"] and row in with_baseline()
            found = measure(row, fitted, settings, each, baseline=baseline)
            for name in (name for name in chosen if chosen[name] == row):
                tables.append(pd.DataFrame(found).assign(row=name, seed=each))
    return pd.concat(tables, ignore_index=True)


def fit(
    chosen: list[Row], settings: dict[str, Any], seed: int
) -> list[tuple[tuple[Row, int], Fitted]]:
    """Train rows of one kind in lockstep, each at `repeats` seeds from `seed` on."""
    members = list(product(chosen, range(seed, seed + settings["repeats"])))
    models = [draw_model(row, settings, each) for row, each in members]
    supplies = [training(row, settings) for row, _ in members]
    seeds = [each for _, each in members]
    fitted = fitting.fit_together(models, game_of(chosen[0], settings), supplies, seeds)
    return list(zip(members, fitted, strict=True))


def one_at_a_time() -> dict[str, Row]:
    """Rows by name, such as 'box: a coordinate lost'."""
    return {
        f"{home}: {name}": base._replace(**how)
        for home, base in HOMES.items()
        for name, how in BROKEN.items()
        if ONLY.get(name, home) == home
    }


def in_pairs() -> dict[str, Row]:
    """Rows with two broken assumptions on the sphere, such as 'sphere: a + b'."""
    return {
        f"sphere: {a} + {b}": HOMES["sphere"]._replace(**BROKEN[a], **BROKEN[b]) for a, b in PAIRS
    }


def rows() -> dict[str, Row]:
    """All rows by name: those above, and the published tables'."""
    published = {name: tables.row_of(name) for name in (*tables.TABLE_A, *tables.TABLE_B)}
    return one_at_a_time() | in_pairs() | published


def with_baseline() -> set[Row]:
    """The rows in which a supervised network is trained too."""
    return {home._replace(**BROKEN[name]) for home in HOMES.values() for name in TOLD}


def parts(names: Iterable[str]) -> list[dict[str, Any]]:
    """Variants for `experiments.run_seeds`: the rows that train in lockstep, the largest first."""
    kinds: dict[Any, list[str]] = defaultdict(list)
    for name in names:
        row = rows()[nearest(name, list(rows()), "row")]
        kinds[row.codes, row.score, row.extra, row.ratio, row.lost].append(name)
    return [{"rows": chosen} for chosen in sorted(kinds.values(), key=len, reverse=True)]


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
