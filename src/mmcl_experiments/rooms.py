"""Experiments by name: each is a pure function of settings and a seed that returns a tidy table.

The settings of an experiment stand in its `settings.py`: a frozen dataclass `Settings` of plain
values with what a reader gets, `SMOKE` and `PAPER` with what differs there, and `SEEDS`, how many
seeds each profile reports. They start at the chapter's SEED; tuning used seeds from 100 on.

Profiles: "smoke" proves that everything runs, and its numbers mean nothing; "default" is what a
reader gets, real effects, with bars met at small dimensions; "paper" is the papers' size, most
often 10 shared and 5 + 5 private latents, meant for a GPU (MMCL_DEVICE=cuda).
"""

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl.errors import InputError
from mmcl.naming import nearest

HERE = Path(__file__).parent
PROFILES = ("smoke", "default", "paper")


def names() -> list[str]:
    """The experiments there are, sorted."""
    return sorted(file.parent.name for file in HERE.glob("*/run.py"))


def checked_seed(seed: Any) -> int:
    """The seed, if it is one; else a ValueError."""
    if type(seed) is not int or seed < 0:
        raise InputError(f"seed is {seed!r}; give an integer >= 0")
    return seed


def seeds(name: str, profile: str) -> int:
    """How many seeds a profile reports of an experiment."""
    return _entry(name, profile)["seeds"]


def settings(name: str, *, profile: str = "default", **changes: Any) -> dict[str, Any]:
    """The settings of an experiment at a profile, with changes, in the form that JSON has of them.

    "device" is added from the environment variable MMCL_DEVICE, "cpu" without it.
    Errors: ValueError for an unknown experiment, profile or setting (with the nearest valid
    name), or for a value of another type than the profile's.
    """
    base = _entry(name, profile)
    del base["seeds"]
    for key, value in changes.items():
        nearest(key, list(base), f"setting of {name}")
        wanted = type(base[key])
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise InputError(
                f"{name}: setting {key!r} is {value!r} ({type(value).__name__}), "
                f"but the profile has {base[key]!r}: give a {wanted.__name__}"
            )
        base[key] = value
    return {**base, "device": os.environ.get("MMCL_DEVICE", "cpu")}


def run(name: str, *, profile: str = "default", seed: int = 0, **changes: Any) -> pd.DataFrame:
    """Run an experiment by name and return its tidy table, one row per measurement.

    Errors: ValueError for an unknown name, profile, setting or value, or a negative seed,
    before anything is computed.
    """
    chosen = settings(name, profile=profile, **changes)
    return module(name).run(chosen, checked_seed(seed))


def run_seeds(
    name: str, *variants: dict[str, Any], profile: str = "default", seed: int = 0
) -> pd.DataFrame:
    """Run every variant of an experiment at several seeds, from `seed` on.

    A variant is a dictionary of changed settings; none at all means the profile as it is. Its
    place in the call is the column `variant` of the table. `seeds` in a variant says how many it
    gets; without it, the profile does. An experiment with a function `run_together(settings,
    seeds)` trains all seeds of a variant in lockstep, which is faster than one after the other.
    Runs are spread over MMCL_JOBS processes (by default one a core) of one thread each, so
    beyond rounding the numbers don't depend on how many there are. Returns one table.
    """
    chosen = [variant(name, profile, seed, each) for each in variants or ({},)]
    runs = run_variants(name, dict(enumerate(chosen)))
    return pd.concat([t.assign(variant=place) for place, _, t in runs], ignore_index=True)


def variant(
    name: str, profile: str, seed: int, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], list[int]]:
    """All settings of a variant of `run_seeds`, and its seeds. Errors: as there."""
    own = dict(changes)
    count = own.pop("seeds", seeds(name, profile))
    chosen = settings(name, profile=profile, **own)
    return chosen, list(range(checked_seed(seed), seed + count))


def run_variants(
    name: str, wanted: Mapping[int, tuple[dict[str, Any], list[int]]]
) -> list[tuple[int, int | list[int], pd.DataFrame]]:
    """Run settings at seeds: of each run its place in the mapping, seed or seeds, and table."""
    from joblib import Parallel, cpu_count, delayed

    together = hasattr(module(name), "run_together")
    runs = []
    for place, (chosen, several) in wanted.items():
        runs += [(place, chosen, each) for each in ([several] if together and several else several)]
    jobs = min(int(os.environ.get("MMCL_JOBS") or cpu_count()), len(runs))
    tasks = [delayed(run_alone)(name, chosen, each) for _, chosen, each in runs]
    tables: Any = Parallel(n_jobs=jobs)(tasks)
    return [(place, each, t) for (place, _, each), t in zip(runs, tables, strict=True)]


def run_alone(name: str, chosen: dict[str, Any], seed: int | list[int]) -> pd.DataFrame:
    """What a process that does nothing else runs: whole settings, one thread, one or all seeds.

    Settings that came after a recorded task, which lacks them, are as they were before.
    """
    import torch

    torch.set_num_threads(1)
    run = module(name).run if isinstance(seed, int) else module(name).run_together
    return run({**before(stated(name)), **chosen}, seed)


def module(name: str) -> Any:
    """The module of an experiment."""
    return importlib.import_module(f"{__package__}.{name}.run")


def stated(name: str) -> dict[str, Any]:
    """What the `settings.py` of an experiment defines."""
    return vars(importlib.import_module(f"{__package__}.{name}.settings"))


def entry(stated: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """All settings at a profile, tuples as lists, and `seeds`.

    stated: what a `settings.py` defines. Errors: TypeError for a setting that there isn't.
    """
    changes = {} if profile == "default" else stated[profile.upper()]
    values = asdict(stated["Settings"](**changes))
    return json.loads(json.dumps({**values, "seeds": stated["SEEDS"][profile]}))


def before(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that came later, with the values at which all is as it was before they came."""
    marks = {field.name: field.metadata for field in fields(stated["Settings"])}
    return {name: mark["before"] for name, mark in marks.items() if "before" in mark}


def counted(stated: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Of settings, those that leave a trace in keys."""
    silent = before(stated)
    return {k: value for k, value in values.items() if k not in silent or value != silent[k]}


def _entry(name: str, profile: str) -> dict[str, Any]:
    nearest(name, names(), "experiment")
    nearest(profile, PROFILES, "profile")
    return entry(stated(name), profile)
