"""What the number of pairs does to the loss, with the true latents of a sphere as codes.

At 1/tau = kappa every score is the pointwise mutual information (PMI), and the gain, the logarithm
of the number of candidates minus InfoNCE, misses the mutual information by a cost of order 1/n:
V / (2n) with the partner among the candidates, -V / (2n) without it, V the variance of exp(PMI)
over strangers. Source: Liu et al., Theorem 3.1, for the limit; the rest is derived in chapter 02.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import roots_jacobi
from torch import Tensor

from mmcl.laws import Uniform, VonMisesFisher, log_z
from mmcl.randomness import stream
from mmcl.spaces import Sphere
from mmcl_experiments.oracle.run import variance

AT_ONCE = 2**22  # scores held in memory at a time


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """One row a world, a number of pairs n, and whether the partner is among the candidates.

    Columns: seed, kappa, d, n, partner, candidates (n or n - 1), cost (measured, nats), se (of
    its mean over batches), exact (by quadrature), predicted (to first order).
    """
    rows = []
    for kappa, d, smallest in settings["worlds"]:
        for n in (smallest * 2**k for k in range(settings["doublings"] + 1)):
            rng = stream(seed, f"many-pairs-{kappa}-{d}-{n}")
            blocks = [costs(u, v, kappa) for u, v in batches(kappa, d, n, settings["pairs"], rng)]
            measured = torch.cat(blocks, dim=1).numpy()
            for partner, values in zip((True, False), measured, strict=True):
                sign, candidates = (1, n) if partner else (-1, n - 1)
                law = VonMisesFisher(kappa)
                exact = law.mutual_information(d) - exact_gain(kappa, kappa, d, n, partner=partner)
                rows.append(
                    {"seed": seed, "kappa": kappa, "d": d, "n": n, "partner": partner}
                    | {"candidates": candidates, "cost": values.mean()}
                    | {"se": values.std(ddof=1) / len(values) ** 0.5, "exact": exact}
                    | {"predicted": sign * variance(kappa, d) / (2 * candidates)}
                )
    return pd.DataFrame(rows)


def draw(
    kappa: float, d: int, n: int, count: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """z_x and z_t of `count` batches of n pairs: two (count, n, d) float64 tensors."""
    space = Sphere(d)
    z_x = Uniform().sample(space.origin(count * n), space, rng)
    z_t = VonMisesFisher(kappa).sample(z_x, space, rng)
    u, v = (torch.from_numpy(z).reshape(count, n, d) for z in (z_x, z_t))
    return u, v


def batches(
    kappa: float, d: int, n: int, pairs: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """About `pairs` pairs in batches of n, at least two batches, drawn in blocks that fit memory.

    Errors: ValueError for n < 2.
    """
    if n < 2:
        raise ValueError(f"a batch has n = {n} pairs; give n >= 2, so that there is a choice")
    left = max(2, pairs // n)
    while left:
        count = min(left, max(1, AT_ONCE // n**2))
        yield draw(kappa, d, n, count, rng)
        left -= count


def costs(z_x: Tensor, z_t: Tensor, kappa: float) -> Tensor:
    """Mean PMI of the pairs minus the gain, for each batch: (2, b), with and without the partner.

    z_x, z_t: (b, n, d). The mean PMI stands for the mutual information, and the strangers' mean
    weight, which is one in expectation, is subtracted: both change the noise, not the mean.
    """
    n = z_x.shape[1]
    weights = (kappa * z_x @ z_t.mT - log_z(kappa, z_x.shape[2])).exp()
    own = weights.diagonal(dim1=1, dim2=2)
    excess = (weights.sum(dim=(1, 2)) - own.sum(dim=1)) / (n * (n - 1)) - 1
    sums = torch.stack([weights.sum(dim=1), weights.sum(dim=2)])
    within = (sums / n).log().mean(dim=(0, 2)) - (n - 1) / n * excess
    without = ((sums - own) / (n - 1)).log().mean(dim=(0, 2)) - excess
    return torch.stack([within, without])


def limit_gain(kappa: float, beta: float, d: int) -> float:
    """Gain in nats of the true latents as codes at 1/tau = beta, for n to infinity."""
    return beta * VonMisesFisher(kappa).mean_cosine(d) - log_z(beta, d)


def exact_gain(kappa: float, beta: float, d: int, n: int, *, partner: bool = True) -> float:
    """Expected gain in nats of the true latents as codes at 1/tau = beta, for n pairs.

    With log s = int (e^-a - e^(-a s)) da / a the mean logarithm of a sum of independent terms is
    one integral over products of their Laplace transforms; here the terms are exp(beta (u - 1)),
    u the cosine of an anchor with its partner or with a stranger. Both integrals by quadrature,
    to about 1e-9 nats for beta <= 400. Errors: ValueError for n < 2.
    """
    if n < 2:
        raise ValueError(f"a batch has n = {n} pairs; give n >= 2, so that there is a choice")
    u, stranger = roots_jacobi(300, (d - 3) / 2, (d - 3) / 2)
    stranger = stranger / stranger.sum()
    own = stranger * np.exp(kappa * (u - 1))
    own /= own.sum()
    step = 0.1
    log_a = np.arange(-40, 2 * beta + 8, step)
    capped = np.minimum(log_a[:, None] + beta * (u - 1), 6.6)  # e^-(e^6.6) is zero
    transform = np.exp(-np.exp(capped))
    terms = (transform @ stranger) ** (n - 1) * (transform @ own if partner else 1)
    log_sum = step * (np.exp(-np.exp(np.minimum(log_a, 6.6))) - terms).sum()
    return float(beta * (own @ (u - 1)) - log_sum + np.log(n if partner else n - 1))
