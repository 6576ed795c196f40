"""Chapter 02: how much of the mutual information a finite table of pairs shows."""

import math

TITLE = "What a table of n pairs can show"
STATEMENT = r"""
A table of $n$ pairs is trained with InfoNCE, the mean of both directions, and the loss is $\ell$ nats.
Write `shown(loss, n, information)`: the *share* of the mutual information that this loss accounts for, as a number from 0 to 1.

- A constant code scores $\log n$, and shows nothing.
- A table of $n$ pairs can't show more than $\log n$ nats, however large the information is: then the share is counted against what the table *can* show.
- A loss worse than that of a constant code shows 0, not less.
"""
STUB = '''
def shown(loss, n, information):
    """Share of what could be shown: loss and information in nats, n pairs in the table."""
    ...
'''
PRAISE = (
    "The gain over a constant code is log n minus the loss, and what it is compared with is the "
    "smaller of log n and the information."
)
HINT = "Try a constant code: its loss is log n, and the share has to be 0."


def cases():
    """Losses between perfect and worse than a constant code; weak and strong couplings."""
    return [
        (math.log(512), 512, 1.3), (5.6, 512, 1.3), (5.1, 512, 1.3), (0.4, 512, 9.0),
        (0.0, 16, 40.0), (7.0, 512, 1.3), (3.0, 64, 2.0),
    ]  # fmt: skip


def expected(loss, n, information):
    """The effective number of candidates that the loss rules out, on a logarithmic scale."""
    ruled_out = math.log(n / math.exp(loss))
    return max(ruled_out, 0.0) / min(math.log(n), information)


def _clipped(share):
    return max(share, 0.0)


MISCONCEPTIONS = {
    "loss-is-share": (
        lambda loss, n, information: _clipped(1 - loss / math.log(n)),
        "You compare with log n alone: at a weak coupling a perfect code would seem to have "
        "learned next to nothing. What is there to learn is the mutual information.",
    ),
    "no-ceiling": (
        lambda loss, n, information: _clipped(math.log(n) - loss) / information,
        "At a strong coupling no table of n pairs can show all the information: "
        "the ceiling is log n, and you compare with more than that.",
    ),
    "no-floor": (
        lambda loss, n, information: (math.log(n) - loss) / min(math.log(n), information),
        "A loss above log n gives you a negative share: it is worse than a constant code, "
        "and it shows 0.",
    ),
    "bits": (
        lambda loss, n, information: _clipped(math.log2(n) - loss) / min(math.log2(n), information),
        "You took the logarithm to base 2, and loss and information are in nats.",
    ),
    "both-directions": (
        lambda loss, n, information: (
            _clipped(2 * math.log(n) - loss) / min(2 * math.log(n), information)
        ),
        "You counted both directions as a sum. Here the loss is their mean, so a constant code "
        "scores log n.",
    ),
    "other-way": (
        lambda loss, n, information: _clipped(loss - math.log(n)) / min(math.log(n), information),
        "The sign is turned: a *lower* loss shows more.",
    ),
}


# Assessed ---------------------------------------------------------------------------------------

ASSIGNMENT = r"""
A world has {information} nats of mutual information between its modalities.
To first order in $1/n$ the best encoders lose about `a / n` nats of it on a table of $n$ pairs, and for this world the best encoders show {gain} nats at $n = {n}$.
How many pairs does a table need at least, to first order, so that the best encoders show {target} nats?
"""
UNIT = "the number of pairs, a whole number"


def draw(rng):
    """A world, a table and a target that needs a larger table."""
    information = round(float(rng.uniform(1.5, 4.0)), 2)
    n = int(2 ** rng.integers(7, 10))
    lost = round(float(rng.uniform(0.08, 0.2)), 3)
    target = round(information - lost / float(rng.uniform(3, 9)), 3)
    gain = round(information - lost, 3)
    return {"information": information, "n": n, "gain": gain, "target": target}


def candidates(numbers):
    """Where a search for the answer may look."""
    return range(2, 20_000)


def grade(numbers, answer):
    """Enough pairs, and one fewer would be too few: the rule is put to the test at both."""
    if isinstance(answer, bool) or not isinstance(answer, int):
        return "not a whole number"
    at_one = (numbers["information"] - numbers["gain"]) * numbers["n"]

    def reached(pairs):
        return numbers["information"] - at_one / pairs >= numbers["target"] - 1e-9

    if answer < 2 or not reached(answer):
        return "with so many pairs the best encoders show less than was asked for"
    return "fewer pairs would do" if reached(answer - 1) and answer > 2 else None
