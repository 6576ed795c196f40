"""What runs on a worker: one experiment under one seed; and what code and device it runs on."""

import math
import os
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import mmcl_experiments as experiments
from mmcl import files
from mmcl_book import keys as reach
from mmcl_experiments import provenance

LINES = 8  # of a traceback that are reported
origin = lru_cache(maxsize=1)(provenance.origin)  # commit and versions take a while


@lru_cache(maxsize=1)
def tree() -> reach.Tree:
    """The packages' modules as this process knows them.

    Files that were edited since count as they were: what was imported stays in memory.
    """
    return reach.installed()


@lru_cache
def modules_of(experiment: str) -> Mapping[str, str]:
    """The modules that an experiment reaches, each with a digest of its own file alone."""
    return reach.modules_of(tree(), experiment)


def code_of(experiment: str) -> str:
    """One digest of the code that an experiment reaches."""
    return reach.code_of(tree(), experiment)


def survey(experiment: str) -> dict[str, Any]:
    """What a worker has: the experiment's modules, its device, and why that can't be used."""
    device, problem = os.environ.get("MMCL_DEVICE", "cpu"), None
    if device != "cpu":
        try:
            import torch

            torch.empty(1, device=device)
        except Exception as error:
            problem = str(error).splitlines()[0]
    about = {"code": code_of(experiment), "modules": modules_of(experiment)}
    return {**about, "device": device, "problem": problem}


def work(experiment: str, settings: dict[str, Any], seed: int, code: str) -> dict[str, Any]:
    """Run an experiment: `rows` and `provenance`, or `stale` code, or the `error` that it raised.

    code: the digest that the client has. Rows are plain dictionaries.
    """
    try:
        if code_of(experiment) != code:
            return {"stale": True}
        chosen = {**settings, "device": os.environ.get("MMCL_DEVICE", "cpu")}
        experiments.module(experiment)  # the import is no part of the run
        started = time.perf_counter()
        rows = plain_rows(experiments.run_alone(experiment, chosen, seed))
        seconds = time.perf_counter() - started
        return {"rows": rows, "provenance": origin() | provenance.cost(seconds)}
    except Exception as error:
        own = error.__traceback__ and error.__traceback__.tb_next  # without this function
        text = "".join(traceback.format_exception(type(error), error, own))
        lines = text.strip().splitlines()
        return {"error": "\n".join(lines[-LINES:])}


def plain_rows(table: Any) -> list[dict[str, Any]]:
    """A table's rows with plain values: None where one is missing, "inf" or "-inf" where infinite.

    Errors: TypeError for what is no table, or for a value that isn't a number, truth or text.
    """
    if not hasattr(table, "to_dict"):
        raise TypeError(f"the experiment returned a {type(table).__name__}; return a DataFrame")
    rows = table.to_dict("records")
    return [{str(name): cell(value, str(name)) for name, value in row.items()} for row in rows]


def cell(value: Any, name: str) -> float | int | bool | str | None:
    """A cell of a table as JSON can hold it."""
    value = files.plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"column {name!r} holds {value!r}; give a number, True, False or text in each cell"
    )
