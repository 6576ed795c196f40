"""What the experiments on learning curves share: encoders in lockstep, on a CPU or an accelerator.

An accelerator draws pairs itself, where a CPU uses `model.sample`: other numbers of one law.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mmcl.device import tiled
from mmcl.device.draws import drawer
from mmcl.device.lockstep import Lockstep, PlainStack, together
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.randomness import stream, torch_generator
from mmcl.training import Together
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Game


def prepared(
    models: list[LatentPartialCausalModel],
    game: Game,
    settings: dict[str, Any],
    seeds: list[int],
    rule: tiled.Rule,
) -> tuple[Lockstep, Together, list[Callable[[int], Pairs]]]:
    """Untrained encoders of each world on the device, and what draws their pairs.

    The second holds the book's own encoders, as objectives: its `hand_back` gives them what was
    learned. settings: encoder, "residual" (the book's) or "reference" (seven plain layers).
    """
    nearest(settings["encoder"], ["residual", "reference"], "encoder")
    host, members = settings | {"device": "cpu"}, list(zip(models, seeds, strict=True))
    both = [fitting.prepared(model, game, host, seed) for model, seed in members]
    own, draws = Together([each for each, _ in both]), [draw for _, draw in both]
    reference = settings["encoder"] == "reference"
    stack = plain(models, game, settings, seeds) if reference else own.stacks[0]
    lockstep = Lockstep(stack, own.log_inverse_temperature, rule)
    if settings["device"] != "cpu":
        draws = [
            drawer(model, settings["device"], stream(seed, "batches on a device"))
            for model, seed in members
        ]
    return lockstep.to(settings["device"]), own, draws


def plain(
    models: list[LatentPartialCausalModel], game: Game, settings: dict[str, Any], seeds: list[int]
) -> PlainStack:
    """Encoders of the reference codes; one for both sides where settings have shared."""
    drawn = [m.sample(4096, stream(s, "sample")) for m, s in zip(models, seeds, strict=True)]
    x, t = together(drawn)
    sample = x if settings.get("shared") else torch.cat([x, t])
    generator = torch_generator(stream(seeds[0], "init"))
    size = game.size or models[0].space.d
    return PlainStack(sample, size, space=game.space, generator=generator)


def budget(settings: dict[str, Any]) -> dict[str, Any]:
    """What `descend` takes of the settings; a hidden_lr of 0 means Adam alone."""
    names = ("steps", "batch", "lr", "products")
    return {**{name: settings[name] for name in names}, "hidden_lr": settings["hidden_lr"] or None}


@torch.no_grad()
def codes(lockstep: Lockstep, tests: list[Pairs]) -> list[tuple[Tensor, Tensor]]:
    """The codes (n, d) of both sides for each world's pairs, on the CPU in float32."""
    device = lockstep.log_inverse_temperature.device
    x, t = (side.to(device) for side in together(tests))
    both = zip(*(side.float().cpu() for side in lockstep.codes(x, t)), strict=True)
    return list(both)
