"""Muon: steps along the nearest orthogonal matrix instead of the gradient, for hidden weights."""

import torch
from torch import Tensor, nn


class Muon(torch.optim.Optimizer):
    """torch.optim.Muon for matrices of one shape, all orthogonalized in one batched product.

    torch's takes one matrix after another, which for small ones costs a quarter of a step.
    Parameters may be matrices (r, r) or stacks of them (k, r, r).
    Source: Jordan et al. (2024); Nesterov momentum, no weight decay.
    Errors: ValueError for parameters that aren't matrices of one shape.
    """

    def __init__(
        self, matrices: list[nn.Parameter], *, lr: float, momentum: float = 0.95, ns_steps: int = 3
    ):
        shapes = {tuple(matrix.shape[-2:]) for matrix in matrices}
        if len(shapes) != 1 or any(matrix.ndim not in (2, 3) for matrix in matrices):
            given = sorted({tuple(matrix.shape) for matrix in matrices})
            raise ValueError(f"Muon got the shapes {given}; give matrices of one shape")
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "ns_steps": ns_steps})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move the matrices by one step; each has its gradient. closure: not supported."""
        (group,) = self.param_groups
        matrices = group["params"]
        stacks = [matrix if matrix.ndim == 3 else matrix[None] for matrix in matrices]
        gradients = torch.cat(
            [matrix.grad.view_as(s) for matrix, s in zip(matrices, stacks, strict=True)]
        )
        state = self.state[matrices[0]]
        if not state:
            state["mean"] = torch.zeros_like(gradients)
        mean = state["mean"].lerp_(gradients, 1 - group["momentum"])
        ahead = gradients.lerp(mean, group["momentum"])
        update = orthogonalized(ahead, group["ns_steps"])
        for stack, change in zip(stacks, update.split([len(s) for s in stacks]), strict=True):
            stack.add_(change, alpha=-group["lr"])


def orthogonalized(matrices: Tensor, steps: int) -> Tensor:
    """Nearly the closest orthogonal matrices (b, r, r), by Newton-Schulz steps of order five."""
    x = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp_min(1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=-4.775, alpha=2.0315)
        x = torch.baddbmm(x, polynomial, x, beta=3.4445)
    return x
