"""Chapter 01: the same pairs by the arrow turned around."""

import numpy as np

TITLE = "Turn the arrow around"
STATEMENT = r"""
A first story draws $z_x$ from `prior` and then $z_t$ from row $z_x$ of `kernel`, so that `kernel[i, j]` is $p(z_t = j \mid z_x = i)$.
A second story draws $z_t$ first and then $z_x$ given $z_t$.
Write `turned(prior, kernel)`: the table of the second story's kernel, row $z_t$ and column $z_x$, with which both stories tell the same pairs.
"""
STUB = '''
import numpy as np


def turned(prior, kernel):
    """prior: (a,), kernel: (a, b) with rows that sum to 1; returns (b, a)."""
    ...
'''
PRAISE = (
    "Each row of your table is a law of z_x, and with the captions' own frequencies it gives back "
    "the joint: from pairs alone nobody can say which arrow was drawn."
)
HINT = "Each row must sum to 1, and p(z_t) times your row must be the joint p(z_x, z_t)."


def cases():
    """Even and uneven priors, square and oblong kernels."""
    rng = np.random.default_rng(1)
    given = [(np.array([0.5, 0.5]), np.array([[0.9, 0.1], [0.1, 0.9]]))]
    for a, b in ((2, 3), (4, 4), (5, 2)):
        given.append((rng.dirichlet(np.ones(a)), rng.dirichlet(np.ones(b), size=a)))
    return given


def expected(prior, kernel):
    """Counted out entry by entry."""
    a, b = kernel.shape
    table = [[prior[i] * kernel[i, j] for i in range(a)] for j in range(b)]
    return np.array([[value / sum(row) for value in row] for row in table])


def _rows(table):
    return table / table.sum(axis=1, keepdims=True)


MISCONCEPTIONS = {
    "transposed": (
        lambda prior, kernel: kernel.T,
        "You turned the table and left it: its rows don't sum to 1, so they are no laws.",
    ),
    "no prior": (
        lambda prior, kernel: _rows(kernel.T),
        "You forgot how common each z_x is: Bayes' rule weighs the likelihoods by the prior. "
        "With an even prior you would have been right by luck.",
    ),
    "joint": (
        lambda prior, kernel: (prior[:, None] * kernel).T,
        "That is the joint: divide each row by how often its z_t occurs.",
    ),
    "prior in every row": (
        lambda prior, kernel: np.tile(prior, (kernel.shape[1], 1)),
        "You give the same law whatever the caption says: that is a world without a coupling.",
    ),
    "rows are z_x": (
        lambda prior, kernel: _rows((prior[:, None] * kernel).T).T,
        "The numbers are right and the table lies on its side: a row for each z_t was asked for.",
    ),
    "even marginal": (
        lambda prior, kernel: (prior[:, None] * kernel).T * kernel.shape[1],
        "You took all captions for equally common; p(z_t) comes from prior and kernel.",
    ),
}

ASSIGNMENT = r"""
A caption names one of {k} hours.
It names the picture's own hour with probability {hit}, and otherwise any of the other hours, each equally often; pictures show all hours equally often.
How many nats of mutual information do picture and caption share?
"""
UNIT = "nats, a decimal number to three places"


def draw(rng):
    """Hours and how reliable a caption is."""
    return {"k": int(rng.integers(4, 25)), "hit": round(float(rng.uniform(0.55, 0.95)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 4, 0.001), 3).tolist()


def grade(numbers, answer):
    """Against the divergence of the joint from independence, summed over the whole table."""
    k, hit = numbers["k"], numbers["hit"]
    joint = np.full((k, k), (1 - hit) / (k - 1) / k)
    np.fill_diagonal(joint, hit / k)
    nats = float((joint * np.log(joint * k * k)).sum())
    if abs(answer - nats) < 0.002:
        return None
    bits = abs(answer * np.log(2) - nats) < 0.002
    return "these are bits" if bits else "another number than the joint's divergence"
