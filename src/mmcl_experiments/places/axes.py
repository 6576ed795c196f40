"""Single axes and labels: the axis chosen on some blocks, scored on others, under resampling."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from mmcl.ica import random_rotation
from mmcl.metrics.stability import refitted

FEW = 3  # points of a label that a block needs to count
BLOCKS = 8  # blocks that a label needs in the world
HALF = 2  # and in either half
COMMON = 40  # countries with most towns: what was tried out was tried out on these


class Halves(NamedTuple):
    """Rows whose blocks are for choosing, and rows whose blocks are for scoring."""

    fit: np.ndarray
    held: np.ndarray


def halved(blocks: np.ndarray, rng: np.random.Generator) -> Halves:
    """Rows (n,) by their blocks: half of the blocks at random, and the others."""
    names = np.unique(blocks)
    chosen = rng.permutation(names)[: len(names) // 2]
    inside = np.isin(blocks, chosen)
    return Halves(np.flatnonzero(inside), np.flatnonzero(~inside))


def eligible(points: pd.DataFrame, labels: pd.Series) -> list[str]:
    """Labels that stand FEW times or more in each of BLOCKS blocks or more."""
    known: Any = points[points.block.ge(0)]
    counts: Any = known.groupby([labels[known.index], known.block]).size()
    blocks: Any = counts[counts.ge(FEW)].groupby(level=0).size()
    return sorted(blocks.index[blocks.ge(BLOCKS)])


def asked(points: pd.DataFrame, towns: pd.DataFrame, which: str) -> dict[str, tuple[str, str]]:
    """Labels by name: their column and value. "common" countries, or climates and the "others"."""
    common = set(towns.country.value_counts().index[:COMMON])
    countries = eligible(points, points.country)
    if which == "common":
        return {each: ("country", each) for each in countries if each in common}
    zones = {each: ("climate", each) for each in eligible(points, points.climate)}
    return zones | {each: ("country", each) for each in countries if each not in common}


def area(ranks: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Areas under the ROC curve (k,) of columns for a label (n,). ranks (n, k): from 1 on."""
    there = truth.sum()
    sums = ranks[truth].sum(axis=0) - there * (there + 1) / 2
    return sums / (there * (len(truth) - there))


def areas(
    scores: np.ndarray, truth: np.ndarray, cells: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """The same of scores (n,), where the block of a row counts weights[r, block] times: (r,).

    cells (n,): the block of each row. NaN where the label, or all else, isn't there. By pairs of
    blocks: how many rows of the label in one stand above how many others in the other.
    """
    order = np.argsort(scores, kind="stable")
    there, cells = truth[order], cells[order]
    names, cells = np.unique(cells, return_inverse=True)
    member = np.zeros((len(order), len(names)), np.float32)
    member[np.arange(len(order)), cells] = 1
    below = np.cumsum(member * ~there[:, None], axis=0)[there]
    won = member[there].T @ below
    counts = member[there].sum(axis=0), member[~there].sum(axis=0)
    drawn = weights[:, names]
    pairs = (drawn @ counts[0]) * (drawn @ counts[1])
    right = ((drawn @ won) * drawn).sum(axis=1)
    return np.divide(right, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def arms(
    white: np.ndarray, fit: np.ndarray, starts: int, rotations: int, rng: np.random.Generator
) -> Iterator[tuple[str, np.ndarray]]:
    """White codes (n, k) as they are, on ICA's axes, found on rows `fit`, and on random ones."""
    k = white.shape[1]
    yield "principal", white
    yield "ica", independent(white, fit, starts, rng)
    for _ in range(rotations):
        yield "rotation", white @ random_rotation(k, rng).T


def independent(
    white: np.ndarray, fit: np.ndarray, starts: int, rng: np.random.Generator
) -> np.ndarray:
    """White codes (n, k) on ICA's axes: of so many starts, that with the best contrast."""
    how = {"n_components": white.shape[1], "n_init": starts}
    return refitted(white[fit], rng, **how).transform(white)


class Weights(NamedTuple):
    """How often each block (r, b) and each label (r, l) of the world is drawn in a resample."""

    blocks: np.ndarray
    labels: np.ndarray

    @classmethod
    def drawn(cls, blocks: int, labels: int, times: int, rng: np.random.Generator) -> Self:
        """Drawn anew with replacement, so many times."""
        each = (rng.multinomial(m, np.full(m, 1 / m), times) for m in (blocks, labels))
        return cls(*(counts.astype(np.float32) for counts in each))


def chosen(
    z: np.ndarray, halves: Halves, truths: Mapping[str, np.ndarray], blocks: np.ndarray
) -> dict[str, np.ndarray]:
    """For each label the scores of its best axis on the held-out rows, the label's rows on top.

    Axis and sign are chosen on the other half. A label that has too few blocks in a half is left
    out.
    """
    ranks, found = rankdata(z[halves.fit], axis=0), {}
    for name, truth in truths.items():
        counts = (np.unique(blocks[half][truth[half]], return_counts=True)[1] for half in halves)
        if min((each >= FEW).sum() for each in counts) >= HALF:
            lead = area(ranks, truth[halves.fit]) - 0.5
            place = int(np.abs(lead).argmax())
            found[name] = np.sign(lead[place]) * z[halves.held, place]
    return found
