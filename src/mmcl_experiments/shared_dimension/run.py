"""How many dimensions do two modalities share? Codes with room to spare, against the loss curve.

Encoders are trained with codes of several sizes. The largest has room to spare: its held-out
canonical correlations and its intrinsic dimension count the content. The usual way, looking where
the gain stops growing with the size, is its rival; content that is copied exactly has infinite
mutual information, so that one code dimension could already win all that a batch has to give.
"""

from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from mmcl.losses import neg_squared_l2
from mmcl.metrics.dimension import shared_dimension
from mmcl.randomness import stream
from mmcl_experiments import nearest
from mmcl_experiments.block_identifiability import learner
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted, Game, nats

GAMES = {
    "unbounded": Game("unbounded", neg_squared_l2),
    "sphere": Game("sphere", "dot"),  # as in CLIP
}
VARIED = ("world", "content", "style", "p", "covariances", "causal", "codes")


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: size (of the code), code, metric, place, value; the settings that legs vary, seed.

    code "contrastive", metric "gain": nats over chance in held-out batches, one row a size. The
    largest size gives "correlation" (place counts from 1), "directions" (how many are above the
    threshold), "intrinsic" and "dimension" (rounded: the answer). code "loss curve": "dimension"
    is where the gain's growth breaks off. code "copied": what the content itself would gain with
    as many coordinates and its best temperature.
    """
    gains, rows = {}, []
    for size in sorted(settings["sizes"]):
        fitted = fit(settings, size, seed)
        gains[size] = fitted.nats(settings["batch"])
        copied = copied_gain(
            fitted.test.z_x[:, : min(size, settings["content"])], settings["batch"]
        )
        rows += [row(size, "contrastive", "gain", gains[size]), row(size, "copied", "gain", copied)]
        if size == max(settings["sizes"]):
            rows += answers(fitted, settings, size, seed)
    if len(gains) > 2:
        rows.append(row(0, "loss curve", "dimension", bend(gains)))
    varied = {name: settings[name] for name in VARIED}
    return pd.DataFrame(rows).assign(seed=seed, **varied)


def row(size: int, code: str, metric: str, value: float, place: int = 0) -> dict[str, Any]:
    """One measurement of the table."""
    return {"size": size, "code": code, "metric": metric, "place": place, "value": float(value)}


def fit(settings: dict[str, Any], size: int, seed: int) -> Fitted:
    """Train two encoders whose codes have `size` dimensions."""
    model = learner.draw_model(settings, seed)
    game = GAMES[nearest(settings["codes"], list(GAMES), "codes")]
    return fitting.fit(model, game._replace(size=size), settings, seed)


def answers(fitted: Fitted, settings: dict[str, Any], size: int, seed: int) -> list[dict[str, Any]]:
    """What canonical correlations and intrinsic dimension say of the codes."""
    found = shared_dimension(
        *fitted.codes(),
        rng=stream(seed, "split"),
        threshold=settings["threshold"],
        neighbors=settings["neighbors"],
    )
    places = enumerate(found.correlations, start=1)
    return [
        *(row(size, "contrastive", "correlation", value, place) for place, value in places),
        row(size, "contrastive", "directions", found.directions),
        row(size, "contrastive", "intrinsic", found.intrinsic),
        row(size, "contrastive", "dimension", found.dimension),
    ]


def copied_gain(content: Tensor, n: int) -> float:
    """The gain of content (m, k) itself as both codes, at the best of many temperatures.

    It doesn't depend on k: the distance of a copy is zero and all others aren't, and a small
    enough temperature tells them apart.
    """
    u = content.double()
    return max(nats(u, u, 10.0**-power, n, "neg_l1") for power in range(10))


def bend(gains: dict[int, float]) -> int:
    """The size of code after which the gain's growth, per dimension, falls most: the elbow."""
    sizes = [0, *gains]
    growth = np.diff([0.0, *gains.values()]) / np.diff(sizes)
    return sizes[1 + int((growth[:-1] - growth[1:]).argmax())]
