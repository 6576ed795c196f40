"""Chapter 10: which coordinates a table of n pairs pays for."""

import math

import numpy as np

TITLE = "What a table of pairs pays for"
STATEMENT = r"""
Each coordinate of a normal latent is seen twice, with correlation $\rho$ between the two sides, and the coordinates are independent: $\rho$ is worth $-\frac12 \log(1 - \rho^2)$ nats, and a copy ($\rho = 1$) is worth infinitely many.
But a table of $n$ pairs has only $\log n$ nats to give.
A learner takes the most valuable coordinate first, and the last one that it takes gets what is left.
Write `paid(rho, n)`: the nats that each coordinate gets, in the order given.
"""
STUB = '''
import math

import numpy as np


def paid(rho, n):
    """rho: (d,) from 0 to 1, n pairs; returns (d,) nats that sum to log n at most."""
    ...
'''
PRAISE = "So a single copied coordinate can leave nothing for all the others."
HINT = "Without a copy and with few coordinates each one gets what it is worth."


def cases():
    """Room enough, a copy first and last, scarcity in the middle."""
    return [
        (np.array([0.3, 0.6, 0.5]), 512),
        (np.array([0.9, 1.0, 0.8]), 512),
        (np.array([0.9, 0.95, 0.99, 0.98, 0.5]), 64),
        (np.array([0.999, 0.99, 0.9999, 0.0]), 512),
    ]


def _nats(rho):
    with np.errstate(divide="ignore"):
        return -0.5 * np.log(1 - np.asarray(rho) ** 2)


def expected(rho, n):
    """Spending the budget coordinate by coordinate."""
    left, found = math.log(n), [0.0] * len(rho)
    for j in sorted(range(len(rho)), key=lambda j: -rho[j]):
        worth = math.inf if rho[j] == 1 else -math.log(1 - rho[j] ** 2) / 2
        found[j] = min(worth, left)
        left -= found[j]
    return np.array(found)


def _in_order(worth, n):
    before = np.concatenate([[0.0], np.minimum(np.cumsum(worth), 1e9)[:-1]])
    return np.clip(math.log(n) - before, 0, worth)


MISCONCEPTIONS = {
    "no budget": (
        lambda rho, n: _nats(rho),
        "A copy gets infinitely many nats from you. A table of n pairs has log n to give.",
    ),
    "a budget each": (
        lambda rho, n: np.minimum(_nats(rho), math.log(n)),
        "You give each coordinate a budget of its own; the table has one, for all of them.",
    ),
    "in the order given": (
        lambda rho, n: _in_order(_nats(rho), n),
        "You spend in the order given; the most valuable coordinate is bought first.",
    ),
    "cheapest first": (
        lambda rho, n: _in_order(np.sort(_nats(rho)), n)[np.argsort(np.argsort(rho))],
        "You buy the cheapest coordinate first. Gradients are largest where most is to be won.",
    ),
    "shares": (
        lambda rho, n: np.minimum(_nats(rho), 50) / np.minimum(_nats(rho), 50).sum() * math.log(n),
        "You divide the budget in proportion to worth: then even a table with nats to spare "
        "would pay more than a coordinate is worth.",
    ),
    "bits": (
        lambda rho, n: expected(rho, n) / math.log(2),
        "These are bits; nats were asked for.",
    ),
    "twice": (
        lambda rho, n: _in_order_sorted(2 * _nats(rho), n),
        "You left out the factor one half of a normal coordinate's information.",
    ),
}


def _in_order_sorted(worth, n):
    order = np.argsort(-worth, kind="stable")
    found = np.zeros(len(worth))
    found[order] = _in_order(worth[order], n)
    return found


ASSIGNMENT = r"""
A table has {n} pairs, and normal coordinates that are seen with correlation {rho} on both sides.
How many of them does it take until the table has less left to give than one more is worth?
"""
UNIT = "how many coordinates, a whole number"


def draw(rng):
    """A table and a correlation."""
    return {"n": int(2 ** rng.integers(6, 16)), "rho": round(float(rng.uniform(0.6, 0.97)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return range(200)


def grade(numbers, answer):
    """So many fit, and one more doesn't."""
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 0:
        return "not a whole number"
    got = expected(np.full(answer + 1, numbers["rho"]), numbers["n"])
    full = float(_nats(numbers["rho"]))
    if any(each < full - 1e-12 for each in got[:answer]):
        return "so many can't be paid in full"
    return None if got[answer] < full - 1e-12 else "one more can still be paid in full"
