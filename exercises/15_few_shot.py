"""Chapter 15: paired draws."""

import numpy as np

TITLE = "Two methods, the same draws"
STATEMENT = r"""
Two methods are scored on the same random draws of labeled pictures; `a[i]` and `b[i]` come from draw $i$.
Write `lead(a, b)`: by how much `a` leads on average, and the standard error of that lead over draws, as two numbers.
"""
STUB = '''
import numpy as np


def lead(a, b):
    """a, b: (n,) accuracies on the same n draws; returns (mean lead, its standard error)."""
    ...
'''
PRAISE = "Pairing takes out what both methods owe to an easy draw, which is most of the noise."
HINT = "If a is b plus a constant, the standard error must be 0."


def cases():
    """Draws that move both methods alike, draws that don't, a constant lead."""
    rng = np.random.default_rng(15)
    luck = 0.5 + 0.1 * rng.standard_normal(20)
    noise = 0.02 * rng.standard_normal((3, 20))
    return [
        (luck + 0.03, luck), (luck + noise[0], luck + noise[1]),
        (luck[:8] + noise[2, :8] + 0.01, luck[:8]), (luck, luck[::-1].copy()),
    ]  # fmt: skip


def expected(a, b):
    """Differences, one by one."""
    leads = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(leads) / len(leads)
    squares = sum((each - mean) ** 2 for each in leads)
    return np.array([mean, (squares / (len(leads) - 1) / len(leads)) ** 0.5])


def _n(a):
    return np.sqrt(len(a))


MISCONCEPTIONS = {
    "unpaired": (
        lambda a, b: (a.mean() - b.mean(), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))),
        "You treat the two as separate samples: the luck of a draw, which both share, is counted "
        "twice instead of not at all.",
    ),
    "standard deviation": (
        lambda a, b: ((a - b).mean(), (a - b).std(ddof=1)),
        "That is how much leads vary from draw to draw; the mean of n draws varies less.",
    ),
    "divided by n": (
        lambda a, b: ((a - b).mean(), (a - b).std(ddof=1) / len(a)),
        "The standard error falls with the root of the number of draws, not with the number.",
    ),
    "ddof": (
        lambda a, b: ((a - b).mean(), (a - b).std() / _n(a)),
        "The mean was estimated from the same draws: divide the squares by n - 1.",
    ),
    "turned": (
        lambda a, b: ((b - a).mean(), (a - b).std(ddof=1) / _n(a)),
        "Your lead has the wrong sign.",
    ),
    "difference of errors": (
        lambda a, b: ((a - b).mean(), abs(a.std(ddof=1) - b.std(ddof=1)) / _n(a)),
        "Errors of two methods don't subtract: take the differences first, then their spread.",
    ),
}

ASSIGNMENT = r"""
Over draws two methods each have a standard deviation of {sd} points, and their accuracies correlate at {r}.
How many draws are needed at least so that the standard error of the mean paired difference is at most {error} points?
"""
UNIT = "the number of draws, a whole number"


def draw(rng):
    """Spread, correlation, and the error that is wanted."""
    return {
        "sd": round(float(rng.uniform(2, 6)), 1),
        "r": round(float(rng.uniform(0.3, 0.95)), 2),
        "error": round(float(rng.uniform(0.1, 0.4)), 2),
    }


def candidates(numbers):
    """Where a search for the answer may look."""
    return range(1, 8000)


def grade(numbers, answer):
    """Enough draws, and one fewer would be too few."""
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 1:
        return "not a whole number"
    variance = 2 * numbers["sd"] ** 2 * (1 - numbers["r"])

    def fine(n):
        return n > 0 and (variance / n) ** 0.5 <= numbers["error"] + 1e-12

    if not fine(answer):
        return "the standard error would be larger"
    return "fewer would do" if fine(answer - 1) else None
