"""Chapter 13: why a mixture looks more Gaussian than its sources."""

import numpy as np

TITLE = "Why mixtures look Gaussian"
STATEMENT = r"""
Independent sources have variance 1 and excess kurtoses `kurtoses`.
A direction adds them with `weights`.
Write `mixed(weights, kurtoses)`: the excess kurtosis of the sum.
(The fourth cumulant of a sum of independent terms is the sum of theirs, and a factor comes out to its fourth power; excess kurtosis is the fourth cumulant over the squared variance.)
"""
STUB = '''
import numpy as np


def mixed(weights, kurtoses):
    """weights, kurtoses: (d,); returns a number."""
    ...
'''
PRAISE = (
    "Fourth powers shrink whatever is spread: that is why the least Gaussian directions are the "
    "sources, and why two Gaussian ones can't be told apart."
)
HINT = "A single weight, of any size and sign, must give that source's own kurtosis."


def cases():
    """One source, even mixtures, signs, weights of any length, Gaussian sources."""
    rng = np.random.default_rng(13)
    return [
        (np.array([0.0, -3.0]), np.array([5.0, 3.0])),
        (np.array([1.0, 1.0]), np.array([3.0, 3.0])),
        (np.array([0.6, 0.8]), np.array([3.0, -1.2])),
        (rng.standard_normal(5), rng.uniform(-1.2, 6, 5)),
        (np.array([2.0, -1.0, 0.5]), np.array([0.0, 0.0, 4.0])),
    ]


def expected(weights, kurtoses):
    """Cumulants, added one by one."""
    variance = fourth = 0.0
    for w, k in zip(weights, kurtoses, strict=True):
        variance += w * w
        fourth += w * w * w * w * k
    return fourth / (variance * variance)


def _length(weights):
    return np.sqrt((weights**2).sum())


MISCONCEPTIONS = {
    "weights not scaled": (
        lambda weights, kurtoses: (weights**4 * kurtoses).sum(),
        "Your number changes with the length of the weights; a kurtosis doesn't.",
    ),
    "squares": (
        lambda weights, kurtoses: (weights**2 * kurtoses).sum() / (weights**2).sum(),
        "You average with squares, as variances are; then an even mixture would be as far from "
        "Gaussian as its sources, and ICA had nothing to look for.",
    ),
    "weights": (
        lambda weights, kurtoses: (weights * kurtoses).sum() / _length(weights),
        "You add kurtoses as if they were means: the sign of a weight can't matter.",
    ),
    "mean": (
        lambda weights, kurtoses: kurtoses.mean(),
        "You take the mean over sources, whatever their weights.",
    ),
    "largest": (
        lambda weights, kurtoses: kurtoses[np.argmax(np.abs(weights))],
        "You take the strongest source for the whole; the others make the sum more Gaussian.",
    ),
    "raw": (
        lambda weights, kurtoses: expected(weights, kurtoses) + 3,
        "That is the kurtosis with the Gaussian's 3; the excess was asked for.",
    ),
    "variance once": (
        lambda weights, kurtoses: (weights**4 * kurtoses).sum() / (weights**2).sum(),
        "You divide by the variance; the fourth cumulant is compared with its square.",
    ),
}

ASSIGNMENT = r"""
{d} independent sources have variance 1 and excess kurtosis {kurtosis} each.
A rotation spreads all of them evenly over one direction.
What is the excess kurtosis there?
"""
UNIT = "a decimal number to three places"


def draw(rng):
    """How many sources, and how heavy their tails."""
    return {"d": int(rng.integers(3, 30)), "kurtosis": round(float(rng.uniform(1.5, 9)), 1)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 10, 0.001), 3).tolist()


def grade(numbers, answer):
    """Against the cumulants' sum."""
    even = np.full(numbers["d"], numbers["d"] ** -0.5)
    right = expected(even, np.full(numbers["d"], numbers["kurtosis"]))
    return None if abs(answer - right) < 0.0015 + 0.001 * right else "not what the cumulants add to"
