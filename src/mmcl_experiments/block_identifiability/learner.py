"""What the experiments on block identifiability share: games, interventions, scores of blocks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmcl.alignment import same_modality_info_nce, sym_align_max_ent
from mmcl.encoders import Encoder
from mmcl.losses import neg_squared_l2
from mmcl.metrics import kernel_r2, linear_r2
from mmcl.model import LatentPartialCausalModel, Pairs, preset
from mmcl.randomness import stream
from mmcl.training import Contrastive, Supervised, train
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game


class SameModality(Contrastive):
    """InfoNCE by squared distances, with negatives of the anchor's own modality."""

    def loss(self, codes_x: Tensor, codes_t: Tensor) -> Tensor:
        return same_modality_info_nce(codes_x, codes_t, self.temperature)


class MaxEntropy(Contrastive):
    """The loss of Daunhawer et al., Theorem 1, with a weight on alignment; no temperature.

    Whatever the weight, the loss is at best 0, and by the same codes. A network that is nearly
    right gains most by first agreeing, so the weight falls from 100 to `weight` over the steps.
    """

    weight, steps, done = 5.0, 1, 0

    def loss(self, codes_x: Tensor, codes_t: Tensor) -> Tensor:
        share = min(self.done / self.steps, 1.0)
        self.done += 1
        weight = 100 * (self.weight / 100) ** share
        return sym_align_max_ent(codes_x, codes_t, weight=weight)


class ToldAll(Supervised):
    """An encoder that is told all latents of x: whatever it can't tell isn't to be had."""

    scale: Tensor

    def __init__(self, encoder: Encoder, scale: Tensor):
        super().__init__(encoder)
        self.register_buffer("scale", scale)

    def forward(self, pairs: Pairs) -> Tensor:
        wanted = torch.cat([pairs.z_x, pairs.m_x], dim=1) / self.scale
        return (self.encoder(pairs.x) - wanted).square().sum(dim=1).mean()


LOSSES: dict[str, type[Contrastive]] = {
    "cross-modal": Contrastive,
    "same-modality": SameModality,
    "max-entropy": MaxEntropy,
}


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of the settings, with laws and mixings of its own for each seed."""
    private = 0 if settings["world"] == "multiview-block" else settings["private"]
    names = ("content", "style", "p", "covariances", "causal", "smooth", "layers")
    return preset(
        settings["world"],
        private=(private, private),
        rng=stream(seed, "mixing"),
        **{name: settings[name] for name in names},
    )


def fit(settings: dict[str, Any], seed: int) -> list[Fitted]:
    """Train encoders at `repeats` seeds from `seed` on, in lockstep where the loss allows it."""
    nearest(settings["loss"], list(LOSSES), "loss")
    seeds = list(range(seed, seed + settings["repeats"]))
    models = [draw_model(settings, each) for each in seeds]
    if settings["loss"] == "cross-modal" and not settings["shared_encoder"]:
        game = game_of(settings)
        return fitting.fit_together(models, game, [settings] * len(seeds), seeds)
    return [fit_one(model, settings, each) for model, each in zip(models, seeds, strict=True)]


def game_of(settings: dict[str, Any]) -> Game:
    """Squared distances of free codes; codes in a box for the theorem's own loss."""
    space = "box" if settings["loss"] == "max-entropy" else "unbounded"
    return Game(space, neg_squared_l2, size=settings["size"])


def fit_one(model: LatentPartialCausalModel, settings: dict[str, Any], seed: int) -> Fitted:
    """Train two encoders, or one for both sides, by any of the losses."""
    draw, game = fitting.drawer(model, settings, seed), game_of(settings)
    own, other = fitting.encoders(draw(4096), settings["size"], settings, seed, space=game.space)
    both = (own, own if settings["shared_encoder"] else other)
    objective = LOSSES[settings["loss"]](*both, similarity=game.similarity)
    if isinstance(objective, MaxEntropy):
        objective.weight, objective.steps = settings["weight"], settings["steps"]
    objective.to(settings["device"])
    history = train(objective, draw, **fitting.budget(settings))
    return fitting.finished(model, objective, history, settings, seed)


def blocks(pairs: Pairs, content: int) -> dict[str, Tensor]:
    """The latents of both sides by name; content stands there once, since it is the same."""
    named = {
        "content": pairs.z_x[:, :content],
        "style x": pairs.z_x[:, content:],
        "style t": pairs.z_t[:, content:],
        "private x": pairs.m_x,
        "private t": pairs.m_t,
    }
    return {name: values for name, values in named.items() if values.shape[1]}


def redrawn(fitted: Fitted, block: str, rng: np.random.Generator) -> Pairs:
    """The test pairs after an intervention: one block is dealt out anew, the others stay.

    block: "content" (both sides get the same new content), "style" or "private".
    """
    model, pairs = fitted.model, fitted.test
    order, c = torch.from_numpy(rng.permutation(len(pairs))), model.content
    z_x, z_t, m_x, m_t = (z.clone() for z in (pairs.z_x, pairs.z_t, pairs.m_x, pairs.m_t))
    if block == "private":
        m_x, m_t = m_x[order], m_t[order]
    else:
        columns = {"content": slice(0, c), "style": slice(c, None)}[block]
        z_x[:, columns], z_t[:, columns] = z_x[order, columns], z_t[order, columns]
    assert model.mixing is not None
    g_x, g_t = model.mixing
    x, t = g_x(torch.cat([z_x, m_x], dim=1)), g_t(torch.cat([z_t, m_t], dim=1))
    return Pairs(x, t, z_x, z_t, m_x, m_t)


@torch.no_grad()
def codes_of(fitted: Fitted, pairs: Pairs) -> dict[str, Tensor]:
    """The codes of both sides."""
    return dict(zip("xt", fitted.objective.codes(pairs), strict=True))


def moved(before: Tensor, after: Tensor) -> float:
    """The share of the codes' variance that redrawing one block moves, 0 to 1.

    E |h' - h|^2 / 2 d for codes with variance one in all d directions, so that a direction counts
    however small it is in the code. Where blocks are independent, it is the mean total Sobol index
    of the block. It needs no regression: what doesn't move a code isn't in it.
    """
    steps = whitener(before)(after) - whitener(before)(before)
    return float(steps.square().sum(dim=1).mean() / (2 * before.shape[1]))


def whitener(sample: Tensor) -> Callable[[Tensor], Tensor]:
    """Turns and scales points by a sample's covariance: onto principal axes of variance one."""
    axes, sizes = principal(sample)
    return lambda points: (points.double() - sample.double().mean(dim=0)) @ axes / sizes.sqrt()


def principal(sample: Tensor) -> tuple[Tensor, Tensor]:
    """Principal axes as columns (d, d), and the variances along them (d,), largest first."""
    centered = sample.double() - sample.double().mean(dim=0)
    sizes, axes = torch.linalg.eigh(centered.T @ centered / (len(sample) - 1))
    return axes.flip(1), sizes.flip(0).clamp_min(1e-12 * float(sizes[-1]))


def scores(latents: Tensor, codes: Tensor, rows: int, seed: int) -> dict[str, float]:
    """Held-out R2 of a block, the mean over its coordinates: by a line, and by a kernel."""
    z, h = latents[:rows], codes[:rows]
    return {
        "linear_r2": linear_r2(z, h, rng=stream(seed, "split")),
        "kernel_r2": kernel_r2(z, h, rng=stream(seed, "split")),
    }


def by_direction(latents: Tensor, codes: Tensor, rows: int, seed: int) -> list[tuple[float, float]]:
    """For each principal direction of a block its variance and its held-out kernel R2.

    A mean over coordinates hides a direction in which the block varies little.
    """
    z, h = latents[:rows], codes[:rows]
    _, sizes = principal(z)
    found = [kernel_r2(u[:, None], h, rng=stream(seed, "split")) for u in whitener(z)(z).T]
    return list(zip(sizes.tolist(), found, strict=True))


def told(fitted: Fitted, settings: dict[str, Any], seed: int) -> Tensor:
    """What an encoder of the same size that was told all latents makes of x (n, d + private)."""
    everything = torch.cat([fitted.test.z_x, fitted.test.m_x], dim=1)
    size = everything.shape[1]
    encoder, _ = fitting.encoders(fitted.test, size, settings, seed, space="unbounded")
    teacher = ToldAll(encoder, everything.std(dim=0))
    return fitting.supervised(teacher, fitted, settings | {"steps": settings["told_steps"]}, seed)
