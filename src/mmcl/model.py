"""The latent partial causal model: coupled latents, private latents, and one mixing a modality.

Source: Liu et al., section 3. z_x and z_t are joined by an undirected edge; m_x and m_t are
private; x = g_x(z_x, m_x) and t = g_t(z_t, m_t). The settings of the ancestors (Zimmermann,
von Kuegelgen, Daunhawer) are presets of the same class, which differ in laws and mixings.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mmcl.blocks import Covariances, block_laws, check_covariance, normal_rows
from mmcl.laws import GeneralizedNormal, Laplace, Law, Uniform, VonMisesFisher
from mmcl.mixing import LeakyMixing, draw_mixing
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.spaces import Box, Space, Sphere, Unbounded


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
    z_t); "other" (m_x on z_t, m_t on z_x), which breaks the theorems. private_covariances: of
    m_x and m_t before scaling; None is the identity.

    >>> from dataclasses import replace
    >>> from mmcl.laws import VonMisesFisher
    >>> from mmcl.randomness import stream
    >>> tight = VonMisesFisher(kappa=20.0)
    >>> model = replace(preset("multimodal-sphere"), conditional=tight)
    >>> pairs = model.sample(1000, stream(0, "pairs"))
    >>> pairs.x.shape, pairs.z_x.shape, pairs.m_x.shape
    (torch.Size([1000, 7]), torch.Size([1000, 5]), torch.Size([1000, 2]))
    >>> z_x, z_t = model.invert(pairs)
    >>> torch.allclose(z_x, pairs.z_x, atol=1e-4)
    True
    """

    space: Space
    marginal: Law
    conditional: Law
    private: tuple[int, int] = (0, 0)
    private_scale: float = 1.0
    coupling: Literal["potential", "conditional"] = "conditional"
    mixing: tuple[LeakyMixing, LeakyMixing] | None = None
    private_follows: Literal["nothing", "own", "other"] = "nothing"
    private_covariances: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
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
            nearest(getattr(self, name), valid, name)
        for size, covariance in zip(self.private, self.private_covariances, strict=True):
            if covariance is not None:
                check_covariance(covariance, "a private covariance")
                if len(covariance) != size:
                    raise ValueError(
                        f"a private covariance has {len(covariance)} rows for {size} latents; "
                        "give one row for each"
                    )

    @property
    def content(self) -> int:
        """How many leading columns of z_x are copied into z_t exactly; the others are style."""
        return getattr(self.conditional, "content", 0)

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
        m_x = self._draw_private(n, 0, lean_x, rng)
        m_t = self._draw_private(n, 1, lean_t, rng)
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
        self, n: int, side: int, lean: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        size, covariance = self.private[side], self.private_covariances[side]
        if covariance is None:
            noise = rng.standard_normal((n, size))
        else:
            noise = normal_rows(n, covariance, rng)
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
    multimodal-block (Daunhawer et al., 2023): z_t copies the first `content` (3) coordinates of
    z_x and perturbs each of the other `style` (3) ones with chance p (1.0); covariances
    ("identity") and causal (False) are those of `mmcl.blocks.block_laws`.
    multiview-block (von Kuegelgen et al., 2021): the same with one mixing and nothing private.
    Changes: d (5; blocks have content + style), the parameters named above, layers of the mixing
    (3), smooth (False) or one `shared_mixing` (False) for both, rng that draws it (default: always
    the same), or any field of LatentPartialCausalModel.
    Errors: ValueError for an unknown name, TypeError for an unknown change.

    >>> from mmcl.randomness import stream
    >>> model = preset("multimodal-block", content=2, style=1)
    >>> pairs = model.sample(4, stream(0, "pairs"))
    >>> (pairs.z_x == pairs.z_t).all(dim=0)
    tensor([ True,  True, False])
    """
    return PRESETS[nearest(name, list(PRESETS), "preset")](**changes)


def _multimodal_sphere(
    *, d: int = 5, kappa: float = 5.0, **changes: Any
) -> LatentPartialCausalModel:
    paper = "Liu et al., Theorem 4.1"
    laws = {"space": Sphere(d), "marginal": Uniform(), "conditional": VonMisesFisher(kappa)}
    return mixed(**{**laws, "private": (2, 2), "paper": paper, **changes})


def _multimodal_box(*, d: int = 5, scale: float = 0.05, **changes: Any) -> LatentPartialCausalModel:
    paper = "Liu et al., Theorem 4.2"
    laws = {"space": Box(d), "marginal": Uniform(), "conditional": Laplace(scale)}
    return mixed(**{**laws, "private": (2, 2), "paper": paper, **changes})


def _multimodal_block(
    *,
    content: int = 3,
    style: int = 3,
    p: float = 1.0,
    covariances: Covariances = "identity",
    causal: bool = False,
    private: tuple[int, int] = (2, 2),
    rng: np.random.Generator | None = None,
    **changes: Any,
) -> LatentPartialCausalModel:
    rng = rng or stream(0, "mixing")
    how = {"p": p, "covariances": covariances, "causal": causal, "rng": rng}
    laws = {"space": Unbounded(content + style), **block_laws(content, style, private, **how)}
    paper = "Daunhawer et al., Theorem 1"
    return mixed(**{**laws, "private": private, "rng": rng, "paper": paper, **changes})


def _one_lens(
    make: Callable[..., LatentPartialCausalModel], paper: str
) -> Callable[..., LatentPartialCausalModel]:
    """The same with one mixing for both views and nothing private."""
    alike = {"private": (0, 0), "shared_mixing": True, "paper": paper}
    return lambda **changes: make(**{**alike, **changes})


def mixed(
    *,
    layers: int = 3,
    smooth: bool = False,
    shared_mixing: bool = False,
    rng: np.random.Generator | None = None,
    **fields: Any,
) -> LatentPartialCausalModel:
    """A model of these fields with the mixing that it is given, else with one drawn for it.

    shared_mixing: both modalities see their latents through the same mixing.
    Errors: ValueError for a shared mixing of modalities of different size.
    """
    model = LatentPartialCausalModel(**fields)
    if model.mixing is not None:
        return model
    if shared_mixing and len(set(model.private)) > 1:
        raise ValueError(
            f"one mixing can't take the private latents {model.private}; give equal numbers"
        )
    rng = rng or stream(0, "mixing")
    how = {"layers": layers, "smooth": smooth}
    g_x, g_t = (draw_mixing(model.space.d + p, rng, **how) for p in model.private)
    return replace(model, mixing=(g_x, g_x if shared_mixing else g_t))


PRESETS: dict[str, Callable[..., LatentPartialCausalModel]] = {
    "multimodal-sphere": _multimodal_sphere,
    "multimodal-box": _multimodal_box,
    "multiview-sphere": _one_lens(_multimodal_sphere, "Zimmermann et al., Theorem 2"),
    "multimodal-block": _multimodal_block,
    "multiview-block": _one_lens(_multimodal_block, "von Kuegelgen et al., Theorem 4.4"),
}
