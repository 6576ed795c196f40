"""InfoNCE of k batches for an accelerator: no matrix of scores, and nothing that waits for it.

`mmcl.losses` looks at its numbers to refuse what isn't finite, so the processor waits for the
device, and a step can't be recorded as a CUDA graph. Here nothing is looked at. On CUDA scores are
made tile by tile (`mmcl.device.tiles`), elsewhere as (k, n, n) tensors.
"""

from typing import Any, Literal

import torch
from torch import Tensor

Rule = Literal["cross-modal", "cross-modal distance", "same-modality"]


def info_nce(codes_x: Tensor, codes_t: Tensor, temperatures: Tensor, rule: Rule) -> Tensor:
    """InfoNCE (k,) in nats of k batches of paired codes (k, n, d), temperatures (k,).

    rule: "cross-modal", find the partner among all n by products, in both directions;
    "cross-modal distance", the same by minus squared distances; "same-modality", by minus squared
    distances against codes of the anchor's own modality, as `alignment.same_modality_info_nce`.
    d is at most 16 by products, 14 by distances.
    """
    tau = temperatures[:, None, None]
    if rule == "same-modality":
        positive = -(codes_x - codes_t).square().sum(dim=-1) / tau[..., 0]
        sides = [_as_products(codes, codes, tau) for codes in (codes_x, codes_t)]
        negative = [log_sum_exp(a, b, skip=True) for a, b in sides]
        totals = [torch.logaddexp(each, positive) for each in negative]
        return ((totals[0] + totals[1]) / 2 - positive).mean(dim=-1)
    if rule == "cross-modal":
        a, b = codes_x / tau, codes_t
    elif rule == "cross-modal distance":
        a, b = _as_products(codes_x, codes_t, tau)
    else:
        raise ValueError(f"rule is {rule!r}; give one of {', '.join(Rule.__args__)}")
    own = (a * b).sum(dim=-1)
    return ((log_sum_exp(a, b) + log_sum_exp(b, a)) / 2 - own).mean(dim=-1)


def log_sum_exp(a: Tensor, b: Tensor, *, skip: bool = False) -> Tensor:
    """log sum_j exp(a_i . b_j), (k, n), for codes (k, n, d); skip: without j = i."""
    if a.is_cuda:
        from mmcl.device.tiles import padded

        value: Tensor = _LogSumExp.apply(padded(a), padded(b), skip)  # type: ignore[assignment]
        return value
    scores = a @ b.mT
    if skip:
        scores = scores.diagonal_scatter(scores.new_full(a.shape[:2], -torch.inf), dim1=1, dim2=2)
    return scores.logsumexp(dim=-1)


class _LogSumExp(torch.autograd.Function):
    """The same by tiles, for float32 codes padded to 16 numbers."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, skip: bool) -> Tensor:
        from mmcl.device import tiles

        sums, mean = tiles.rows(a, b, skip)
        ctx.save_for_backward(a, b, sums, mean)
        ctx.skip = skip
        return sums

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:  # type: ignore[override]
        from mmcl.device import tiles

        a, b, sums, mean = ctx.saved_tensors
        return g[..., None] * mean, tiles.columns(a, b, sums, g, ctx.skip), None


def _as_products(a: Tensor, b: Tensor, tau: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of d + 2 numbers whose products are -|a_i - b_j|^2 / tau, around the mean of a.

    Distances don't know where zero is; near their mean codes are short, and the products lose
    fewest digits.
    """
    middle = a.detach().mean(dim=1, keepdim=True)
    a, b = a - middle, b - middle
    one = torch.ones_like(a[..., :1])
    left = torch.cat([2 * a, -a.square().sum(dim=-1, keepdim=True), one], dim=-1)
    right = torch.cat([b, one, -b.square().sum(dim=-1, keepdim=True)], dim=-1)
    return left / tau, right
