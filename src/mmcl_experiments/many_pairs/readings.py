"""What chapter 02 says of the number of pairs: its cost's first term, and the best scores."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor


def coefficients(table: pd.DataFrame) -> pd.DataFrame:
    """The costs' coefficient of 1/m, m the candidates, for each world with and without partner.

    table: what `run` returns. The coefficient is the value at 1/m = 0 of a parabola in 1/m that is
    fitted to m * cost, each weighted by its standard error; `errors` counts standard errors.
    """
    worlds: Any = table.groupby(["kappa", "d", "partner"])
    rows = []
    for (kappa, d, partner), part in worlds:
        m = part.candidates.to_numpy()
        weights = {"w": 1 / (m * part.se), "cov": "unscaled"}
        parabola, spread = np.polyfit(1 / m, m * part.cost, 2, **weights)
        closed = (m * part.predicted).iloc[0]
        found = {"measured": parabola[2], "se": spread[2, 2] ** 0.5, "closed_form": closed}
        rows.append({"kappa": kappa, "d": d, "partner": partner, **found})
    found = pd.DataFrame(rows)
    return found.assign(errors=(found.measured - found.closed_form) / found.se)


def population_loss(scores: Tensor, joint: Tensor, n: int) -> Tensor:
    """Expected loss of finding t among n, for a table of scores in a world of finitely many x, t.

    scores, joint: (x, t), joint sums to one. Sums over every pair with every choice of n - 1
    strangers: t^n terms for each x. For the other direction, give both transposed.
    """
    p_t, total = joint.sum(dim=0), torch.zeros((), dtype=joint.dtype)
    for strangers in map(list, product(range(len(p_t)), repeat=n - 1)):
        chance = joint * p_t[strangers].prod()
        rivals = scores[:, None, strangers].expand(-1, len(p_t), -1)
        candidates = torch.cat([scores[:, :, None], rivals], dim=2)
        total = total - (chance * candidates.log_softmax(dim=2)[:, :, 0]).sum()
    return total


def best_scores(joint: Tensor, n: int, *, both: bool = True) -> Tensor:
    """The table of scores (x, t) that minimizes the expected loss, found from zeros by L-BFGS.

    both: of both directions, else of finding t alone. Tables that are equally good differ by a
    constant, or by a term of x alone; the mean, or each row's mean, stays at zero.
    """
    scores = torch.zeros_like(joint, requires_grad=True)
    tight = {"max_iter": 500, "tolerance_grad": 1e-8, "tolerance_change": 1e-14}
    solver = torch.optim.LBFGS([scores], line_search_fn="strong_wolfe", **tight)

    def loss() -> Tensor:
        solver.zero_grad()
        value = population_loss(scores, joint, n)
        if both:
            value = value + population_loss(scores.T, joint.T, n)
        value.backward()
        return value

    solver.step(loss)  # type: ignore[arg-type]
    return scores.detach()
