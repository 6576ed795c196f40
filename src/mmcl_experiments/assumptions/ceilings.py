"""What nobody who sees x alone can beat: the mean of the states that may be behind it.

Where the mixing has an inverse, that is the state. Where a coordinate of x is lost or folded, it
is a mean over all states that would look the same, each weighed by its density.
"""

import numpy as np
import torch
from torch import Tensor

from mmcl.mixing import LeakyMixing, LossyMixing
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.spaces import Sphere

PLACES = 1001  # values that are tried for the lost coordinate


def states(model: LatentPartialCausalModel, pairs: Pairs, sample: Pairs) -> Tensor:
    """(n, d): the mean of z_x given each x of pairs. sample: pairs that say where x can be.

    The marginal has to be uniform, the mixing a `LeakyMixing` without or with one loss.
    """
    assert model.mixing is not None
    g = model.mixing[0]
    if not isinstance(g, LossyMixing):
        return model.invert(pairs)[0]
    whole = LeakyMixing(g.weights, g.slope)
    seen = whole(torch.cat([sample.z_x, sample.m_x], dim=1).double())
    return torch.stack([_mean(model, g, whole, x, seen) for x in pairs.x.double()]).float()


def _mean(
    model: LatentPartialCausalModel, g: LossyMixing, whole: LeakyMixing, x: Tensor, seen: Tensor
) -> Tensor:
    """The mean state behind one x. seen: whole observations (m, d)."""
    tried = candidates(g, x, seen)
    latents = whole.inverse(tried)
    z, m = latents[:, : model.space.d], latents[:, model.space.d :]
    logs = log_volume(whole, tried) - m.square().sum(dim=1) / (2 * model.private_scale**2)
    if g.lost and isinstance(model.space, Sphere):
        z, logs = _crossings(z, logs)
    else:
        inside = torch.from_numpy(model.space.contains(z.numpy(), atol=1e-3))
        if not inside.any():  # a corner that is cut off between two places
            inside = torch.arange(len(z)) == outside(z).argmin()
        logs = torch.where(inside, logs, -torch.inf)
    return torch.softmax(logs, dim=0) @ z


def candidates(g: LossyMixing, x: Tensor, seen: Tensor) -> Tensor:
    """(k, d): whole observations that would look like x: both sides of each fold, and any value
    that the lost coordinate may have."""
    tried = x[None]
    for j, crease in enumerate(g.creases):
        sides = [tried.clone(), tried.clone()]
        for side, sign in zip(sides, (1, -1), strict=True):
            side[:, j] = crease + sign * x[j]
        tried = torch.cat(sides)
    if not g.lost:
        return tried
    assert g.lost == 1
    low, high = float(seen[:, -1].min()), float(seen[:, -1].max())
    margin = 0.2 * (high - low)
    values = torch.linspace(low - margin, high + margin, PLACES, dtype=x.dtype)
    return torch.cat([tried.repeat(PLACES, 1), values[:, None]], dim=1)


def log_volume(g: LeakyMixing, x: Tensor) -> Tensor:
    """(n,) log determinants of the inverse mixing's slope at x (n, d), to a constant."""
    out, negatives = x, torch.zeros(len(x), dtype=x.dtype)
    for weight in g.weights[:0:-1]:
        out = torch.linalg.solve(weight, out, left=False)
        negatives += (out < 0).sum(dim=1)
        out = torch.where(out < 0, out / g.slope, out)
    return -np.log(g.slope) * negatives


def outside(z: Tensor) -> Tensor:
    """(n,) distances of points (n, d) from the unit box."""
    return (z - z.clamp(0, 1)).norm(dim=1)


def _crossings(z: Tensor, logs: Tensor) -> tuple[Tensor, Tensor]:
    """Where a curve of points z (k, d) crosses the sphere, and the log density there.

    The slower the length changes along the curve, the more of the sphere's skin lies there.
    """
    beyond = z.norm(dim=1) - 1
    here = torch.nonzero(beyond[1:] * beyond[:-1] <= 0).squeeze(1)
    if not len(here):  # touched between two places
        here = beyond[:-1].abs().argmin()[None]
    change = beyond[here + 1] - beyond[here]
    share = (-beyond[here] / change).clamp(0, 1)[:, None]
    found = (1 - share) * z[here] + share * z[here + 1]
    return found / found.norm(dim=1, keepdim=True), logs[here] - change.abs().log()
