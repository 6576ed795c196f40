"""Codes that are as good as the theorem's and aren't it: what too many code dimensions allow.

Exact codes, no training. With d + 1 code dimensions the modalities may stand apart; with more,
photographs' codes may hold all of their private latents; the loss is the true latents' own.
Derived in chapter 07 from step 3 of the proof of chapter 04.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from mmcl.losses import info_nce
from mmcl.model import LatentPartialCausalModel, Pairs
from mmcl.randomness import stream
from mmcl_experiments.hypersphere.run import draw_model
from mmcl_experiments.learners.fitting import r2, row

Codes = tuple[Tensor, Tensor, float]  # of x, of t, and the temperature


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; share and seed. One set of codes a row of `code`.

    code: identity, gap or leak; share: kappa * tau, 1 for the identity. Metrics: loss (nats, mean
    of batches in float64), excess (over the identity's on the same pairs), linear_r2 of z,
    private_r2 of m, and gap, the distance between the modalities' means.
    """
    model = draw_model(settings, seed)
    pairs = unmixed(model, settings["batch"] * settings["batches"], stream(seed, "pairs"))
    tables = [_measure("identity", 1.0, identity(pairs, settings["kappa"]), pairs, settings, seed)]
    for share in settings["shares"]:
        for name, make in (("gap", gap), ("leak", leak)):
            codes = make(pairs, settings["kappa"], share)
            tables.append(_measure(name, share, codes, pairs, settings, seed))
    table = pd.concat(tables, ignore_index=True)
    baseline = table[table.code.eq("identity") & table.metric.eq("loss")].value.item()
    excess = table[table.metric.eq("loss")].assign(metric="excess")
    excess["value"] -= baseline
    return pd.concat([table, excess], ignore_index=True).assign(seed=seed)


def unmixed(model: LatentPartialCausalModel, n: int, rng: np.random.Generator) -> Pairs:
    """n pairs with the latents that the exact inverse mixings find in them, in float64."""
    pairs = model.sample(n, rng).map(Tensor.double)
    assert model.mixing is not None
    d = model.space.d
    x, t = (g.inverse(seen) for g, seen in zip(model.mixing, (pairs.x, pairs.t), strict=True))
    z_x, z_t = (functional.normalize(latents[:, :d], dim=1) for latents in (x, t))
    return Pairs(pairs.x, pairs.t, z_x, z_t, x[:, d:], t[:, d:])


def identity(pairs: Pairs, kappa: float) -> Codes:
    """The theorem's codes: the coupled latents (n, d), at temperature 1 / kappa."""
    return pairs.z_x, pairs.z_t, 1 / kappa


def gap(pairs: Pairs, kappa: float, share: float) -> Codes:
    """Unit codes (n, d + 1) with a gap between the modalities of 2 sqrt(1 - share).

    (a z_x, s) and (a z_t, -s) with a^2 = kappa tau = share: the scores are kappa z_x.z_t less
    s^2 / tau, a constant. Errors: ValueError for a share outside (0, 1].
    """
    a, s = math.sqrt(_checked(share)), math.sqrt(1 - share)
    apart = pairs.z_x.new_full((len(pairs), 1), s)
    return (
        torch.cat([a * pairs.z_x, apart], dim=1),
        torch.cat([a * pairs.z_t, -apart], dim=1),
        share / kappa,
    )


def leak(pairs: Pairs, kappa: float, share: float) -> Codes:
    """Unit codes (n, d + p + 1) from which all p private latents of x can be read.

    (a z_x, sqrt(1 - a^2) u(m_x)) and (z_t, 0) with a = kappa tau = share: the scores are
    kappa z_x.z_t, whatever u is. Errors: ValueError for a share outside (0, 1].
    """
    a = _checked(share)
    u = onto_sphere(0.1 * pairs.m_x)
    h_x = torch.cat([a * pairs.z_x, math.sqrt(1 - a**2) * u], dim=1)
    return h_x, functional.pad(pairs.z_t, (0, u.shape[1])), a / kappa


def onto_sphere(m: Tensor) -> Tensor:
    """Points (n, p) as unit vectors (n, p + 1), one to one: the inverse stereographic projection.

    Near the origin the first p coordinates are twice the point.
    """
    length = m.square().sum(dim=1, keepdim=True)
    return torch.cat([2 * m, length - 1], dim=1) / (length + 1)


def loss(codes: Codes, batch: int) -> float:
    """InfoNCE in nats, the mean over batches of that many pairs."""
    h_x, h_t, temperature = codes
    parts = zip(h_x.split(batch), h_t.split(batch), strict=True)
    losses = [info_nce(a, b, similarity="dot", temperature=temperature) for a, b in parts]
    return float(torch.stack(losses).mean())


def _checked(share: float) -> float:
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; give a number in (0, 1], 1 for the identity")
    return share


def _measure(
    name: str,
    share: float,
    codes: Codes,
    pairs: Pairs,
    settings: dict[str, Any],
    seed: int,
) -> pd.DataFrame:
    """The loss, what probes find in the codes, and how far the modalities stand apart."""
    h_x, h_t, _ = codes
    rows = [
        row(name, "both", "loss", loss(codes, settings["batch"])),
        row(name, "both", "gap", (h_x.mean(dim=0) - h_t.mean(dim=0)).norm()),
    ]
    for modality, h, z, m in (("x", h_x, pairs.z_x, pairs.m_x), ("t", h_t, pairs.z_t, pairs.m_t)):
        rows += [
            row(name, modality, "linear_r2", r2(z, h, seed)),
            row(name, modality, "private_r2", r2(m, h, seed)),
        ]
    return pd.DataFrame(rows).assign(share=share)
