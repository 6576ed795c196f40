"""Do axes come back on other rows, and do those of two modalities meet? By a grid of sizes.

The rows are halved again and again. On each half every modality gets k principal axes and, of
several starts, the rotation of best contrast. Axes come back where both halves give the same ones.
They meet where those of one modality, from one half, have partners among those of the other, from
the other half: axes that two modalities find in the *same* rows may be those of these rows alone.
Partners are chosen on the first half of the pairs and scored on the second. All rivals live in the
same white spaces: random turns, the principal axes themselves, and canonical directions.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.optimize import linear_sum_assignment

from mmcl.metrics.repeats import Objects
from mmcl.rotations import contrast, fixed_points, random_rotations

HALVINGS, STARTS, TURNS = 12, 4, 100
NEAR, PATIENCE = 1e-3, 60  # where a search among many may stop: its contrast hardly rises
TINY = 1e-10  # share of the largest variance below which a direction is rounding


class Moments(NamedTuple):
    """Of some pairs of rows: covariances of x (k, k), of t (m, m), and between both (k, m)."""

    x: np.ndarray
    t: np.ndarray
    both: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, t: np.ndarray) -> Self:
        """Those of rows x (n, k) and t (n, m), row i of both a pair."""
        x, t = x - x.mean(axis=0), t - t.mean(axis=0)
        return cls(x.T @ x / len(x), t.T @ t / len(t), x.T @ t / len(x))

    def correlations(self, x: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Between axes x (..., i, p) and t (..., j, q) of the p and q leading columns."""
        p, q = x.shape[-1], t.shape[-1]
        lengths = [
            np.sqrt(np.einsum("...ia,ab,...ib->...i", axes, own[:size, :size], axes, optimize=True))
            for axes, own, size in ((x, self.x, p), (t, self.t, q))
        ]
        both = x @ self.both[:p, :q] @ t.swapaxes(-1, -2)
        return both / (lengths[0][..., :, None] * lengths[1][..., None, :])


class Grid(NamedTuple):
    """table: a row for each size k and halving, with the mean held-out correlation of matched axes
    of each kind (`apart`: the modalities' axes from different halves; `ica`: from one; rotation,
    pca, cca), and how well axes come back on each side (agreement_a, low_a; agreement_b, low_b: the
    median and the tenth percentile over axes). turned: for each k the scores of random turns
    (halvings, turns)."""

    table: pd.DataFrame
    turned: dict[int, np.ndarray]


def grid(
    a: np.ndarray,
    b: np.ndarray,
    sizes: Sequence[int],
    rows: Objects,
    rng: np.random.Generator,
    *,
    halvings: int = HALVINGS,
) -> Grid:
    """All sizes on all halvings of the pairs a (n, d), b (n, e); equal rows stay in one half.

    A side with fewer than k directions gives all that it has. Cost: 4 * halvings searches a size,
    each from STARTS starts at once.
    """
    found, turned = [], {k: [] for k in sizes}
    for halving in range(halvings):
        for row, others in once(a, b, sizes, rows.halves(rng), rng):
            found.append({**row, "halving": halving})
            turned[row["k"]].append(others)
    return Grid(pd.DataFrame(found), {k: np.array(each) for k, each in turned.items()})


def once(
    a: np.ndarray, b: np.ndarray, sizes: Sequence[int], halves: Any, rng: np.random.Generator
) -> list[tuple[dict[str, Any], np.ndarray]]:
    """One halving: for each size a row of the table and the scores of its random turns (turns,)."""
    white = [[whitened(side, half, max(sizes)) for half in halves] for side in (a, b)]
    again = [Moments.of(*each) for each in white]
    pairs = {
        (one, other): [Moments.of(white[0][one][rows], white[1][other][rows]) for rows in halves]
        for one, other in ((0, 0), (0, 1), (1, 0))
    }
    found = []
    for k in sizes:
        axes = [
            [
                least_gaussian(each[half][:, :k], rng)
                for each, half in zip(side, halves, strict=True)
            ]
            for side in white
        ]
        (x, x_again), (t, t_again) = axes
        turns = [random_rotations(TURNS, len(side[0]), rng) for side in axes]
        others = scores(turns[0], turns[1], *pairs[0, 0])
        plain = np.eye(len(x)), np.eye(len(t))
        row = {
            "k": k,
            "ica": float(scores(x, t, *pairs[0, 0])),
            "apart": float(
                np.mean([scores(x, t_again, *pairs[0, 1]), scores(x_again, t, *pairs[1, 0])])
            ),
            "rotation": float(others.mean()),
            "pca": float(scores(plain[0], plain[1], *pairs[0, 0])),
            "cca": canonical(pairs[0, 0][0], pairs[0, 0][1], k),
        }
        for name, both, moments in zip("ab", axes, again, strict=True):
            agreed = agreement(moments.correlations(*both))
            row |= {f"agreement_{name}": float(np.median(agreed)),
                    f"low_{name}": float(np.quantile(agreed, 0.1))}  # fmt: skip
        found.append((row, others))
    return found


def whitened(values: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray:
    """All rows of values (n, d) on at most `most` principal axes of some rows, white on these."""
    mean = values[rows].mean(axis=0)
    centered = values[rows] - mean
    n, d = centered.shape
    square = centered @ centered.T if n < d else centered.T @ centered
    kept = min(most, len(square))
    squares, vectors = eigh(square, subset_by_index=[len(square) - kept, len(square) - 1])
    good = squares > TINY * squares[-1]
    squares, vectors = squares[good][::-1], vectors[:, good][:, ::-1]
    axes = centered.T @ vectors / np.sqrt(squares) if n < d else vectors
    return (values - mean) @ (axes * np.sqrt(n / squares))


def least_gaussian(white: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of STARTS searches the rotation (k, k) of white rows (n, k) that has the best contrast."""
    k, single = white.shape[1], white.astype(np.float32)
    if k == 1:
        return np.eye(1)
    ends, _, _ = fixed_points(single, random_rotations(STARTS, k, rng), PATIENCE, NEAR)
    return ends[contrast(single, ends).argmax()]


def agreement(correlations: np.ndarray) -> np.ndarray:
    """|Correlation| of each axis with its partner, one each, the best sum.

    Shapes: correlations (k, m); returns (min(k, m),).
    """
    sizes = np.abs(correlations)
    return sizes[linear_sum_assignment(-sizes)]


def scores(x: np.ndarray, t: np.ndarray, fit: Moments, held: Moments) -> np.ndarray:
    """Mean held-out correlation of axes x (..., i, p) and t (..., j, q), matched on the fit."""
    seen, new = fit.correlations(x, t), held.correlations(x, t)
    flat = zip(seen.reshape(-1, *seen.shape[-2:]), new.reshape(-1, *new.shape[-2:]), strict=True)
    found = []
    for chosen_by, scored in flat:
        places = linear_sum_assignment(-np.abs(chosen_by))
        found.append((np.sign(chosen_by[places]) * scored[places]).mean())
    return np.reshape(found, seen.shape[:-2])


def canonical(fit: Moments, held: Moments, k: int) -> float:
    """Mean held-out correlation of the canonical directions of k leading axes."""
    left, _, right = np.linalg.svd(fit.both[:k, :k], full_matrices=False)
    return float(np.diagonal(held.correlations(left.T, right)).mean())


def by_chance(k: int, rng: np.random.Generator, times: int = 200, splits: int = 3) -> float:
    """The `low` of axes that are turned at random: its 95th percentile. Near 1 for k of 1 or 2.

    In a plane any two pairs of axes are at most 45 degrees apart, so they always agree. The mean of
    `splits` halvings; that of more halvings is lower still.
    """
    turns = random_rotations(times * splits, k, rng)
    lows = [np.quantile(agreement(each), 0.1) for each in turns]
    return float(np.quantile(np.reshape(lows, (times, splits)).mean(axis=1), 0.95))
