"""Both theorems of Liu et al., one assumption broken at a time, at seeds that were fresh.

The rows of `robustness`, and four things that it lacks. Another law of the states comes twice:
at the scale that it had there, with closer partners (so that two things change), and at a scale
at which the states tell as much of each other as with nothing broken. The base law has closer
partners, too. A network that is told the states has as many steps as the codes. And each row has
its ceiling: the mean of the states that may be behind x. `groups.py` says what each row should
cost, and was committed before the first run.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import Any

import pandas as pd

from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl_experiments import nearest
from mmcl_experiments.assumptions import ceilings, information
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, r2
from mmcl_experiments.learners.fitting import row as measured
from mmcl_experiments.learners.rows import Row, draw_model, game_of, measure, told, training
from mmcl_experiments.robustness import run as robustness

HOMES, KEPT, TOLD = robustness.HOMES, robustness.KEPT, robustness.TOLD
LAWS = {  # as `robustness` names them, and under their true names
    "marginal normal": "farther, normal marginal",
    "conditional normal": "closer, normal steps",
    "conditional Laplace": "closer, Laplace steps",
    "conditional cubic": "closer, cubic steps",
}
# Scales at which states tell as much of each other as with nothing broken, in three dimensions;
# found by `information.of_states`, and held to it by a test.
MATCHED: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "sphere: matched, normal marginal": ({"marginal": "normal"}, {"kappa": 6.52}),
    "sphere: matched, normal steps": ({"conditional": "normal"}, {"scale": 0.4605}),
    "sphere: matched, Laplace steps": ({"conditional": "laplace"}, {"scale": 0.364}),
    "sphere: closer, von Mises-Fisher steps": ({}, {"kappa": 250.0}),
    "box: matched, normal marginal": ({"marginal": "normal"}, {"scale": 0.0413}),
    "box: matched, normal steps": ({"conditional": "normal"}, {"scale": 0.0641}),
    "box: matched, cubic steps": ({"conditional": "cubic"}, {"scale": 0.1056}),
    "box: closer, Laplace steps": ({}, {"scale": 0.0233}),
}
SCENES = 1024  # test pairs by which a ceiling is measured
Broken = tuple[Row, dict[str, float]]  # a row, and the scales of its laws that differ


def rows() -> dict[str, Broken]:
    """All rows by name, such as 'box: a coordinate lost'."""
    found: dict[str, Broken] = {}
    for name, row in robustness.one_at_a_time().items():
        home, broken = name.split(": ")
        found[f"{home}: {LAWS.get(broken, broken)}"] = (row, {})
    for name, (changes, scales) in MATCHED.items():
        home = name.split(": ")[0]
        found[name] = (HOMES[home]._replace(**changes), scales)
    return found


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; row (its name) and seed.

    code: "contrastive", "raw", "supervised" (in rows where it may fail as well), "ceiling", and
    "states", whose metric "information" is their mutual information in nats, of pairs that belong
    together. Trains the rows that `settings["rows"]` names at `repeats` seeds from `seed` on.
    """
    tables = []
    for names in kinds(settings["rows"]):
        for name, each, fitted in fit(names, settings, seed):
            row, scales = rows()[name]
            own = settings | scales
            found = measure(row, fitted, own, each, baseline=False)
            found += limits(row, fitted, own, each, first=each == seed)
            tables.append(pd.DataFrame(found).assign(row=name, seed=each))
    return pd.concat(tables, ignore_index=True)


def fit(names: list[str], settings: dict[str, Any], seed: int) -> list[tuple[str, int, Fitted]]:
    """Train rows of one kind in lockstep, each at `repeats` seeds from `seed` on."""
    members = list(product(names, range(seed, seed + settings["repeats"])))
    chosen = [rows()[name] for name, _ in members]
    seeds = [each for _, each in members]
    models = [world(*one, settings, each) for one, each in zip(chosen, seeds, strict=True)]
    supplies = [training(row, settings | scales) for row, scales in chosen]
    fitted = fitting.fit_together(models, game_of(chosen[0][0], settings), supplies, seeds)
    return [(name, each, one) for (name, each), one in zip(members, fitted, strict=True)]


def world(
    row: Row, scales: dict[str, float], settings: dict[str, Any], seed: int
) -> LatentPartialCausalModel:
    """The world of a row, with the seed's mixing."""
    return draw_model(row, settings | scales, seed)


def limits(
    row: Row, fitted: Fitted, settings: dict[str, Any], seed: int, *, first: bool
) -> list[dict[str, Any]]:
    """What a told network finds, what nobody can beat, and what the states tell of each other.

    first: whether this is the first of several seeds; a row's laws are the same for all.
    """
    model, test, found = fitted.model, fitted.test, []
    if row.marginal == "uniform":
        some = test[:SCENES]
        best = ceilings.states(model, some, model.sample(4096, stream(seed, "ceiling")))
        found.append(measured("ceiling", "x", "linear_r2", r2(some.z_x, best, seed)))
    if settings["baselines"] and row in robustness.with_baseline():
        twice = settings | {"steps": 2 * settings["steps"]}  # of which `told` takes half
        codes = told(row, fitted, twice, seed)
        found.append(measured("supervised", "x", "linear_r2", r2(test.z_x, codes, seed)))
    if first and row == HOMES[row.space]._replace(
        marginal=row.marginal, conditional=row.conditional
    ):  # laws alone may differ
        nats = information.of_states(model, settings["draws"], stream(seed, "information"))
        found.append(measured("states", "both", "information", nats))
    return found


def kinds(names: Iterable[str]) -> list[list[str]]:
    """The rows that train in lockstep, at most eight together."""
    alike: dict[Any, list[str]] = defaultdict(list)
    for name in names:
        row, _ = rows()[nearest(name, list(rows()), "row")]
        alike[row.codes, row.score, row.extra, row.ratio, row.lost].append(name)
    return [part[k : k + 8] for part in alike.values() for k in range(0, len(part), 8)]


def parts(names: Iterable[str]) -> list[dict[str, Any]]:
    """Variants for `experiments.run_seeds`, the largest first."""
    return [{"rows": part} for part in sorted(kinds(names), key=len, reverse=True)]
