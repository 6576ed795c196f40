"""Mixings: what turns latents into observations, invertibly, with the exact inverse at hand.

Source: the construction shared by the released code of Zimmermann et al. (2021), von
Kuegelgen et al. (2021) and Daunhawer et al. (2023): square layers, a leaky ReLU between
them, and a rule that keeps the layers well conditioned. Written anew.
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
            out = functional.leaky_relu(out, self.slope) @ weight.to(latents.dtype)
        return out

    def inverse(self, observations: Tensor) -> Tensor:
        """Latents (n, d) of observations (n, d), solved in float64, in the observations' type.

        For d <= 15 within 1e-10 of the truth from float64 observations, 1e-4 from float32 ones,
        whose rounding is multiplied by the layers' condition numbers.
        """
        out = self._check(observations).double()
        for weight in self.weights[:0:-1]:
            out = torch.linalg.solve(weight, out, left=False)
            out = torch.where(out < 0, out / self.slope, out)
        return torch.linalg.solve(self.weights[0], out, left=False).to(observations.dtype)

    @property
    def condition_numbers(self) -> list[float]:
        """Ratio of the largest to the smallest singular value, layer by layer."""
        return [float(torch.linalg.cond(weight)) for weight in self.weights]

    def _check(self, values: Tensor) -> Tensor:
        d = len(self.weights[0])
        if values.ndim != 2 or values.shape[1] != d:
            raise ValueError(f"the mixing got shape {tuple(values.shape)}; give (n, {d})")
        return values


def draw_mixing(
    d: int,
    rng: np.random.Generator,
    *,
    layers: int = 3,
    slope: float = 0.2,
    candidates: int = 1000,
) -> LeakyMixing:
    """Draw a mixing of R^d.

    Rule: each layer is the best conditioned of `candidates` random matrices with entries
    uniform on (-1, 1) and columns of length 1 (the reference codes use 25,000 candidates).
    Errors: ValueError for d, layers or candidates < 1, or a slope outside (0, 1].
    """
    for name, value in {"d": d, "layers": layers, "candidates": candidates}.items():
        if value < 1:
            raise ValueError(f"draw_mixing got {name} = {value}; give an integer >= 1")
    if not 0 < slope <= 1:
        raise ValueError(f"draw_mixing got slope = {slope}; give a number in (0, 1]")
    return LeakyMixing(tuple(_best_of(candidates, d, rng) for _ in range(layers)), slope)


def _best_of(candidates: int, d: int, rng: np.random.Generator) -> Tensor:
    drawn = rng.uniform(-1, 1, (candidates, d, d))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return torch.from_numpy(drawn[np.argmin(np.linalg.cond(drawn))])
