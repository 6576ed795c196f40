"""Chapter 07: what wrong pairs do to the best score."""

import numpy as np

TITLE = "A share of the captions belongs elsewhere"
STATEMENT = r"""
In a clean world the best score of a photograph and a caption is their pointwise mutual information, $\mathrm{pmi} = \log p(t \mid x) / p(t)$.
Now a share `wrong` of the pairs in the training data is wrong: the caption was drawn from all captions, whatever the photograph.
Write `best_score(pmi, wrong)`: the best score in the spoiled world, for an array of clean ones.
"""
STUB = '''
import numpy as np


def best_score(pmi, wrong):
    """pmi: (n,) nats, wrong: a share from 0 to 1; returns (n,)."""
    ...
'''
PRAISE = (
    "The odds are mixed, not their logarithms: high scores hardly move, and no score falls "
    "below log(wrong), however impossible the caption."
)
HINT = "With no wrong pairs nothing may change, and with wrong pairs alone every score is 0."


def cases():
    """Likely and impossible captions, few and many wrong pairs."""
    pmi = np.array([-8.0, -2.0, -0.3, 0.0, 0.7, 3.0])
    return [(pmi, wrong) for wrong in (0.0, 0.1, 0.35, 0.9, 1.0)]


def expected(pmi, wrong):
    """Bayes' rule for each caption, by its odds."""
    odds = [(1 - wrong) * float(np.exp(each)) + wrong for each in pmi]
    return np.array([np.log(each) for each in odds])


def _log(values):
    with np.errstate(divide="ignore"):
        return np.log(values)


MISCONCEPTIONS = {
    "unchanged": (
        lambda pmi, wrong: pmi + 0.0,
        "You leave the scores alone. A caption that the clean world rules out does occur now.",
    ),
    "scores are mixed": (
        lambda pmi, wrong: (1 - wrong) * pmi,
        "You mix scores. What is mixed is the law of the pairs, so mix the odds and take the "
        "logarithm afterwards.",
    ),
    "only the right ones": (
        lambda pmi, wrong: pmi + _log(1 - wrong),
        "You count the right pairs alone: a wrong pair can show the same caption, too.",
    ),
    "the other way": (
        lambda pmi, wrong: _log(wrong * np.exp(pmi) + 1 - wrong),
        "You swapped the shares: `wrong` is the share of captions drawn from all.",
    ),
    "odds, no logarithm": (
        lambda pmi, wrong: (1 - wrong) * np.exp(pmi) + wrong,
        "Those are the odds; a score is their logarithm.",
    ),
    "floor": (
        lambda pmi, wrong: np.maximum(pmi, _log(wrong)),
        "The floor is right, and the rest isn't: between floor and clean score the two odds add.",
    ),
}

ASSIGNMENT = r"""
A share of {wrong} of the captions is wrong, drawn from all captions whatever the photograph.
Below which value can no best score fall, however impossible the caption would be in a clean world?
"""
UNIT = "a score in nats, a decimal number to three places"


def draw(rng):
    """A share of wrong pairs."""
    return {"wrong": round(float(rng.uniform(0.02, 0.6)), 3)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(-6, 1, 0.001), 3).tolist()


def grade(numbers, answer):
    """No score is below it, and an impossible caption's comes as near as one likes."""
    lowest = float(expected([-60.0], numbers["wrong"])[0])
    return None if abs(answer - lowest) < 0.002 else "impossible captions score something else"
