"""Training: one short loop for every objective of the book.

Hidden matrices are trained with Muon (orthogonalized momentum), everything else with Adam; both
follow a linear warm-up and a decay to zero. On one thread of a CPU the same seed gives the same
numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Required, TypedDict, Unpack

import pandas as pd
import torch
from torch import Tensor, nn

from mmcl.encoders import Encoder, Stack, kind_of
from mmcl.fast.muon import Muon
from mmcl.losses import Similarity, info_nce, info_nce_each
from mmcl.model import Pairs


class Objective(nn.Module):
    """A loss of a batch of `Pairs`, and the numbers that the history keeps beside it."""

    def measurements(self) -> dict[str, float]:
        """Numbers for the history, by name; none here."""
        return {}


class Contrastive(Objective):
    """Two encoders and a learned temperature under InfoNCE."""

    def __init__(
        self,
        encoder_x: Encoder,
        encoder_t: Encoder,
        *,
        similarity: Similarity = "dot",
        temperature: float = 1.0,
    ):
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"temperature is {temperature}; give a number > 0")
        self.encoder_x, self.encoder_t = encoder_x, encoder_t
        self.similarity: Similarity = similarity
        self.log_inverse_temperature = nn.Parameter(-torch.tensor(float(temperature)).log())

    @property
    def temperature(self) -> Tensor:
        """The temperature as it is now: a scalar > 0."""
        return torch.exp(-self.log_inverse_temperature)

    def codes(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """The codes (n, d) of both sides."""
        return self.encoder_x(pairs.x), self.encoder_t(pairs.t)

    def loss(self, codes_x: Tensor, codes_t: Tensor) -> Tensor:
        """What is minimized, of the codes (n, d)."""
        how = {"similarity": self.similarity, "temperature": self.temperature}
        return info_nce(codes_x, codes_t, **how)

    def forward(self, pairs: Pairs) -> Tensor:
        """InfoNCE in nats of a batch of pairs: a scalar."""
        return self.loss(*self.codes(pairs))

    def measurements(self) -> dict[str, float]:
        """The inverse temperature, for the history."""
        return {"inverse_temperature": self.log_inverse_temperature.exp().item()}


class Together(nn.Module):
    """k contrastive objectives with stacked encoders; k batches give (k,) losses.

    Errors: ValueError when the encoders of a side differ in architecture, or similarities differ.
    """

    def __init__(self, objectives: Sequence[Contrastive]):
        super().__init__()
        self.members = list(objectives)
        if len({member.similarity for member in self.members}) != 1:
            raise ValueError("objectives differ in similarity; train those of one kind together")
        if len({member.log_inverse_temperature.requires_grad for member in self.members}) != 1:
            raise ValueError("some temperatures are learned and some are held; separate them")
        self.similarity: Similarity = self.members[0].similarity
        sides = [[m.encoder_x for m in self.members], [m.encoder_t for m in self.members]]
        alike = kind_of(sides[0][0]) == kind_of(sides[1][0])
        self.stacks = nn.ModuleList(map(Stack, [sides[0] + sides[1]] if alike else sides))
        inverse = torch.stack([m.log_inverse_temperature.detach() for m in self.members])
        learned = all(m.log_inverse_temperature.requires_grad for m in self.members)
        self.log_inverse_temperature = nn.Parameter(inverse, requires_grad=learned)

    def forward(self, *pairs: Pairs) -> Tensor:
        """InfoNCE in nats of k batches of pairs: (k,)."""
        x, t = torch.stack([p.x for p in pairs]), torch.stack([p.t for p in pairs])
        if len(self.stacks) == 1:  # both sides in one product
            codes = self.stacks[0](torch.cat([x, t])).split(len(pairs))
        else:
            codes = self.stacks[0](x), self.stacks[1](t)
        temperatures = torch.exp(-self.log_inverse_temperature)
        return info_nce_each(*codes, similarity=self.similarity, temperatures=temperatures)

    @torch.no_grad()
    def hand_back(self) -> None:
        """Write what was learned into the objectives."""
        for stack in self.stacks:
            stack.hand_back()  # type: ignore[operator]
        for member, value in zip(self.members, self.log_inverse_temperature, strict=True):
            member.log_inverse_temperature.copy_(value)


class Supervised(Objective):
    """An encoder that is told z_x: the best that this network can do with x."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, pairs: Pairs) -> Tensor:
        """The mean squared distance of codes from z_x: a scalar."""
        return (self.encoder(pairs.x) - pairs.z_x).square().sum(dim=1).mean()


class Budget(TypedDict, total=False):
    """How long, on how much and how fast an objective is trained."""

    steps: Required[int]
    batch: Required[int]  # pairs a step
    lr: float  # Adam's rate, 0.02 by default
    hidden_lr: float | None  # Muon's, 2.5 lr by default
    warmup: float  # share of the steps over which both rise, 0.05 by default
    log_every: int | None  # steps between rows of the history; about fifty rows


def train(
    objective: Objective, draw: Callable[[int], Pairs], **budget: Unpack[Budget]
) -> pd.DataFrame:
    """Train an objective on fresh pairs and return its history, one row per logged step.

    draw(n) gives n new pairs. budget: steps and batch, and what else `Budget` has; both rates rise
    over the first `warmup` share of the steps and fall linearly to zero. History columns: step,
    loss (nats, of that batch), and the objective's measurements.
    Errors: ValueError for steps < 1 or batch < 2; FloatingPointError when the loss isn't finite.

    >>> from mmcl.model import preset
    >>> from mmcl.randomness import stream, torch_generator
    >>> model, rng = preset("multimodal-sphere", d=3), stream(0, "batches")
    >>> start = torch_generator(stream(0, "start"))
    >>> encoders = [Encoder(5, 3, generator=start) for _ in range(2)]
    >>> draw = lambda n: model.sample(n, rng)
    >>> history = train(Contrastive(*encoders), draw, steps=20, batch=128)
    >>> bool(history.loss.iloc[-1] < history.loss.iloc[0])
    True
    """

    def measure(losses: Tensor) -> list[dict[str, float]]:
        return [{"loss": losses.item(), **objective.measurements()}]

    (history,) = _descend(objective, [draw], measure, **budget)
    return history


def train_together(
    objectives: Sequence[Contrastive],
    draws: Sequence[Callable[[int], Pairs]],
    **budget: Unpack[Budget],
) -> list[pd.DataFrame]:
    """Train k contrastive objectives in lockstep as one batched computation; budget: as `train`'s.

    Up to rounding, each ends as if `train` had trained it alone on its own pairs: the sum of k
    losses has no cross terms, and Adam and Muon treat each weight and each matrix by itself. One
    step costs a fraction of k steps, most so for small batches and on a GPU. Returns k histories.
    Errors: ValueError when the encoders differ in architecture, or the objectives in similarity.
    """
    together = Together(objectives)

    def measure(losses: Tensor) -> list[dict[str, float]]:
        inverse = together.log_inverse_temperature.detach().exp()
        both = zip(losses.tolist(), inverse.tolist(), strict=True)
        return [{"loss": loss, "inverse_temperature": value} for loss, value in both]

    histories = _descend(together, draws, measure, **budget)
    together.hand_back()
    return histories


def _descend(
    objective: nn.Module,
    draws: Sequence[Callable[[int], Pairs]],
    measure: Callable[[Tensor], list[dict[str, float]]],
    *,
    steps: int,
    batch: int,
    lr: float = 0.02,
    hidden_lr: float | None = None,
    warmup: float = 0.05,
    log_every: int | None = None,
) -> list[pd.DataFrame]:
    """The loop: descend the sum of an objective's losses of batches; one history for each loss."""
    if steps < 1 or batch < 2:
        raise ValueError(f"train got steps = {steps}, batch = {batch}; give steps >= 1, batch >= 2")
    rises, log_every = max(1, int(warmup * steps)), log_every or max(1, steps // 50)

    def rate(step: int) -> float:
        return min((step + 1) / rises, (steps - step) / max(1, steps - rises))

    optimizers = optimizers_of(objective, lr, 2.5 * lr if hidden_lr is None else hidden_lr)
    schedules = [torch.optim.lr_scheduler.LambdaLR(each, rate) for each in optimizers]
    streams = (batches(draw, steps, batch) for draw in draws)
    rows: list[list[dict[str, float]]] = []
    for step, pairs in enumerate(zip(*streams, strict=True)):
        losses = objective(*pairs)
        if step % log_every == 0 or step == steps - 1:
            if not torch.isfinite(losses).all():
                raise FloatingPointError(f"the loss is {losses.tolist()} at step {step}; lower lr")
            rows.append([{"step": step, **row} for row in measure(losses.detach())])
        for optimizer in optimizers:
            optimizer.zero_grad()
        losses.sum().backward()
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
    return [pd.DataFrame(list(history)) for history in zip(*rows, strict=True)]


def optimizers_of(objective: nn.Module, lr: float, hidden_lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the encoders' hidden matrices, Adam for the rest.

    The log temperature has a long way to go: its rate is five times lr.
    """
    encoders = [module for module in objective.modules() if isinstance(module, Encoder | Stack)]
    hidden = [matrix for encoder in encoders for matrix in encoder.hidden_matrices()]
    known = {id(matrix) for matrix in hidden}
    others = {name: p for name, p in objective.named_parameters() if id(p) not in known}
    scalar = "log_inverse_temperature"
    groups = [
        {"params": [p for name, p in others.items() if name != scalar]},
        {"params": [p for name, p in others.items() if name == scalar], "lr": 5 * lr},
    ]
    return [
        torch.optim.Adam(groups, lr=lr, betas=(0.9, 0.98), fused=True),
        Muon(hidden, lr=hidden_lr),
    ]


def batches(
    draw: Callable[[int], Pairs], steps: int, batch: int, block: int = 64
) -> Iterator[Pairs]:
    """`steps` batches of fresh pairs, drawn in blocks of 64 batches so that sampling is cheap."""
    for start in range(0, steps, block):
        count = min(block, steps - start)
        pairs = draw(count * batch)
        for i in range(count):
            yield pairs[i * batch : (i + 1) * batch]
