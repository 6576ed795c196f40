"""Kernels for an accelerator: log-sum-exp of products of codes, tile by tile.

As in FlashAttention (Dao et al., 2022) no matrix of scores is written to memory. Products are made
of three TF32 products each, which is as exact as float32: on an H100, 6,144 codes, gradients are
within 2e-6 of those in float64. Change neither precision nor tiles without that test on a device:
tiles of 128 by 32 with one TF32 product for gradients were off by up to a tenth. Each row's sum is
made in several parts at a time, since one batch alone doesn't fill an accelerator. Needs Triton,
which comes with torch for CUDA; `mmcl.device.tiled` does without these elsewhere.
"""

import torch
import triton  # type: ignore[import-not-found]
import triton.language as tl  # type: ignore[import-not-found]
from torch import Tensor

OWN, OTHER = 64, 64  # a tile: what a program is for, and what it looks at in one go
PARTS = 8  # into which what it looks at is cut
WARPS = 4
WIDTH = 16  # numbers in a row of codes, the least that tensor cores multiply


@triton.jit
def _rows(A, B, L, M, n, SKIP: tl.constexpr, R: tl.constexpr, C: tl.constexpr, D: tl.constexpr):
    """Log-sum-exp L of each row over a part of its scores; mean M of b under their softmax."""
    start, d = tl.program_id(1).to(tl.int64) * n, tl.arange(0, D)
    out = tl.program_id(2).to(tl.int64) * tl.num_programs(1) * n + start
    span = tl.cdiv(n, C * tl.num_programs(2)) * C
    i = tl.program_id(0) * R + tl.arange(0, R)
    a = tl.load(A + (start + i)[:, None] * D + d, mask=i[:, None] < n, other=0.0)
    top = tl.full((R,), -float("inf"), tl.float32)
    total = tl.zeros((R,), tl.float32)
    mean = tl.zeros((R, D), tl.float32)
    for step in range(0, span, C):
        j = tl.program_id(2) * span + step + tl.arange(0, C)
        b = tl.load(B + (start + j)[:, None] * D + d, mask=j[:, None] < n, other=0.0)
        s = tl.dot(a, tl.trans(b), input_precision="tf32x3")
        s = tl.where(j[None, :] < n, s, -float("inf"))
        if SKIP:
            s = tl.where(i[:, None] == j[None, :], -float("inf"), s)
        above = tl.maximum(top, tl.max(s, 1))
        least = tl.where(above == -float("inf"), 0.0, above)  # nothing yet
        p, shrink = tl.exp(s - least[:, None]), tl.exp(top - least)
        total = total * shrink + tl.sum(p, 1)
        mean = mean * shrink[:, None] + tl.dot(p, b, input_precision="tf32x3")
        top = above
    tl.store(L + out + i, top + tl.log(total), mask=i < n)
    mean = mean / tl.where(total > 0, total, 1.0)[:, None]
    tl.store(M + (out + i)[:, None] * D + d, mean, mask=i[:, None] < n)


@triton.jit
def _columns(A, B, L, G, S, n, SKIP: tl.constexpr, R: tl.constexpr, C: tl.constexpr, D: tl.constexpr):  # fmt: skip # noqa: E501
    """Sum S over a part of the rows i of g_i exp(s_ij - L_i) a_i, for each column j."""
    start, d = tl.program_id(1).to(tl.int64) * n, tl.arange(0, D)
    out = tl.program_id(2).to(tl.int64) * tl.num_programs(1) * n + start
    span = tl.cdiv(n, R * tl.num_programs(2)) * R
    j = tl.program_id(0) * C + tl.arange(0, C)
    b = tl.load(B + (start + j)[:, None] * D + d, mask=j[:, None] < n, other=0.0)
    total = tl.zeros((C, D), tl.float32)
    for step in range(0, span, R):
        i = tl.program_id(2) * span + step + tl.arange(0, R)
        a = tl.load(A + (start + i)[:, None] * D + d, mask=i[:, None] < n, other=0.0)
        row = tl.load(L + start + i, mask=i < n, other=float("inf"))
        g = tl.load(G + start + i, mask=i < n, other=0.0)
        s = tl.dot(b, tl.trans(a), input_precision="tf32x3")
        p = tl.exp(s - row[None, :]) * g[None, :]
        if SKIP:
            p = tl.where(j[:, None] == i[None, :], 0.0, p)
        total += tl.dot(p, a, input_precision="tf32x3")
    tl.store(S + (out + j)[:, None] * D + d, total, mask=j[:, None] < n)


def padded(codes: Tensor) -> Tensor:
    """Codes (k, n, d), d <= 16, as contiguous float32 (k, n, 16) with zeros at the end."""
    return torch.nn.functional.pad(codes.float(), (0, WIDTH - codes.shape[2])).contiguous()


def rows(a: Tensor, b: Tensor, skip: bool) -> tuple[Tensor, Tensor]:
    """Log-sum-exp (k, n) over j of a_i . b_j, and the softmax mean (k, n, 16) of b."""
    k, n, _ = a.shape
    sums, means = a.new_empty(PARTS, k, n), a.new_empty(PARTS, *a.shape)
    grid = (triton.cdiv(n, OWN), k, PARTS)
    _rows[grid](a, b, sums, means, n, skip, OWN, OTHER, WIDTH, num_warps=WARPS)  # type: ignore[index]
    whole = sums.logsumexp(dim=0)
    return whole, ((sums - whole).exp()[..., None] * means).sum(dim=0)


def columns(a: Tensor, b: Tensor, sums: Tensor, g: Tensor, skip: bool) -> Tensor:
    """The gradient (k, n, 16) of sum_i g_i sums_i by b."""
    k, n, _ = a.shape
    total, g = b.new_empty(PARTS, *b.shape), g.contiguous()
    grid = (triton.cdiv(n, OWN), k, PARTS)
    _columns[grid](a, b, sums, g, total, n, skip, OTHER, OWN, WIDTH, num_warps=WARPS)  # type: ignore[index]
    return total.sum(dim=0)
