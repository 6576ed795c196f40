"""What a sweep found: mean and interval over seeds of each measurement, file by file."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmcl_book.sweep import store
from mmcl_experiments.recorded import tasks

LINES = 40  # of the table in the terminal
STATISTICS = ("seeds", "mean", "low", "high")


@dataclass
class Group:
    """A running mean and variance (Welford) of one measurement under one combination."""

    labels: dict[str, Any]
    also: dict[str, Any] = field(default_factory=dict)
    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float, also: dict[str, Any]) -> None:
        """Take in one more value; of the row's other numbers only those stay that agree."""
        old = self.also if self.n else also
        self.also = {name: each for name, each in also.items() if old.get(name) == each}
        self.n += 1
        if math.isinf(value) or not math.isfinite(self.mean):
            self.mean, self.squares = self.mean + value, math.nan
            return
        step = value - self.mean
        self.mean += step / self.n
        self.squares += step * (value - self.mean)

    def interval(self) -> tuple[float, float] | tuple[None, None]:
        """The 95 % interval of the mean by Student's t; none for a single seed."""
        if self.n < 2:
            return None, None
        from scipy.special import stdtrit

        error = math.sqrt(self.squares / (self.n - 1) / self.n)
        half = float(stdtrit(self.n - 1, 0.975)) * error
        return self.mean - half, self.mean + half


def table(paths: Iterable[Path], varied: list[str]) -> list[dict[str, Any]]:
    """One row per measurement and combination of the varied settings, from tasks' files.

    Rows of several seeds belong together when their texts agree; of those that agree within
    one task, the first goes with the first, and so on. What is measured is the column `value`
    of tables that have one, else every number.
    """
    groups: dict[str, Group] = {}
    for path in paths:
        content = store.read(path)
        about = {name: content["settings"][name] for name in varied}
        for labels, value, also in measured(content, set(tasks.described(content))):
            name = json.dumps([about, labels])
            group = groups.setdefault(name, Group({**about, **labels}))
            group.add(value, also)
    rows = []
    for group in groups.values():
        low, high = group.interval()
        numbers = (group.n, group.mean, low, high)
        rows.append({**group.labels, **group.also, **dict(zip(STATISTICS, numbers, strict=True))})
    return rows


def measured(
    content: dict[str, Any], known: set[str]
) -> Iterator[tuple[dict[str, Any], float, dict[str, Any]]]:
    """The measurements of a task: (labels, value, the row's other numbers)."""
    places: Counter[str] = Counter()
    for row in content["rows"]:
        infinite = {name: float(v) for name, v in row.items() if v in tasks.INFINITE}
        row = {name: v for name, v in {**row, **infinite}.items() if name != "seed"}
        labels: dict[str, Any] = {name: v for name, v in row.items() if isinstance(v, str)}
        numbers = {name: v for name, v in row.items() if isinstance(v, bool | int | float)}
        place = json.dumps(labels)
        places[place] += 1
        labels["row"] = places[place]
        if "value" in row:
            also = {k: v for k, v in numbers.items() if k != "value" and k not in known}
            if "value" in numbers:
                yield labels, float(numbers["value"]), also
        else:
            for name, value in numbers.items():
                if name not in known:
                    yield {**labels, "measurement": name}, float(value), {}


def as_csv(rows: list[dict[str, Any]]) -> str:
    """The table as CSV."""
    columns = dict.fromkeys(name for row in rows for name in row if name not in STATISTICS)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*columns, *STATISTICS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_text(rows: list[dict[str, Any]]) -> str:
    """The table for a terminal: no column that is the same in all rows, and not too many rows."""
    columns = dict.fromkeys(name for row in rows for name in row if name not in STATISTICS)
    telling = [name for name in columns if len({str(row.get(name, "")) for row in rows}) > 1]
    lines = [[*telling, "seeds", "mean", "95 % interval"]]
    for row in rows[:LINES]:
        interval = "" if row["low"] is None else f"[{row['low']:.4g}, {row['high']:.4g}]"
        labels = [str(row.get(name, "")) for name in telling]
        lines.append([*labels, str(row["seeds"]), f"{row['mean']:.4g}", interval])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    if len(rows) > LINES:
        text.append(f"... and {len(rows) - LINES} more rows in the file below")
    return "\n".join(text)
