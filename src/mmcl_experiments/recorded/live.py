"""What a page measures: recorded where the book has it, computed here otherwise; it says which.

`mmcl run` gives its kernels MMCL_MEMORY, a folder of finished tasks such as `mmcl sweep` fills, and
MMCL_CODE, a digest of each experiment's code: what was computed once with the code of now is not
computed again when only a page changes, unless MMCL_FORCE is set. `mmcl record accept --sweep`
takes tasks from there.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import data, files
from mmcl.errors import FileError, MissingFile, UserError
from mmcl_experiments import results, rooms
from mmcl_experiments.notices import Notice, show
from mmcl_experiments.provenance import provenance
from mmcl_experiments.recorded import tasks

LIVE = "MMCL_LIVE"


def measured(
    experiment: str, *variants: dict[str, Any], profile: str = "default", seed: int = 0
) -> pd.DataFrame:
    """The table of `mmcl_experiments.run_seeds`, from the accepted sweep where that has it all.

    A variant is recorded when the sweep has its settings at each of its seeds; it is computed
    otherwise, and with MMCL_LIVE=1 (`mmcl run --live`) in any case. Where a file from outside is
    missing, the page shows recorded rows of the profile `default`, of other seeds if need be.
    A sentence on the page says what was done. `table.attrs["source"]` is "default/hypersphere"
    where all rows are recorded, else "": `Chapter.note(..., source=table)` stores it.
    Errors: as `run_seeds`; FileNotFoundError when there are neither files nor a record.
    """
    chosen = [rooms.variant(experiment, profile, seed, each) for each in variants or ({},)]
    known = {} if os.environ.get(LIVE) else accepted(experiment, profile)
    found: list[list[Any]]
    found = [[known.get(each) for each in asked(experiment, *one)] for one in chosen]
    missing = [place for place, contents in enumerate(found) if None in contents]
    try:
        now = computed(experiment, profile, {place: chosen[place] for place in missing})
    except FileError as error:
        return stand_in(experiment, variants or ({},), [seeds for _, seeds in chosen], error)
    found = [now.get(place, contents) for place, contents in enumerate(found)]
    table = pd.concat([rows(c).assign(variant=p) for p, c in enumerate(found)], ignore_index=True)
    table.attrs["source"] = "" if missing else f"{profile}/{experiment}"
    say(experiment, profile, len(missing), len(found))
    return table


def say(experiment: str, profile: str, computed: int, total: int) -> None:
    """Say on the page where the rows come from."""
    if computed < total:
        about = results.about(experiment, profile=profile)
        some = f"{total - computed} of {total} variants are recorded. " if computed else ""
        show(Notice(some + about.text, about.sweep))
    if computed == total:
        show(Notice(f"Computed here: {experiment} at {profile} size."))


def rows(contents: list[tasks.Content]) -> pd.DataFrame:
    """The rows of tasks, in the order of their seeds, and nothing else."""
    found = pd.DataFrame([row for content in contents for row in content["rows"]])
    return found.assign(**{name: tasks.numbers(found[name]) for name in found})


def asked(experiment: str, chosen: Mapping[str, Any], seeds: list[int]) -> list[str]:
    """What tasks are called, one a seed, whatever code made them."""
    return [name_of(experiment, chosen, each) for each in seeds]


def name_of(experiment: str, chosen: Mapping[str, Any], seed: int) -> str:
    """A task's name: experiment, all settings but the device, and seed as one text."""
    whole = {**rooms.before(rooms.stated(experiment)), **chosen}
    whole.pop("device", None)
    return json.dumps([whole, seed], sort_keys=True)


def accepted(experiment: str, profile: str) -> dict[str, tasks.Content]:
    """The tasks of an accepted sweep by name; none where there is no such sweep, or no book."""
    try:
        contents = results.accepted(experiment, profile, None)
    except MissingFile:
        return {}
    return {name_of(experiment, each["settings"], each["seed"]): each for each in contents}


def computed(
    experiment: str, profile: str, wanted: Mapping[int, tuple[dict[str, Any], list[int]]]
) -> dict[int, list[tasks.Content]]:
    """The tasks of each variant: what this run of the book remembers, and the others run now."""
    code = json.loads(os.environ.get("MMCL_CODE") or "{}").get(experiment, "")
    memory = os.environ.get("MMCL_MEMORY") if code else None
    folder, forgets = Path(memory or "") / experiment, bool(os.environ.get("MMCL_FORCE"))
    done: dict[int, list[Any]] = {}
    if memory and not forgets:
        for place, (chosen, seeds) in wanted.items():
            keys = [tasks.key(experiment, traced(experiment, chosen), s, code) for s in seeds]
            done[place] = [remembered(folder / f"{each}.json") for each in keys]
    done = {place: contents for place, contents in done.items() if None not in contents}
    todo = {place: one for place, one in wanted.items() if place not in done}
    if not todo:
        return done
    started = time.perf_counter()
    runs = rooms.run_variants(experiment, todo)
    count = sum(len(seeds) for _, seeds in todo.values())
    cost = provenance((time.perf_counter() - started) / count)
    for place, several, table in runs:
        settings = traced(experiment, todo[place][0])
        for seed in several if isinstance(several, list) else [several]:
            mine = table[table.seed == seed] if isinstance(several, list) else table
            found = {"rows": tasks.plain_rows(mine), "provenance": cost}
            content = tasks.content_of(experiment, profile, settings, seed, code, **found)
            done.setdefault(place, []).append(content)
            if memory:
                files.write_json(folder / f"{content['key']}.json", content)
    return done


def remembered(path: Path) -> tasks.Content | None:
    """A task that was computed before; None where there is none, or its file is no whole one."""
    try:
        return tasks.checked(files.read_json(path), path)
    except UserError:
        return None


def traced(experiment: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that leave a trace in a task's key, as `mmcl sweep` has them."""
    settings = rooms.counted(rooms.stated(experiment), chosen)
    settings.pop("device", None)
    return settings


# Where files can't be had


def stand_in(
    experiment: str,
    variants: tuple[dict[str, Any], ...],
    several: list[list[int]],
    error: FileError,
) -> pd.DataFrame:
    """Recorded rows of the variants: of the seeds asked for, or as many of the first recorded."""
    found, tables = results.recorded(experiment, profile="default"), []
    for place, (variant, seeds) in enumerate(zip(variants, several, strict=True)):
        mine: Any = found
        for name, value in variant.items():
            if name != "seeds":
                mine = mine.loc[[each == value for each in mine[name]]]
        if not len(mine):
            raise MissingFile(f"the recorded sweep has no rows of {variant}") from error
        there = sorted(mine.seed.unique())
        wanted = [each for each in seeds if each in there] or there[: len(seeds)]
        tables.append(mine[mine.seed.isin(wanted)].assign(variant=place))
    about = results.about(experiment, profile="default")
    show(Notice(f"Not computed here, because {reason(error)}. {about.text}", about.sweep))
    table = pd.concat(tables, ignore_index=True)
    table.attrs["source"] = f"default/{experiment}"
    return table


def reason(error: Exception) -> str:
    """Why a file can't be had, without the folder of this machine."""
    try:
        return str(error).replace(f"{data.folder()}/", "")
    except FileError:  # no folder is known
        return str(error)
