"""Training: one short loop for every objective of the book.

Hidden matrices are trained with Muon (orthogonalized momentum), everything else with Adam; both
follow a linear warm-up and a decay to zero. On one thread of a CPU the same seed gives the same
numbers.
"""

from collections.abc import Callable, Iterator

import pandas as pd
import torch
from torch import Tensor, nn

from mmcl.encoders import Encoder
from mmcl.losses import Similarity, info_nce
from mmcl.model import Pairs


class Objective(nn.Module):
    """A loss of a batch of `Pairs`, and the numbers that the history keeps beside it."""

    def measurements(self) -> dict[str, float]:
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
        return torch.exp(-self.log_inverse_temperature)

    def forward(self, pairs: Pairs) -> Tensor:
        codes = self.encoder_x(pairs.x), self.encoder_t(pairs.t)
        return info_nce(*codes, similarity=self.similarity, temperature=self.temperature)

    def measurements(self) -> dict[str, float]:
        return {"inverse_temperature": self.log_inverse_temperature.exp().item()}


class Supervised(Objective):
    """An encoder that is told z_x: the best that this network can do with x."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, pairs: Pairs) -> Tensor:
        return (self.encoder(pairs.x) - pairs.z_x).square().sum(dim=1).mean()


def train(
    objective: Objective,
    draw: Callable[[int], Pairs],
    *,
    steps: int,
    batch: int,
    lr: float = 0.02,
    hidden_lr: float = 0.05,
    warmup: float = 0.05,
    log_every: int | None = None,
) -> pd.DataFrame:
    """Train an objective on fresh pairs and return its history, one row per logged step.

    draw(n) gives n new pairs. lr is Adam's, hidden_lr Muon's; both rise over the first `warmup`
    share of the steps and fall linearly to zero. History columns, every `log_every` steps (about
    fifty rows by default): step, loss (nats, of that batch), and the objective's measurements.
    Errors: ValueError for steps < 1 or batch < 2; FloatingPointError when the loss isn't finite.
    """
    if steps < 1 or batch < 2:
        raise ValueError(f"train got steps = {steps}, batch = {batch}; give steps >= 1, batch >= 2")
    rises, log_every = max(1, int(warmup * steps)), log_every or max(1, steps // 50)

    def rate(step: int) -> float:
        return min((step + 1) / rises, (steps - step) / max(1, steps - rises))

    optimizers = optimizers_of(objective, lr, hidden_lr)
    schedules = [torch.optim.lr_scheduler.LambdaLR(each, rate) for each in optimizers]
    history = []
    for step, pairs in enumerate(batches(draw, steps, batch)):
        loss = objective(pairs)
        if step % log_every == 0 or step == steps - 1:
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss is {loss.item()} at step {step}; lower lr")
            history.append({"step": step, "loss": loss.item(), **objective.measurements()})
        objective.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer, schedule in zip(optimizers, schedules, strict=True):
            optimizer.step()
            schedule.step()
    return pd.DataFrame(history)


def optimizers_of(objective: Objective, lr: float, hidden_lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the encoders' hidden matrices, Adam for the rest.

    Scalars, such as the log temperature, have a long way to go: their rate is five times lr.
    """
    encoders = [module for module in objective.modules() if isinstance(module, Encoder)]
    hidden = [matrix for encoder in encoders for matrix in encoder.hidden_matrices()]
    others = [p for p in objective.parameters() if not any(p is matrix for matrix in hidden)]
    groups = [
        {"params": [p for p in others if p.ndim > 0]},
        {"params": [p for p in others if p.ndim == 0], "lr": 5 * lr},
    ]
    return [
        torch.optim.Adam(groups, lr=lr, betas=(0.9, 0.98), fused=True),
        Muon(hidden, lr=hidden_lr),
    ]


class Muon(torch.optim.Optimizer):
    """torch.optim.Muon for matrices of one shape, all orthogonalized in one batched product.

    torch's takes one matrix after another, which for small ones costs a quarter of a step.
    Source: Jordan et al. (2024); Nesterov momentum, no weight decay.
    Errors: ValueError for parameters that aren't matrices of one shape.
    """

    def __init__(
        self, matrices: list[nn.Parameter], *, lr: float, momentum: float = 0.95, ns_steps: int = 3
    ):
        shapes = {tuple(matrix.shape) for matrix in matrices}
        if len(shapes) != 1 or any(len(shape) != 2 for shape in shapes):
            raise ValueError(f"Muon got the shapes {sorted(shapes)}; give matrices of one shape")
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "ns_steps": ns_steps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        (group,) = self.param_groups
        matrices = group["params"]
        gradients = torch.stack([matrix.grad for matrix in matrices])
        state = self.state[matrices[0]]
        if not state:
            state["mean"] = torch.zeros_like(gradients)
        mean = state["mean"].lerp_(gradients, 1 - group["momentum"])
        ahead = gradients.lerp(mean, group["momentum"])
        update = orthogonalized(ahead, group["ns_steps"]) * -group["lr"]
        for matrix, change in zip(matrices, update, strict=True):
            matrix.add_(change)


def orthogonalized(matrices: Tensor, steps: int) -> Tensor:
    """Nearly the closest orthogonal matrices (b, r, r), by Newton-Schulz steps of order five."""
    x = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (2.0315 * gram @ gram - 4.775 * gram) @ x
    return x


def batches(
    draw: Callable[[int], Pairs], steps: int, batch: int, block: int = 64
) -> Iterator[Pairs]:
    """`steps` batches of fresh pairs, drawn in blocks of 64 batches so that sampling is cheap."""
    for start in range(0, steps, block):
        count = min(block, steps - start)
        pairs = draw(count * batch)
        for i in range(count):
            yield pairs[i * batch : (i + 1) * batch]
