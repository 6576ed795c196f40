"""Losses of the block theorems: alignment with maximal entropy, and what stands in for it.

Source: Daunhawer et al. (2023), Theorem 1 (SymAlignMaxEnt) and their released code (negatives of
the same modality); the entropy estimate is that of Kozachenko and Leonenko (1987).
"""

import math

import torch
from torch import Tensor


def sym_align_max_ent(
    codes_x: Tensor, codes_t: Tensor, *, weight: float = 1.0, k: int = 3
) -> Tensor:
    """weight E |h_x - h_t| - (H(h_x) + H(h_t)) / 2 for codes in the unit box.

    Shapes: codes (n, d) in (0, 1), row i of one pairs with row i of the other; returns a scalar.
    Entropies are estimated by `entropy`. Both terms are at best 0, by equal codes that are uniform
    on the box, so every weight > 0 has the same best codes; the theorem has weight 1.
    Cost: two (n, n) matrices.
    """
    distance = (codes_x - codes_t).square().sum(dim=1).add(1e-12).sqrt().mean()
    return weight * distance - (entropy(codes_x, k=k) + entropy(codes_t, k=k)) / 2


def entropy(points: Tensor, *, k: int = 3) -> Tensor:
    """Differential entropy of points of the unit box, from distances to k-th nearest neighbors.

    psi(n) - psi(k) + log V_d + d E log r_k, with V_d the volume of the unit ball. Distances go
    through the walls (what leaves on one side enters on the other): otherwise balls at the walls
    reach where no points are, and the uniform law seems to have an entropy above its true 0.
    A law with walls inside the box is overrated in just that way, more so in more dimensions.
    Points (n, d), n > k, in [0, 1]; nats; differentiable. Errors: ValueError for too few points.
    """
    n, d = points.shape
    if not 1 <= k < n:
        raise ValueError(f"entropy got k = {k} for {n} points; give 1 <= k < n")
    with torch.no_grad():  # finds which neighbor is the k-th; its distance has a gradient below
        squares = points.new_zeros(n, n)
        for u in points.T:
            squares += _through_walls(u[:, None] - u).square_()
        near = squares.topk(k + 1, largest=False).indices[:, k]
    radius = _through_walls(points - points[near]).square().sum(dim=1).clamp_min(1e-20).sqrt()
    log_ball = d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1)
    of_n, of_k = torch.digamma(torch.tensor([float(n), float(k)])).tolist()
    return of_n - of_k + log_ball + d * radius.log().mean()


def _through_walls(steps: Tensor) -> Tensor:
    """The shorter way from one coordinate to another when the box's opposite walls are one."""
    return steps - steps.round()


def same_modality_info_nce(codes_x: Tensor, codes_t: Tensor, temperature: float | Tensor) -> Tensor:
    """InfoNCE whose negatives are of the anchor's own modality, by minus squared distances.

    A photograph has to be nearer to its caption than to the batch's other photographs, a caption
    nearer to its photograph than to other captions: the mean of both, in nats. Chance is log n.
    Source: the released code of Daunhawer et al., which takes fresh negatives and divides the
    sum of exponentials by n. Shapes: codes (n, d). Cost: two (n, n) matrices.
    """
    positive = -(codes_x - codes_t).square().sum(dim=1) / temperature
    total = positive.new_zeros(())
    for codes in (codes_x, codes_t):
        squares = codes.square().sum(dim=1)
        scores = (2 * codes @ codes.T - squares[:, None] - squares) / temperature
        scores = scores.diagonal_scatter(positive)  # a code isn't its own negative
        total = total + (scores.logsumexp(dim=1) - positive).mean() / 2
    return total
