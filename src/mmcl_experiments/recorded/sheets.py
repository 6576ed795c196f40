"""Tables as CSV for a page: UTF-8, a header row, numbers in full, as `pandas.read_csv` reads them.

A figure remembers the tables that the function which draws it was given, so that it can offer
them; a link carries them inside the page, and the site makes a file of it
(`mmcl_book.site.downloads`).
"""

import base64
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

LIMIT = 300_000  # bytes of a figure's CSV
TOO_LARGE = "The table behind this figure is too large to offer"
TABLES: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # of figures


def remember(figure: Any, call: FrameType) -> None:
    """Keep the arguments of a call that are tables, or hold some, as those of a figure."""
    names = call.f_code.co_varnames[: call.f_code.co_argcount + call.f_code.co_kwonlyargcount]
    given = {name: call.f_locals.get(name) for name in names}
    TABLES[figure] = {name: thing for name, thing in given.items() if any(parts(thing))}


def parts(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables in a table or in mappings of tables, each with the names that lead to it."""
    if isinstance(data, pd.Series):
        data = data.to_frame(data.name if data.name is not None else (path or ("number",))[-1])
    if isinstance(data, pd.DataFrame) and len(data):
        yield ", ".join(path), flat(data)
    elif isinstance(data, Mapping):
        for name, thing in data.items():
            yield from parts(thing, (*path, str(name)) if len(data) > 1 else path)


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index, where it says something, and whose levels are columns."""
    index = table.index
    names = [name if isinstance(name, tuple) else (name,) for name in table.columns]
    table = table.set_axis([" ".join(map(str, filter(str, name))) for name in names], axis=1)
    plain = index.name is None and pd.api.types.is_integer_dtype(index)
    numbers = plain and ("value" in table or index.equals(pd.RangeIndex(len(index))))  # of rows
    return table.reset_index(drop=numbers or not table.columns.intersection(index.names).empty)


def csv(data: Any) -> str:
    """All tables as one CSV, with a column `table` that tells several apart; empty without any.

    Of recorded rows, what is the same in all of them (settings, most of all) is left out, and a
    list of what a task was asked for, where another column says which of it a row is.
    """
    found: dict[Any, Any] = dict(parts(data))
    if not found:
        return ""
    whole = next(iter(found.values()))
    if not all(table.equals(whole) for table in found.values()):  # frames of a slider may share one
        whole = pd.concat(found, names=["table", None]).reset_index("table", allow_duplicates=True)
    if "code_key" in whole:
        whole = whole.loc[:, whole.astype(str).nunique() > 1]
        whole = whole.drop(columns=[name for name in whole if told(whole, name)])
    return whole.to_csv(index=False, lineterminator="\n")


def told(table: pd.DataFrame, name: str) -> bool:
    """Whether a column of lists, `rows`, is told by another, `row`, that has one of each list."""
    if not name.endswith("s") or name[:-1] not in table:
        return False
    pairs = zip(table[name[:-1]], table[name], strict=True)
    return all(isinstance(asked, tuple) and one in asked for one, asked in pairs)


def size(content: str) -> str:
    """How large a CSV is, in words."""
    return f"CSV, {max(1, round(len(content.encode()) / 1000))} kB"


def link(data: Any) -> str:
    """HTML that offers tables; words where they are too large, nothing where there are none."""
    content = csv(data)
    if not content:
        return ""
    if len(content.encode()) > LIMIT:
        return f" {TOO_LARGE} ({size(content)})."
    address = f"data:text/csv;base64,{base64.b64encode(content.encode()).decode()}"
    words = f"The data of this figure ({size(content)})"
    return f' <a class="mmcl-data" download="figure.csv" href="{address}">{words}</a>'
