"""From copied content to coupled latents: one world, one game, one knob.

z_x is normal. z_t is z_x plus noise: in content by the knob `noise`, in style by `style_noise`.
At noise 0 content is copied, as in Daunhawer et al. and von Kuegelgen et al.; above, all
coordinates are coupled, as in Liu et al. Codes have `size` dimensions.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mmcl.blocks import StyleChange
from mmcl.losses import neg_squared_l2
from mmcl.metrics import kernel_r2
from mmcl.model import LatentPartialCausalModel, preset
from mmcl.randomness import stream
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, r2


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: noise, block, metric, value; the settings that legs vary, and seed.

    block: "content", "style", "private x" with linear_r2 and kernel_r2, the mean over both codes
    (for private x, the code of x); "all" with gain (nats over chance in tables of a batch) and
    mutual_information (nats, infinite at noise 0).
    """
    rows = []
    for noise, fitted in zip(settings["noises"], fit(settings, seed), strict=True):
        measured = [*recovered(fitted, settings, seed), *won(fitted, settings, noise)]
        rows += [{"noise": noise, **row} for row in measured]
    varied = {name: settings[name] for name in ("content", "style", "style_noise", "size")}
    return pd.DataFrame(rows).assign(seed=seed, **varied)


def fit(settings: dict[str, Any], seed: int) -> list[Fitted]:
    """Train a pair of encoders for each noise, all from the same start, in lockstep."""
    models = [draw_model(settings, noise, seed) for noise in settings["noises"]]
    game = Game("unbounded", neg_squared_l2, size=settings["size"])
    return fitting.fit_together(models, game, [settings] * len(models), [seed] * len(models))


def draw_model(settings: dict[str, Any], noise: float, seed: int) -> LatentPartialCausalModel:
    """The block world with this noise in content; mixings don't depend on the noise."""
    content, style = settings["content"], settings["style"]
    world = preset(
        "multimodal-block",
        content=content,
        style=style,
        private=(settings["private"], settings["private"]),
        layers=settings["layers"],
        rng=stream(seed, "mixing"),
    )
    return replace(world, conditional=partner(content, style, noise, settings["style_noise"]))


def partner(content: int, style: int, noise: float, style_noise: float) -> StyleChange:
    """The law of z_t around z_x: independent normal steps in every coordinate that isn't copied."""
    variances = [noise**2] * content + [style_noise**2] * style
    if noise == 0:
        return StyleChange(content, 1.0, np.diag(variances[content:]))
    return StyleChange(0, 1.0, np.diag(variances))


def mutual_information(content: int, style: int, noise: float, style_noise: float) -> float:
    """I(z_x; z_t) in nats: half of log(1 + 1/sigma^2) for each coordinate, since z_x is normal."""
    if noise == 0:
        return math.inf
    return (content * math.log1p(noise**-2) + style * math.log1p(style_noise**-2)) / 2


def recovered(fitted: Fitted, settings: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Held-out R2 of each block, by a line and by a kernel."""
    test, n, k = fitted.test, settings["rows"], settings["content"]
    both = list(zip(fitted.codes(), (test.z_x, test.z_t), strict=True))
    blocks = {
        "content": [(z[:, :k], codes) for codes, z in both],
        "style": [(z[:, k:], codes) for codes, z in both],
        "private x": [(test.m_x, both[0][0])],
    }
    rows = []
    for block, cases in blocks.items():
        lines = [r2(z, codes, seed) for z, codes in cases]
        bends = [kernel_r2(z[:n], codes[:n], rng=stream(seed, "split")) for z, codes in cases]
        rows.append({"block": block, "metric": "linear_r2", "value": float(np.mean(lines))})
        rows.append({"block": block, "metric": "kernel_r2", "value": float(np.mean(bends))})
    return rows


def won(fitted: Fitted, settings: dict[str, Any], noise: float) -> list[dict[str, Any]]:
    """Nats over chance, and how many there are in the world."""
    content, style = settings["content"], settings["style"]
    there = mutual_information(content, style, noise, settings["style_noise"])
    return [
        {"block": "all", "metric": "gain", "value": fitted.nats(settings["batch"])},
        {"block": "all", "metric": "mutual_information", "value": there},
    ]
