"""The contrastive loss, in nats.

Source: Liu et al., section 2 (their loss is the sum of both directions, twice this one);
identical to open_clip's ClipLoss for cosine similarity.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from mmcl.fast import blockwise
from mmcl.naming import nearest

Similarity = Literal["cosine", "dot", "neg_l1", "neg_l2"] | Callable[[Tensor, Tensor], Tensor]


def info_nce(
    codes_x: Tensor, codes_t: Tensor, *, similarity: Similarity, temperature: float | Tensor
) -> Tensor:
    """Symmetric InfoNCE of n paired codes: find the partner among all n, in both directions.

    Shapes: codes (n, d), row i of codes_x pairs with row i of codes_t, n >= 2; returns a scalar,
    the mean over both directions. Chance is log n. "neg_l2" is minus the distance, not its
    square; a callable gives the (n, n) matrix of scores. Half and bfloat16 codes count as float32,
    and both sides as the wider of both.
    Errors: ValueError for shapes that differ, n < 2, codes that aren't finite, temperature <= 0,
    or an unknown similarity. Cost: n^2 scores, a block of rows at a time where they are products
    or L1 distances (see `mmcl.fast.blockwise`); else one (n, n) matrix and its gradient.

    >>> how = {"similarity": "cosine", "temperature": 0.1}
    >>> codes, alike = torch.eye(4), torch.ones(4, 4)
    >>> round(float(info_nce(codes, codes, **how)), 3)
    0.0
    >>> round(float(info_nce(alike, codes, **how)), 3)  # chance: log 4
    1.386
    """
    if codes_x.ndim != 2:
        raise ValueError(f"codes have shape {tuple(codes_x.shape)}; {ROWS}")
    if not temperature > 0:
        raise ValueError(f"temperature is {float(temperature)}; give a number > 0")
    dtype = _common(codes_x, codes_t)
    each = torch.as_tensor(temperature, dtype=dtype, device=codes_x.device).reshape(1)
    return info_nce_each(codes_x[None], codes_t[None], similarity=similarity, temperatures=each)[0]


def info_nce_each(
    codes_x: Tensor, codes_t: Tensor, *, similarity: Similarity, temperatures: Tensor
) -> Tensor:
    """`info_nce` (k,) of k batches of codes (k, n, d), with a temperature (k,) for each.

    Temperatures aren't checked. Errors and cost as for each alone.
    """
    _check_codes(codes_x, codes_t)
    dtype = _common(codes_x, codes_t)
    codes_x, codes_t = codes_x.to(dtype), codes_t.to(dtype)
    prepared = _prepared(codes_x, codes_t, similarity, temperatures[:, None, None])
    if prepared is not None:
        losses = blockwise.info_nce(*prepared)
        if losses.isfinite().all():  # else scores are too large for plain exponentials
            return losses
    each = zip(codes_x, codes_t, temperatures, strict=True)
    return torch.stack([_whole_matrix(a, b, similarity, tau) for a, b, tau in each])


def _whole_matrix(a: Tensor, b: Tensor, similarity: Similarity, temperature: Tensor) -> Tensor:
    """InfoNCE of codes (n, d) by its definition, on the whole matrix of logits."""
    logits = _logits(a, b, similarity, temperature)
    find_t = logits.log_softmax(dim=1).diagonal()
    find_x = logits.log_softmax(dim=0).diagonal()
    return -(find_t + find_x).mean() / 2


def neg_squared_l2(a: Tensor, b: Tensor) -> Tensor:
    """(n, n) scores -|a_i - b_j|^2, by one matrix product. No metric: see chapter 05."""
    left, right = _squared_as_product(a, b)
    return left @ right.T


@dataclass(frozen=True)
class Heads:
    """A similarity of codes whose last column is a head: a term that depends on one side alone.

    The heads b_x(x) and b_t(t) are added to the scores of the other columns, so that these needn't
    carry what only makes an x or a t likely, such as the walls of a box. Codes: (n, d + 1).
    """

    between: Similarity

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        scores = _logits(a[:, :-1].contiguous(), b[:, :-1].contiguous(), self.between, 1.0)
        return scores + a[:, -1:] + b[:, -1]


def _logits(a: Tensor, b: Tensor, similarity: Similarity, temperature: float | Tensor) -> Tensor:
    """(n, n) scores over temperature; products scale the codes, which is n times cheaper."""
    if callable(similarity):
        return similarity(a, b) / temperature
    nearest(similarity, ("cosine", "dot", "neg_l1", "neg_l2"), "similarity")
    if similarity == "cosine":
        a, b = functional.normalize(a, dim=1), functional.normalize(b, dim=1)
    if similarity in ("cosine", "dot"):
        return (a / temperature) @ b.T
    return torch.cdist(a, b, p=1.0 if similarity == "neg_l1" else 2.0) / -temperature


def _prepared(
    a: Tensor, b: Tensor, similarity: Similarity, temperature: float | Tensor
) -> tuple[Tensor, Tensor, blockwise.Kind] | None:
    """Codes whose products or negative L1 distances are the logits; None if there are none."""
    if similarity == "neg_l1":
        return a / temperature, b / temperature, "neg_l1"
    if similarity == "cosine":
        a, b = functional.normalize(a, dim=-1), functional.normalize(b, dim=-1)
    elif similarity is neg_squared_l2:
        a, b = _squared_as_product(a, b)
    elif isinstance(similarity, Heads):
        inner = _prepared(a[..., :-1], b[..., :-1], similarity.between, 1.0)
        if inner is None or inner[2] != "product":
            return None
        one = torch.ones_like(a[..., :1])
        a = torch.cat([inner[0], a[..., -1:], one], dim=-1)
        b = torch.cat([inner[1], one, b[..., -1:]], dim=-1)
    elif similarity != "dot":
        return None
    return a / temperature, b, "product"


def _squared_as_product(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of d + 2 numbers whose products are -|a_i - b_j|^2."""
    one = torch.ones_like(a[..., :1])
    left = torch.cat([2 * a, -a.square().sum(dim=-1, keepdim=True), one], dim=-1)
    right = torch.cat([b, one, -b.square().sum(dim=-1, keepdim=True)], dim=-1)
    return left, right


def _common(a: Tensor, b: Tensor) -> torch.dtype:
    """The type of the numbers that hold both, at least float32: exponentials leave half's range."""
    return torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)


ROWS = "pairs are matched by row: give two (n, d) tensors of the same batch"


def _check_codes(codes_x: Tensor, codes_t: Tensor) -> None:
    if codes_x.shape != codes_t.shape or codes_x.ndim != 3:
        shapes = f"{tuple(codes_x.shape[1:])} and {tuple(codes_t.shape[1:])}"
        raise ValueError(f"codes have shapes {shapes}; {ROWS}")
    if codes_x.shape[1] < 2:
        raise ValueError("a batch of one pair has no negatives to tell it from; give n >= 2 pairs")
    if not (torch.isfinite(codes_x).all() and torch.isfinite(codes_t).all()):
        raise ValueError("codes hold NaN or infinity; lower the learning rate or check the inputs")
