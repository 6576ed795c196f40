"""A box instead of ICA: small networks that put paired codes into a box, trained by L1 distances.

In a box, by Liu et al.'s Theorem 4.2, the L1 loss itself fixes the axes, so no ICA has to follow.
Their released code trains such an adaptor on features of CLIP: two wide layers beside a direct
path, then a sigmoid between bounds that are learned. Here is one for each modality.
"""

import itertools

import numpy as np
import torch
from torch import Tensor, nn

from mmcl.losses import info_nce
from mmcl.randomness import torch_generator

RATE = 1e-3


class Adaptor(nn.Module):
    """Codes (n, k) into a box: bounds of a sigmoid of the codes and of what three layers add."""

    def __init__(self, k: int, generator: torch.Generator):
        super().__init__()
        sizes = [k, 2 * k, 2 * k, k]
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU()]
            for weights in layers[-2].parameters():
                nn.init.uniform_(weights, -(a**-0.5), a**-0.5, generator=generator)
        self.added = nn.Sequential(*layers[:-1])
        self.low, self.high = nn.Parameter(-torch.ones(k)), nn.Parameter(torch.ones(k))

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (n, k) to (n, k), each column within its bounds."""
        inside = torch.sigmoid(codes + self.added(codes))
        return self.low + (self.high - self.low) * inside


def boxes(
    x: np.ndarray, t: np.ndarray, *, steps: int, batch: int, rng: np.random.Generator
) -> tuple[Adaptor, Adaptor]:
    """A box for each modality of paired codes (n, k), trained by the L1 loss at temperature 1.

    Source: Liu et al.'s code for faces, whose sizes these are but for k; Adam at 1e-3.
    Errors: ValueError for codes that don't pair, or a batch beyond them.
    """
    if x.shape != t.shape or x.ndim != 2:
        raise ValueError(f"codes have shapes {x.shape} and {t.shape}; give two (n, k), row by row")
    if not 2 <= batch <= len(x):
        raise ValueError(f"batch is {batch}; give 2 to {len(x)}, all pairs")
    generator = torch_generator(rng)
    both = Adaptor(x.shape[1], generator), Adaptor(x.shape[1], generator)
    optimizer = torch.optim.Adam([p for each in both for p in each.parameters()], lr=RATE)
    a, b = (torch.from_numpy(codes).float() for codes in (x, t))
    for _ in range(steps):
        rows = torch.from_numpy(rng.integers(len(x), size=batch))
        loss = info_nce(both[0](a[rows]), both[1](b[rows]), similarity="neg_l1", temperature=1.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return both


@torch.no_grad()
def inside(box: Adaptor, codes: np.ndarray) -> np.ndarray:
    """Codes (n, k) in their box."""
    return box(torch.from_numpy(codes).float()).numpy().astype(float)
