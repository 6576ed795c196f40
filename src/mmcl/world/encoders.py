"""Encoders of pictures and of captions."""

import itertools
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.encoders import Encoder
from mmcl.errors import InputError
from mmcl.world.captions import vocabulary

PLACES = 2  # channels that say where


class ImageEncoder(nn.Module):
    """Pictures (n, 3, side, side), bytes or floats from 0 to 1, to codes (n, d_code).

    Sees colors and their `edges`. Three convolutions halve the side each, one more looks again;
    an `Encoder` then gets the largest answer of each filter anywhere (what is there), and a few
    channels on a coarse grid (where). Filters are shared between places, so that a solid that was
    learned at the left is known at the right.
    Errors: ValueError for a side that isn't a multiple of 16.
    """

    def __init__(
        self,
        side: int,
        d_code: int,
        *,
        channels: int = 16,
        width: int = 128,
        depth: int = 1,
        space: Literal["sphere", "unbounded"] = "sphere",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if side % 16:
            raise InputError(f"pictures have {side} pixels a side; give a multiple of 16")
        sizes = [6, channels, 2 * channels, 4 * channels, 4 * channels]
        self.filters = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=1 if a == b else 2, padding=1, bias=False)
            for a, b in itertools.pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in sizes[1:])
        self.where = nn.Conv2d(sizes[-1], PLACES, 1, bias=False)
        for layer in [*self.filters, self.where]:
            assert isinstance(layer, nn.Conv2d)
            fan = layer.in_channels * layer.kernel_size[0] ** 2
            nn.init.normal_(layer.weight, std=(2 / fan) ** 0.5, generator=generator)
        self.grid = min(4, side // 8)
        more = {"width": width, "depth": depth, "space": space, "generator": generator}
        self.head = Encoder(sizes[-1] + PLACES * self.grid**2, d_code, **more)
        module: Any = self  # whose types don't know this argument
        module.to(memory_format=torch.channels_last)  # a sixth faster on a CPU

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, side, side) to codes (n, d_code)."""
        if pictures.dtype == torch.uint8:
            pictures = pictures.float() / 255
        h = torch.cat([(pictures - 0.45) / 0.25, 4 * edges(pictures)], dim=1)
        h = h.contiguous(memory_format=torch.channels_last)
        for layer, norm in zip(self.filters, self.norms, strict=True):
            seen = functional.relu(norm(layer(h)))
            h = h + seen if seen.shape == h.shape else seen
        place = functional.adaptive_avg_pool2d(self.where(h), self.grid)
        return self.head(torch.cat([h.amax(dim=(2, 3)), place.flatten(1)], dim=1))


def edges(pictures: Tensor) -> Tensor:
    """How strong edges are and which way they run, whatever their colors: (n, 3, side, side).

    From differences dx, dy of neighbors in each color, summed over colors: the root m of
    dx dx + dy dy, and (dx dx - dy dy) / m and 2 dx dy / m, which point to twice the angle.
    A solid has its outline on walls of any hue; differences with signs would be other ones for
    each pair of hues, and all of them would have to be learned.
    """
    wide = functional.pad(pictures, (1, 1, 1, 1), mode="replicate")
    dx = wide[:, :, 1:-1, 2:] - wide[:, :, 1:-1, :-2]
    dy = wide[:, :, 2:, 1:-1] - wide[:, :, :-2, 1:-1]
    xx, yy, xy = ((a * b).sum(dim=1) for a, b in ((dx, dx), (dy, dy), (dx, dy)))
    m = (xx + yy + 1e-4).sqrt()  # smooth where there is no edge
    return torch.stack([m, (xx - yy) / m, 2 * xy / m], dim=1)


def bags(tokens: np.ndarray | Tensor) -> Tensor:
    """How often each word occurs: tokens (n, length) to (n, words), for an `Encoder`.

    In captions of this grammar the order of words carries nothing that the words don't.
    """
    tokens = torch.as_tensor(tokens)
    counts = torch.zeros(len(tokens), len(vocabulary()))
    counts.scatter_add_(1, tokens, torch.ones_like(tokens, dtype=counts.dtype))
    counts[:, 0] = 0  # the padding
    return counts
