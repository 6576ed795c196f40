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
