"""Tasks of a sweep: what one finished task holds, and many of them as a table or as one file.

A task is one experiment under one combination of settings and one seed. Its key is made of
experiment, settings, seed and code, so a content that was edited or renamed no longer fits it.
"""

import hashlib
import json
import math
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import files
from mmcl.errors import InputError

SCHEMA = 1
FIELDS = {
    "schema": int, "experiment": str, "profile": str, "settings": dict, "seed": int,
    "rows": list, "key": str, "code": str, "provenance": dict,
}  # fmt: skip
INFINITE = ("inf", "-inf")

Content = dict[str, Any]


def key(experiment: str, settings: Mapping[str, Any], seed: int, code: str) -> str:
    """The key of a task, a SHA-256 in hexadecimal. code: digest of what the experiment reaches."""
    content = {"experiment": experiment, "settings": dict(settings), "seed": seed, "code": code}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def content_of(
    experiment: str, profile: str, settings: Mapping[str, Any], seed: int, code: str, **found: Any
) -> Content:
    """A finished task. found: its `rows`, plain, and its `provenance`."""
    about = {"schema": SCHEMA, "experiment": experiment, "profile": profile}
    whole = {**about, "settings": dict(settings), "seed": seed, "code": code}
    return {**whole, "key": key(experiment, settings, seed, code), **found}


def checked(content: Any, place: Path | str) -> Content:
    """The content, if it is a whole task; else a ValueError that names the place."""
    if not isinstance(content, dict):
        raise InputError(f"{place} holds no task of a sweep")
    wrong = [name for name, kind in FIELDS.items() if type(content.get(name)) is not kind]
    if wrong:
        raise InputError(f"{place} holds no task of a sweep: it lacks {', '.join(wrong)}")
    if content["schema"] != SCHEMA:
        raise InputError(f"{place} has schema {content['schema']}, not {SCHEMA}")
    identity = (content[name] for name in ("experiment", "settings", "seed", "code"))
    if content["key"] != key(*identity):
        raise InputError(f"{place} does not belong to what it is named after")
    return content


def described(content: Content) -> dict[str, Any]:
    """The settings and the seed of a task."""
    return {**content["settings"], "seed": content["seed"]}


def name_of(content: Content) -> str:
    """What a task is, whatever the code: experiment, settings and seed as one text."""
    return json.dumps([content["experiment"], described(content)], sort_keys=True)


def latest(contents: Iterable[Content]) -> list[Content]:
    """Of contents with the same experiment, settings and seed, the one that finished last."""
    found = {name_of(content): content for content in sorted(contents, key=finished)}
    return [found[name] for name in sorted(found, key=lambda each: (found[each]["seed"], each))]


def finished(content: Content) -> str:
    """When a task ended, as text that sorts by time."""
    return str(content["provenance"].get("finished", ""))


def table(contents: Iterable[Content]) -> pd.DataFrame:
    """All rows of tasks, with columns for their settings, `seed` and `code_key`.

    Where a setting has the name of a column of the rows and another value, it is called
    `<name>_set`. Of tasks that were run with several versions of the code the last run counts;
    a warning says so when the rows are of several versions.
    """
    contents = latest(contents)
    codes = {content["code"] for content in contents}
    if len(codes) > 1:
        text = f"the rows come from {len(codes)} versions of the code: see the column `code_key`"
        warnings.warn(text, stacklevel=3)
    clashes = {
        name
        for content in contents
        for name, value in described(content).items()
        if any(row.get(name, value) != value for row in content["rows"])
    }
    rows = []
    for content in contents:
        about = {
            f"{name}_set" if name in clashes else name: hashable(value)
            for name, value in described(content).items()
        }
        rows += [{**about, **row, "code_key": content["code"][:12]} for row in content["rows"]]
    found = pd.DataFrame(rows)
    return found.assign(**{name: numbers(found[name]) for name in found})


def hashable(value: Any) -> Any:
    """Lists as tuples, at every depth, so that tables can be grouped by them."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def numbers(column: Any) -> Any:
    """A column of numbers as numbers, where JSON had "inf" for an infinite one."""
    texts = {value for value in column if isinstance(value, str)}
    return pd.to_numeric(column) if texts and texts <= set(INFINITE) else column


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


# Many tasks as one file: what most of them share is written once, a line for each task.


def packed(contents: Iterable[Content]) -> str:
    """Tasks of one experiment at one profile as the text of a JSON file.

    Errors: ValueError for tasks of several experiments or profiles, or for none.
    """
    tasks = latest(contents)
    identities = {(task["experiment"], task["profile"]) for task in tasks}
    if len(identities) != 1:
        found = ", ".join(" at ".join(each) for each in sorted(identities)) or "none"
        raise InputError(f"one file holds tasks of one experiment at one profile, not: {found}")
    head = {name: tasks[0][name] for name in ("schema", "experiment", "profile")}
    shared = {name: common([task[name] for task in tasks]) for name in ("settings", "provenance")}
    lines = []
    for task in tasks:
        own = {name: differing(task[name], shared[name]) for name in shared}
        columns = {name: [row.get(name) for row in task["rows"]] for name in names_of(task)}
        line = {"seed": task["seed"], **own, "key": task["key"], "code": task["code"]}
        lines.append(json.dumps({**line, "rows": columns}, allow_nan=False, ensure_ascii=False))
    top = json.dumps({**head, **shared}, indent=2, allow_nan=False, ensure_ascii=False)
    body = ",\n".join(f"    {line}" for line in lines)
    return f'{top[:-2]},\n  "tasks": [\n{body}\n  ]\n}}\n'


def unpacked(content: Any, place: Path | str) -> list[Content]:
    """The tasks of such a file's content. Errors: ValueError names the place and what is wrong."""
    parts = {"settings": dict, "provenance": dict, "tasks": list}
    if (
        not isinstance(content, dict)
        or any(type(content.get(name)) is not kind for name, kind in parts.items())
        or not content["tasks"]
    ):
        raise InputError(f"{place} holds no tasks of a sweep; accept the sweep again")
    found = []
    for number, task in enumerate(content["tasks"], 1):
        where = f"{place}, task {number},"
        try:
            whole = restored(task, content)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{where} is not whole ({error!r}); accept the sweep again") from error
        found.append(checked(whole, where))
    return found


def restored(task: dict[str, Any], content: dict[str, Any]) -> Content:
    """A line of the file as the task that it was, with what the file holds for all."""
    head = {name: content.get(name) for name in ("schema", "experiment", "profile")}
    parts = {name: {**content[name], **task[name]} for name in ("settings", "provenance")}
    columns = task["rows"]
    values = zip(*columns.values(), strict=True)
    rows = [dict(zip(columns, each, strict=True)) for each in values]
    return {**head, **task, **parts, "rows": rows}


def common(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What more than half of the dictionaries agree on, of the names that all of them have."""
    found = {}
    for name in parts[0]:
        if all(name in part for part in parts):
            text, count = Counter(as_text(part[name]) for part in parts).most_common(1)[0]
            if 2 * count > len(parts):
                found[name] = json.loads(text)
    return found


def differing(part: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """What of a dictionary isn't among what is shared."""
    return {
        name: value
        for name, value in part.items()
        if name not in shared or as_text(value) != as_text(shared[name])
    }


def as_text(value: Any) -> str:
    """A value as JSON: 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


def names_of(task: Content) -> list[str]:
    """The columns of a task's rows, in order."""
    return list(dict.fromkeys(name for row in task["rows"] for name in row))
