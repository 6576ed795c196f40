"""Chapter 05: what a distance of a whole coordinate sees, and a square doesn't."""

import numpy as np

TITLE = "The stretch that two steps share"
STATEMENT = r"""
On one coordinate a photograph moves from $a$ to $a'$ and a caption from $b$ to $b'$.
The proof looks at cross differences of *scores*, that is of minus the distance: $|a - b'| + |a' - b| - |a - b| - |a' - b'|$.
Write `shared(a, a2, b, b2)`: this number from the *stretch that the two steps have in common*: the part of the line that lies between $a$ and $a'$ and also between $b$ and $b'$; with a minus sign if they move in opposite directions.
Don't compute the four distances; find the factor by an example.
"""
STUB = '''
def shared(a, a2, b, b2):
    """The cross difference of -|.|, from the stretch that [a, a2] and [b, b2] share."""
    ...
'''
PRAISE = (
    "Twice the common stretch: steps that don't meet contribute nothing at all, and that is how "
    "L1 sees single coordinates. A square would give twice the product of the steps, everywhere."
)
HINT = "From 0 to 1 on both sides the four distances give 2, and steps that are far apart give 0."


def cases():
    """Nested, overlapping, apart, opposite, touching and empty steps."""
    rng = np.random.default_rng(5)
    given = [(0, 1, 0, 1), (0, 4, 1, 2), (0, 2, 1, 5), (0, 1, 3, 4), (2, 0, 1, 3), (0, 2, 2, 3),
             (1, 1, 0, 3), (3, 0, 2, 1)]  # fmt: skip
    return [*given, *(tuple(rng.normal(size=4).round(3).tolist()) for _ in range(6))]


def expected(a, a2, b, b2):
    """The four distances."""
    return abs(a - b2) + abs(a2 - b) - abs(a - b) - abs(a2 - b2)


def _stretch(a, a2, b, b2):
    return min(max(a, a2), max(b, b2)) - max(min(a, a2), min(b, b2))


def _sign(a, a2, b, b2):
    return 1 if (a2 - a) * (b2 - b) >= 0 else -1


MISCONCEPTIONS = {
    "once": (
        lambda *s: _sign(*s) * max(_stretch(*s), 0),
        "The stretch is right; each point of it is counted twice. Try both steps from 0 to 1.",
    ),
    "distances": (
        lambda *s: -2 * _sign(*s) * max(_stretch(*s), 0),
        "That is the cross difference of the distances; a score is minus a distance.",
    ),
    "no sign": (
        lambda *s: 2 * max(_stretch(*s), 0),
        "You lost the sign: steps in opposite directions make the cross difference negative.",
    ),
    "not cut at zero": (
        lambda *s: 2 * _sign(*s) * _stretch(*s),
        "Steps that lie apart have nothing in common: your stretch becomes negative there.",
    ),
    "L2": (
        lambda a, a2, b, b2: 2 * (a2 - a) * (b2 - b),
        "That is what *squared* distances give: it never vanishes where steps lie apart, and so "
        "it can't tell a turned box from an upright one.",
    ),
    "product of signs": (
        lambda a, a2, b, b2: 2 * float(np.sign((a2 - a) * (b2 - b))),
        "You count whether the steps agree in direction, not how much of the line they share.",
    ),
    "union": (
        lambda *s: 2 * _sign(*s) * (max(s) - min(s)) if _stretch(*s) > 0 else 0.0,
        "You took all that either step covers; what counts is what both cover.",
    ),
}

ASSIGNMENT = r"""
In one coordinate a photograph moves from {a} to {a2} and a caption from {b} to {b2}.
What is the cross difference $|a - b'| + |a' - b| - |a - b| - |a' - b'|$?
"""
UNIT = "a decimal number to two places"


def draw(rng):
    """Two steps that share something."""
    a, a2, b, b2 = np.sort(rng.uniform(0, 10, 4)).round(2).tolist()
    steps = (a, b2, a2, b) if rng.random() < 0.5 else (b, a, a2, b2)
    return dict(zip(("a", "a2", "b", "b2"), steps, strict=True))


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(-20, 20, 0.01), 2).tolist()


def grade(numbers, answer):
    """The four distances decide."""
    right = expected(*(numbers[name] for name in ("a", "a2", "b", "b2")))
    if abs(answer - right) < 0.011:
        return None
    return "the sign is the other one" if abs(answer + right) < 0.011 else "the distances say else"
