"""The store of a sweep: one JSON file per task, `<OUT>/sweeps/<experiment>/<key>.json`."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmcl import files
from mmcl.errors import InputError, UserError
from mmcl_book.sweep.grid import Grid, Task
from mmcl_book.terminal import say
from mmcl_experiments.recorded import tasks

if TYPE_CHECKING:
    from pandas import DataFrame


def path_of(folder: Path, task: Task) -> Path:
    """Where the rows of a task are."""
    return folder / f"{task.key}.json"


def write(folder: Path, grid: Grid, task: Task, reply: dict[str, Any]) -> Path:
    """Write what a worker returned for a task, atomically."""
    what = (grid.experiment, grid.profile, task.settings, task.seed, grid.code)
    content = tasks.content_of(*what, rows=reply["rows"], provenance=reply["provenance"])
    return files.write_json(path_of(folder, task), content)


def read(path: Path) -> tasks.Content:
    """Read a task's file. Errors: ValueError for one that is torn, of another kind or renamed."""
    content = tasks.checked(files.read_json(path), path)
    if content["key"] != path.stem:
        raise InputError(f"{path} does not belong to what it is named after")
    return content


def is_done(folder: Path, task: Task) -> bool:
    """Whether a task's file is there and whole; a message says why one can't be used."""
    path = path_of(folder, task)
    if not path.exists():
        return False
    try:
        read(path)
    except UserError as error:
        say(f"{error}; running {task.name} again")
        return False
    return True


def remove_leftovers(folder: Path) -> None:
    """Remove half-written files that a killed sweep left an hour ago or earlier."""
    for leftover in folder.glob(".*.tmp"):
        if time.time() - leftover.stat().st_mtime > 3600:
            leftover.unlink(missing_ok=True)


def load(folder: Path | str) -> "DataFrame":
    """All rows of a sweep's folder as one table: see `mmcl_experiments.recorded.tasks.table`.

    Errors: ValueError for a folder without results, or with a file that isn't whole.
    """
    return tasks.table(contents(Path(folder)))


def contents(folder: Path) -> list[tasks.Content]:
    """All tasks of a sweep's folder.

    Errors: ValueError for a folder without results, or with a file that isn't whole.
    """
    found = [read(path) for path in sorted(folder.glob("*.json"))]
    if not found:
        near = sorted(str(path.parent) for path in folder.rglob("*.json"))
        hint = f"did you mean {near[0]}?" if near else "run `mmcl sweep` first"
        raise InputError(f"{folder} has no results of a sweep; {hint}")
    return found
