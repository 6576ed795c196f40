"""Three rivals, each a number of nats or of variance for every latent: the largest come in.

With D code dimensions a rival says that the D latents with the largest numbers are in the codes,
and no other. The formulas, and the worlds by which each rival's one free number was chosen, stand
in `book/predictions/lost_content.yml`, with what they foretell.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch

from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl_experiments.lost_content.worlds import draw_world, names, told


def rivals(settings: dict[str, Any], seed: int, free: Mapping[str, float]) -> pd.DataFrame:
    """A row a latent, a column a rival. No network has played the game that is foretold.

    free: each rival's free number: by what the covariance of style is divided, by what a told
    encoder's error is multiplied, and how steep a trained encoder can be.
    """
    model = draw_world(settings, seed)
    law: Any = model.marginal
    change: Any = model.conditional
    wide, n = np.diag(law.covariance), change.content
    noise = np.concatenate([np.zeros(n), np.diag(change.covariance) / wide[n:]])
    latents, guesses = told(settings, seed)
    left = (guesses - latents / latents.std(dim=0)).square().mean(dim=0).numpy()[: len(wide)]
    found = {
        "shared covariance": wide / np.where(noise > 0, free["shared covariance"], 1),
        "told error": told_nats(free["told error"] * left, noise),
        "slope": slope_nats(free["slope"] / needed_slopes(model, seed), noise),
    }
    return pd.DataFrame(found, index=pd.Index(names(settings), name="latent"))


def told_nats(left: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """-log(1 - rho^2) / 2: rho is the correlation of both sides' best guesses of a latent.

    left: the share of variance that a told encoder leaves; noise: the change's variance over the
    latent's, zero for content.
    """
    rho = (1 - left.clip(0, 1)) / np.sqrt(1 + noise)
    return -np.log1p(-(rho**2).clip(0, 1 - 1e-12)) / 2


def needed_slopes(model: LatentPartialCausalModel, seed: int, n: int = 512) -> np.ndarray:
    """E |gradient in x of z_j / sd_j|, x in units of its standard deviations: (d,)."""
    assert model.mixing is not None
    pairs = model.sample(n, stream(seed, "slopes"))
    g = model.mixing[0]
    latents = torch.cat([pairs.z_x, pairs.m_x], dim=1)
    slope = torch.func.vmap(torch.func.jacrev(lambda z: g(z[None])[0]))(latents).double()
    scaled = slope / pairs.x.std(dim=0)[:, None] * latents.std(dim=0)
    rows = torch.linalg.inv(scaled).norm(dim=2).mean(dim=0)
    return rows[: model.space.d].numpy()


def slope_nats(reach: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """What a latent of sd 1 is worth at the best amplitude up to `reach`, for N to infinity.

    (log(1 + 2u) + log(1 + 2v)) / 4 + (u / (1 + 2v) + v / (1 + 2u)) / 2 - a^2 noise for an
    amplitude a, u = a^2 and v = (1 + noise) a^2: InfoNCE of a linear code, log N aside.
    """
    u = np.linspace(0, 1, 257)[:, None] ** 2 * reach**2
    v = (1 + noise) * u
    gain = (np.log1p(2 * u) + np.log1p(2 * v)) / 4 + (u / (1 + 2 * v) + v / (1 + 2 * u)) / 2
    return (gain - u * noise).max(axis=0)


def comes_in(numbers: pd.DataFrame, size: int) -> pd.DataFrame:
    """Whether each rival says that a latent is in codes of so many dimensions."""
    return numbers.rank(ascending=False, method="first") <= size
