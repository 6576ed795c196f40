"""What the walls of a box cost, in one dimension, on a fine grid, without sampling.

On the box p(z_t | z_x) is divided by the mass inside, so the pointwise mutual information is
-|z_t - z_x| / scale minus a term of each end alone. A score -|h_x - h_t| / tau has no room for
these terms; heads b_x(x) + b_t(t) have. The population loss of both is minimized here over all
codes, and over the heads, with as many pairs as one likes.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.metrics.disentanglement import mutual_information


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: scale, coupling, heads; mi; gap (nats that the true latents lack), gain (nats that
    the best codes win over them), r2 (of a line through the best codes), temperature (of the true
    latents); seed, which changes nothing.
    """
    rows = []
    for scale in settings["scales"]:
        for coupling in ("conditional", "potential"):
            joint = joint_on_grid(scale, coupling, settings["cells"])
            for heads in (False, True):
                found = best_codes(joint, scale, heads, settings["steps"])
                rows.append({"scale": scale, "coupling": coupling, "heads": heads, **found})
    return pd.DataFrame(rows).assign(seed=seed)


def joint_on_grid(scale: float, coupling: str, cells: int) -> np.ndarray:
    """Probabilities (cells, cells) of the cells of (z_x, z_t) in [0, 1]^2, at their midpoints."""
    grid = midpoints(cells)
    joint = np.exp(-np.abs(grid[:, None] - grid) / scale)
    if coupling == "conditional":  # z_x is uniform
        joint /= joint.sum(axis=1, keepdims=True)
    return joint / joint.sum()


def midpoints(cells: int) -> np.ndarray:
    """Centers of equal parts of [0, 1], `cells` of them: (cells,)."""
    return (np.arange(cells) + 0.5) / cells


def population_loss(scores: Tensor, joint: Tensor) -> Tensor:
    """InfoNCE minus log n in the limit of many pairs, for a table of scores.

    Its least value is minus the mutual information. Source: Liu et al., Theorem 3.1.
    """
    p, q = joint.sum(dim=1), joint.sum(dim=0)
    find_t = torch.logsumexp(scores + q.log(), dim=1) @ p
    find_x = torch.logsumexp(scores + p.log()[:, None], dim=0) @ q
    return (find_t + find_x) / 2 - torch.sum(joint * scores)


def best_codes(joint: np.ndarray, scale: float, heads: bool, steps: int) -> dict[str, float]:
    """Minimize the population loss, first over the temperature alone, then over codes as well."""
    p = torch.from_numpy(joint)
    grid, mi = torch.from_numpy(midpoints(len(joint))), mutual_information(joint)
    codes = [grid.clone().requires_grad_() for _ in "xt"]
    heads_x, heads_t = (torch.zeros(len(joint), dtype=torch.float64) for _ in "xt")
    log_beta = torch.tensor(1 / scale, dtype=torch.float64).log().requires_grad_()

    def loss() -> Tensor:
        scores = -(codes[0][:, None] - codes[1]).abs() * log_beta.exp()
        return population_loss(scores + heads_x[:, None] + heads_t, p)

    own = [heads_x.requires_grad_(), heads_t.requires_grad_()] if heads else []
    identity = minimize(loss, [log_beta, *own], steps)
    temperature = float(torch.exp(-log_beta.detach()))
    best = minimize(loss, [log_beta, *own, *codes], steps)
    line = np.cov(codes[0].detach().numpy(), grid.numpy(), aweights=joint.sum(axis=1))
    return {
        "mi": mi,
        "gap": identity + mi,
        "gain": identity - best,
        "r2": float(line[0, 1] ** 2 / (line[0, 0] * line[1, 1])),
        "temperature": temperature,
    }


def minimize(loss: Any, parameters: list[Tensor], steps: int) -> float:
    """Minimize a loss in place by L-BFGS; returns the value reached."""
    optimizer = torch.optim.LBFGS(
        parameters, max_iter=steps, history_size=20, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value.detach()

    optimizer.step(closure)
    with torch.no_grad():
        return float(loss())
