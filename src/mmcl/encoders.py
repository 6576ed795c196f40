"""Encoders: small residual networks from an observation to a code.

The reference codes use a plain leaky-ReLU network for hundreds of thousands of steps; residual
GELU blocks whose hidden matrices are trained with Muon get close in one or two thousand.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional


class Encoder(nn.Module):
    """Maps observations (n, d_in) to codes (n, d_code).

    A linear layer, `depth` residual blocks u + V gelu(W u) of the given width, a linear layer.
    space: "sphere" divides each code by its length; "box" squeezes each coordinate into (0, 1)
    by a logistic function; "unbounded" leaves codes as they are.
    Inputs are standardized by the statistics that `fit_input` sets.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        d_in: int,
        d_code: int,
        *,
        width: int = 64,
        depth: int = 2,
        space: Literal["sphere", "box", "unbounded"] = "sphere",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        for name, value in {"d_in": d_in, "d_code": d_code, "width": width}.items():
            if value < 1:
                raise ValueError(f"Encoder got {name} = {value}; give an integer >= 1")
        if space not in ("sphere", "box", "unbounded"):
            raise ValueError(f"Encoder got space {space!r}; give 'sphere', 'box' or 'unbounded'")
        self.space = space
        self.register_buffer("mean", torch.zeros(d_in))
        self.register_buffer("scale", torch.ones(d_in))
        self.lift = nn.Linear(d_in, width)
        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.read = nn.Linear(width, d_code)
        for layer in [self.lift, *self.inner, *self.outer, self.read]:
            nn.init.trunc_normal_(layer.weight, std=layer.in_features**-0.5, generator=generator)
            nn.init.zeros_(layer.bias)

    def fit_input(self, observations: Tensor) -> "Encoder":
        """Set the standardization from a sample (n, d_in), n >= 2; returns the encoder."""
        self.mean.copy_(observations.mean(dim=0))
        self.scale.copy_(observations.std(dim=0).clamp_min(1e-6))
        return self

    def forward(self, observations: Tensor) -> Tensor:
        u = self.lift((observations - self.mean) / self.scale)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            u = u + outer(functional.gelu(inner(u)))
        codes = self.read(u)
        if self.space == "sphere":
            return functional.normalize(codes, dim=1)
        return codes.sigmoid() if self.space == "box" else codes

    def hidden_matrices(self) -> list[nn.Parameter]:
        """The square weight matrices between lift and read."""
        blocks = [*self.inner.parameters(), *self.outer.parameters()]
        return [parameter for parameter in blocks if parameter.ndim == 2]
