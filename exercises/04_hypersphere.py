"""Chapter 04: the rotation that is left."""

from functools import cache

import numpy as np

TITLE = "The rotation that is left"
STATEMENT = r"""
The theorem promises codes $h = Q z$ with an orthogonal $Q$: a turn, perhaps with a mirror.
Write `turn(latents, codes)`: the orthogonal $Q$ with which $Q z_i$ comes as near as possible to $h_i$, in the sum of squares over all rows $i$.
"""
STUB = '''
import numpy as np


def turn(latents, codes):
    """latents, codes: (n, d), one a row; returns Q, (d, d), orthogonal."""
    ...
'''
PRAISE = (
    "Orthogonal, mirror images allowed, and on the right side: codes are latents times Q "
    "transposed, as rows."
)
HINT = "For codes equal to the latents Q is the identity; for their negatives it is minus that."


def cases():
    """Exact turns, a mirror, noisy codes, and codes that lost a direction's strength."""
    rng = np.random.default_rng(4)
    given = []
    for d, noise, mirror in ((3, 0.0, False), (3, 0.0, True), (5, 0.3, False), (4, 0.5, True)):
        z = rng.standard_normal((200, d))
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        q = np.linalg.qr(rng.standard_normal((d, d)))[0]
        q[0] *= np.sign(np.linalg.det(q)) * (-1 if mirror else 1)
        codes = z @ q.T * np.linspace(1, 2, d) + noise * rng.standard_normal((200, d))
        given.append((z, codes))
    return given


def expected(latents, codes):
    """The orthogonal factor of the cross-covariance, by Newton's iteration for polar factors."""
    step = codes.T @ latents
    for _ in range(60):
        step = (step + np.linalg.inv(step).T) / 2
    return step


def _svd(latents, codes):
    return np.linalg.svd(codes.T @ latents)


def _proper(latents, codes):
    u, _, v = _svd(latents, codes)
    signs = np.ones(len(u))
    signs[-1] = np.sign(np.linalg.det(u @ v))
    return u * signs @ v


MISCONCEPTIONS = {
    "least squares": (
        lambda latents, codes: np.linalg.lstsq(latents, codes, rcond=None)[0].T,
        "That is the best linear map, and it isn't orthogonal: a stretch is more than the theorem "
        "leaves open.",
    ),
    "transposed": (
        lambda latents, codes: expected(latents, codes).T,
        "Your Q turns codes into latents. Rows hide this: codes are latents @ Q.T.",
    ),
    "no mirror": (
        _proper,
        "You allow turns alone. An orthogonal matrix may have determinant -1: a mirrored globe "
        "has the same inner products, and so the same loss.",
    ),
    "cross-covariance": (
        lambda latents, codes: codes.T @ latents / len(latents),
        "That is the cross-covariance, of which Q is only the orthogonal part.",
    ),
    "columns made length one": (
        lambda latents, codes: (
            (codes.T @ latents) / np.linalg.norm(codes.T @ latents, axis=0, keepdims=True)
        ),
        "Columns of length one don't make a matrix orthogonal: they must be perpendicular, too.",
    ),
    "QR": (
        lambda latents, codes: np.linalg.qr(codes.T @ latents)[0],
        "QR gives an orthogonal matrix, but not the nearest one: it favors the first column.",
    ),
}

ASSIGNMENT = r"""
On the ordinary globe ($d = 3$) the von Mises-Fisher law with concentration $\kappa$ has the density $\kappa / (4 \pi \sinh \kappa) \, e^{{\kappa \cos \theta}}$, and $z_x$ is uniform.
How many nats of mutual information does $\kappa = {kappa}$ give?
"""
UNIT = "nats, a decimal number to three places"


def draw(rng):
    """A concentration."""
    return {"kappa": round(float(rng.uniform(1.5, 20.0)), 2)}


def candidates(numbers):
    """Where a search for the answer may look."""
    return np.round(np.arange(0, 4, 0.001), 3).tolist()


@cache
def _quadrature():
    return np.polynomial.legendre.leggauss(100)


def grade(numbers, answer):
    """Against the mean of the log-density's ratio to the uniform one, by quadrature."""
    kappa = numbers["kappa"]
    nodes, weights = _quadrature()
    log_ratio = np.log(kappa / np.sinh(kappa)) + kappa * nodes  # density over that of uniform
    nats = float((weights / 2 * np.exp(log_ratio) * log_ratio).sum())
    if abs(answer - nats) < 0.002:
        return None
    if abs(answer * np.log(2) - nats) < 0.002:
        return "these are bits"
    return "another number than the mean log-ratio of the densities"
