"""Kernels for an accelerator: log-sum-exp of products of codes, tile by tile.

As in FlashAttention (Dao et al., 2022) no matrix of scores is written to memory. Products are made
of three TF32 products each, which is as exact as float32. Needs Triton, which comes with torch for
CUDA; `mmcl.tiled` calls these on CUDA tensors, and does without them elsewhere.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS, COLUMNS = 64, 64  # of a tile
WIDTH = 16  # numbers in a row of codes, the least that tensor cores multiply


@triton.jit
def _rows(A, B, L, O, n, SKIP: tl.constexpr, R: tl.constexpr, C: tl.constexpr, D: tl.constexpr):  # noqa: E741
    """Log-sum-exp L of each row of scores, and the mean O of b under the row's softmax."""
    start, d = tl.program_id(1).to(tl.int64) * n, tl.arange(0, D)
    i = tl.program_id(0) * R + tl.arange(0, R)
    a = tl.load(A + (start + i)[:, None] * D + d, mask=i[:, None] < n, other=0.0)
    top = tl.full((R,), -float("inf"), tl.float32)
    total = tl.zeros((R,), tl.float32)
    mean = tl.zeros((R, D), tl.float32)
    for first in range(0, n, C):
        j = first + tl.arange(0, C)
        b = tl.load(B + (start + j)[:, None] * D + d, mask=j[:, None] < n, other=0.0)
        s = tl.dot(a, tl.trans(b), input_precision="tf32x3")
        s = tl.where(j[None, :] < n, s, -float("inf"))
        if SKIP:
            s = tl.where(i[:, None] == j[None, :], -float("inf"), s)
        above = tl.maximum(top, tl.max(s, 1))
        p, shrink = tl.exp(s - above[:, None]), tl.exp(top - above)
        total = total * shrink + tl.sum(p, 1)
        mean = mean * shrink[:, None] + tl.dot(p, b, input_precision="tf32x3")
        top = above
    tl.store(L + start + i, top + tl.log(total), mask=i < n)
    tl.store(O + (start + i)[:, None] * D + d, mean / total[:, None], mask=i[:, None] < n)


@triton.jit
def _columns(
    A, B, L, G, O, n, SKIP: tl.constexpr, R: tl.constexpr, C: tl.constexpr, D: tl.constexpr
):  # noqa: E501, E741
    """Sum O over rows i of g_i exp(s_ij - L_i) a_i, for each column j."""
    start, d = tl.program_id(1).to(tl.int64) * n, tl.arange(0, D)
    j = tl.program_id(0) * C + tl.arange(0, C)
    b = tl.load(B + (start + j)[:, None] * D + d, mask=j[:, None] < n, other=0.0)
    total = tl.zeros((C, D), tl.float32)
    for first in range(0, n, R):
        i = first + tl.arange(0, R)
        a = tl.load(A + (start + i)[:, None] * D + d, mask=i[:, None] < n, other=0.0)
        row = tl.load(L + start + i, mask=i < n, other=float("inf"))
        g = tl.load(G + start + i, mask=i < n, other=0.0)
        s = tl.dot(b, tl.trans(a), input_precision="tf32x3")
        p = tl.exp(s - row[None, :]) * g[None, :]
        if SKIP:
            p = tl.where(j[:, None] == i[None, :], 0.0, p)
        total += tl.dot(p, a, input_precision="tf32x3")
    tl.store(O + (start + j)[:, None] * D + d, total, mask=j[:, None] < n)


def padded(codes: Tensor) -> Tensor:
    """Codes (k, n, d), d <= 16, as contiguous float32 (k, n, 16) with zeros at the end."""
    return torch.nn.functional.pad(codes.float(), (0, WIDTH - codes.shape[2])).contiguous()


def rows(a: Tensor, b: Tensor, skip: bool) -> tuple[Tensor, Tensor]:
    """Log-sum-exp (k, n) over j of a_i . b_j, and the softmax mean (k, n, 16) of b."""
    k, n, _ = a.shape
    sums, mean = a.new_empty(k, n), torch.empty_like(a)
    grid = (triton.cdiv(n, ROWS), k)
    _rows[grid](a, b, sums, mean, n, skip, ROWS, COLUMNS, WIDTH)
    return sums, mean


def columns(a: Tensor, b: Tensor, sums: Tensor, g: Tensor, skip: bool) -> Tensor:
    """The gradient (k, n, 16) of sum_i g_i sums_i by b."""
    k, n, _ = a.shape
    total = torch.empty_like(b)
    grid = (triton.cdiv(n, COLUMNS), k)
    _columns[grid](a, b, sums, g.contiguous(), total, n, skip, ROWS, COLUMNS, WIDTH)
    return total
