"""Pairs of a world drawn where a network is trained, by torch, for steps that outrun numpy.

The laws are those of `mmcl.laws` and `mmcl.blocks`, the numbers are others: a device has its own
generators. What isn't ported raises a ValueError; on a CPU `model.sample` draws everything.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcl.blocks import ContentStyle, StyleChange
from mmcl.laws import Uniform, VonMisesFisher
from mmcl.mixing import LeakyMixing
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.spaces import Sphere

Draw = Callable[..., Tensor]  # normals or uniforms of a shape


def drawer(
    model: LatentPartialCausalModel, device: str, rng: np.random.Generator
) -> Callable[[int], Pairs]:
    """A function that gives n fresh pairs on a device; its generator is seeded by a draw from rng.

    Errors: ValueError for a law, a coupling or private latents that have no port.
    """
    generator = torch.Generator(device).manual_seed(int(rng.integers(2**63)))
    like: dict[str, Any] = {"generator": generator, "device": device}
    marginal, conditional = _marginal(model, like), _conditional(model, like)
    if model.private_follows != "nothing" or model.coupling != "conditional":
        raise ValueError("only private latents that follow nothing are drawn on a device")
    assert model.mixing is not None
    g_x, g_t = (moved(g, device) for g in model.mixing)
    roots = [
        _root(np.eye(size) if matrix is None else matrix, device) * model.private_scale
        for size, matrix in zip(model.private, model.private_covariances, strict=True)
    ]

    @torch.no_grad()
    def draw(n: int) -> Pairs:
        z_x = marginal(n)
        z_t = conditional(z_x)
        m_x, m_t = (torch.randn(n, len(root), **like) @ root.T for root in roots)
        x, t = g_x(torch.cat([z_x, m_x], dim=1)), g_t(torch.cat([z_t, m_t], dim=1))
        return Pairs(x, t, z_x, z_t, m_x, m_t)

    return draw


def moved(mixing: LeakyMixing, device: str) -> LeakyMixing:
    """The mixing with its weights on a device, in float32."""
    return replace(mixing, weights=tuple(w.to(device, torch.float32) for w in mixing.weights))


def _marginal(model: LatentPartialCausalModel, like: dict[str, Any]) -> Callable[[int], Tensor]:
    """Draws z_x (n, d)."""
    law, d = model.marginal, model.space.d
    if isinstance(law, Uniform) and isinstance(model.space, Sphere):
        return lambda n: torch.nn.functional.normalize(torch.randn(n, d, **like), dim=1)
    if isinstance(law, ContentStyle):
        root = _root(law.covariance, like["device"])
        mean = np.concatenate([np.zeros(len(law.content)), law.shift])
        shift = torch.tensor(mean, dtype=torch.float32, device=like["device"])
        return lambda n: torch.randn(n, d, **like) @ root.T + shift
    raise ValueError(f"{type(law).__name__} as a marginal isn't drawn on a device")


def _conditional(
    model: LatentPartialCausalModel, like: dict[str, Any]
) -> Callable[[Tensor], Tensor]:
    """Draws z_t (n, d) around the rows of z_x."""
    law = model.conditional
    if isinstance(law, VonMisesFisher):
        return lambda center: around(center, law.kappa, like)
    if isinstance(law, StyleChange):
        root, content = _root(law.covariance, like["device"]), law.content

        def change(z_x: Tensor) -> Tensor:
            style = z_x[:, content:]
            steps = torch.randn(style.shape, **like) @ root.T
            changed = torch.rand(style.shape, **like) < law.p
            return torch.cat([z_x[:, :content], style + changed * steps], dim=1)

        return change
    raise ValueError(f"{type(law).__name__} as a conditional isn't drawn on a device")


def around(center: Tensor, kappa: float, like: dict[str, Any]) -> Tensor:
    """von Mises-Fisher draws (n, d) around unit vectors, by Wood's rejection as `mmcl.laws` does.

    The envelope's beta variable is half of one plus a coordinate of a uniform point of the sphere.
    """
    n, d = center.shape
    b = (d - 1) / (2 * kappa + float(np.hypot(2 * kappa, d - 1)))
    x0 = (1 - b) / (1 + b)
    peak = kappa * x0 + (d - 1) * float(np.log(4 * b / (1 + b) ** 2))
    kept = center.new_empty(0)
    while len(kept) < n:
        points = torch.randn(int(1.6 * (n - len(kept))) + 16, d, **like)
        beta = (1 + points[:, 0] / points.norm(dim=1)) / 2
        v = 2 * b * beta / (1 - (1 - b) * beta)  # one minus the cosine
        log_ratio = kappa * (1 - v) + (d - 1) * torch.log1p(-x0 * (1 - v)) - peak
        kept = torch.cat([kept, v[log_ratio >= torch.rand(v.shape, **like).log()]])
    v = kept[:n, None]
    tangent = torch.randn(n, d, **like)
    tangent -= (tangent * center).sum(dim=1, keepdim=True) * center
    tangent = torch.nn.functional.normalize(tangent, dim=1)
    z = (1 - v) * center + (v * (2 - v)).sqrt() * tangent
    return torch.nn.functional.normalize(z, dim=1)


def _root(covariance: np.ndarray, device: str) -> Tensor:
    """The Cholesky factor, float32."""
    root = np.linalg.cholesky(covariance) if len(covariance) else covariance
    return torch.tensor(root, dtype=torch.float32, device=device)
