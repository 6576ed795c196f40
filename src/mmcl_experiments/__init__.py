"""Experiments by name: each is a pure function of settings and a seed that returns a tidy table.

An experiment `name` is a room `mmcl_experiments/name/`: `run.py` with a function
`run(settings, seed) -> pandas.DataFrame`, one row per measurement, and what goes with it, such as
`figures.py`. Its settings stand in
`mmcl_experiments/profiles/{smoke,default,paper}.yml` under the same name.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl.errors import InputError
from mmcl.files import read_yaml
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
    """The settings of an experiment at a profile, with changes; `seeds` is left out.

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
    from joblib import Parallel, cpu_count, delayed

    usual, seed = seeds(name, profile), checked_seed(seed)
    runs = []
    for place, variant in enumerate(variants or ({},)):
        changes = dict(variant)
        count = changes.pop("seeds", usual)
        chosen = settings(name, profile=profile, **changes)
        several = list(range(seed, seed + count))
        together = hasattr(module(name), "run_together") and several
        runs += [(place, chosen, each) for each in ([several] if together else several)]
    jobs = min(int(os.environ.get("MMCL_JOBS") or cpu_count()), len(runs))
    tasks = [delayed(run_alone)(name, chosen, each) for _, chosen, each in runs]
    tables: Any = Parallel(n_jobs=jobs)(tasks)
    places = [place for place, _, _ in runs]
    tables = [table.assign(variant=place) for table, place in zip(tables, places, strict=True)]
    return pd.concat(tables, ignore_index=True)


def run_alone(name: str, chosen: dict[str, Any], seed: int | list[int]) -> pd.DataFrame:
    """What a process that does nothing else runs: whole settings, one thread, one or all seeds."""
    import torch

    torch.set_num_threads(1)
    run = module(name).run if isinstance(seed, int) else module(name).run_together
    return run(chosen, seed)


def module(name: str) -> Any:
    """The module of an experiment."""
    return importlib.import_module(f"{__name__}.{name}.run")


def _entry(name: str, profile: str) -> dict[str, Any]:
    nearest(name, names(), "experiment")
    nearest(profile, PROFILES, "profile")
    return dict(read_yaml(HERE / "profiles" / f"{profile}.yml")[name])
