"""Mixings: what turns latents into observations, invertibly, with the exact inverse at hand.

Source: the construction shared by the released code of Zimmermann et al. (2021), von
Kuegelgen et al. (2021) and Daunhawer et al. (2023): square layers, a leaky ReLU between
them, and a rule that keeps the layers well conditioned. Written anew. `LossyMixing` and the
`condition` of `draw_mixing` break what the theorems ask for, for chapter 07.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class LeakyMixing:
    """An invertible network: square matrices with a leaky ReLU between them.

    weights: (d, d) float64 tensors, one for each layer, applied as z @ W. slope: of the leaky
    ReLU for negative inputs. The inverse is exact: solve, then divide the negatives by slope.
    """

    weights: tuple[Tensor, ...]
    slope: float = 0.2

    def __call__(self, latents: Tensor) -> Tensor:
        """Observations (n, d) of latents (n, d), in the latents' precision."""
        out = self._check(latents) @ self.weights[0].to(latents.dtype)
        for weight in self.weights[1:]:
            out = self._bend(out) @ weight.to(latents.dtype)
        return out

    def inverse(self, observations: Tensor) -> Tensor:
        """Latents (n, d) of observations (n, d), solved in float64, in the observations' type.

        For d <= 15 within 1e-10 of the truth from float64 observations, 1e-4 from float32 ones,
        whose rounding is multiplied by the layers' condition numbers.
        """
        out = self._check(observations).double()
        for weight in self.weights[:0:-1]:
            out = torch.linalg.solve(weight, out, left=False)
            out = self._unbend(out)
        return torch.linalg.solve(self.weights[0], out, left=False).to(observations.dtype)

    def _bend(self, values: Tensor) -> Tensor:
        return functional.leaky_relu(values, self.slope)

    def _unbend(self, values: Tensor) -> Tensor:
        return torch.where(values < 0, values / self.slope, values)

    def _check(self, values: Tensor) -> Tensor:
        d = len(self.weights[0])
        if values.ndim != 2 or values.shape[1] != d:
            raise ValueError(f"the mixing got shape {tuple(values.shape)}; give (n, {d})")
        return values


@dataclass(frozen=True)
class SmoothMixing(LeakyMixing):
    """A mixing without creases: slope u + (1 - slope) softplus(u) in place of the leaky ReLU.

    Theorems that ask for smooth maps with smooth inverses get what they ask for. The inverse is
    found by Newton's method in float64, to rounding.
    """

    def _bend(self, values: Tensor) -> Tensor:
        return self.slope * values + (1 - self.slope) * functional.softplus(values)

    def _unbend(self, values: Tensor) -> Tensor:
        # The function is convex and rises, so Newton's steps come down from any point above.
        u = torch.where(values < 0, values / self.slope, values)
        for _ in range(60):
            u = u - (self._bend(u) - values) / (self.slope + (1 - self.slope) * u.sigmoid())
        return u


@dataclass(frozen=True)
class LossyMixing(LeakyMixing):
    """A mixing that nothing can undo: some coordinates of the observation are lost, some folded.

    The last `lost` coordinates are left out. Of those that stay, the first ones are folded: the
    distance from a number in `creases`, one for each, takes their place, so that two values look
    alike. Errors: ValueError when nothing would be left to see.
    """

    lost: int = 0
    creases: tuple[float, ...] = ()

    def __post_init__(self):
        d = len(self.weights[0])
        if not 0 <= self.lost < d or len(self.creases) > d - self.lost:
            raise ValueError(
                f"LossyMixing got lost = {self.lost} and {len(self.creases)} creases for {d} "
                f"coordinates; lose at most {d - 1}, and fold no more than stay"
            )

    def __call__(self, latents: Tensor) -> Tensor:
        """Observations (n, d - lost) of latents (n, d)."""
        seen = super().__call__(latents)[:, : len(self.weights[0]) - self.lost]
        k = len(self.creases)
        folded = (seen[:, :k] - seen.new_tensor(self.creases)).abs()
        return torch.cat([folded, seen[:, k:]], dim=1)

    def inverse(self, observations: Tensor) -> Tensor:
        """Raises NotImplementedError: several latents share an observation."""
        raise NotImplementedError(
            f"a mixing with {self.lost} coordinates lost and {len(self.creases)} folded has no "
            "inverse; take the LeakyMixing that it was made from for an oracle"
        )


def draw_mixing(
    d: int,
    rng: np.random.Generator,
    *,
    layers: int = 3,
    slope: float = 0.2,
    candidates: int = 1000,
    smooth: bool = False,
    condition: float | None = None,
) -> LeakyMixing:
    """Draw a mixing of R^d, with creases or smooth.

    Rule: each layer is the best conditioned of `candidates` random matrices with entries
    uniform on (-1, 1) and columns of length 1 (the reference codes use 25,000 candidates).
    condition: give every layer this condition number instead, by `conditioned`.
    Errors: ValueError for d, layers or candidates < 1, a slope outside (0, 1] or a condition < 1.

    >>> from mmcl.randomness import stream
    >>> mixing = draw_mixing(3, stream(0, "mixing"))
    >>> latents = torch.rand(5, 3, dtype=torch.float64)
    >>> torch.allclose(mixing.inverse(mixing(latents)), latents)
    True
    """
    for name, value in {"d": d, "layers": layers, "candidates": candidates}.items():
        if value < 1:
            raise ValueError(f"draw_mixing got {name} = {value}; give an integer >= 1")
    if not 0 < slope <= 1:
        raise ValueError(f"draw_mixing got slope = {slope}; give a number in (0, 1]")
    weights = tuple(_best_of(candidates, d, rng) for _ in range(layers))
    if condition is not None:
        weights = tuple(conditioned(weight, condition) for weight in weights)
    return (SmoothMixing if smooth else LeakyMixing)(weights, slope)


def conditioned(weight: Tensor, condition: float) -> Tensor:
    """A square matrix with the same singular vectors and norm, and a chosen condition number.

    Its singular values fall geometrically. Errors: ValueError for a condition < 1.

    weight: (d, d).
    """
    if not 1 <= condition < float("inf"):
        raise ValueError(f"a layer got the condition number {condition}; give a number >= 1")
    left, _, right = torch.linalg.svd(weight)
    spread = condition ** -torch.linspace(0, 1, len(weight), dtype=weight.dtype)
    return left * (spread / spread.norm() * weight.norm()) @ right


def _best_of(candidates: int, d: int, rng: np.random.Generator) -> Tensor:
    drawn = rng.uniform(-1, 1, (candidates, d, d))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return torch.from_numpy(drawn[np.argmin(np.linalg.cond(drawn))])
