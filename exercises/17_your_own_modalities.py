"""Chapter 17: rows that slipped."""

import numpy as np

TITLE = "Rows that slipped"
STATEMENT = r"""
Somebody lost a line, and since then row $i$ of `b` belongs to row $i + s$ of `a`, with $s$ from -3 to 3.
Partners have high inner products, strangers don't; rows have length one.
Write `slipped(a, b)`: the $s$ at which partners agree best on average, over the rows that have a partner.
"""
STUB = '''
import numpy as np


def slipped(a, b):
    """a, b: (n, d), rows of length one; returns a whole number from -3 to 3."""
    ...
'''
PRAISE = "This is how `mmcl diagnose` finds an offset before it trusts anything else."
HINT = "If b is a without its first row, then row 0 of b belongs to row 1 of a: s is 1."


def cases():
    """No slip, slips to both sides, noise, unequal means."""
    rng = np.random.default_rng(17)
    given = []
    for s, noise in ((0, 0.2), (1, 0.3), (-2, 0.3), (3, 0.6), (-1, 0.6)):
        whole = rng.standard_normal((60, 5))
        whole[:, 0] += 0.5
        a, b = whole[3:53], whole[3 + s : 53 + s] + noise * rng.standard_normal((50, 5))
        given.append(tuple(x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b)))
    return given


def _scores(a, b):
    n = len(a)
    found = {}
    for s in range(-3, 4):
        rows = [i for i in range(n) if 0 <= i + s < n]
        found[s] = sum(float(b[i] @ a[i + s]) for i in rows) / len(rows)
    return found


def expected(a, b):
    """Every shift, row by row."""
    scores = _scores(a, b)
    return max(scores, key=lambda s: scores[s])


MISCONCEPTIONS = {
    "the other way": (
        lambda a, b: -expected(a, b),
        "The size is right, the sign isn't: row i of b belongs to row i + s of a.",
    ),
    "never": (
        lambda a, b: 0,
        "You never find a slip; compare the mean score of partners for each s.",
    ),
    "worst": (
        lambda a, b: min(_scores(a, b), key=lambda s: _scores(a, b)[s]),
        "You chose the shift at which partners agree least: scores are similarities.",
    ),
    "place in the list": (
        lambda a, b: expected(a, b) + 3,
        "You return the place in your list of shifts; the list starts at -3.",
    ),
    "forward only": (
        lambda a, b: max(range(4), key=lambda s: _scores(a, b)[s]),
        "You try shifts in one direction alone; a line can be lost on either side.",
    ),
    "size": (
        lambda a, b: abs(expected(a, b)),
        "You return the size of the slip and lose its sign.",
    ),
}

ASSIGNMENT = r"""
Strangers' scores are normal with mean 0 and standard deviation {sd}, and independent; partners' scores have the same spread and the mean {mean}.
A shift is judged by the mean over $n$ rows.
How many rows are needed at least so that the right shift's expected mean is 4 standard errors of the *difference* between two shifts' means above a wrong one's?
"""
UNIT = "the number of rows, a whole number"


def draw(rng):
    """Spread and mean of scores."""
    return {
        "sd": round(float(rng.uniform(0.1, 0.4)), 2),
        "mean": round(float(rng.uniform(0.03, 0.2)), 3),
    }


def candidates(numbers):
    """Where a search for the answer may look."""
    return range(1, 9000)


def grade(numbers, answer):
    """Enough rows, and one fewer would be too few."""
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 1:
        return "not a whole number"

    def fine(n):
        return n > 0 and numbers["mean"] >= 4 * numbers["sd"] * (2 / n) ** 0.5 - 1e-12

    if not fine(answer):
        return "the right shift would stand out less"
    return "fewer would do" if fine(answer - 1) else None
