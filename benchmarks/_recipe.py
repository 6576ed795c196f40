"""Recipes for fitting two encoders to one world, run in parts, with a clock and a score.

The book's recipe is the default `Recipe`; its loop does what `mmcl.training.train` does, which a
test holds. Only training is on the clock: neither scores nor what is fixed beforehand.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks._measure import clock
from benchmarks._reference import ReferenceEncoder
from mmcl.encoders import Encoder, in_space
from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive, Supervised, batches, optimizers_of, train
from mmcl_experiments import settings
from mmcl_experiments.hypersphere.run import GAME, draw_model
from mmcl_experiments.learners import fitting

CLOSED = 0.95  # share of the gap that counts as solved


@dataclass(frozen=True)
class Recipe:
    """How two encoders are trained. The defaults are the book's; see `mmcl.training`."""

    encoder: Literal["residual", "plain", "reference"] = "residual"
    optimizer: Literal["muon", "adam"] = "muon"
    lr: float = 0.02
    batch: int = 512
    constant: bool = False  # no warm-up and no decay
    fused: bool = True  # the loss block by block; else by its definition, on whole matrices
    average: float = 0.0  # decay of a running mean of the weights, which is what is scored
    half: bool = False  # encoders in bfloat16, weights and loss in float32
    growing: bool = False  # a quarter of the pairs at batch / 4, a quarter at batch / 2


class World:
    """A world at the default's size, and what codes are compared with: raw and supervised ones."""

    def __init__(self, size: dict[str, Any], seed: int, device: str):
        changes = {name: size[name] for name in ("steps", "batch", "test_pairs") if name in size}
        chosen = settings("hypersphere", baselines=False, **changes)
        self.settings, self.seed = {**chosen, "device": device}, seed
        self.model = draw_model(self.settings, seed)
        self.sample = self.draw(4096, "sample")
        test = self.model.sample(self.settings["test_pairs"], stream(seed, "test"))
        self.test = test.map(lambda value: value.to(device))
        self.raw = fitting.r2(test.z_x, test.x, seed)
        teacher, _ = fitting.encoders(self.sample, self.model.space.d, self.settings, seed)
        draw = fitting.drawer(self.model, self.settings, seed)
        train(Supervised(teacher).to(device), draw, **fitting.budget(self.settings))
        self.supervised = self.r2(teacher)

    def draw(self, n: int, purpose: str) -> Pairs:
        """n pairs that no training sees."""
        pairs = self.model.sample(n, stream(self.seed, purpose))
        return pairs.map(lambda value: value.to(self.settings["device"]))

    @torch.no_grad()
    def r2(self, encoder: nn.Module) -> float:
        """Held-out linear R2 of an encoder's codes."""
        codes = encoder(self.test.x)
        return fitting.r2(self.test.z_x.cpu(), codes.float().cpu(), self.seed)

    def share(self, encoder: nn.Module) -> float:
        """The share of the gap between raw observations and a supervised encoder that it closes."""
        return (self.r2(encoder) - self.raw) / (self.supervised - self.raw)


class Plain(Encoder):
    """The book's encoder without residuals and with leaky ReLU: as many weights of equal shapes."""

    def forward(self, observations: Tensor) -> Tensor:
        u = functional.leaky_relu(self.lift((observations - self.mean) / self.scale), 0.01)
        for inner, outer in zip(self.inner, self.outer, strict=True):
            u = functional.leaky_relu(outer(functional.leaky_relu(inner(u), 0.01)), 0.01)
        return in_space(self.read(u), self.space)


class Run:
    """A recipe on a world, `steps` long; goes on from where it stands."""

    def __init__(self, recipe: Recipe, world: World, steps: int):
        self.recipe, self.world, self.steps = recipe, world, steps
        self.device = world.settings["device"]
        similarity = GAME.similarity if recipe.fused else lambda a, b: a @ b.T
        self.objective = Contrastive(*self.encoders(), similarity=similarity).to(self.device)
        self.optimizers = self.made_optimizers()
        self.rates = [[g["lr"] for g in each.param_groups] for each in self.optimizers]
        self.mean = deepcopy(self.objective.encoder_x) if recipe.average else None
        self.stream = self.batches()
        self.step, self.seconds = 0, 0.0

    def encoders(self) -> tuple[nn.Module, nn.Module]:
        """Untrained encoders, their inputs standardized."""
        world, sample = self.world, self.world.sample
        if self.recipe.encoder == "reference":
            sides = enumerate((sample.x, sample.t), 2 * world.seed)
            x, t = (ReferenceEncoder(o, world.model.space.d, seed=seed) for seed, o in sides)
            return x, t
        found = fitting.encoders(sample, world.model.space.d, world.settings, world.seed)
        if self.recipe.encoder == "plain":
            for encoder in found:
                encoder.__class__ = Plain
        return found

    def made_optimizers(self) -> list[torch.optim.Optimizer]:
        """Muon with Adam, as the book trains, or Adam for all weights, as the references do."""
        if self.recipe.optimizer == "muon":
            return optimizers_of(self.objective, self.recipe.lr, 2.5 * self.recipe.lr)
        weights = [p for p in self.objective.parameters() if p.ndim > 0]
        scalars = [p for p in self.objective.parameters() if p.ndim == 0]
        groups = [{"params": weights}, {"params": scalars, "lr": 5 * self.recipe.lr}]
        return [torch.optim.Adam(groups, lr=self.recipe.lr, fused=True)]

    def batches(self) -> Iterator[Pairs]:
        """Fresh pairs, without end."""
        draw = fitting.drawer(self.world.model, self.world.settings, self.world.seed)
        batch, plan = self.recipe.batch, [(1, self.steps)]
        if self.recipe.growing:
            plan = [(4, self.steps // 2), (2, self.steps // 4), (1, self.steps)]
        for part, steps in plan:
            yield from batches(draw, steps, max(2, batch // part))

    def advance(self, steps: int) -> None:
        """Train for so many steps more."""
        start = clock(self.device)
        for _ in range(steps):
            self.one()
        self.seconds += clock(self.device) - start

    def one(self) -> None:
        """One step."""
        rate = 1.0 if self.recipe.constant else self.rate()
        for optimizer, rates in zip(self.optimizers, self.rates, strict=True):
            for group, lr in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = lr * rate
        half = torch.autocast(torch.device(self.device).type, torch.bfloat16)
        with half if self.recipe.half else nullcontext():
            codes = self.objective.codes(next(self.stream))
        loss = self.objective.loss(*(each.float() for each in codes))
        self.objective.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self.last_loss = loss.detach()
        self.step += 1
        if self.mean is not None:
            self.follow(self.mean)

    def rate(self) -> float:
        """The share of the full learning rate at this step."""
        rises = max(1, int(0.05 * self.steps))
        return min((self.step + 1) / rises, (self.steps - self.step) / max(1, self.steps - rises))

    @torch.no_grad()
    def follow(self, mean: nn.Module) -> None:
        """Move the mean of the weights a little."""
        weight = 1 - min(self.recipe.average, self.step / (self.step + 10))
        for old, new in zip(mean.parameters(), self.objective.encoder_x.parameters(), strict=True):
            old.lerp_(new, weight)

    def share(self) -> float:
        """The share of the gap that is closed now."""
        return self.world.share(self.objective.encoder_x if self.mean is None else self.mean)

    def until_closed(self, every: int, limit: float = float("inf")) -> "Curve":
        """Train to the end, or until `limit` seconds, and score after every so many steps."""
        points = []
        while self.step < self.steps and self.seconds < limit:
            self.advance(min(every, self.steps - self.step))
            points.append((self.step, self.seconds, self.share()))
        return Curve(points)


@dataclass(frozen=True)
class Curve:
    """(step, seconds, share of the gap) along a run."""

    points: list[tuple[int, float, float]]

    def closed(self) -> tuple[int, float] | None:
        """Steps and seconds at the first score that counts as solved; None without one."""
        for step, seconds, share in self.points:
            if share >= CLOSED:
                return step, seconds
        return None

    @property
    def last(self) -> tuple[int, float, float]:
        """Where it ended."""
        return self.points[-1]
