"""What the experiments on learning curves share: encoders in lockstep, on a CPU or an accelerator.

An accelerator draws pairs itself, where a CPU uses `model.sample`: other numbers of one law.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mmcl.device import tiled
from mmcl.device.draws import drawer
from mmcl.device.lockstep import Batch, Lockstep, PlainStack, stacked
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Game

ENCODERS = ("residual", "reference")


def prepared(
    models: list[LatentPartialCausalModel],
    game: Game,
    settings: dict[str, Any],
    seeds: list[int],
    rule: tiled.Rule,
) -> tuple[Lockstep, list[Contrastive], Callable[[int], Batch]]:
    """Untrained encoders of each world, on the device; as objectives, if they are the book's own.

    The third is what draws (k, n, d_in) of x and of t. settings: encoder, "residual" (the book's)
    or "reference" (seven plain layers, at one size of code each).
    """
    nearest(settings["encoder"], list(ENCODERS), "encoder")
    host, members = settings | {"device": "cpu"}, list(zip(models, seeds, strict=True))
    both = [fitting.prepared(model, game, host, seed) for model, seed in members]
    objectives, draws = [each for each, _ in both], [draw for _, draw in both]
    if settings["encoder"] == "residual":
        lockstep = stacked(objectives, rule)
    else:
        lockstep = plain(models, game, settings, seeds, rule)
        objectives = []
    if settings["device"] != "cpu":
        draws = [
            drawer(model, settings["device"], stream(seed, "batches on a device"))
            for model, seed in members
        ]
    return lockstep.to(settings["device"]), objectives, lambda n: together([d(n) for d in draws])


def plain(
    models: list[LatentPartialCausalModel],
    game: Game,
    settings: dict[str, Any],
    seeds: list[int],
    rule: tiled.Rule,
) -> Lockstep:
    """Encoders of the reference codes; one for both sides where settings have shared."""
    drawn = [m.sample(4096, stream(s, "sample")) for m, s in zip(models, seeds, strict=True)]
    x, t = together(drawn)
    sample = x if settings.get("shared") else torch.cat([x, t])
    generator = torch_generator(stream(seeds[0], "init"))
    size = game.size or models[0].space.d
    stack = PlainStack(sample, size, space=game.space, generator=generator)
    temperatures = torch.full((len(models),), game.temperature)
    return Lockstep(stack, temperatures, rule=rule, learned=game.learned)


def together(pairs: list[Pairs]) -> Batch:
    """x and t of k worlds as (k, n, d_in)."""
    return torch.stack([p.x for p in pairs]), torch.stack([p.t for p in pairs])


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


@torch.no_grad()
def hand_back(lockstep: Lockstep, objectives: list[Contrastive]) -> None:
    """Write what was learned into the objectives that the lockstep was made of."""
    lockstep.stack.hand_back()  # type: ignore[operator]
    inverse = lockstep.log_inverse_temperature.detach().cpu()
    for objective, value in zip(objectives, inverse, strict=True):
        objective.log_inverse_temperature.copy_(value)
