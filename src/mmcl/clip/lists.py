"""Lists that somebody else made: pictures with captions, labels, prompts; CSV, JSON lines, lines.

Nothing is guessed that could be otherwise: what isn't clear is refused, with the file and the line.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmcl import files
from mmcl.errors import InputError

LISTS = (".csv", ".jsonl")
LABELS = ("label", "labels", "class", "classes", "class_name", "target", "category", "y")
Row = dict[str, str]


class Line(NamedTuple):
    """A row of a list: its line, and its texts by column, without empty ones."""

    number: int
    row: Row


def read(path: Path, *wanted: str) -> list[Line]:
    """The rows of a list that has at least one of some columns; others are left out.

    CSV with a header, or JSON lines with these keys. Names of columns count without spaces around
    them, and without capitals. Errors: InputError that names the file, the line and what to do.
    """
    kind = Path(path).suffix.lower()
    rows = jsonl(path, wanted) if kind == ".jsonl" else table(path, wanted)
    if not rows:
        raise InputError(f"{path} lists nothing; give rows of {' and '.join(wanted)}")
    return rows


def table(path: Path, wanted: Sequence[str]) -> list[Line]:
    """The rows of a CSV file with a header; between values `,`, or `;` or a tab if it has these."""
    text = files.read_text(path)
    mark = between(text, wanted)
    lines = parsed(path, text, mark)
    if not lines:
        raise InputError(f"{path} is empty; give a header with {', '.join(wanted)}, and rows")
    columns = names(lines[0][1])
    if not set(wanted) & set(columns):
        raise InputError(f"{path} has the columns {', '.join(columns)}; give {', '.join(wanted)}")
    for number, values in lines[1:]:
        if len(values) != len(columns):
            raise InputError(
                f"{path}, line {number}, has {len(values)} values and the header {len(columns)}; "
                f'put what holds a {mark!r} in quotes: "a dog, a cat"'
            )
    return [
        Line(number, kept(dict(zip(columns, values, strict=True)), wanted))
        for number, values in lines[1:]
    ]


def between(text: str, wanted: Sequence[str]) -> str:
    """What stands between the values of a table: a comma, or what makes its header have a column
    that is wanted."""
    header = text.lstrip("\n").partition("\n")[0]
    return next((each for each in ",;\t" if set(wanted) & set(names(header.split(each)))), ",")


def names(columns: Sequence[str]) -> list[str]:
    """Names of columns, as they are compared."""
    return [column.strip().strip('"').strip().lower() for column in columns]


def kept(row: Row, wanted: Sequence[str]) -> Row:
    """What of a row is wanted and not empty."""
    return {name: text for name in wanted if (text := row.get(name, "").strip())}


def parsed(path: Path, text: str, mark: str = ",") -> list[tuple[int, list[str]]]:
    """The lines of a CSV file that hold something: the number of each, and its values.

    Errors: InputError for a quote that is opened and not closed where its value ends. It would
    swallow the lines up to the next one: refused is whatever swallows a line that could be a row.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True,
                        skipinitialspace=True)  # fmt: skip
    whole, found, first = text.split("\n"), [], 1
    try:
        for values in reader:
            swallowed = whole[first : reader.line_num]
            if values and any(line.count(mark) >= len(values) - 1 for line in swallowed):
                raise InputError(
                    f"{path}, line {first}: a quote is opened there that isn't closed before line "
                    f'{first + 1}; close it, or write "" for a quote within quotes, one row a line'
                )
            if len(values) > 1 or any(value.strip() for value in values):
                found.append((first, values))
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path}, line {first}, isn't CSV ({error}); are its quotes closed, and doubled "
            "where they are meant?"
        ) from error
    return found


def jsonl(path: Path, wanted: Sequence[str]) -> list[Line]:
    """The rows of a file of JSON lines."""
    found = []
    for number, content in objects(path):
        form = ", ".join(f'"{name}": "..."' for name in wanted)
        if not isinstance(content, dict):
            raise InputError(f"{path}, line {number}: give {{{form}}}")
        row = {}
        for key, value in zip(names(list(content)), content.values(), strict=True):
            if key in wanted and value is not None:
                row[key] = text_of(value, key, f"{path}, line {number}")
        found.append(Line(number, kept(row, wanted)))
    return found


def objects(path: Path) -> Iterator[tuple[int, Any]]:
    """What JSON lines hold, with their numbers; empty lines are left out."""
    for number, text in enumerate(files.read_text(path).split("\n"), 1):
        if not text.strip():
            continue
        try:
            yield number, json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}, line {number}, isn't JSON: {error.msg}") from error


def text_of(value: Any, what: str, where: str) -> str:
    """A text; InputError for another value."""
    if isinstance(value, str):
        return value
    more = ", a line for each of several" if isinstance(value, list) else ""
    raise InputError(f"{where}: {what} is {json.dumps(value)[:40]}; give one text{more}")


# Labels


def labels(path: Path, column: str | None = None) -> list[str]:
    """One label a row: lines of text, a column of CSV, or JSON lines.

    column: of CSV or JSON lines, where there are several; else the one that is named as labels are
    (LABELS). A header is told by such a name that no later line repeats.
    Errors: InputError that names the file and the line: several values, an empty line among others.
    """
    kind = path.suffix.lower()
    if kind == ".jsonl":
        found = [label_of(path, number, value, column) for number, value in objects(path)]
    elif kind == ".csv":
        found = of_table(path, column)
    elif column is None:
        found = without_header(of_lines(path))
    else:
        raise InputError(f"{path} has lines and no column {column!r}; give {path} alone")
    if not found:
        raise InputError(f"{path} is empty; give a label for each row")
    return [unicodedata.normalize("NFC", label) for label in found]


def of_lines(path: Path) -> list[str]:
    """The lines of a text, without empty ones at its end."""
    lines = [line.strip() for line in files.read_text(path).rstrip().split("\n")]
    if "" in lines[:-1]:
        place = lines.index("") + 1
        raise InputError(f"{path}, line {place}, is empty; give a label for each row")
    return [line for line in lines if line]


def without_header(found: list[str]) -> list[str]:
    """Labels without a first one that is a header."""
    header = bool(found) and found[0].lower() in LABELS and found[0] not in found[1:]
    return found[1:] if header else found


def of_table(path: Path, column: str | None) -> list[str]:
    """The labels of a CSV file."""
    of_lines(path)  # an empty line is a row without a label
    text = files.read_text(path)
    lines = parsed(path, text, between(text, [column.lower()] if column else LABELS))
    columns = names(lines[0][1]) if lines else []
    if column is None and len(columns) <= 1:
        return without_header([one(path, *line, 0, 1) for line in lines])
    named = [column.lower()] if column else [name for name in columns if name in LABELS]
    if len(named) != 1 or named[0] not in columns:
        wanted = f"no column {column!r}" if column else "no one column of labels"
        raise InputError(
            f"{path} has {wanted} in its first line, {', '.join(columns)}; give a header and "
            f"{path}:COLUMN, or a file with one label a line"
        )
    place = columns.index(named[0])
    return [one(path, number, values, place, len(columns)) for number, values in lines[1:]]


def one(path: Path, number: int, values: Sequence[str], place: int, count: int) -> str:
    """The label of a line; InputError for another number of values, or an empty one."""
    if len(values) != count:
        raise InputError(
            f"{path}, line {number}, has {len(values)} values and the first line {count}; "
            "put what holds a comma in quotes"
        )
    if not values[place].strip():
        raise InputError(f"{path}, line {number}, has no label; give one, or leave the row out")
    return values[place].strip()


def label_of(path: Path, number: int, value: Any, column: str | None) -> str:
    """The label that a JSON line holds: a text, a whole number, or an object with one of these."""
    if isinstance(value, dict):
        keys = [column] if column else [key for key in value if key.lower() in LABELS]
        if len(keys) != 1 or keys[0] not in value:
            wanted = column or "label"
            raise InputError(f'{path}, line {number}: give {{"{wanted}": "..."}}')
        value = value[keys[0]]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = text_of(value, "the label", f"{path}, line {number}").strip()
    if not text:
        raise InputError(f"{path}, line {number}, has no label; give one, or leave the row out")
    return text
