"""What a sweep found: mean and interval over seeds of each measurement."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl_book.sweep import store
from mmcl_experiments.recorded import tasks

LINES = 40  # of the table in the terminal
STATISTICS = ["seeds", "mean", "low", "high"]
Row = dict[str, Any]


def table(paths: Iterable[Path], varied: list[str]) -> pd.DataFrame:
    """One row per measurement and combination of the varied settings, from tasks' files.

    Rows of several seeds belong together when their texts agree; of those that agree within
    one task, the first goes with the first, and so on. What is measured is the column `value`
    of tables that have one, else every number. Of the other numbers of a row those stay that
    agree over seeds. `low` and `high` are the 95 % interval of the mean by Student's t; a single
    seed has none.
    """
    from scipy.special import stdtrit

    groups = defaultdict[str, list[tuple[float, Row]]](list)
    for path in paths:
        content = store.read(path)
        about = {name: content["settings"][name] for name in varied}
        for labels, value, also in measured(content):
            groups[json.dumps({**about, **labels})].append((value, also))
    rows = []
    for name, found in groups.items():
        values, (_, also) = pd.Series([value for value, _ in found], dtype=float), found[0]
        same = {k: v for k, v in also.items() if all(each.get(k) == v for _, each in found)}
        with np.errstate(invalid="ignore"):  # infinite values have no interval
            mean, half = values.mean(), stdtrit(len(found) - 1, 0.975) * values.sem()
        numbers = dict(zip(STATISTICS, (len(found), mean, mean - half, mean + half), strict=True))
        rows.append({**json.loads(name), **same, **numbers})
    whole = pd.DataFrame(rows, dtype=object)  # numbers as they are where others are missing
    return whole.reindex(columns=[*whole.columns.difference(STATISTICS, sort=False), *STATISTICS])


def measured(content: tasks.Content) -> Iterator[tuple[Row, float, Row]]:
    """The measurements of a task: (labels, value, the row's other numbers)."""
    known, places = tasks.described(content), Counter[str]()
    for row in content["rows"]:
        row = {name: float(v) if v in tasks.INFINITE else v for name, v in row.items()}
        labels: Row = {k: v for k, v in row.items() if isinstance(v, str) and k != "seed"}
        numbers = {k: v for k, v in row.items() if isinstance(v, bool | int | float)}
        also = {k: v for k, v in numbers.items() if k not in {*known, "value"}}
        places[place := json.dumps(labels)] += 1
        labels["row"] = places[place]
        if "value" in numbers:
            yield labels, numbers["value"], also
        elif "value" not in row:
            for name, value in also.items():
                yield {**labels, "measurement": name}, value, {}


def as_text(rows: pd.DataFrame) -> str:
    """The table for a terminal: no column that is the same in all rows, and not too many rows."""
    labels = rows.drop(columns=STATISTICS).fillna("").astype(str)
    shown, few = labels.loc[:, labels.nunique() > 1].head(LINES), rows.head(LINES)
    interval = [
        "" if pd.isna(low) else f"[{low:.4g}, {high:.4g}]"
        for low, high in zip(few.low, few.high, strict=True)
    ]
    means = few["mean"].map("{:.4g}".format)
    shown = shown.assign(seeds=few.seeds, mean=means, **{"95 % interval": interval})
    text = shown.to_string(index=False)
    rest = len(rows) - LINES
    return text + (f"\n... and {rest} more rows in the file below" if rest > 0 else "")
