"""Rows that repeat: copies of one object share no two sides of a split.

What is fitted on one copy has seen the other, so a split by row would score it for its memory. A
file has copies where it has five captions a picture, and the picture's row five times.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SHARE = 0.01  # of the rows: fewer copies move no score by more


class RepeatedRows(UserWarning):
    """Rows are copies of others, and were kept together."""


@dataclass(frozen=True)
class Objects:
    """What n rows are of: object i has the rows with of[i]; None where each row is its own."""

    count: int
    of: tuple[np.ndarray, ...] | None

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """All rows of the chosen objects, in the order of these."""
        return chosen if self.of is None else np.concatenate([self.of[i] for i in chosen])

    def parts(self, count: int, rng: np.random.Generator) -> list[np.ndarray]:
        """The rows at random in parts with equally many objects each."""
        return [self.rows(part) for part in np.array_split(rng.permutation(self.count), count)]

    def halves(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The rows to fit on and the rows to score on."""
        fit, score = self.parts(2, rng)
        return fit, score


def objects(*tables: np.ndarray) -> Objects:
    """What the rows of tables (n, d) of floats are of: rows that are equal in one are of one.

    Objects outnumber the copies of each: a table whose different rows stand in more rows each than
    there are of them holds values of a label, and says nothing. Copies of fewer than `SHARE` of
    the rows count as objects of their own. Warns where rows are kept together.
    """
    n = len(tables[0])
    firsts = [first_equals(table) for table in tables]
    firsts = [first for first in firsts if len(np.unique(first)) ** 2 > n]
    if not firsts:
        return Objects(n, None)
    links = np.arange(n).repeat(len(firsts)), np.column_stack(firsts).ravel()
    graph = coo_array((np.ones(len(links[0])), links), shape=(n, n))
    count, labels = connected_components(graph, directed=False)
    if n - count < SHARE * n:
        return Objects(n, None)
    warnings.warn(
        f"{n - count} of {n} rows repeat others, of {count} objects; rows of one object stay on "
        "one side of each split",
        RepeatedRows,
        stacklevel=2,
    )
    ends = np.bincount(labels).cumsum()
    return Objects(count, tuple(np.split(np.argsort(labels, kind="stable"), ends[:-1])))


def first_equals(table: np.ndarray) -> np.ndarray:
    """For each row of a table (n, d) the place of the first row that equals it."""
    seen: dict[bytes, int] = {}
    rows = enumerate(np.ascontiguousarray(table) + 0.0)  # minus zero is zero
    return np.array([seen.setdefault(row.tobytes(), place) for place, row in rows])
