"""Chapter 09: how a code's scale buys loss."""

import math

import numpy as np

TITLE = "What a copy is worth"
STATEMENT = r"""
Content $c$ is normal with $d$ coordinates of variance 1 and is seen exactly by both modalities, and the codes are $K c$ on both sides, scored by minus the squared distance.
With one stranger in the table the loss is $\mathbb{E} \log(1 + e^{-K^2 |c - c'|^2})$.
Expand the logarithm: it is $\sum_{k \ge 1} \frac{(-1)^{k+1}}{k} \, \mathbb{E} \, e^{-k K^2 |c - c'|^2}$.
Write `loss(scale, d)`: its value for $K$ = `scale`, to six digits, from the closed form of each mean.
(For $g$ normal with variance $v$, $\mathbb{E} e^{-a g^2} = (1 + 2 a v)^{-1/2}$; and mind the variance of $c - c'$. The terms alternate: the mean of two successive partial sums converges much faster.)
"""
STUB = '''
def loss(scale, d):
    """The population loss of codes scale * c against one stranger, in nats."""
    ...
'''
PRAISE = (
    "It falls towards 0 for every d and is never attained: with free scale one coordinate of "
    "content is enough to get there, only slower than all of them."
)
HINT = "At scale 0 the codes are constant, and the loss is log 2."


def cases():
    """Small and large scales, one to five coordinates."""
    return [(0.3, 1), (1.0, 1), (1.0, 3), (4.0, 1), (4.0, 3), (2.0, 5)]


def _by_quadrature(scale, d, variance=2.0, power=2, sign=1.0):
    # |c - c'|^2 is `variance` times chi-squared with d degrees of freedom
    r = np.linspace(0, 14, 200_001)
    log_density = (d - 1) * np.log(np.maximum(r, 1e-300)) - r * r / 2
    density = np.exp(log_density - (d / 2 - 1) * math.log(2) - math.lgamma(d / 2))
    value = np.logaddexp(0, -sign * (scale**power) * variance * r * r) * density
    return float(((value[1:] + value[:-1]) / 2 * np.diff(r)).sum())


def expected(scale, d):
    """Quadrature over the distance of two draws."""
    return _by_quadrature(scale, d)


MISCONCEPTIONS = {
    "variance of one": (
        lambda scale, d: _by_quadrature(scale, d, variance=1.0),
        "The difference of two independent draws has variance 2, not 1.",
    ),
    "first term": (
        lambda scale, d: (1 + 4 * scale**2) ** (-d / 2),
        "You kept the first term alone, an upper bound that is far off at small scales.",
    ),
    "one coordinate": (
        lambda scale, d: _by_quadrature(scale, 1),
        "You forgot that d coordinates multiply: the mean of each is taken to the power d.",
    ),
    "d times": (
        lambda scale, d: d * _by_quadrature(scale, 1),
        "You added coordinates. Distances add inside the exponential, so means multiply.",
    ),
    "scale not squared": (
        lambda scale, d: _by_quadrature(scale, d, power=1),
        "Codes are K c, so squared distances grow with K squared.",
    ),
    "mean distance": (
        lambda scale, d: math.log1p(math.exp(-2 * d * scale**2)),
        "You put the mean distance into the logarithm. The loss lives on strangers that happen "
        "to be near, so the mean has to be taken last.",
    ),
}
CLOSE = {"rtol": 2e-5, "atol": 1e-7}  # six digits were asked for

ASSIGNMENT = r"""
At a large scale the loss of $d$ normal coordinates against one stranger is about $(N - 1) \, A_d / K^d$, with $A_1 = .3826$ and $A_3 = .1084$.
A code of *all three* coordinates is used at $K_3 = {k3}$.
At which scale $K_1$ does a code of the *first coordinate alone* reach the same loss?
"""
UNIT = "a scale, a number to one part in a hundred"


def draw(rng):
    """A scale of the larger code."""
    return {"k3": round(float(rng.uniform(3, 12)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.geomspace(1, 20_000, 8_000).round(2).tolist()


def grade(numbers, answer):
    """Both rates are computed, and have to agree."""
    if answer <= 0:
        return "a scale is above 0"
    ratio = (0.3826 / answer) / (0.1084 / numbers["k3"] ** 3)
    return None if abs(ratio - 1) < 0.01 else f"its loss would be {ratio:.3g} times the other's"
