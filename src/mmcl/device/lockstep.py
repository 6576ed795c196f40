"""Training in lockstep on an accelerator, for more steps than `mmcl.training` is meant for.

k pairs of encoders of one architecture step together, with the optimizers of `mmcl.training`; on
the way they are looked at. On CUDA the loss and its gradient are recorded once as a CUDA graph,
with matrix products in TF32 unless told otherwise. On a CPU a step does what `train_together`
does, up to rounding.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.device import tiled
from mmcl.encoders import in_space
from mmcl.model import Pairs
from mmcl.training import batches, optimizers_of

Batch = tuple[Tensor, Tensor]  # x and t, (k, n, d_in) each


class PlainStack(nn.Module):
    """The reference codes' encoder, k times: seven layers with leaky ReLU (.01) between them.

    Maps observations (k, n, d_in) to codes (k, n, d) by d_in - 10d - 50d - 50d - 50d - 50d - 10d
    - d, with torch's own first weights. Inputs are standardized by a sample (k, m, d_in), which
    the reference code doesn't do. Source: Zimmermann et al. (2021), released code.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self, sample: Tensor, d: int, *, space: str, generator: torch.Generator | None = None
    ):
        super().__init__()
        k, _, d_in = sample.shape
        self.space = space
        self.register_buffer("mean", sample.mean(dim=1, keepdim=True))
        self.register_buffer("scale", sample.std(dim=1, keepdim=True).clamp_min(1e-6))
        sizes = [d_in, 10 * d, 50 * d, 50 * d, 50 * d, 50 * d, 10 * d, d]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for inner, outer in pairwise(sizes):
            for found, shape in ((self.weights, (k, inner, outer)), (self.biases, (k, 1, outer))):
                drawn = 2 * torch.rand(shape, generator=generator) - 1
                found.append(nn.Parameter(drawn * inner**-0.5))

    def forward(self, observations: Tensor) -> Tensor:
        """Observations (k, n, d_in) to codes (k, n, d)."""
        u = (observations - self.mean) / self.scale
        last = len(self.weights) - 1
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            u = u @ weight + bias
            u = u if i == last else functional.leaky_relu(u, 0.01)
        return in_space(u, self.space)


class Lockstep(nn.Module):
    """k contrastive objectives side by side; k batches (k, n, d_in) give k losses.

    stack: encoders of x, then of t, 2k in all; or k of them that both sides share.
    log_inverse_temperature (k,): learned if it wants a gradient. rule: see
    `mmcl.device.tiled.info_nce`. Of `mmcl.training.Together` it takes both and shares them, so that
    its `hand_back` still writes what was learned into the objectives.
    """

    def __init__(self, stack: nn.Module, log_inverse_temperature: nn.Parameter, rule: tiled.Rule):
        super().__init__()
        self.stack, self.log_inverse_temperature = stack, log_inverse_temperature
        self.rule: tiled.Rule = rule

    def codes(self, x: Tensor, t: Tensor) -> Batch:
        """The codes (k, n, d) of both sides."""
        k, n = x.shape[:2]
        if len(self.stack.mean) == k:  # type: ignore[arg-type]
            both = self.stack(torch.cat([x, t], dim=1))
            return both[:, :n], both[:, n:]
        both = self.stack(torch.cat([x, t]))
        return both[:k], both[k:]

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Batches (k, n, d_in) of both modalities to losses (k,), in nats."""
        temperatures = torch.exp(-self.log_inverse_temperature)
        return tiled.info_nce(*self.codes(x, t), temperatures, self.rule)


def descend(
    lockstep: Lockstep,
    draws: Sequence[Callable[[int], Pairs]],
    look: Callable[[int], None],
    *,
    steps: int,
    batch: int,
    lr: float,
    hidden_lr: float | None,
    products: str = "tf32",
) -> None:
    """Train on fresh pairs; look(step) after each power of two from 256 on, and at the end.

    draws: of n pairs, one for each member. hidden_lr: Muon's rate for hidden matrices; then both
    rates rise over a twentieth of the steps and fall linearly to zero. None: Adam alone at a
    constant rate, as in the reference codes. products: "tf32" or "float32", of matrices on CUDA.
    Errors: ValueError for steps < 1 or batch < 2; FloatingPointError when a loss isn't finite at a
    look.
    """
    if steps < 1 or batch < 2:
        raise ValueError(f"descend got steps = {steps}, batch = {batch}; give >= 1 and >= 2")
    optimizers, schedules = _optimizers(lockstep, lr, hidden_lr, steps)
    looks, gradient = looks_of(steps), None
    streams = (batches(draw, steps, batch) for draw in draws)
    for step, pairs in enumerate(zip(*streams, strict=True), 1):
        x, t = together(pairs)
        gradient = gradient or _gradient(lockstep, x, t, products)
        losses = gradient(x, t)
        for optimizer in optimizers:
            optimizer.step()
        for schedule in schedules:
            schedule.step()
        if step in looks:
            if not torch.isfinite(losses).all():
                raise FloatingPointError(f"the loss is {losses.tolist()} at step {step}; lower lr")
            look(step)


def together(pairs: Sequence[Pairs]) -> Batch:
    """x and t of k members as (k, n, d_in)."""
    return torch.stack([p.x for p in pairs]), torch.stack([p.t for p in pairs])


def looks_of(steps: int) -> set[int]:
    """Powers of two from 256 on, below the last step; and that one."""
    return {2**k for k in range(8, 40) if 2**k < steps} | {steps}


def _optimizers(
    lockstep: Lockstep, lr: float, hidden_lr: float | None, steps: int
) -> tuple[list[torch.optim.Optimizer], list[torch.optim.lr_scheduler.LambdaLR]]:
    """Optimizers, and the schedules of their rates."""
    if hidden_lr is None:
        weights = [p for p in lockstep.parameters() if p.requires_grad]
        return [torch.optim.Adam(weights, lr=lr, fused=True)], []
    rises = max(1, int(0.05 * steps))

    def rate(step: int) -> float:
        return min((step + 1) / rises, (steps - step) / max(1, steps - rises))

    optimizers = optimizers_of(lockstep, lr, hidden_lr)
    return optimizers, [torch.optim.lr_scheduler.LambdaLR(each, rate) for each in optimizers]


def _gradient(lockstep: Lockstep, x: Tensor, t: Tensor, products: str) -> Callable[..., Tensor]:
    """What leaves the gradient of the losses' sum in the weights, and returns the losses.

    On CUDA it is a graph, with the encoders compiled.
    """

    def backward(x: Tensor, t: Tensor) -> Tensor:
        lockstep.zero_grad()
        losses = lockstep(x, t)
        losses.sum().backward()
        return losses.detach()

    if not x.is_cuda:
        return backward
    held_x, held_t = x.contiguous(), t.contiguous()
    stack, fused = lockstep.stack, torch.compile(lockstep.stack, fullgraph=True, dynamic=False)
    torch.set_float32_matmul_precision("high" if products == "tf32" else "highest")
    lockstep.stack = fused  # type: ignore[assignment]
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # compiles, and lets libraries choose their kernels
        for _ in range(3):
            backward(held_x, held_t)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        losses = backward(held_x, held_t)
    lockstep.stack = stack
    torch.set_float32_matmul_precision("highest")  # what isn't trained is exact

    def replay(x: Tensor, t: Tensor) -> Tensor:
        held_x.copy_(x)
        held_t.copy_(t)
        graph.replay()
        return losses

    return replay
