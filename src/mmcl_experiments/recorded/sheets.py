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
TOO_LARGE = "mmcl-data-too-large"  # the style of a sentence instead of a link
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
    plain = index.name is None and pd.api.types.is_integer_dtype(index)
    numbers = plain and ("value" in table or index.equals(pd.RangeIndex(len(index))))  # of rows
    table = table.reset_index(drop=numbers, allow_duplicates=True)
    names = [name if isinstance(name, tuple) else (name,) for name in table.columns]
    return table.set_axis([" ".join(map(str, filter(str, name))) for name in names], axis=1)


def joined(data: Any) -> pd.DataFrame | None:
    """All tables as one, with a column `table` that says which where there are several.

    Of recorded rows, what is the same in all of them (settings, most of all) is left out.
    """
    found = list(parts(data))
    if not found:
        return None
    if all(table.equals(found[0][1]) for _, table in found):  # frames of a slider share one
        whole = found[0][1]
    else:
        whole = pd.concat([t.assign(table=name) for name, t in found], ignore_index=True)
        whole.insert(0, "table", whole.pop("table"))
    if "code_key" in whole:
        whole = whole.drop(columns=[name for name in whole if whole[name].map(str).nunique() == 1])
    return whole


def csv(data: Any) -> str:
    """The CSV of tables; empty without any."""
    table = joined(data)
    return "" if table is None else table.to_csv(index=False, lineterminator="\n")


def size(content: str) -> str:
    """How large a CSV is, in words."""
    return f"CSV, {max(1, round(len(content.encode()) / 1000))} kB"


def link(data: Any) -> str:
    """HTML that offers tables; words where they are too large, nothing where there are none."""
    content = csv(data)
    if not content:
        return ""
    if len(content.encode()) > LIMIT:
        text = f"The table behind this figure is too large to offer ({size(content)})."
        return f' <span class="{TOO_LARGE}">{text}</span>'
    address = f"data:text/csv;base64,{base64.b64encode(content.encode()).decode()}"
    words = f"The data of this figure ({size(content)})"
    return f' <a class="mmcl-data" download="figure.csv" href="{address}">{words}</a>'
