"""The numbers of a paper as they were typed: checked, and as a page should print them."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmcl.errors import InputError
from mmcl.naming import nearest

EVIDENCE = {  # how well a published value is known
    "V": "primary source",
    "S": "secondary source",
    "D": "derived here",
    "R": "recalled, unverified",
}
NUMBERS = ("value", "spread", "low", "high")  # of a published row; the others are labels
OTHERS = ("evidence", "source")


def table(content: Any) -> pd.DataFrame:
    """The table of a file's content; ValueError says which row is wrong and why."""
    wanted = {"labels": list, "sources": dict, "rows": list}
    if not isinstance(content, dict) or any(
        not isinstance(content.get(name), kind) or not content[name]
        for name, kind in wanted.items()
    ):
        raise InputError("it lacks labels (a list), sources (by evidence) or rows (a list)")
    labels, rows, seen = content["labels"], [], set()
    for number, row in enumerate(content["rows"], 1):
        try:
            whole = whole_row(row, labels, content["sources"])
            identity = tuple(whole[label] for label in labels)
            if identity in seen:
                raise InputError("another row has the same labels")
        except InputError as error:
            raise InputError(f"row {number}: {error}") from error
        seen.add(identity)
        rows.append({**whole, "printed": printed(whole)})
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(NUMBERS, float))


def whole_row(row: Any, labels: list[str], sources: Mapping[str, str]) -> dict[str, Any]:
    """A row with all its columns; ValueError for what is missing, unknown or of a wrong kind."""
    if not isinstance(row, dict):
        raise InputError(f"it is {row!r}; give a mapping")
    for name in row:
        nearest(name, [*labels, *NUMBERS, *OTHERS], "column")
    lacks = [name for name in (*labels, "value", "evidence") if name not in row]
    if lacks:
        raise InputError(f"it lacks {', '.join(lacks)}; write null for what isn't known")
    tag = nearest(row["evidence"], tuple(EVIDENCE), "evidence")
    source = row.get("source", sources.get(tag))
    if not isinstance(source, str) or not source.strip():
        raise InputError(f"evidence {tag} has no source; add one to the row or to sources")
    for label in labels:
        if not isinstance(row[label], str | None):
            raise InputError(f"{label} is {row[label]!r}; give text, or null")
    found = {name: row.get(name) for name in NUMBERS}
    for name, value in found.items():
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (known and math.isfinite(value)):
            raise InputError(f"{name} is {value!r}; give a number, or null")
    return {**{label: row[label] for label in labels}, **found, "evidence": tag, "source": source}


def printed(row: Mapping[str, Any]) -> str:
    """A value as a page shows it: with its spread, and with a word where nobody has checked it."""
    value, spread, low, high = (row[name] for name in NUMBERS)
    numbers = [each for each in (value, spread, low, high) if each is not None]
    digits = max((len(str(each).partition(".")[2]) for each in numbers), default=0)
    if value is not None:
        text = f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread is not None else "")
    elif low is not None and high is not None:
        text = f"{low:.{digits}f} to {high:.{digits}f}"
    else:
        return "not found"
    return f"{text} (unverified)" if row["evidence"] == "R" else text
