"""Rows that are equal: no split may have one of them on each side.

Five captions of a picture repeat its row; a picture that was copied into two folders does, too.
"""

import hashlib

import numpy as np


def groups(rows: np.ndarray) -> np.ndarray:
    """Which rows of (n, d) are equal: (n,) whole numbers from 0 on, the same for equal rows.

    Rows are compared bit by bit, as they are stored. Cost: O(n d).
    """
    known: dict[bytes, int] = {}
    digests = (hashlib.blake2b(np.ascontiguousarray(row), digest_size=16).digest() for row in rows)
    return np.array([known.setdefault(digest, len(known)) for digest in digests], dtype=np.int64)


def first(rows: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Places of the rows of (n, d) that no row before them equals, in its label (n,) too."""
    found = groups(rows)
    if labels is not None:
        found = found * len(found) + np.unique(labels, return_inverse=True)[1]
    return np.sort(np.unique(found, return_index=True)[1])


def halves(group: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Places of two halves (as far as groups allow) of n rows, equal rows in the same half.

    group: (n,), as `groups` gives it.
    """
    count = int(group.max()) + 1
    order = rng.permutation(count)
    chosen = np.zeros(count, dtype=bool)
    chosen[order[: count // 2]] = True
    return order_of(chosen, group, order), order_of(~chosen, group, order)


def order_of(chosen: np.ndarray, group: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Places of the rows of chosen groups, in the order in which groups were drawn."""
    rank = np.argsort(order)
    places = np.flatnonzero(chosen[group])
    return places[np.argsort(rank[group[places]], kind="stable")]
