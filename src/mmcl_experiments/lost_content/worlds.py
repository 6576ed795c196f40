"""Worlds whose content is narrow in some directions and whose style is wide in some."""

from typing import Any

import numpy as np
import torch

from mmcl.blocks import ContentStyle, StyleChange
from mmcl.model import LatentPartialCausalModel, mixed
from mmcl.randomness import stream
from mmcl.spaces import Unbounded
from mmcl.training import Contrastive
from mmcl_experiments.block_identifiability.learner import ToldAll, game_of
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted


def draw_world(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """Independent normal latents of random width, all of style changed; smooth mixings."""
    rng = stream(seed, "world")

    def between(low: float, high: float, n: int) -> np.ndarray:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    n_c, n_s = settings["content"], settings["style"]
    c = between(settings["narrowest"], 1.0, n_c)
    s = between(0.3, 1.5, n_s)
    change = s * between(0.3, 1.5, n_s)
    nothing = np.zeros((n_s, n_c)), np.zeros(n_s)
    return mixed(
        space=Unbounded(n_c + n_s),
        marginal=ContentStyle(np.diag(c**2), np.diag(s**2), *nothing),
        conditional=StyleChange(n_c, 1.0, np.diag(change**2)),
        private=(settings["private"],) * 2,
        layers=settings["layers"],
        smooth=True,
        rng=stream(seed, "mixing"),
        paper="this book",
    )


def names(settings: dict[str, Any]) -> list[str]:
    """The latents of one side: "content 1", ..., "style 1", ..."""
    blocks = {"content": settings["content"], "style": settings["style"]}
    return [f"{block} {j}" for block, n in blocks.items() for j in range(1, n + 1)]


def trained(settings: dict[str, Any], seed: int) -> Fitted:
    """Encoders with as many code dimensions as content has, by InfoNCE with free codes."""
    model = draw_world(settings, seed)
    game = game_of({"loss": "cross-modal", "size": settings["content"]})
    return fitting.fit(model, game, settings, seed)


def told(settings: dict[str, Any], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """All latents of x of fresh pairs, and what an encoder says that was told them in training."""
    model = draw_world(settings, seed)
    test = model.sample(settings["test_pairs"], stream(seed, "told"))
    latents = torch.cat([test.z_x, test.m_x], dim=1)
    encoder, other = fitting.encoders(test, latents.shape[1], settings, seed, space="unbounded")
    teacher = ToldAll(encoder, latents.std(dim=0))
    blank = Fitted(model, Contrastive(encoder, other), None, test)  # type: ignore[arg-type]
    budget = settings | {"steps": settings["told_steps"]}
    return latents, fitting.supervised(teacher, blank, budget, seed)
