"""The latent partial causal model: coupled latents, private latents, and one mixing a modality.

Source: Liu et al., section 3. z_x and z_t are joined by an undirected edge; m_x and m_t are
private; x = g_x(z_x, m_x) and t = g_t(z_t, m_t). The settings of the ancestors (Zimmermann,
von Kuegelgen, Daunhawer) are presets of the same class.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmcl.laws import GeneralizedNormal, Laplace, Law, Uniform, VonMisesFisher
from mmcl.mixing import LeakyMixing, draw_mixing
from mmcl.randomness import stream
from mmcl.spaces import Box, Space, Sphere


@dataclass(frozen=True)
class Pairs:
    """n pairs of observations with the latents that made them; float32, first axis n.

    x (n, d + p_x), t (n, d + p_t): observations. z_x, z_t (n, d): coupled latents.
    m_x (n, p_x), m_t (n, p_t): private latents.
    """

    x: Tensor
    t: Tensor
    z_x: Tensor
    z_t: Tensor
    m_x: Tensor
    m_t: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Pairs":
        """The pairs after the same change to every tensor: a device, a slice, a dtype."""
        return Pairs(**{name: change(value) for name, value in vars(self).items()})

    def __getitem__(self, rows: slice | Tensor) -> "Pairs":
        return self.map(lambda value: value[rows])


@dataclass(frozen=True)
class LatentPartialCausalModel:
    """A law of pairs.

    space: where z_x and z_t live. marginal: law of z_x. conditional: law of z_t around z_x.
    private: how many private latents (m_x, m_t) each modality has, normal with standard
    deviation private_scale. coupling: "conditional" draws z_x from the marginal and then z_t;
    "potential" draws from the symmetric joint, proportional to the unnormalized conditional,
    whose z_x is weighted by the mass that the space holds around it (the two differ on the box
    only). mixing: (g_x, g_t). private_follows: "nothing"; "own" (m_x leans on z_x, m_t on
    z_t); "other" (m_x on z_t, m_t on z_x), which breaks the theorems.
    """

    space: Space
    marginal: Law
    conditional: Law
    private: tuple[int, int] = (0, 0)
    private_scale: float = 1.0
    coupling: Literal["potential", "conditional"] = "conditional"
    mixing: tuple[LeakyMixing, LeakyMixing] | None = None
    private_follows: Literal["nothing", "own", "other"] = "nothing"
    paper: str = "Liu et al."

    def __post_init__(self):
        if len(self.private) != 2 or min(self.private) < 0:
            raise ValueError(
                f"private is {self.private!r}; give two integers >= 0, for m_x and m_t"
            )
        if not (np.isfinite(self.private_scale) and self.private_scale >= 0):
            raise ValueError(f"private_scale is {self.private_scale!r}; give a finite number >= 0")
        for name, valid in {
            "coupling": ("potential", "conditional"),
            "private_follows": ("nothing", "own", "other"),
        }.items():
            if getattr(self, name) not in valid:
                raise ValueError(f"{name} is {getattr(self, name)!r}; give one of {valid}")

    def sample(self, n: int, rng: np.random.Generator) -> Pairs:
        """Draw n independent pairs. Errors: ValueError for n < 1 or a model without a mixing."""
        if n < 1:
            raise ValueError(f"sample got n = {n}; give an integer >= 1")
        if self.mixing is None:
            raise ValueError("this model has no mixing; use replace(model, mixing=(g_x, g_t))")
        z_x = self._draw_z_x(n, rng)
        z_t = self.conditional.sample(z_x, self.space, rng)
        follows = {"own": (z_x, z_t), "other": (z_t, z_x), "nothing": (None, None)}
        lean_x, lean_t = follows[self.private_follows]
        m_x = self._draw_private(n, self.private[0], lean_x, rng)
        m_t = self._draw_private(n, self.private[1], lean_t, rng)
        latents = [torch.from_numpy(v.astype(np.float32)) for v in (z_x, z_t, m_x, m_t)]
        g_x, g_t = self.mixing
        x = g_x(torch.cat([latents[0], latents[2]], dim=1))
        t = g_t(torch.cat([latents[1], latents[3]], dim=1))
        return Pairs(x, t, *latents)

    def invert(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """The oracle: z_x and z_t (n, d) computed from x and t by the exact inverse mixings."""
        assert self.mixing is not None
        g_x, g_t = self.mixing
        d = self.space.d
        return g_x.inverse(pairs.x)[:, :d], g_t.inverse(pairs.t)[:, :d]

    def _draw_z_x(self, n: int, rng: np.random.Generator) -> np.ndarray:
        origin = self.space.origin(n)
        z_x = self.marginal.sample(origin, self.space, rng)
        if self.coupling == "conditional" or not isinstance(self.conditional, GeneralizedNormal):
            return z_x
        # The most that the space can hold is what it holds around its middle.
        most = self.conditional.mass(origin[:1], self.space)
        waiting = np.ones(z_x.shape, dtype=bool)
        while waiting.any():  # a coordinate is drawn again until it is accepted
            share = self.conditional.mass(z_x, self.space) / most
            waiting &= rng.random(z_x.shape) > share
            z_x = np.where(waiting, self.marginal.sample(origin, self.space, rng), z_x)
        return z_x

    def _draw_private(
        self, n: int, size: int, lean: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        noise = rng.standard_normal((n, size))
        if lean is None:
            return self.private_scale * noise
        # Private latent k leans on coupled latent k (cyclically), scaled to unit variance.
        d = self.space.d
        signal = lean[:, np.arange(size) % d] * np.sqrt(d)
        return self.private_scale * (0.8 * signal + 0.6 * noise)


def preset(name: str, **changes: Any) -> LatentPartialCausalModel:
    """A paper's model by name, with a mixing drawn for it.

    multimodal-sphere (Liu et al., Theorem 4.1): z_x uniform on the sphere, z_t
    von Mises-Fisher around it with concentration kappa (5.0).
    multimodal-box (Liu et al., Theorem 4.2): z_x uniform on the unit box, z_t Laplace around it
    with `scale` (0.05), or another `conditional`.
    multiview-sphere (Zimmermann et al., 2021): as on the sphere, with one mixing for both views
    and nothing private, so that z_x and z_t are noisy copies seen through one lens.
    Changes: d (5), the parameter named above, layers of the mixing (3), rng that draws it
    (default: always the same), or any field of LatentPartialCausalModel.
    Errors: ValueError for an unknown name, TypeError for an unknown change.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; valid: {', '.join(PRESETS)}")
    return PRESETS[name](**changes)


def _multimodal_sphere(
    *, d: int = 5, kappa: float = 5.0, **changes: Any
) -> LatentPartialCausalModel:
    paper = "Liu et al., Theorem 4.1"
    laws = {"space": Sphere(d), "marginal": Uniform(), "conditional": VonMisesFisher(kappa)}
    return _mixed(**{**laws, "private": (2, 2), "paper": paper, **changes})


def _multimodal_box(*, d: int = 5, scale: float = 0.05, **changes: Any) -> LatentPartialCausalModel:
    paper = "Liu et al., Theorem 4.2"
    laws = {"space": Box(d), "marginal": Uniform(), "conditional": Laplace(scale)}
    return _mixed(**{**laws, "private": (2, 2), "paper": paper, **changes})


def _multiview_sphere(**changes: Any) -> LatentPartialCausalModel:
    """One mixing for both views and nothing private."""
    model = _multimodal_sphere(
        **{"private": (0, 0), "paper": "Zimmermann et al., Theorem 2", **changes}
    )
    assert model.mixing is not None
    g, _ = model.mixing
    return replace(model, mixing=(g, g))


def _mixed(
    *, layers: int = 3, rng: np.random.Generator | None = None, **fields: Any
) -> LatentPartialCausalModel:
    """A model with the mixing that it is given, else with one drawn for it."""
    model = LatentPartialCausalModel(**fields)
    if model.mixing is not None:
        return model
    rng = rng or stream(0, "mixing")
    g_x, g_t = (draw_mixing(model.space.d + p, rng, layers=layers) for p in model.private)
    return replace(model, mixing=(g_x, g_t))


PRESETS = {
    "multimodal-sphere": _multimodal_sphere,
    "multimodal-box": _multimodal_box,
    "multiview-sphere": _multiview_sphere,
}
