"""Chapter 16: over how many axes something is spread."""

import numpy as np

TITLE = "Over how many axes?"
STATEMENT = r"""
`amounts[j]` says how much of style axis $j$ holds; amounts aren't negative and needn't sum to 1.
Write `spread(amounts)`: the participation ratio, which is 1 if one axis holds it all, $d$ if all $d$ hold alike, and one over the sum of squared shares in general.
"""
STUB = '''
import numpy as np


def spread(amounts):
    """amounts: (d,), at least one above zero; returns a number from 1 to d."""
    ...
'''
PRAISE = "It counts axes softly, and doesn't care about the unit of what it counts."
HINT = "Ten times as much on each axis must change nothing."


def cases():
    """One axis, all alike, something between, any unit."""
    rng = np.random.default_rng(16)
    return [(np.array([0.0, 7.0, 0.0]),), (np.full(16, 0.25),), (np.array([3.0, 1.0]),),
            (rng.exponential(size=16),), (10 * rng.exponential(size=5),)]  # fmt: skip


def expected(amounts):
    """Share by share."""
    total = sum(amounts.tolist())
    return 1 / sum((each / total) ** 2 for each in amounts.tolist())


def _shares(amounts):
    return amounts / amounts.sum()


def _entropy(amounts):
    shares = _shares(amounts)[amounts > 0]
    return np.exp(-(shares * np.log(shares)).sum())


MISCONCEPTIONS = {
    "no shares": (
        lambda amounts: 1 / (amounts**2).sum(),
        "You forgot to turn amounts into shares, so your number depends on the unit.",
    ),
    "upside down": (
        lambda amounts: (_shares(amounts) ** 2).sum(),
        "That is the sum of squared shares; the number of axes is one over it.",
    ),
    "entropy": (
        _entropy,
        "That is the exponential of the entropy, another count with the same ends: "
        "it gives small shares more weight.",
    ),
    "above zero": (
        lambda amounts: float((amounts > 0).sum()),
        "You count axes that hold anything at all, and with noise all of them do.",
    ),
    "over the largest": (
        lambda amounts: amounts.sum() / amounts.max(),
        "That is the total over the largest amount: it doesn't ask how the rest is shared out.",
    ),
    "unit length": (
        lambda amounts: amounts.sum() / np.sqrt((amounts**2).sum()),
        "You divided by the length; square it all: (sum of amounts) squared over sum of squares.",
    ),
}

ASSIGNMENT = r"""
One axis holds a share of {share} of style, and the other {rest} axes hold the rest in equal parts.
What is the participation ratio?
"""
UNIT = "a decimal number to two places"


def draw(rng):
    """A strong axis and the others."""
    return {"share": round(float(rng.uniform(0.2, 0.8)), 2), "rest": int(rng.integers(5, 31))}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 32, 0.01), 2).tolist()


def grade(numbers, answer):
    """One over it is the sum of squared shares."""
    share, rest = numbers["share"], numbers["rest"]
    amounts = np.array([share, *[(1 - share) / rest] * rest])
    return None if abs(answer - expected(amounts)) < 0.011 else "not one over the squared shares"
