"""Theorem 4.2 of Liu et al. and its neighbors: when do codes have the world's axes?

One run trains one pair of encoders in one of the cases below, and measures the match of
latents and single code dimensions before and after linear ICA, and after random turns.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.stats import ortho_group
from torch import Tensor

from mmcl.ica import LinearICA
from mmcl.laws import Normal, VonMisesFisher
from mmcl.losses import Heads, Similarity, neg_squared_l2
from mmcl.metrics import mcc
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl.spaces import Sphere, Unbounded
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, r2, row


class Case(NamedTuple):
    """A world and a game, in the settings' terms."""

    world: str  # "laplace" or "normal" on the box, "sphere", "unbounded"
    codes: str
    similarity: Similarity


CASES = {
    "box, L1": Case("laplace", "box", "neg_l1"),
    "box, L2, free codes": Case("normal", "unbounded", neg_squared_l2),
    "sphere": Case("sphere", "sphere", "dot"),
    "box, L2, codes in a box": Case("normal", "box", neg_squared_l2),
    "no walls": Case("unbounded", "unbounded", neg_squared_l2),
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; case, shuffled, heads and seed."""
    return run_together(settings, [seed])


def run_together(settings: dict[str, Any], seeds: list[int]) -> pd.DataFrame:
    """`run` at several seeds, trained in lockstep."""
    models, game, tables = [draw_model(settings, seed) for seed in seeds], game_of(settings), []
    found = fitting.fit_together(models, game, [settings] * len(seeds), seeds)
    for seed, fitted in zip(seeds, found, strict=True):
        rows = measure(fitted, settings, seed)
        if settings["baselines"]:
            for name, codes in fitting.baseline_codes(fitted, game, settings, seed).items():
                rows.append(row(name, "x", "linear_r2", r2(fitted.test.z_x, codes, seed)))
                rows.append(row(name, "x", "mcc", mcc(fitted.test.z_x, codes)))
        tables.append(pd.DataFrame(rows).assign(seed=seed))
    varied = {name: settings[name] for name in ("case", "shuffled", "heads")}
    return pd.concat(tables, ignore_index=True).assign(**varied)


def fit(settings: dict[str, Any], seed: int) -> tuple[Fitted, Game]:
    """Draw the case's world, and train the case's encoders on it."""
    model, game = draw_model(settings, seed), game_of(settings)
    return fitting.fit(model, game, settings, seed), game


def case_of(settings: dict[str, Any]) -> Case:
    """The case of the settings; ValueError for an unknown one."""
    return CASES[nearest(settings["case"], list(CASES), "case")]


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of a case, with a mixing of its own for each seed."""
    d, normal = settings["d"], Normal(settings["sigma"])
    laws = {
        "laplace": {"scale": settings["scale"]},
        "normal": {"conditional": normal},
        "sphere": {"space": Sphere(d), "conditional": VonMisesFisher(settings["kappa"])},
        "unbounded": {"space": Unbounded(d), "marginal": Normal(1.0), "conditional": normal},
    }
    return preset(
        "multimodal-box",
        d=d,
        private=(settings["private"], settings["private"]),
        coupling=settings["coupling"],
        layers=settings["layers"],
        rng=stream(seed, "mixing"),
        **laws[case_of(settings).world],
    )


def game_of(settings: dict[str, Any]) -> Game:
    """Codes, similarity and temperature of a case; `heads` adds a term for each side alone."""
    case, heads = case_of(settings), settings["heads"]
    return Game(
        space=case.codes,
        similarity=Heads(case.similarity) if heads else case.similarity,
        size=settings["d"] + int(heads),
    )


def measure(fitted: Fitted, settings: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Scores of the codes as they are, after ICA and after random turns; their reach and gain."""
    both, test, d = fitted.codes(), fitted.test, settings["d"]
    rows = []
    for modality, z, codes in zip("xt", (test.z_x, test.z_t), both, strict=True):
        codes = codes[:, :d]
        rows += [
            row("contrastive", modality, "linear_r2", r2(z, codes, seed)),
            row("contrastive", modality, "mcc", mcc(z, codes)),
            row("contrastive", modality, "span", span(z, codes)),
        ]
        if not settings["shuffled"]:  # codes of shuffled pairs collapse: nothing to turn
            rows += turned(z, codes, modality, seed)
    return [
        *rows,
        row("contrastive", "both", "nats", fitted.nats()),
        row("contrastive", "both", "temperature", fitted.temperature),
    ]


def span(latents: Tensor, codes: Tensor) -> float:
    """How far codes move for a latent's step of one, in the geometric mean over directions."""
    a = torch.linalg.lstsq(latents - latents.mean(dim=0), codes - codes.mean(dim=0)).solution
    return float(torch.linalg.svdvals(a).log().mean().exp())


def turned(latents: Tensor, codes: Tensor, modality: str, seed: int) -> list[dict[str, Any]]:
    """MCC of the whitened codes after ICA's turn, and the mean of many random turns.

    ICA and whitening are fitted on codes alone, never on latents.
    """
    ica = LinearICA(random_state=seed).fit(codes.numpy())
    sources = ica.transform(codes.numpy())
    turns = ortho_group.rvs(codes.shape[1], size=50, random_state=stream(seed, "turns"))
    random = np.mean([mcc(latents, sources @ turn) for turn in turns])
    return [
        row("ICA", modality, "mcc", mcc(latents, sources)),
        row("ICA", modality, "converged", ica.converged_),
        row("random turn", modality, "mcc", float(random)),
    ]
