"""Encoders of pictures and of captions."""

import itertools
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.encoders import Encoder
from mmcl.world.captions import vocabulary


class ImageEncoder(nn.Module):
    """Pictures (n, 3, side, side), bytes or floats from 0 to 1, to codes (n, d_code).

    Four convolutions that halve the side, then an `Encoder` of what they make of the picture.
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
        sizes = [3, channels, 2 * channels, 4 * channels, 4 * channels]
        if side % 16:
            raise ValueError(f"pictures have {side} pixels a side; give a multiple of 16")
        self.filters = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False)
            for a, b in itertools.pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(b) for b in sizes[1:])
        for layer in self.filters:
            assert isinstance(layer, nn.Conv2d)
            fan = layer.in_channels * 9
            nn.init.normal_(layer.weight, std=(2 / fan) ** 0.5, generator=generator)
        inner = 4 * channels * (side // 16) ** 2
        more = {"width": width, "depth": depth, "space": space, "generator": generator}
        self.head = Encoder(inner, d_code, **more)

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.dtype == torch.uint8:
            pictures = pictures.float() / 255
        h = (pictures - 0.45) / 0.25
        for layer, norm in zip(self.filters, self.norms, strict=True):
            h = functional.relu(norm(layer(h)))
        return self.head(h.flatten(1))


def bags(tokens: np.ndarray | Tensor) -> Tensor:
    """How often each word occurs: tokens (n, length) to (n, words), for an `Encoder`.

    In captions of this grammar the order of words carries nothing that the words don't.
    """
    tokens = torch.as_tensor(tokens)
    counts = torch.zeros(len(tokens), len(vocabulary()))
    counts.scatter_add_(1, tokens, torch.ones_like(tokens, dtype=counts.dtype))
    counts[:, 0] = 0  # the padding
    return counts
