"""InfoNCE and its gradient without an (n, n) matrix: a block of rows at a time, in the cache.

The loss needs of the scores only the sums of their exponentials over rows and columns, and its
gradient weighs each score by exp(s_ij) (1 / row_i + 1 / column_j) / 2n. So the scores are made
block by block, used, and forgotten; with several blocks they are made twice, which is cheaper
than to write them to memory and to read them again. The idea is that of FlashAttention (Dao et
al., 2022), for two directions at once.
"""

from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

Kind = Literal["product", "neg_l1"]
BLOCK = 2**20  # scores in one block, 4 MB in float32: up to 1,024 rows need no second pass
FAR = 40.0  # logits beyond have exponentials that float32 can't divide by
LEAST, NOTHING = -87.0, 1.7e-38  # a lower score counts as zero: there exp takes ten times as long
SAFE = (1e-30, 1e36)  # sums of exponentials in between have lost nothing to float32's range


def info_nce(a: Tensor, b: Tensor, kind: Kind) -> Tensor:
    """Symmetric InfoNCE (k,) of k batches of codes (k, n, d), whose logits are products or -L1.

    NaN where exponentials of the logits would leave the range of float32: then a form that
    subtracts the largest logit of each row and column is needed. Memory: O(k n d).
    """
    dtype = torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)
    a, b = a.to(dtype), b.to(dtype)
    own = (a * b).sum(dim=-1) if kind == "product" else -(a - b).abs().sum(dim=-1)
    value: Tensor = _MeanLoss.apply(a, b, own.detach(), kind)  # type: ignore[assignment]
    return value - (own - own.detach()).mean(dim=-1)  # zero, with the gradient of own


class _MeanLoss(torch.autograd.Function):
    """Mean of log sum_j exp(s_ij - s_ii) over rows and columns; its gradient leaves s_ii fixed."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, own: Tensor, kind: Kind) -> Tensor:
        several = max(1, BLOCK // 2 // a.shape[1] ** 2)  # small batches share half a block
        groups = zip(a.split(several), b.split(several), strict=True)
        wanted = any(ctx.needs_input_grad[:2])
        parts = [_sums_and_gradients(*group, kind, wanted) for group in groups]
        rows, columns, *gradients = (torch.cat(part) for part in zip(*parts, strict=True))
        ctx.save_for_backward(*gradients)
        sums = torch.cat([rows, columns], dim=1)
        low, high = torch.aminmax(sums, dim=1)
        safe = (low > SAFE[0]) & (high < SAFE[1])
        own = own.repeat(1, 2)
        # Dividing before the logarithm keeps the digits that a difference of logarithms loses.
        small = (sums * (-own).exp()).log()
        terms = torch.where(own.abs() < FAR, small, sums.log() - own)
        return terms.mean(dim=1).where(safe, torch.nan)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:  # type: ignore[override]
        to_a, to_b = ctx.saved_tensors
        return grad[:, None, None] * to_a, grad[:, None, None] * to_b, None, None


def _sums_and_gradients(a: Tensor, b: Tensor, kind: Kind, wanted: bool) -> tuple[Tensor, ...]:
    """Row and column sums (k, n) of exp(scores), and if wanted the gradients of their mean log."""
    n = a.shape[1]
    size = max(1, BLOCK // n)
    parts = [slice(start, min(start + size, n)) for start in range(0, n, size)]
    room = a.new_empty(2, len(a), min(size, n), n)  # written over by block after block

    def blocks() -> Iterator[tuple[slice, Tensor, Tensor]]:
        for part in parts:
            scores, step = room[:, :, : part.stop - part.start]
            yield part, _exp_scores(a[:, part], b, kind, scores, step), step

    whole = list(blocks()) if len(parts) == 1 else None
    row_sums, columns = torch.empty_like(a[..., 0]), torch.zeros_like(b[..., 0])
    for part, exp_scores, _ in whole or blocks():
        row_sums[:, part] = exp_scores.sum(dim=2)
        columns += exp_scores.sum(dim=1)
    if not wanted:
        return row_sums, columns
    row_weights, column_weights = 0.5 / n / row_sums[..., None], 0.5 / n / columns[:, None]
    to_a, to_b = torch.empty_like(a), torch.zeros_like(b)
    for part, exp_scores, step in whole or blocks():
        weights = exp_scores.mul_(torch.add(row_weights[:, part], column_weights, out=step))
        to_a[:, part], change = _pull(weights, a[:, part], b, kind, step)
        to_b += change
    return row_sums, columns, to_a, to_b


def _exp_scores(a: Tensor, b: Tensor, kind: Kind, scores: Tensor, step: Tensor) -> Tensor:
    """exp(s_ij), written into `scores`; `step` is overwritten."""
    if kind == "product":
        torch.bmm(a, b.mT, out=scores)
    else:
        scores.zero_()
        for one, other in _coordinates(a, b):
            scores.sub_(torch.sub(one[..., None], other[:, None], out=step).abs_())
    return torch.threshold_(scores.clamp_(min=LEAST).exp_(), NOTHING, 0.0)


def _pull(weights: Tensor, a: Tensor, b: Tensor, kind: Kind, step: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients with respect to a and b of sum_ij weights_ij s_ij; `step` is overwritten."""
    if kind == "product":  # thin matrices on the left: four times as fast as on the right
        return (b.mT.contiguous() @ weights.mT).mT, (a.mT.contiguous() @ weights).mT
    to_a, to_b = torch.empty_like(a), torch.empty_like(b)
    for i, (one, other) in enumerate(_coordinates(a, b)):
        signed = torch.sub(one[..., None], other[:, None], out=step).sign_().mul_(weights)
        to_a[..., i], to_b[..., i] = -signed.sum(dim=2), signed.sum(dim=1)
    return to_a, to_b


def _coordinates(a: Tensor, b: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Coordinate after coordinate of a and b, (k, n) each, in one piece of memory."""
    return zip(a.permute(2, 0, 1).contiguous(), b.permute(2, 0, 1).contiguous(), strict=True)
