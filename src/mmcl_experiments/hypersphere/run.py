"""Theorem 4.1 of Liu et al. as an experiment: what do contrastive codes on the sphere recover?

One run trains one pair of encoders and measures it beside its baselines. The legs of the
argument differ only in settings: assumptions kept, private latents that follow the other
modality, shuffled pairs, another kappa.
"""

from typing import Any

import pandas as pd
import torch
from torch import Tensor

from mmcl.metrics import mcc
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, nats, r2, row

GAME = Game(space="sphere", similarity="dot")


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; with the settings that the legs vary and the seed."""
    return run_together(settings, [seed])


def run_together(settings: dict[str, Any], seeds: list[int]) -> pd.DataFrame:
    """`run` at several seeds, trained in lockstep."""
    models, tables = [draw_model(settings, seed) for seed in seeds], []
    found = fitting.fit_together(models, GAME, [settings] * len(seeds), seeds)
    for seed, fitted in zip(seeds, found, strict=True):
        rows = measure(fitted, settings["kappa"], seed)
        if settings["baselines"]:
            codes = fitting.baseline_codes(fitted, GAME, settings, seed).items()
            rows += [row(k, "x", "linear_r2", r2(fitted.test.z_x, v, seed)) for k, v in codes]
        tables.append(pd.DataFrame(rows).assign(seed=seed))
    varied = {name: settings[name] for name in ("kappa", "private_follows", "shuffled")}
    return pd.concat(tables, ignore_index=True).assign(**varied)


def fit(settings: dict[str, Any], seed: int) -> Fitted:
    """Draw a world, train two encoders and a temperature on it."""
    return fitting.fit(draw_model(settings, seed), GAME, settings, seed)


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of Theorem 4.1, with the seed's mixing; settings may break what it assumes."""
    names = ("d", "kappa", "layers", "private_scale", "private_follows")
    changes = {name: settings[name] for name in names if name in settings}
    private = (settings["private"], settings["private"])
    return preset("multimodal-sphere", private=private, rng=stream(seed, "mixing"), **changes)


def linear_map(latents: Tensor, codes: Tensor) -> Tensor:
    """The matrix A (d, d) of the least-squares fit codes = latents @ A.T, without intercept."""
    return torch.linalg.lstsq(latents, codes).solution.T


def measure(fitted: Fitted, kappa: float, seed: int) -> list[dict[str, Any]]:
    """What the trained codes recover, and what the recovered map and temperature look like."""
    test, both = fitted.test, fitted.codes()
    maps = [linear_map(test.z_x, both[0]), linear_map(test.z_t, both[1])]
    rows = []
    for modality, z, codes, a in zip("xt", (test.z_x, test.z_t), both, maps, strict=True):
        singular = torch.linalg.svdvals(a)
        rows += [
            row("contrastive", modality, "linear_r2", r2(z, codes, seed)),
            row("contrastive", modality, "mcc", mcc(z, codes)),
            row("contrastive", modality, "singular_min", singular.min()),
            row("contrastive", modality, "singular_max", singular.max()),
        ]
    cosine = torch.sum(maps[0] * maps[1]) / (maps[0].norm() * maps[1].norm())
    return [
        *rows,
        row("contrastive", "both", "map_cosine", cosine),
        row("contrastive", "both", "inverse_temperature", 1 / fitted.temperature),
        row("contrastive", "both", "nats", fitted.nats()),
        row("oracle", "both", "nats", nats(test.z_x, test.z_t, 1 / max(kappa, 1e-3))),
    ]
