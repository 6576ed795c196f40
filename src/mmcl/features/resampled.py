"""What varies between two few-shot studies is drawn anew at each draw: shots, starts, rotations.

An interval over draws then says what another start of ICA and another random rotation would give,
as it says what other shots would. What isn't random, the whitening, is fitted once.
"""

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mmcl.features import heads, tip
from mmcl.features.heads import distinct
from mmcl.features.probes import (
    FewShot,
    Labelled,
    Space,
    crossvalidated,
    every,
    fixed,
    space_of,
    tried,
)
from mmcl.features.representations import WhitenedPCA
from mmcl.ica import LinearICA, random_rotation
from mmcl.metrics.repeats import objects
from mmcl.randomness import stream

TURNED = {"rotated": None, "ica": "picard", "fastica": "fastica", "pca+ica": "picard"}


class Spaces:
    """A representation by draw, fitted on rows (n, d); k components, or as many as rows allow.

    "pca+ica" at equal k is "ica": principal axes before ICA change how many components it gets, and
    nothing else. Called with a draw it gives a fitted transformer.
    """

    def __init__(self, method: str, rows: np.ndarray, k: int, seed: int):
        self.k = min(k, len(rows) - 2, rows.shape[1])
        self.unfinished = set[int]()  # draws at which the search of ICA didn't converge
        if method not in TURNED:
            self.at = fixed(space_of(method, rows, k, k, seed))
            return
        white = WhitenedPCA(self.k).fit(rows)
        codes = white.transform(rows)

        @cache
        def at(draw: int) -> "Turned":
            algorithm = TURNED[method]
            rng = stream(seed, f"start of {method}, draw {draw}")
            if algorithm is None:
                return Turned(white, random_rotation(self.k, rng))
            with warnings.catch_warnings():  # both are said once, not at each draw
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.filterwarnings("ignore", message=".*the axes follow single rows")
                ica = LinearICA(self.k, algorithm=algorithm, random_state=rng).fit(codes)
            if not ica.converged_:
                self.unfinished.add(draw)
            return Turned(white, ica.components_)

        self.at = at

    def __call__(self, draw: int) -> Any:
        return self.at(draw)


class Turned:
    """A fitted transformer, and then a matrix (k, k) on its columns."""

    def __init__(self, space: Any, matrix: np.ndarray):
        self.space, self.matrix = space, matrix

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Codes (n, k)."""
        return self.space.transform(X) @ self.matrix.T


@dataclass(frozen=True, eq=False)
class Few(FewShot):
    """Shots of classes of which some may have few rows: all that they have are taken.

    told: rows of each class to choose settings on, at most as many as shots; None: none, but for
    one at one shot, which leaves nothing for cross-validation.
    """

    told: int | None = None

    def drawn(self, count: int, draw: int) -> tuple[Labelled, Labelled]:
        """Shots, and rows to choose on, at a draw; no row is both."""
        shots = some_of(self.pool.labels, count, stream(self.seed, f"shots {count} {draw}"))
        rest = np.delete(np.arange(len(self.pool)), shots)
        rng = stream(self.seed, f"validation {count} {draw}")
        told = rest[some_of(self.pool.labels[rest], self.told_at(count), rng)]
        return self.pool[shots], self.pool[told]

    def told_at(self, count: int) -> int:
        """How many rows of each class settings are chosen on."""
        return int(count == 1) if self.told is None else min(self.told, count)

    def shots(self, count: int, draw: int) -> Labelled:
        """The labelled rows of one draw, at most `count` of a class."""
        return self.drawn(count, draw)[0]

    def scarce(self, count: int) -> list[Any]:
        """The labels that have fewer rows than shots."""
        names, counts = np.unique(self.pool.labels, return_counts=True)
        return names[counts < count].tolist()


def some_of(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Places of so many rows of each label (n,), or of all that it has, drawn at random."""
    chosen = [np.flatnonzero(labels == name) for name in np.unique(labels)]
    parts = [rng.choice(rows, min(count, len(rows)), replace=False) for rows in chosen]
    return np.concatenate(parts) if parts else np.array([], dtype=int)


def held_out(rows: Labelled, rng: np.random.Generator) -> tuple[Labelled, Labelled]:
    """Half of the rows to draw from and half for the test; equal rows on one side."""
    test, pool = objects(rows.features).halves(rng)[::-1]
    return rows[pool], rows[test]


def apart(pool: Labelled, tests: Mapping[str, Labelled]) -> tuple[Labelled, int, int]:
    """Distinct rows of the pool that no test has; how many repeats, how many of a test went."""
    kept = pool[distinct(pool.features, pool.labels)]
    seen = {digest(row) for test in tests.values() for row in test.features}
    new = np.array([digest(row) not in seen for row in kept.features], dtype=bool)
    return kept[new], len(pool) - len(kept), int((~new).sum())


def digest(row: np.ndarray) -> bytes:
    """A name of the numbers of a row: equal rows have the same.

    row: (d,), of any type of number.
    """
    return hashlib.blake2b(row.tobytes(), digest_size=16).digest()


def answers(
    task: Few, count: int, space: Space, head: str, words: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Which test rows a head gets right at each draw: {test: (draws, rows) of bool}.

    Settings are chosen by cross-validation on the shots, or, where the task has rows for that, on
    those (`Few.told`). words: class features (c, d), for the heads that need them.
    """

    def candidates(d: int) -> tuple[Any, dict[str, list[Any]]]:
        known = tip.worded if head in tip.WORDED else partial(heads.head, d=d)
        return known(head, seed=task.seed)

    if head in tip.WORDED and words is not None:
        plain, space = space, lambda draw: tip.Beside(plain(draw), words)
    if not len(task.drawn(count, 0)[1]):
        found = tried(task, count, space, crossvalidated(candidates, task.seed))
        return {test: each[0] for test, each in found.answers.items()}
    found = tried(
        task, count, space,
        lambda shots, told: every(*candidates(shots.features.shape[1]))(shots, told),
        known=lambda draw: {"validation": task.drawn(count, draw)[1]},
    )  # fmt: skip
    return {test: found.chosen_anew(test, "validation") for test in task.tests}
