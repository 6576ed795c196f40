"""Linear codes of latents that nobody mixes: what gradient descent on InfoNCE lets in, and when.

Codes are h_x = A z_x and h_t = B z_t, scores -|h_x - h_t|^2. For N to infinity the loss less log N
is an expectation over normal laws, which has a closed form; for a batch it is InfoNCE.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.losses import info_nce, neg_squared_l2
from mmcl.randomness import stream, torch_generator


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: step, latent ("content 1", ...), sd, metric, value, batch, steepest, seed.

    Metrics: "r2", of a latent from the code of x by the best line, and, of the latent "all",
    "slope", the largest singular value of x's code.
    """
    generator = torch_generator(stream(seed, "flow"))
    sds = torch.tensor([*settings["content"], *settings["style"]], dtype=torch.float64)
    changes = torch.zeros_like(sds)
    changes[len(settings["content"]) :] = sds[len(settings["content"]) :]
    shape = (2, settings["size"], len(sds))
    start = 0.1 * torch.randn(shape, generator=generator, dtype=torch.float64)
    both = start.requires_grad_()
    optimizer = torch.optim.Adam([both], lr=settings["lr"])
    wanted = np.unique(np.geomspace(1, settings["steps"], settings["looks"]).astype(int))
    rows = []
    for step in range(1, settings["steps"] + 1):
        a, b = both
        if settings["batch"]:
            loss = sampled(a, b, sds, changes, settings["batch"], generator)
        else:
            loss = expected(a, b, sds, changes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if settings["steepest"]:
            bounded(both, settings["steepest"])
        if step in wanted:
            rows += [{"step": step, **row} for row in looked(both[0].detach(), sds, settings)]
    kept = {name: settings[name] for name in ("batch", "steepest")}
    return pd.DataFrame(rows).assign(**kept, seed=seed)


def expected(a: Tensor, b: Tensor, sds: Tensor, changes: Tensor) -> Tensor:
    """InfoNCE less log N for N to infinity, the mean of both directions.

    E |h_x - h_t|^2 and, for codes N(0, U) and N(0, V), E log E exp(-|h_x - h_t'|^2) =
    -log det(1 + 2V) / 2 - tr((1 + 2V)^-1 U), and the same with U and V exchanged.
    """
    c_x, c_t = sds**2, sds**2 + changes**2
    apart = ((a - b) ** 2 * c_x).sum() + (b**2 * changes**2).sum()
    u, v = (a * c_x) @ a.T, (b * c_t) @ b.T
    one = torch.eye(len(u), dtype=u.dtype)
    crowds = apart.new_zeros(())
    for own, other in ((u, v), (v, u)):
        wide = one + 2 * other
        crowds = crowds - torch.logdet(wide) / 2 - torch.linalg.solve(wide, own).trace()
    return apart + crowds / 2


def sampled(
    a: Tensor, b: Tensor, sds: Tensor, changes: Tensor, n: int, generator: torch.Generator
) -> Tensor:
    """InfoNCE of a batch of n pairs."""
    z, e = torch.randn((2, n, len(sds)), generator=generator, dtype=sds.dtype)
    z_x = z * sds
    codes = z_x @ a.T, (z_x + e * changes) @ b.T
    return info_nce(*codes, similarity=neg_squared_l2, temperature=1.0)


@torch.no_grad()
def bounded(both: Tensor, steepest: float) -> None:
    """Cut the singular values of both codes at the steepest slope that is allowed."""
    left, sizes, right = torch.linalg.svd(both, full_matrices=False)
    both.copy_(left @ torch.diag_embed(sizes.clamp_max(steepest)) @ right)


def looked(a: Tensor, sds: Tensor, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """How well each latent can be read from the code of x."""
    across = a * sds**2  # of codes with latents
    found = (across * torch.linalg.lstsq(across @ a.T, across).solution).sum(dim=0) / sds**2
    blocks = ("content", settings["content"]), ("style", settings["style"])
    names = [f"{block} {j}" for block, own in blocks for j in range(1, len(own) + 1)]
    each = zip(names, sds.tolist(), found.tolist(), strict=True)
    rows = [{"latent": name, "sd": sd, "metric": "r2", "value": r2} for name, sd, r2 in each]
    steep = float(torch.linalg.matrix_norm(a, 2))
    return [*rows, {"latent": "all", "sd": 0.0, "metric": "slope", "value": steep}]
