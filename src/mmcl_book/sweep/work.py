"""What runs on a worker: one experiment under one seed; and what code and device it runs on."""

import os
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import mmcl_experiments as experiments
from mmcl_book import keys as reach
from mmcl_experiments import provenance
from mmcl_experiments.recorded.tasks import plain_rows

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
