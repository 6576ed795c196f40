"""Clocks, and the sheet on which a benchmark writes what it measured."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mmcl import files
from mmcl_book import keys as reach
from mmcl_experiments import provenance
from mmcl_experiments.chapter import SCHEMA, noted

ROOT = Path(__file__).parents[1]
Times = dict[str, list[float]]


def clock(device: str = "cpu") -> float:
    """Seconds: of the processor where one thread of a CPU computes, else on the wall.

    A second of the processor stays one when other programs want the machine too.
    """
    if device == "cpu" and torch.get_num_threads() == 1:
        return time.process_time()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds(work: Callable[[], Any], device: str = "cpu") -> float:
    """How long a piece of work takes."""
    start = clock(device)
    work()
    return clock(device) - start


def in_turns(
    works: Mapping[str, Callable[[], Any]],
    repeats: int,
    device: str = "cpu",
    *,
    cold: Sequence[str] = (),
) -> Times:
    """Time each piece of work `repeats` times, in turns, so that a slow spell hits all alike.

    Each is run once before, to warm up, but for those that take so long that it doesn't matter.
    """
    for name, work in works.items():
        if name not in cold:
            work()
    times: Times = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            times[name].append(seconds(work, device))
    return times


def ratios(times: Times, over: str, under: str) -> list[float]:
    """How many times as long one takes as the other, turn by turn."""
    return [a / b for a, b in zip(times[over], times[under], strict=True)]


def median(values: Sequence[float]) -> float:
    """The median as a plain number."""
    return float(statistics.median(values))


class Sheet:
    """What a benchmark measured: named numbers for the ledger, tables for a page."""

    def __init__(self, name: str, parameters: Mapping[str, Any], device: str = "cpu"):
        self.name = f"{'cpu' if device == 'cpu' else 'cuda'}/{name}"
        self.parameters, self.device = dict(parameters), device
        self.values: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, dict[str, Any]] = {}
        self.started = time.perf_counter()

    def note(self, metric: str, values: float | bool | Sequence[float]) -> None:
        """Write down a number; of several, their median, extremes and count. Printed at once."""
        if isinstance(values, int | float):
            entry = {"value": noted(values, metric)}
            text = f"{values:.4g}"
        else:
            low, middle, high = min(values), median(values), max(values)
            entry = {"value": middle, "low": low, "high": high, "n": len(values)}
            text = f"{middle:.4g} [{low:.4g}, {high:.4g}]"
        self.values[metric] = entry
        print(f"{self.name}: {metric} = {text}", flush=True)

    def table(self, name: str, caption: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write down a table; the columns are those of its first row."""
        columns = list(rows[0])
        cells = [[str(row[column]) for column in columns] for row in rows]
        self.tables[name] = {"caption": caption, "columns": columns, "rows": cells}

    def save(self, out: Path) -> Path:
        """Write the sheet as a record with provenance, atomically."""
        origin = provenance.origin((*provenance.CODE, ":/benchmarks"))
        cost = provenance.cost(time.perf_counter() - self.started)
        content = {
            "schema": SCHEMA,
            "chapter": self.name,
            "profile": "bench",
            "seed": 0,
            "parameters": self.parameters,
            "values": self.values,
            "tables": self.tables,
            "key": reach.bench_key(ROOT, self.name),
            "provenance": origin | cost,
        }
        return files.write_json(out / f"{self.name}.json", content)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Several values in a table's cell: their median, and between what they lie."""
    low, middle, high = (
        f"{each:.{digits}f}" for each in (min(values), median(values), max(values))
    )
    return middle if low == high else f"{middle} ({low} to {high})"
