"""Theorem 4.1 of Liu et al. as an experiment: what do contrastive codes on the sphere recover?

One run trains one pair of encoders and measures it beside its baselines. The legs of the
argument differ only in settings: assumptions kept, private latents that follow the other
modality, shuffled pairs, another kappa.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmcl.encoders import Encoder
from mmcl.losses import info_nce
from mmcl.metrics import linear_r2, mcc
from mmcl.model import LatentPartialCausalModel, Pairs, preset
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive, Supervised, train


class Fitted(NamedTuple):
    """A trained pair of encoders, the world that it was trained on, and fresh test pairs."""

    model: LatentPartialCausalModel
    objective: Contrastive
    history: pd.DataFrame
    test: Pairs


def fit(settings: dict[str, Any], seed: int) -> Fitted:
    """Draw a world, train two encoders and a temperature on it."""
    model = draw_model(settings, seed)
    draw = drawer(model, settings, seed)
    objective = Contrastive(*encoders(settings, seed, draw(4096)))
    objective.to(settings["device"])
    history = train(objective, draw, steps=settings["steps"], batch=settings["batch"])
    test = model.sample(settings["test_pairs"], stream(seed, "test"))
    return Fitted(model, objective.cpu(), history, test)


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, metric, value; with the settings that the legs vary and the seed."""
    fitted = fit(settings, seed)
    rows = measure(fitted, seed)
    if settings["baselines"]:
        rows += baselines(settings, seed, fitted)
    varied = {name: settings[name] for name in ("kappa", "private_follows", "shuffled")}
    return pd.DataFrame(rows).assign(seed=seed, **varied)


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    return preset(
        "multimodal-sphere",
        d=settings["d"],
        kappa=settings["kappa"],
        private=(settings["private"], settings["private"]),
        private_scale=settings["private_scale"],
        private_follows=settings["private_follows"],
        layers=settings["layers"],
        rng=stream(seed, "mixing"),
    )


def drawer(
    model: LatentPartialCausalModel, settings: dict[str, Any], seed: int
) -> Callable[[int], Pairs]:
    """A function that gives n fresh training pairs on the device, broken apart if `shuffled`."""
    rng = stream(seed, "batches")

    def draw(n: int) -> Pairs:
        pairs = model.sample(n, rng).map(lambda value: value.to(settings["device"]))
        if settings["shuffled"]:  # each t goes to its neighbor: both marginals stay
            pairs = replace(pairs, t=pairs.t.roll(1, dims=0))
        return pairs

    return draw


def encoders(settings: dict[str, Any], seed: int, sample: Pairs) -> tuple[Encoder, Encoder]:
    """Untrained encoders of both modalities, their inputs standardized by a sample."""
    generator = torch_generator(stream(seed, "init"))
    size = {"width": settings["width"], "depth": settings["depth"], "generator": generator}
    encoder_x, encoder_t = (
        Encoder(o.shape[1], settings["d"], **size) for o in (sample.x, sample.t)
    )
    return encoder_x.fit_input(sample.x.cpu()), encoder_t.fit_input(sample.t.cpu())


def linear_map(latents: Tensor, codes: Tensor) -> Tensor:
    """The matrix A (d, d) of the least-squares fit codes = latents @ A.T, without intercept."""
    return torch.linalg.lstsq(latents, codes).solution.T


@torch.no_grad()
def measure(fitted: Fitted, seed: int) -> list[dict[str, Any]]:
    """What the trained codes recover, and what the recovered map and temperature look like."""
    model, objective, _, test = fitted
    codes_x, codes_t = objective.encoder_x(test.x), objective.encoder_t(test.t)
    maps = [linear_map(test.z_x, codes_x), linear_map(test.z_t, codes_t)]
    rows = []
    for modality, z, codes, a in zip(
        "xt", (test.z_x, test.z_t), (codes_x, codes_t), maps, strict=True
    ):
        singular = torch.linalg.svdvals(a)
        rows += [
            _row(
                "contrastive", modality, "linear_r2", linear_r2(z, codes, rng=stream(seed, "split"))
            ),
            _row("contrastive", modality, "mcc", mcc(z, codes)),
            _row("contrastive", modality, "singular_min", singular.min()),
            _row("contrastive", modality, "singular_max", singular.max()),
        ]
    cosine = torch.sum(maps[0] * maps[1]) / (maps[0].norm() * maps[1].norm())
    return [
        *rows,
        _row("contrastive", "both", "map_cosine", cosine),
        _row("contrastive", "both", "inverse_temperature", 1 / objective.temperature),
        _row("contrastive", "both", "nats", nats(codes_x, codes_t, float(objective.temperature))),
        _row("oracle", "both", "nats", nats(test.z_x, test.z_t, 1 / max(_kappa(model), 1e-3))),
    ]


def nats(codes_x: Tensor, codes_t: Tensor, temperature: float, n: int = 512) -> float:
    """Mean of log n - InfoNCE over batches of n held-out pairs: 0 is chance."""
    batches = zip(codes_x.split(n), codes_t.split(n), strict=True)
    gains = [
        np.log(len(a)) - float(info_nce(a, b, similarity="dot", temperature=temperature))
        for a, b in batches
        if len(a) > 1
    ]
    return float(np.mean(gains))


def baselines(settings: dict[str, Any], seed: int, fitted: Fitted) -> list[dict[str, Any]]:
    """Linear R2 of z_x from raw x, linear CCA, an untrained and a supervised encoder."""
    from sklearn.cross_decomposition import CCA

    model, _, _, test = fitted
    untrained, _ = encoders(settings, seed, test)
    teacher, _ = encoders(settings, seed, test)
    supervised = Supervised(teacher).to(settings["device"])
    draw = drawer(model, settings, seed)
    train(supervised, draw, steps=settings["steps"], batch=settings["batch"])
    supervised.cpu()
    half = len(test) // 2
    cca = CCA(n_components=settings["d"], max_iter=2000).fit(test.x[:half], test.t[:half])
    with torch.no_grad():
        codes = {
            "raw": test.x,
            "linear CCA": torch.from_numpy(np.asarray(cca.transform(test.x))),
            "untrained": untrained(test.x),
            "supervised": teacher(test.x),
        }
    return [
        _row(code, "x", "linear_r2", linear_r2(test.z_x, values, rng=stream(seed, "split")))
        for code, values in codes.items()
    ]


def _kappa(model: LatentPartialCausalModel) -> float:
    return model.conditional.kappa  # type: ignore[union-attr]


def _row(code: str, modality: str, metric: str, value: float | Tensor) -> dict[str, Any]:
    return {"code": code, "modality": modality, "metric": metric, "value": float(value)}
