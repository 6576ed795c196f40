"""The store of a sweep: one JSON file per task, `<OUT>/sweeps/<experiment>/<key>.json`."""

import json
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmcl import files
from mmcl.book.execute import say
from mmcl.book.sweep.grid import Grid, Task, key

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA = 1
FIELDS = {
    "schema": int, "experiment": str, "profile": str, "settings": dict, "seed": int,
    "rows": list, "key": str, "code": str, "provenance": dict,
}  # fmt: skip
INFINITE = ("inf", "-inf")


def path_of(folder: Path, task: Task) -> Path:
    """Where the rows of a task are."""
    return folder / f"{task.key}.json"


def write(folder: Path, grid: Grid, task: Task, reply: dict[str, Any]) -> Path:
    """Write what a worker returned for a task, atomically."""
    content = {
        "schema": SCHEMA,
        "experiment": grid.experiment,
        "profile": grid.profile,
        "settings": dict(task.settings),
        "seed": task.seed,
        "rows": reply["rows"],
        "key": task.key,
        "code": grid.code,
        "provenance": reply["provenance"],
    }
    return files.write_json(path_of(folder, task), content)


def read(path: Path) -> dict[str, Any]:
    """Read a task's file. Errors: ValueError for one that is torn, of another kind or renamed."""
    content = files.read_json(path)
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no task of a sweep")
    wrong = [name for name, kind in FIELDS.items() if type(content.get(name)) is not kind]
    if wrong:
        raise ValueError(f"{path} holds no task of a sweep: it lacks {', '.join(wrong)}")
    if content["schema"] != SCHEMA:
        raise ValueError(f"{path} has schema {content['schema']}, not {SCHEMA}")
    identity = (content[name] for name in ("experiment", "settings", "seed", "code"))
    if not content["key"] == path.stem == key(*identity):
        raise ValueError(f"{path} does not belong to what it is named after")
    return content


def is_done(folder: Path, task: Task) -> bool:
    """Whether a task's file is there and whole; a message says why one can't be used."""
    path = path_of(folder, task)
    if not path.exists():
        return False
    try:
        read(path)
    except (ValueError, OSError) as error:
        say(f"{error}; running {task.name} again")
        return False
    return True


def sweep_up(folder: Path) -> None:
    """Remove half-written files that a killed sweep left an hour ago or earlier."""
    for leftover in folder.glob(".*.tmp"):
        if time.time() - leftover.stat().st_mtime > 3600:
            leftover.unlink(missing_ok=True)


def load(folder: Path | str) -> "DataFrame":
    """All rows of a sweep's folder, with columns for their settings, `seed` and `code_key`.

    Where a setting has the name of a column of the rows and another value, it is called
    `<name>_set`. Of tasks that were run with several versions of the code the last run counts;
    a warning says so when the rows are of several versions.
    Errors: ValueError for a folder without results, or with a file that isn't whole.
    """
    import pandas as pd

    folder = Path(folder)
    contents = latest(read(path) for path in sorted(folder.glob("*.json")))
    if not contents:
        near = sorted(str(path.parent) for path in folder.rglob("*.json"))
        hint = f"did you mean {near[0]}?" if near else "run `mmcl sweep` first"
        raise ValueError(f"{folder} has no results of a sweep; {hint}")
    codes = {content["code"] for content in contents}
    if len(codes) > 1:
        text = f"the rows come from {len(codes)} versions of the code: see the column `code_key`"
        warnings.warn(text, stacklevel=2)
    clashes = {name for content in contents for name in clashing(content)}
    rows = []
    for content in contents:
        about = {
            f"{name}_set" if name in clashes else name: hashable(value)
            for name, value in described(content).items()
        }
        rows += [{**about, **row, "code_key": content["code"][:12]} for row in content["rows"]]
    table = pd.DataFrame(rows)
    return table.assign(**{name: numbers(table[name]) for name in table})


def latest(contents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of contents with the same experiment, settings and seed, the one that finished last."""
    found: dict[str, dict[str, Any]] = {}
    for content in contents:
        name = json.dumps([content["experiment"], described(content)], sort_keys=True)
        finished = content["provenance"].get("finished", "")
        if name not in found or found[name]["provenance"].get("finished", "") <= finished:
            found[name] = content
    return sorted(found.values(), key=lambda content: content["seed"])


def described(content: dict[str, Any]) -> dict[str, Any]:
    """The settings and the seed of a task."""
    return {**content["settings"], "seed": content["seed"]}


def clashing(content: dict[str, Any]) -> set[str]:
    """Names of settings under which the rows have other values."""
    about = described(content)
    return {
        name
        for row in content["rows"]
        for name in about.keys() & row.keys()
        if row[name] != about[name]
    }


def hashable(value: Any) -> Any:
    """Lists as tuples, at every depth, so that tables can be grouped by them."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def numbers(column: Any) -> Any:
    """A column of numbers as numbers, where JSON had "inf" for an infinite one."""
    import pandas as pd

    texts = {value for value in column if isinstance(value, str)}
    return pd.to_numeric(column) if texts and texts <= set(INFINITE) else column
