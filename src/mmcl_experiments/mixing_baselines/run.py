"""What codes that know nothing score: an easy mixing flatters them all, a hard one doesn't.

One world a slope of the mixing's leaky ReLU (1 is linear, 0.2 is the book's). Every code is
scored by held-out linear R2 of z_x.
"""

from dataclasses import replace
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from mmcl.mixing import draw_mixing
from mmcl.model import LatentPartialCausalModel, Pairs, preset
from mmcl.randomness import stream
from mmcl.training import Supervised, train
from mmcl_experiments.learners import fitting


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: slope, code, value (held-out linear R2 of z_x), seed."""
    rows = []
    for slope in settings["slopes"]:
        model = world(settings, slope, seed)
        test = model.sample(settings["test_pairs"], stream(seed, "test"))
        for code, h in codes(settings, model, test, seed).items():
            value = fitting.r2(test.z_x, h, seed)
            rows.append({"slope": slope, "code": code, "value": value, "seed": seed})
    return pd.DataFrame(rows)


def world(settings: dict[str, Any], slope: float, seed: int) -> LatentPartialCausalModel:
    """The sphere's world with mixings whose leaky ReLU has the given slope."""
    d, private, rng = settings["d"], settings["private"], stream(seed, "mixing")
    mixing = tuple(draw_mixing(d + private, rng, slope=slope) for _ in "xt")
    return preset("multimodal-sphere", d=d, private=(private, private), mixing=mixing)


def codes(
    settings: dict[str, Any], model: LatentPartialCausalModel, test: Pairs, seed: int
) -> dict[str, Tensor]:
    """Codes of the test pairs' x, from those that know nothing to the latents themselves."""
    trained = {
        "untrained": 0,
        "shuffled": settings["steps"],
        "barely trained": settings["few_steps"],
        "supervised": settings["steps"],
    }
    encoded = {
        name: encode(settings, model, test, seed, steps, shuffled=name == "shuffled")
        for name, steps in trained.items()
    }
    return {
        "raw x": test.x,
        "linear CCA": fitting.linear_cca(test, settings["d"]),
        **encoded,
        "true latents": test.z_x,
    }


def encode(
    settings: dict[str, Any],
    model: LatentPartialCausalModel,
    test: Pairs,
    seed: int,
    steps: int,
    *,
    shuffled: bool = False,
) -> Tensor:
    """Codes of an encoder after `steps` steps of regression on z_x, or on another row's z_x."""
    rng = stream(seed, "batches")
    encoder, _ = fitting.encoders(test, settings["d"], settings, seed)

    def draw(n: int) -> Pairs:
        pairs = model.sample(n, rng)
        return replace(pairs, z_x=pairs.z_x.roll(1, dims=0)) if shuffled else pairs

    if steps:
        train(Supervised(encoder), draw, steps=steps, batch=settings["batch"])
    with torch.no_grad():
        return encoder(test.x)
