"""Chapter 11: accuracy between chance and perfection."""

import numpy as np

TITLE = "Accuracy from chance to perfect"
STATEMENT = r"""
Factors have different numbers of values, and some values are more common than others, so accuracies can't be compared as they are.
Write `above_chance(truth, guesses)`: accuracy on a scale where always guessing the most common value of `truth` scores 0 and a perfect guess scores 1.
Worse than that is negative.
"""
STUB = '''
import numpy as np


def above_chance(truth, guesses):
    """truth, guesses: (n,) whole numbers; returns a number, at most 1."""
    ...
'''
PRAISE = "The same scale for a coin and for seven shapes, common ones not rewarded."
HINT = "If 90 of 100 pictures show a cube, guessing cubes throughout must score 0."


def cases():
    """Even and uneven values, good and bad guesses, a perfect one."""
    rng = np.random.default_rng(11)
    even = np.repeat(np.arange(5), 20)
    uneven = rng.choice(4, 200, p=[0.6, 0.2, 0.15, 0.05])
    noisy = np.where(rng.random(200) < 0.7, uneven, rng.integers(0, 4, 200))
    shifted = np.roll(even, 7)
    return [(even, even.copy()), (even, shifted), (uneven, noisy), (uneven, np.arange(200) // 199),
            (uneven, rng.integers(0, 6, 200))]  # fmt: skip


def expected(truth, guesses):
    """Counted by hand."""
    counts = {}
    for each in truth.tolist():
        counts[each] = counts.get(each, 0) + 1
    common = max(counts.values())
    hits = sum(a == b for a, b in zip(truth.tolist(), guesses.tolist(), strict=True))
    return (hits - common) / (len(truth) - common)


def _accuracy(truth, guesses):
    return float((truth == guesses).mean())


def _common(values):
    return float(np.bincount(values).max() / len(values))


def _scaled(accuracy, chance):
    return (accuracy - chance) / (1 - chance)


MISCONCEPTIONS = {
    "accuracy": (
        _accuracy,
        "That is plain accuracy: with 90 cubes in 100 pictures a code that knows nothing has .9.",
    ),
    "one over the number of values": (
        lambda truth, guesses: _scaled(_accuracy(truth, guesses), 1 / len(np.unique(truth))),
        "You took all values for equally common; guessing the common one beats that.",
    ),
    "minus chance": (
        lambda truth, guesses: _accuracy(truth, guesses) - _common(truth),
        "You subtract chance and don't rescale: a perfect guess must score 1.",
    ),
    "over chance": (
        lambda truth, guesses: _accuracy(truth, guesses) / _common(truth),
        "A ratio to chance scores 1 for knowing nothing.",
    ),
    "clipped": (
        lambda truth, guesses: max(_scaled(_accuracy(truth, guesses), _common(truth)), 0.0),
        "You cut at 0: then a mean over factors hides those that were guessed worse than chance.",
    ),
    "common guess": (
        lambda truth, guesses: _scaled(_accuracy(truth, guesses), _common(guesses)),
        "You took the most common *guess*; what counts is the most common truth.",
    ),
}

ASSIGNMENT = r"""
A factor has {k} values; one of them is in {common} of all pictures, the others are equally common.
A probe is right in {accuracy} of all pictures.
What is its accuracy on the scale from chance (always the most common value) to perfect?
"""
UNIT = "a decimal number to three places"


def draw(rng):
    """Values, the share of the common one, and an accuracy."""
    common = round(float(rng.uniform(0.3, 0.7)), 2)
    accuracy = round(float(rng.uniform(common + 0.05, 0.97)), 2)
    return {"k": int(rng.integers(3, 9)), "common": common, "accuracy": accuracy}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(-1, 1, 0.0005), 4).tolist()


def grade(numbers, answer):
    """The answer, put back on the scale, is the accuracy."""
    common = numbers["common"]
    if abs(common + answer * (1 - common) - numbers["accuracy"]) < 0.001 * (1 - common):
        return None
    return "put back between chance and 1 it isn't the accuracy"
