"""The contrastive loss, in nats.

Source: Liu et al., section 2 (their loss is the sum of both directions, twice this one);
identical to open_clip's ClipLoss for cosine similarity.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Similarity = Literal["cosine", "dot", "neg_l1", "neg_l2"] | Callable[[Tensor, Tensor], Tensor]


def info_nce(
    codes_x: Tensor, codes_t: Tensor, *, similarity: Similarity, temperature: float | Tensor
) -> Tensor:
    """Symmetric InfoNCE of n paired codes: find the partner among all n, in both directions.

    Shapes: codes (n, d), row i of codes_x pairs with row i of codes_t, n >= 2; returns a scalar,
    the mean over both directions. Chance is log n. "neg_l2" is minus the distance, not its
    square; a callable gives the (n, n) matrix of scores.
    Errors: ValueError for shapes that differ, n < 2, codes that aren't finite, temperature <= 0,
    or an unknown similarity. Cost: one (n, n) matrix.
    """
    _check_codes(codes_x, codes_t)
    if not temperature > 0:
        raise ValueError(f"temperature is {float(temperature)}; give a number > 0")
    logits = _logits(codes_x, codes_t, similarity, temperature)
    find_t = logits.log_softmax(dim=1).diagonal()
    find_x = logits.log_softmax(dim=0).diagonal()
    return -(find_t + find_x).mean() / 2


def neg_squared_l2(a: Tensor, b: Tensor) -> Tensor:
    """(n, n) scores -|a_i - b_j|^2, by one matrix product. No metric: see chapter 05."""
    return 2 * a @ b.T - a.square().sum(dim=1)[:, None] - b.square().sum(dim=1)


def with_heads(similarity: Similarity) -> Callable[[Tensor, Tensor], Tensor]:
    """A similarity of codes whose last column is a head: a term that depends on one side alone.

    The heads b_x(x) and b_t(t) are added to the scores of the other columns, so that these needn't
    carry what only makes an x or a t likely, such as the walls of a box. Codes: (n, d + 1).
    """

    def scores(a: Tensor, b: Tensor) -> Tensor:
        between = _logits(a[:, :-1].contiguous(), b[:, :-1].contiguous(), similarity, 1.0)
        return between + a[:, -1:] + b[:, -1]

    return scores


def _logits(a: Tensor, b: Tensor, similarity: Similarity, temperature: float | Tensor) -> Tensor:
    """(n, n) scores over temperature; products scale the codes, which is n times cheaper."""
    if callable(similarity):
        return similarity(a, b) / temperature
    if similarity == "cosine":
        a, b = functional.normalize(a, dim=1), functional.normalize(b, dim=1)
    if similarity in ("cosine", "dot"):
        return (a / temperature) @ b.T
    if similarity in ("neg_l1", "neg_l2"):
        return torch.cdist(a, b, p=1.0 if similarity == "neg_l1" else 2.0) / -temperature
    valid = "cosine, dot, neg_l1, neg_l2"
    raise ValueError(f"unknown similarity {similarity!r}; valid: {valid}, or a callable")


def _check_codes(codes_x: Tensor, codes_t: Tensor) -> None:
    if codes_x.shape != codes_t.shape or codes_x.ndim != 2:
        raise ValueError(
            f"codes have shapes {tuple(codes_x.shape)} and {tuple(codes_t.shape)}; "
            "pairs are matched by row: give two (n, d) tensors of the same batch"
        )
    if len(codes_x) < 2:
        raise ValueError("a batch of one pair has no negatives to tell it from; give n >= 2 pairs")
    if not (torch.isfinite(codes_x).all() and torch.isfinite(codes_t).all()):
        raise ValueError("codes hold NaN or infinity; lower the learning rate or check the inputs")
