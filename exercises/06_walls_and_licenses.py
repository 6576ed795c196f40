"""Chapter 06: what walls add to the best score."""

import math
from functools import cache
from itertools import pairwise

import numpy as np

points = cache(np.polynomial.legendre.leggauss)  # and weights, of quadrature

TITLE = "What a wall gives back"
STATEMENT = r"""
On one coordinate of a box from 0 to 1 the step has the density $e^{-|u - z| / s}$ in $u$, cut off at both walls and divided by what is left.
Write `normalizer(z, s)`: the integral of $e^{-|u - z|/s}$ over the box, by which it is divided.
"""
STUB = '''
import math


def normalizer(z, s):
    """z: a state from 0 to 1, s: the scale, above 0; returns a number above 0."""
    ...
'''
PRAISE = (
    "Its negative logarithm is the head that the best score needs: a term of one side alone, "
    "largest at the walls and nearly level in the middle."
)
HINT = "Far from walls, at a small scale, it is nearly 2 s; at a wall nearly s."


def cases():
    """The middle and both walls, narrow and wide steps."""
    return [(z, s) for z in (0.0, 0.1, 0.5, 0.8, 1.0) for s in (0.02, 0.2, 1.5)]


def expected(z, s):
    """Gauss-Legendre quadrature on either side of the state."""
    nodes, weights = points(60)
    total = 0.0
    for low, high in ((0.0, z), (z, 1.0)):
        cuts = np.unique(np.clip([low, z - 10 * s, z - s, z, z + s, z + 10 * s, high], low, high))
        for a, b in pairwise(cuts):
            u = (a + b) / 2 + (b - a) / 2 * nodes
            total += float((weights * np.exp(-np.abs(u - z) / s)).sum() * (b - a) / 2)
    return total


MISCONCEPTIONS = {
    "no walls": (
        lambda z, s: 2 * s,
        "That is the whole line's integral: the walls have cut nothing off.",
    ),
    "one wall": (
        lambda z, s: s * (2 - math.exp(-z / s)),
        "You cut off at 0 and forgot the wall at 1.",
    ),
    "a density": (
        lambda z, s: 1 - (math.exp(-z / s) + math.exp(-(1 - z) / s)) / 2,
        "That is the *probability* of staying inside, of a density on the whole line; the integral "
        "of the exponential itself is 2 s times as much.",
    ),
    "cut off": (
        lambda z, s: s * (math.exp(-z / s) + math.exp(-(1 - z) / s)),
        "That is what the walls cut *off*; what is left was asked for.",
    ),
    "normal": (
        lambda z, s: (
            s
            * math.sqrt(math.pi / 2)
            * (math.erf(z / s / math.sqrt(2)) + math.erf((1 - z) / s / math.sqrt(2)))
        ),
        "You integrated a normal law's bell; here the exponent is the distance, not its square.",
    ),
    "at the wall": (
        lambda z, s: s * (1 - math.exp(-1 / s)),
        "That is right for a state at a wall, and you use it everywhere.",
    ),
}

ASSIGNMENT = r"""
The scale is $s = {s}$ on a box from 0 to 1.
How many nats more does the best score give to a state at a wall than to one in the middle? (The term is minus the logarithm of the normalizer.)
"""
UNIT = "nats, a decimal number to three places"


def draw(rng):
    """A scale."""
    return {"s": round(float(rng.uniform(0.05, 0.8)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(-1, 1, 0.0005), 4).tolist()


def grade(numbers, answer):
    """Against quadrature at both places."""
    wall, middle = (expected(z, numbers["s"]) for z in (0.0, 0.5))
    if abs(answer - math.log(middle / wall)) < 0.0011:
        return None
    return "another difference than the two integrals have"
