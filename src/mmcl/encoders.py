"""Encoders: small residual networks from an observation to a code.

The reference codes use a plain leaky-ReLU network for hundreds of thousands of steps; residual
GELU blocks whose hidden matrices are trained with Muon get close in one or two thousand.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.naming import nearest


class Residual(nn.Module):
    """From observations (..., n, d_in) to codes, for one encoder and for a stack of them alike.

    Who has this computation says how its `linear` layers are applied, by their names: lift,
    inner.0 and outer.0, inner.1 and so on, read.
    """

    mean: Tensor
    scale: Tensor
    center: Tensor
    space: str
    centered: bool
    depth: int

    def linear(self, name: str, values: Tensor) -> Tensor:
        """The layer of this name, applied to values (..., n, width)."""
        raise NotImplementedError

    def forward(self, observations: Tensor) -> Tensor:
        """Observations (..., n, d_in) to codes (..., n, d_code)."""
        codes = self.free(observations)
        if self.centered:
            codes = codes - (codes.mean(dim=-2, keepdim=True) if self.training else self.center)
        return in_space(codes, self.space)

    def free(self, observations: Tensor) -> Tensor:
        """Codes before they lose their mean and enter their space."""
        u = self.linear("lift", (observations - self.mean) / self.scale)
        for i in range(self.depth):
            u = u + self.linear(f"outer.{i}", functional.gelu(self.linear(f"inner.{i}", u)))
        return self.linear("read", u)


class Encoder(Residual):
    """Maps observations (n, d_in) to codes (n, d_code).

    A linear layer, `depth` residual blocks u + V gelu(W u) of the given width, a linear layer.
    space: "sphere" divides each code by its length; "box" squeezes each coordinate into (0, 1)
    by a logistic function; "unbounded" leaves codes as they are.
    Inputs are standardized by the statistics that `fit_input` sets. centered: before they enter
    their space, codes lose their mean, which in training is the batch's and afterwards the one
    that `fit_center` sets; then codes of two modalities can't stand apart (chapter 07).

    >>> encoder = Encoder(7, 5, space="sphere")
    >>> codes = encoder.fit_input(torch.rand(100, 7)).eval()(torch.rand(4, 7))
    >>> codes.shape, torch.allclose(codes.norm(dim=1), torch.ones(4))
    (torch.Size([4, 5]), True)
    """

    def __init__(
        self,
        d_in: int,
        d_code: int,
        *,
        width: int = 64,
        depth: int = 2,
        space: Literal["sphere", "box", "unbounded"] = "sphere",
        centered: bool = False,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        for name, value in {"d_in": d_in, "d_code": d_code, "width": width}.items():
            if value < 1:
                raise ValueError(f"Encoder got {name} = {value}; give an integer >= 1")
        nearest(space, ("sphere", "box", "unbounded"), "space of codes")
        self.space, self.centered, self.depth = space, centered, depth
        self.register_buffer("mean", torch.zeros(d_in))
        self.register_buffer("scale", torch.ones(d_in))
        self.register_buffer("center", torch.zeros(d_code))
        self.lift = nn.Linear(d_in, width)
        self.inner = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.outer = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.read = nn.Linear(width, d_code, bias=not centered)
        for layer in [self.lift, *self.inner, *self.outer, self.read]:
            nn.init.trunc_normal_(layer.weight, std=layer.in_features**-0.5, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def fit_input(self, observations: Tensor) -> "Encoder":
        """Set the standardization from a sample (n, d_in), n >= 2; returns the encoder."""
        self.mean.copy_(observations.mean(dim=0))
        self.scale.copy_(observations.std(dim=0).clamp_min(1e-6))
        return self

    @torch.no_grad()
    def fit_center(self, observations: Tensor) -> "Encoder":
        """End the training of a centered encoder: its codes' mean becomes that of a sample's."""
        self.center.copy_(self.free(observations).mean(dim=0))
        return self.eval()

    def linear(self, name: str, values: Tensor) -> Tensor:
        """The layer `name` of values (n, d)."""
        return self.get_submodule(name)(values)

    def hidden_matrices(self) -> list[nn.Parameter]:
        """The square weight matrices between lift and read."""
        blocks = [*self.inner.parameters(), *self.outer.parameters()]
        return [parameter for parameter in blocks if parameter.ndim == 2]


class Stack(Residual):
    """Encoders of one architecture side by side: k of them, as batched matrix products.

    Maps observations (k, n, d_in) to codes (k, n, d_code), slice i as encoder i would in training.
    Starts from copies of the encoders' weights; `hand_back` writes what was learned into them.
    Errors: ValueError when their shapes or code spaces differ.
    """

    def __init__(self, encoders: Sequence[Encoder]):
        super().__init__()
        first, self.encoders = encoders[0], list(encoders)
        if len({kind_of(encoder) for encoder in encoders}) != 1:
            kinds = sorted(str(kind_of(encoder)) for encoder in encoders)
            raise ValueError(f"encoders differ: {kinds[0]}, {kinds[-1]}; give one architecture")
        self.space, self.centered, self.depth = first.space, first.centered, first.depth
        self.places = {name: i for i, (name, _) in enumerate(first.named_parameters())}
        self.weights = nn.ParameterList(
            torch.stack([e.get_parameter(name).detach() for e in encoders]) for name in self.places
        )
        self.register_buffer("mean", torch.stack([e.mean for e in encoders])[:, None])
        self.register_buffer("scale", torch.stack([e.scale for e in encoders])[:, None])

    def linear(self, name: str, values: Tensor) -> Tensor:
        """Each encoder's layer `name` of its values (k, n, d)."""
        matrix = self.weights[self.places[f"{name}.weight"]].mT
        if (bias := self.places.get(f"{name}.bias")) is None:
            return values @ matrix
        return torch.baddbmm(self.weights[bias][:, None], values, matrix)

    def hidden_matrices(self) -> list[nn.Parameter]:
        """The square weight matrices between lift and read, (k, width, width) each."""
        named = zip(self.places, self.weights, strict=True)
        return [w for name, w in named if name[:5] in ("inner", "outer") and w.ndim == 3]

    @torch.no_grad()
    def hand_back(self) -> None:
        """Write the weights into the encoders that the stack was made of."""
        for name, weights in zip(self.places, self.weights, strict=True):
            for encoder, weight in zip(self.encoders, weights, strict=True):
                encoder.get_parameter(name).copy_(weight)


def in_space(codes: Tensor, space: str) -> Tensor:
    """Free codes (..., d) brought onto the sphere, into the box, or left as they are."""
    if space == "sphere":
        return functional.normalize(codes, dim=-1)
    return codes.sigmoid() if space == "box" else codes


def kind_of(encoder: Encoder) -> tuple[object, ...]:
    """What two encoders must have in common to be stacked: code space, centering and shapes."""
    return (encoder.space, encoder.centered, *(tuple(p.shape) for p in encoder.parameters()))
