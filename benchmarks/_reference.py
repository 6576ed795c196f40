"""The reference forms of the loss and of the encoder, in this book's own words.

The released code of Zimmermann et al. (2021), von Kuegelgen et al. (2021) and Daunhawer et al.
(2023) makes the (n, n, d) tensor of all differences and sums its last axis.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.encoders import in_space

Scores = Callable[[Tensor, Tensor], Tensor]


def broadcast(power: int) -> Scores:
    """(n, n) scores -sum_k |a_ik - b_jk|^power by the (n, n, d) tensor of differences."""

    def scores(a: Tensor, b: Tensor) -> Tensor:
        distance = (a[:, None] - b[None]).abs()
        return -(distance**power if power > 1 else distance).sum(dim=-1)

    return scores


def cdist(power: int) -> Scores:
    """The same scores by torch.cdist."""

    def scores(a: Tensor, b: Tensor) -> Tensor:
        distance = torch.cdist(a, b, p=float(power))
        return -(distance**power if power > 1 else distance)

    return scores


def info_nce(a: Tensor, b: Tensor, scores: Scores, temperature: Tensor | float) -> Tensor:
    """Symmetric InfoNCE as two classifications among n."""
    logits, own = scores(a, b) / temperature, torch.arange(len(a), device=a.device)
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2


class ReferenceEncoder(nn.Module):
    """Six layers d_in - 10d - 50d - 50d - 50d - 50d - 10d - d with leaky ReLU between them.

    Inputs are standardized as for the book's encoder, which the reference code doesn't do; the
    first weights are torch's own.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        sample: Tensor,
        d: int,
        *,
        seed: int,
        space: Literal["sphere", "box", "unbounded"] = "sphere",
        slope: float = 0.01,
    ):
        super().__init__()
        self.space, self.slope = space, slope
        self.register_buffer("mean", sample.mean(dim=0))
        self.register_buffer("scale", sample.std(dim=0).clamp_min(1e-6))
        sizes = [sample.shape[1], 10 * d, 50 * d, 50 * d, 50 * d, 50 * d, 10 * d, d]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.ModuleList(map(nn.Linear, sizes[:-1], sizes[1:]))

    def forward(self, observations: Tensor) -> Tensor:
        u = (observations - self.mean) / self.scale
        for layer in self.layers[:-1]:
            u = functional.leaky_relu(layer(u), self.slope)
        return in_space(self.layers[-1](u), self.space)
