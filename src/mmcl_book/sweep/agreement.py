"""Do rows that were run again agree with recorded ones? Exactly, or as well as processors do.

On the processor that made them, the same code gives the same numbers up to rounding. On another,
sums are rounded in another order, and what is trained or searched for goes its own way from there:
then the recorded sweep itself says how far numbers may move, by their spread over seeds.
"""

import math
import re
import statistics
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mmcl_book.ledger.claims import is_number
from mmcl_experiments.recorded.tasks import Content, as_text

ROUNDING = 1e-6  # of numbers up to 1, and relative beyond: the order of sums may change
SEARCH = 1e-4  # the same where one seed was recorded: an angle that ICA's tolerance leaves open
SHARE = 0.25  # of the standard deviation over seeds, which half of the numbers keep
ALARM = 1e-4  # how often the farthest of them would be refused if it were another seed's
DRAWS = re.compile(r"-?\d+(?: -?\d+){8,}")  # a cell with a number a draw, such as a bootstrap's


def same(new: Any, old: Any, tolerance: float = ROUNDING) -> bool:
    """Whether two cells are equal, numbers up to rounding."""
    if isinstance(new, float) and is_number(old):
        return abs(new - old) <= tolerance * max(1.0, abs(old))
    return type(new) is type(old) and new == old


def unequal(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> str | None:
    """What is another number, text or row in a task that ran again, in words; None for nothing."""
    if len(new) != len(old):
        return f"it has {len(new)} rows now, not {len(old)}"
    for number, (now, then) in enumerate(zip(new, old, strict=True), 1):
        names = sorted(name for name in now.keys() | then.keys()
                       if not same(now.get(name), then.get(name)))  # fmt: skip
        if names:
            changes = (f"{name} {then.get(name)!r} -> {now.get(name)!r}" for name in names)
            return f"row {number}: {', '.join(changes)}"
    return None


def distant(new: list[dict[str, Any]], content: Content, sweep: Iterable[Content]) -> str | None:
    """Why a task that ran again isn't within the spread of its sweep, in words; None if it is.

    Texts, truths and numbers that no seed moves must be equal; a cell with a number a draw is
    judged by their mean. Of the other numbers that changed, half have to lie within SHARE of the
    standard deviation over seeds, and the farthest no farther than another seed's would (Student's
    t, ALARM for all of them). Where one seed was recorded, numbers have to agree to SEARCH.
    """
    old = content["rows"]
    if len(new) != len(old) or any(words(a) != words(b) for a, b in zip(new, old, strict=True)):
        return unequal(new, old) or "its texts differ"
    (known, freedom), moved = spreads(content, sweep), []
    count = len(by_seed(old)[0])  # rows of each seed
    for place, (now, then) in enumerate(zip(new, old, strict=True)):
        for column, cell in then.items():
            value, here = number(cell), number(now[column])
            if value is None or here is None or same(here, value):
                continue
            deviation = known.at[place % count, column]
            text = f"row {place + 1}: {column} {shown(cell)} -> {shown(now[column])}"
            if deviation > 0:
                moved.append((abs(here - value) / deviation, text))
            elif freedom:
                return f"{text}, which no seed moves"
            elif not same(here, value, SEARCH):
                return text
    return too_far(moved, freedom) if moved else None


def too_far(moved: list[tuple[float, str]], freedom: int) -> str | None:
    """Why numbers are too far from recorded ones, in words; None if they aren't.

    moved: of each that changed, how many standard deviations over seeds it is away, and what it is
    in words. freedom: degrees of freedom of these deviations.
    """
    middle = statistics.median(far for far, _ in moved)
    if middle > SHARE:
        text = f"half of the numbers that changed are {middle:.2f} standard deviations over seeds"
        return f"{text} away, or more; wanted: {SHARE}"
    far, text = max(moved)
    if 2 * stats.t.sf(far / math.sqrt(2), freedom) * len(moved) < ALARM:
        return f"{text}, {far:.1f} standard deviations over seeds away"
    return None


def number(cell: Any) -> float | None:
    """A cell as a number, a number a draw as their mean; None for other texts and truths."""
    if is_number(cell):
        return float(cell)
    if isinstance(cell, str) and DRAWS.fullmatch(cell):
        return statistics.fmean(map(float, cell.split()))
    return None


def shown(cell: Any) -> str:
    """A cell that is a number, or one a draw, as a message has it."""
    return repr(cell) if is_number(cell) else f"{counted(cell)} of mean {number(cell):.6g}"


def words(row: dict[str, Any]) -> dict[str, Any]:
    """The cells of a row with "number" where there is one, or how many draws there are."""
    return {name: value if number(value) is None else counted(value) for name, value in row.items()}


def counted(cell: Any) -> str:
    """What stands for a number, or for one a draw, where texts are compared."""
    return f"{len(cell.split())} numbers" if isinstance(cell, str) else "number"


def labels(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The texts that tell rows apart: not what all rows of a task say, such as a network's hash."""
    table = [words(row) for row in rows]
    names = {name for row in table for name in row}
    shared = {n for n in names if len({as_text(row.get(n)) for row in table}) == 1}
    return [{n: text for n, text in row.items() if n not in shared} for row in table]


def by_seed(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The rows of each seed that they name, one after the other.

    All rows unless each seed stands once, with the same labels: where it comes again there are
    several questions, and their answers are no repeats.
    """
    found = [list(part) for _, part in groupby(rows, lambda row: row.get("seed"))]
    once = len(found) == len({as_text(part[0].get("seed")) for part in found})
    alike = once and all(labels(part) == labels(found[0]) for part in found)
    return found if found and alike else [rows]


def numbers(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The numbers of rows as a table, NaN where there is none."""
    table = [{name: number(value) for name, value in row.items()} for row in rows]
    return pd.DataFrame(table, dtype=float)


def spreads(content: Content, sweep: Iterable[Content]) -> tuple[pd.DataFrame, int]:
    """By row of a seed and column: deviation over seeds; its degrees of freedom, 0 for one seed.

    A task may have rows of several seeds. Pooled over the settings of a sweep under which a row has
    the same labels, and over the rows of a task that have them: a score that happens to agree at
    three seeds isn't certain for that.
    """
    wanted = labels(by_seed(content["rows"])[0])
    parts = [(as_text(each["settings"]), part) for each in sweep for part in by_seed(each["rows"])]
    alike = [each for each in parts if labels(each[1]) == wanted]
    settings = [each for each, _ in alike]
    found: Any = pd.concat([numbers(part) for _, part in alike], keys=settings)
    residuals = found - found.groupby(level=[0, 1]).transform("mean")
    freedom = len(alike) - len(set(settings))
    variance = (residuals**2).groupby(level=1).sum() / max(freedom, 1)
    pooled = variance.groupby([as_text(label) for label in wanted]).transform("mean")
    return np.sqrt(np.maximum(variance, pooled)), freedom
