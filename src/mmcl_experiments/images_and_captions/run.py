"""Which factors of a world of pictures and captions do contrastive codes hold?

Daunhawer et al. (2023), section 5.2, on `mmcl.world`: the factors of their Multimodal3DIdent, with
other solids. One run trains an encoder of pictures and one of captions, and beside them an encoder
of pictures that is told every factor. Each code is asked for each factor.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mmcl.encoders import Encoder
from mmcl.laws import Normal
from mmcl.metrics import kernel_accuracy, kernel_r2, linear_accuracy, linear_r2
from mmcl.model import Pairs
from mmcl.randomness import stream, torch_generator
from mmcl.training import Contrastive, Objective, Supervised, train
from mmcl.world import captions, factors
from mmcl.world.encoders import ImageEncoder, bags
from mmcl.world.factors import FACTORS
from mmcl.world.render import render

MEASURES = {
    ("linear", True): linear_accuracy,
    ("linear", False): linear_r2,
    ("nonlinear", True): kernel_accuracy,
    ("nonlinear", False): kernel_r2,
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, factor, block, metric, value, dependence, size, turns, seed.

    code: "contrastive", "untrained", or "told", what the encoder that is told all factors says.
    metric: "linear" or "nonlinear": R2 on held-out rows, or for discrete factors accuracy from
    chance (0) to perfect (1), so that all factors have one scale.
    """
    pairs, table = world(settings, seed)
    test = pairs[settings["pairs"] :]
    asked = table.iloc[settings["pairs"] :]
    rows = []
    for name, codes in all_codes(pairs, test, settings, seed).items():
        code, modality = name
        rng = stream(seed, f"scores {code} {modality}")
        found = scores(asked.iloc[: settings["rows"]], codes[: settings["rows"]], rng)
        rows += [{"code": code, "modality": modality, **row} for row in found]
    varied = {name: settings[name] for name in ("dependence", "size", "turns")}
    return pd.DataFrame(rows).assign(**varied, seed=seed)


def world(settings: dict[str, Any], seed: int) -> tuple[Pairs, pd.DataFrame]:
    """Pairs for training and then for the test, with their factors.

    x: pictures as bytes (n, 3, side, side); t: bags of words; z_x: all that an encoder is told.
    settings["turns"]: standard deviation of the turns, in radians; 0 for uniform ones.
    """
    n, sigma = settings["pairs"] + settings["test_pairs"], settings["turns"]
    laws = {name: Normal(sigma) for name in ("turn", "tilt", "roll")} if sigma else None
    look = {"dependence": settings["dependence"], "laws": laws}
    table = factors.draw(n, stream(seed, "factors"), **look)
    pictures = (
        render(table, size=settings["side"], device=settings["device"])
        .permute(0, 3, 1, 2)
        .contiguous()
    )
    texts = captions.captions(table, stream(seed, "captions"))
    none = torch.zeros(n, 0)
    told = torch.from_numpy(targets(table).astype(np.float32))
    return Pairs(pictures, bags(captions.tokens(texts)), told, told, none, none), table


def targets(table: pd.DataFrame) -> np.ndarray:
    """(n, k) numbers that name all factors of the pictures, of variance 1 a factor."""
    columns = []
    for name in factors.IMAGE:
        each, values = FACTORS[name], FACTORS[name].target(table[name])
        numbers = np.eye(len(each.values))[values] if each.values else values
        columns.append((numbers - numbers.mean(axis=0)) / np.sqrt(numbers.var(axis=0).sum()))
    return np.hstack(columns)


def drawer(
    pairs: Pairs, n: int, rng: np.random.Generator, device: str = "cpu"
) -> Callable[[int], Pairs]:
    """Draws batches from the first n pairs."""

    def draw(count: int) -> Pairs:
        some = pairs[torch.from_numpy(rng.integers(n, size=count))]
        return some.map(lambda value: value.to(device))

    return draw


def all_codes(
    pairs: Pairs, test: Pairs, settings: dict[str, Any], seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """Codes of the test pairs: untrained and contrastive if `steps`, told if `told_steps`."""
    codes = {}
    if settings["steps"]:
        objective = untrained(pairs, settings, seed)
        codes |= both(objective, test, "untrained")
        fit(objective, pairs, settings, seed)
        codes |= both(objective, test, "contrastive")
    if settings["told_steps"]:
        generator = torch_generator(stream(seed, "told"))
        sizes = {"channels": settings["channels"], "width": settings["width"]}
        more = {"space": "unbounded", "generator": generator}
        encoder = ImageEncoder(settings["side"], pairs.z_x.shape[1], **sizes, **more)
        objective = Supervised(encoder)  # type: ignore[arg-type]
        fit(objective, pairs, {**settings, "steps": settings["told_steps"]}, seed)
        codes["told", "x"] = codes_of(encoder, test.x)
    return codes


def fit(objective: Objective, pairs: Pairs, settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Train on the first of the pairs; the history of `mmcl.training.train`."""
    budget = {name: settings[name] for name in ("steps", "batch", "lr", "hidden_lr")}
    draw = drawer(pairs, settings["pairs"], stream(seed, "batches"), settings["device"])
    return train(objective.to(settings["device"]), draw, **budget)


def untrained(pairs: Pairs, settings: dict[str, Any], seed: int) -> Contrastive:
    """An encoder of pictures and one of captions, with codes on the sphere."""
    generator = torch_generator(stream(seed, "encoders"))
    size, width = settings["size"], settings["width"]
    more = {"width": width, "generator": generator}
    encoder_x = ImageEncoder(settings["side"], size, channels=settings["channels"], **more)
    encoder_t = Encoder(pairs.t.shape[1], size, depth=1, **more).fit_input(pairs.t)
    return Contrastive(encoder_x, encoder_t, temperature=0.2)  # type: ignore[arg-type]


def both(objective: Contrastive, test: Pairs, name: str) -> dict[tuple[str, str], np.ndarray]:
    """Codes of both modalities."""
    x, t = codes_of(objective.encoder_x, test.x), codes_of(objective.encoder_t, test.t)
    return {(name, "x"): x, (name, "t"): t}


@torch.no_grad()
def codes_of(encoder: nn.Module, observations: Tensor) -> np.ndarray:
    """Codes of many observations, some at a time; the encoder learns nothing of them."""
    encoder.eval()
    device = next(encoder.parameters()).device
    codes = [encoder(part.to(device)).cpu() for part in observations.split(1024)]
    encoder.train()
    return torch.cat(codes).numpy()


def scores(
    table: pd.DataFrame, codes: np.ndarray, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """A row for each factor and metric: how well the codes tell it."""
    rows = []
    for name, each in FACTORS.items():
        values = each.target(table[name])
        values = values[:, None] if values.ndim == 1 else values
        for metric in ("linear", "nonlinear"):
            value = MEASURES[metric, bool(each.values)](values, codes, rng=rng)
            rows.append({"factor": name, "block": each.block, "metric": metric, "value": value})
    return rows
