"""Four papers' settings in one simulator: each preset by its own game, scored by all measures."""

from typing import Any

import pandas as pd
from torch import Tensor

from mmcl.losses import neg_squared_l2
from mmcl.metrics import kernel_r2, mcc
from mmcl.metrics.dimension import canonical
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl_experiments import nearest
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, r2

SPHERE = Game("sphere", "dot")
BLOCK = Game("unbounded", neg_squared_l2)
GAMES = {
    "multiview-sphere": SPHERE,
    "multiview-block": BLOCK,
    "multimodal-block": BLOCK,
    "multimodal-sphere": SPHERE,
    "multimodal-box": Game("box", "neg_l1"),
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: world, block, metric, place, value and seed; codes of x against latents of x.

    block: "shared" (the content where some is copied, else all of z_x), "style", "private", each
    with linear_r2, kernel_r2 and (shared) mcc; "codes" with the held-out canonical correlation of
    both modalities' codes, place from 1.
    """
    fitted = fit(settings, seed)
    codes_x, codes_t = fitted.codes()
    rows = []
    for block, latents in blocks(fitted).items():
        rows += [{"block": block, **row} for row in scores(latents, codes_x, settings, seed)]
        if block == "shared":
            rows.append({"block": block, "metric": "mcc", "value": mcc(latents, codes_x)})
    kept = canonical(codes_x, codes_t, rng=stream(seed, "split")).correlations
    rows += [
        {"block": "codes", "metric": "correlation", "value": float(value), "place": place}
        for place, value in enumerate(kept, start=1)
    ]
    table = pd.DataFrame(rows).fillna({"place": 0}).astype({"place": int})
    return table.assign(world=settings["world"], seed=seed)


def fit(settings: dict[str, Any], seed: int) -> Fitted:
    """Train a preset's encoders; codes have as many dimensions as what the theorem recovers."""
    nearest(settings["world"], list(GAMES), "world")
    model = draw_model(settings["world"], settings["d"], seed)
    game = GAMES[settings["world"]]._replace(size=model.content or None)
    return fitting.fit(model, game, settings, seed)


def draw_model(world: str, d: int, seed: int) -> LatentPartialCausalModel:
    """A preset with d shared coordinates: d content and d style ones in a block world."""
    block = world.endswith("block")
    sizes = {"content": d, "style": d} if block else {"d": d}
    return preset(world, **sizes, rng=stream(seed, "mixing"))


def blocks(fitted: Fitted) -> dict[str, Tensor]:
    """Latents of x by block; blocks that the world doesn't have are left out."""
    test, size = fitted.test, fitted.model.content or fitted.model.space.d
    named = {"shared": test.z_x[:, :size], "style": test.z_x[:, size:], "private": test.m_x}
    return {name: values for name, values in named.items() if values.shape[1]}


def scores(
    latents: Tensor, codes: Tensor, settings: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """Held-out R2 by a line and by a kernel."""
    n = settings["rows"]
    bent = kernel_r2(latents[:n], codes[:n], rng=stream(seed, "split"))
    line = r2(latents, codes, seed)
    return [{"metric": "linear_r2", "value": line}, {"metric": "kernel_r2", "value": bent}]
