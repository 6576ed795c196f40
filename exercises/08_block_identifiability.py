"""Chapter 08: how much of style a perfect code of content already predicts."""

import numpy as np

TITLE = "Predictable is not encoded"
STATEMENT = r"""
Content and style are jointly normal with covariance `cov`; the first `k` coordinates are content, the others style.
A code holds content perfectly, and nothing else.
Write `predicted(cov, k)`: the R2 with which each style coordinate is predicted linearly from that code.
"""
STUB = '''
import numpy as np


def predicted(cov, k):
    """cov: (d, d), the first k content; returns (d - k,), each from 0 to 1."""
    ...
'''
PRAISE = "A style R2 up to this value is content speaking; only what exceeds it was encoded."
HINT = "For one content and one style coordinate the R2 is their squared correlation."


def cases():
    """Independent, one of each, correlated content, several styles, unequal variances."""
    rng = np.random.default_rng(8)
    given = [(np.diag([1.0, 2.0, 3.0]), 2), (np.array([[1.0, 0.6], [0.6, 4.0]]), 1)]
    for d, k in ((4, 2), (5, 3), (6, 2)):
        factor = rng.standard_normal((d, d))
        given.append((factor @ factor.T + 0.3 * np.eye(d), k))
    return given


def expected(cov, k):
    """One minus the conditional variance over the variance, by the precision matrix."""
    d, found = len(cov), []
    for j in range(k, d):
        keep = [*range(k), j]
        precision = np.linalg.inv(cov[np.ix_(keep, keep)])
        found.append(1 - 1 / (precision[-1, -1] * cov[j, j]))
    return np.array(found)


def _parts(cov, k):
    return cov[:k, :k], cov[:k, k:], np.diag(cov)[k:]


def _corr(cov):
    scale = np.sqrt(np.diag(cov))
    return cov / scale / scale[:, None]


MISCONCEPTIONS = {
    "squares are added": (
        lambda cov, k: (_corr(cov)[:k, k:] ** 2).sum(axis=0),
        "You add squared correlations, which counts twice what two content coordinates say alike.",
    ),
    "best single": (
        lambda cov, k: (_corr(cov)[:k, k:] ** 2).max(axis=0),
        "You use the best content coordinate alone; a regression uses all of them together.",
    ),
    "explained variance": (
        lambda cov, k: np.einsum(
            "ij,ij->j", _parts(cov, k)[1], np.linalg.solve(*_parts(cov, k)[:2])
        ),
        "That is the variance explained. R2 is its share of the style's own variance.",
    ),
    "what is left": (
        lambda cov, k: 1 - expected(cov, k),
        "That is the share which content leaves unexplained: one minus the R2.",
    ),
    "full precision": (
        lambda cov, k: 1 - 1 / (np.diag(np.linalg.inv(cov))[k:] * np.diag(cov)[k:]),
        "Your regression uses the other style coordinates as well, and the code doesn't have them.",
    ),
    "correlation": (
        lambda cov, k: np.sqrt(np.maximum(expected(cov, k), 0)),
        "That is the multiple correlation: square it.",
    ),
}

ASSIGNMENT = r"""
Two content coordinates have variance 1 and correlation {r}; a style coordinate of variance 1 correlates with both at {a}.
A code holds content and nothing else.
What is the linear R2 of style from it?
"""
UNIT = "an R2, a decimal number to three places"


def draw(rng):
    """Correlations that some law has."""
    r = round(float(rng.uniform(0.1, 0.8)), 2)
    return {"r": r, "a": round(float(rng.uniform(0.2, 0.9 * np.sqrt((1 + r) / 2))), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 1, 0.0005), 4).tolist()


def grade(numbers, answer):
    """Against the conditional variance."""
    r, a = numbers["r"], numbers["a"]
    found = expected(np.array([[1, r, a], [r, 1, a], [a, a, 1]], dtype=float), 2)[0]
    if abs(answer - found) < 0.001:
        return None
    return "both coordinates were counted in full" if abs(answer - 2 * a * a) < 0.001 else "not it"
