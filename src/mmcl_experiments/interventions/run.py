"""Content that causes nearly all of style: what the usual score says of codes, and the other one.

Style is an orthogonal matrix times `strength` times content, and noise: it tells most of content.
A world a seed; in each, networks that were told content, networks that were told style, and
networks that played the game; and the exact latents as codes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.stats import ortho_group
from torch import Tensor

from mmcl.blocks import ContentStyle, StyleChange
from mmcl.encoders import Encoder
from mmcl.metrics import kernel_r2
from mmcl.metrics.interventional import Blocks, interventional_r2
from mmcl.model import LatentPartialCausalModel, Pairs, mixed
from mmcl.randomness import stream
from mmcl.spaces import Unbounded
from mmcl.training import Objective, train
from mmcl_experiments.block_identifiability.learner import game_of
from mmcl_experiments.learners import fitting

ORDER = ("content", "style", "private")


class Told(Objective):
    """An encoder of x that is told one block of its latents, each in units of its deviation."""

    def __init__(self, encoder: Encoder, columns: slice, scale: Tensor):
        super().__init__()
        self.encoder, self.columns, self.scale = encoder, columns, scale

    def forward(self, pairs: Pairs) -> Tensor:
        wanted = (pairs.z_x / self.scale)[:, self.columns]
        return (self.encoder(pairs.x) - wanted).square().sum(dim=1).mean()


def draw_world(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """Content of variance 1 causes style; smooth mixings."""
    n, rng = settings["content"], stream(seed, "world")
    if settings["style"] != n:
        raise ValueError(f"style is {settings['style']}, content {n}; give as many of both")
    effect = settings["strength"] * ortho_group.rvs(n, random_state=rng)
    return mixed(
        space=Unbounded(2 * n),
        marginal=ContentStyle(np.eye(n), np.eye(n), effect, np.zeros(n)),
        conditional=StyleChange(n, 1.0, settings["change"] * np.eye(n)),
        private=(settings["private"],) * 2,
        layers=settings["layers"],
        smooth=True,
        rng=stream(seed, "mixing"),
        paper="this book",
    )


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, network, block, score ("observational", "interventional"), value, seed.

    code: "exact content", "exact style", "told content", "told style", "contrastive".
    """
    model = draw_world(settings, seed)
    tests = model.sample(settings["rows"], stream(seed, "test"))
    n = settings["content"]
    blocks = dict(zip(ORDER, (tests.z_x[:, :n], tests.z_x[:, n:], tests.m_x), strict=True))
    codes: list[tuple[str, int, Callable[[Blocks], Tensor]]] = [
        ("exact content", 0, lambda given: given["content"]),
        ("exact style", 0, lambda given: given["style"]),
    ]
    codes += [(*names, seen_by(model, each)) for names, each in encoders(model, settings, seed)]
    rows = []
    for code, network, encode in codes:
        for score, values in both_scores(blocks, encode, seed).items():  # type: ignore[arg-type]
            kept = {"code": code, "network": network, "score": score}
            rows += [{**kept, "block": name, "value": value} for name, value in values.items()]
    return pd.DataFrame(rows).assign(seed=seed)


def both_scores(
    blocks: Blocks, encode: Callable[[Blocks], Tensor], seed: int
) -> dict[str, dict[str, float]]:
    """R2 of each block by both scores."""
    h = encode(blocks)
    seen = {name: kernel_r2(z, h, rng=stream(seed, "split")) for name, z in blocks.items()}
    redrawn = interventional_r2(blocks, encode, rng=stream(seed, "redrawn"))
    return {"observational": seen, "interventional": redrawn}


def seen_by(model: LatentPartialCausalModel, encoder: Encoder) -> Callable[[Blocks], Tensor]:
    """From blocks of latents to codes: the mixing of x, then an encoder."""
    assert model.mixing is not None
    g = model.mixing[0]

    @torch.no_grad()
    def encode(given: Blocks) -> Tensor:
        return encoder(g(torch.cat([given[name] for name in ORDER], dim=1)))

    return encode


def encoders(
    model: LatentPartialCausalModel, settings: dict[str, Any], seed: int
) -> list[tuple[tuple[str, int], Encoder]]:
    """Trained encoders of x, each with its kind and number."""
    n, several = settings["content"], range(10 * seed, 10 * seed + settings["networks"])
    game = game_of({"loss": "cross-modal", "size": n})
    copies = [settings] * len(several)
    fitted = fitting.fit_together([model] * len(several), game, copies, list(several))
    found = [(("contrastive", k), each.objective.encoder_x) for k, each in enumerate(fitted)]
    scale = torch.from_numpy(np.sqrt(np.diag(model.marginal.covariance))).float()  # type: ignore[attr-defined]
    budget = fitting.budget(settings | {"steps": settings["told_steps"]})
    for code, columns in (("told content", slice(0, n)), ("told style", slice(n, None))):
        for k, each in enumerate(several):
            draw = fitting.drawer(model, settings, each)
            encoder, _ = fitting.encoders(draw(4096), n, settings, each, space="unbounded")
            train(Told(encoder, columns, scale), draw, **budget)
            found.append(((code, k), encoder))
    return found
