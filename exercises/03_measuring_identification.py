"""Chapter 03: a matching uses each code dimension once."""

from itertools import permutations

import numpy as np

TITLE = "A matching uses each dimension once"
STATEMENT = r"""
`correlations[i, j]` is the correlation of latent $i$ with code dimension $j$; it may be negative.
Write `matched(correlations)`: the mean correlation coefficient, in which each latent gets one dimension, no dimension serves two latents, the sign of a dimension doesn't matter, and the assignment is the best one there is.
"""
STUB = '''
import numpy as np


def matched(correlations):
    """correlations: (d, d); returns a number from 0 to 1."""
    ...
'''
PRAISE = "The best one-to-one assignment of absolute values: what MCC is, and nothing else."
HINT = "Two latents that share one dimension, [[1, 0], [1, 0]], score .5."


def cases():
    """Mixed-up identities, shared dimensions, negative signs, a case in which greed fails."""
    rng = np.random.default_rng(3)
    greedy = np.array([[0.9, 0.8, 0.1], [0.85, 0.1, 0.1], [0.1, 0.2, 0.3]])
    return [
        (np.eye(3)[[2, 0, 1]] * np.array([1, -1, 1]),),
        (np.array([[1.0, 0.0], [1.0, 0.0]]),),
        (greedy,),
        (rng.uniform(-1, 1, (4, 4)),),
        (rng.uniform(-1, 1, (5, 5)),),
    ]


def expected(correlations):
    """The best of all permutations."""
    d = len(correlations)
    return max(
        sum(abs(correlations[i, j]) for i, j in enumerate(order)) / d
        for order in permutations(range(d))
    )


def _greedy(correlations):
    left, total = np.abs(np.array(correlations)), 0.0
    for _ in range(len(left)):
        i, j = np.unravel_index(np.nanargmax(left), left.shape)
        total += left[i, j]
        left[i, :], left[:, j] = np.nan, np.nan
    return total / len(left)


def _signed(correlations):
    return max(
        np.mean([correlations[i, j] for i, j in enumerate(order)])
        for order in permutations(range(len(correlations)))
    )


MISCONCEPTIONS = {
    "row maxima": (
        lambda correlations: np.abs(correlations).max(axis=1).mean(),
        "You let each latent take its best dimension, and one dimension may then serve two "
        "latents: a code that holds a single latent twice would score as if it held both.",
    ),
    "column maxima": (
        lambda correlations: np.abs(correlations).max(axis=0).mean(),
        "You let each dimension choose a latent: a latent that nobody chose costs nothing.",
    ),
    "diagonal": (
        lambda correlations: np.abs(np.diag(correlations)).mean(),
        "You took the order of the dimensions for given: no theorem promises it.",
    ),
    "greedy": (
        _greedy,
        "You gave away the largest correlation first, which can leave the others with poor ones; "
        "the best assignment looks at all of them together.",
    ),
    "signed": (
        _signed,
        "A dimension that is the negative of a latent holds all of it: take absolute values.",
    ),
    "all": (
        lambda correlations: np.abs(correlations).mean(),
        "You averaged all pairs: a perfect code would be punished for keeping latents apart.",
    ),
}

ASSIGNMENT = r"""
Features have {k} columns that have nothing to do with the latent, and the regression is scored on the rows that it was fitted on.
How many rows are needed at least so that the expected in-sample R2 is at most {r2}?
(The expectation is $k / (n - 1)$.)
"""
UNIT = "the number of rows, a whole number"


def draw(rng):
    """Columns, and how much luck is allowed."""
    return {"k": int(rng.integers(16, 600)), "r2": round(float(rng.uniform(0.01, 0.2)), 3)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return range(2, 70_000)


def grade(numbers, answer):
    """Enough rows, and one fewer would be too few."""
    if isinstance(answer, bool) or not isinstance(answer, int):
        return "not a whole number"

    def fine(rows):
        return rows > 1 and numbers["k"] / (rows - 1) <= numbers["r2"]

    if not fine(answer):
        return "with so many rows luck alone explains more"
    return "fewer rows would do" if fine(answer - 1) else None
