"""Counting what two modalities copy where style depends on content, or hardly changes.

`shared_dimension` counts the canonical correlations above a fixed threshold, in worlds whose style
is independent of content and changes whole. Here are the other worlds, and what other rules need:

- *shuffled partners* say what chance correlates: a direction above that is shared, copied or not;
- *a second training* says how noisily a code knows its own side: two codes of one x agree in
  `within`, and correlation over `within` estimates what the states themselves correlate
  (Spearman's correction for attenuation, 1904).

The rules themselves are in `readings.py`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mmcl.blocks import ContentStyle, StyleChange, style_correlations
from mmcl.losses import neg_squared_l2
from mmcl.metrics import linear_r2
from mmcl.metrics.dimension import directions, intrinsic_dimension, whitened
from mmcl.metrics.inputs import halves
from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl_experiments.block_identifiability import learner
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Game

VARIED = ("content", "style", "p", "covariances", "causal", "change")
AGAIN = 1000  # added to the seed of the second training
LEAST = 0.01  # of `within`, so that useless directions can be divided by it
QUANTILE = 0.99  # of what shuffled partners give
Rows = list[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, place, metric, value; the settings that worlds differ in, and seed.

    code "contrastive": for each place of a canonical direction, strongest first, its held-out
    "correlation", "low" and "high" (95 % of resampled pairs); "within", that with a second
    training, geometric mean of both sides; "corrected", the former over the latter, with
    "corrected_low" and "corrected_high"; "intrinsic", the dimension of the sheet in the directions
    up to there. place 0: "null", 99 % of what shuffled partners give; "content_r2", linear.
    code "law": "given content" and "style", canonical correlations of the true styles with content
    held and without.
    """
    model = draw_model(settings, seed)
    game = Game("unbounded", neg_squared_l2, size=settings["size"])
    first, second = (fitting.fit(model, game, settings, seed + k) for k in (0, AGAIN))
    codes = [h.double().numpy() for h in first.codes()]
    with_them = second._replace(test=first.test).codes()
    again = [h.double().numpy() for h in with_them]
    found = canonical_rows(codes, again, settings, seed)
    content = first.test.z_x[:, : settings["content"]]
    r2 = linear_r2(content, codes[0], rng=stream(seed, "split"))
    found.append(row("contrastive", 0, "content_r2", r2))
    found += law_rows(model)
    varied = {name: settings[name] for name in VARIED}
    return pd.DataFrame(found).assign(seed=seed, **varied)


def row(code: str, place: int, metric: str, value: float) -> dict[str, Any]:
    """One measurement of the table."""
    return {"code": code, "place": place, "metric": metric, "value": float(value)}


def draw_model(settings: dict[str, Any], seed: int) -> LatentPartialCausalModel:
    """The world of the settings; what changes in style is scaled by `change`."""
    model = learner.draw_model(settings, seed)
    law = model.conditional
    assert isinstance(law, StyleChange)
    smaller = StyleChange(law.content, law.p, settings["change"] ** 2 * law.covariance)
    return replace(model, conditional=smaller)


def law_rows(model: LatentPartialCausalModel) -> Rows:
    """What the laws say of style: how nearly it is copied, with content held and without."""
    own, change = model.marginal, model.conditional
    assert isinstance(own, ContentStyle)
    assert isinstance(change, StyleChange)
    k = len(own.content)
    alone = replace(own, style=own.covariance[k:, k:], effect=np.zeros_like(own.effect))
    named = {"given content": style_correlations(own, change)}
    named["style"] = style_correlations(alone, change)
    return [
        row("law", place, metric, value)
        for metric, values in named.items()
        for place, value in enumerate(values, 1)
    ]


def canonical_rows(
    codes: list[np.ndarray], again: list[np.ndarray], settings: dict[str, Any], seed: int
) -> Rows:
    """Canonical directions of codes (n, k) of both sides, and what their nulls say.

    again: codes of the same pairs by a second training.
    """
    rng = stream(seed, "counting")
    fit, score = halves(len(codes[0]), rng)
    white = [whitened(h, fit) for h in codes]
    left, right, _ = directions(white[0][fit], white[1][fit])
    pair = [white[0] @ left, white[1] @ right]
    like = [predicted(u, whitened(h, fit), fit) for u, h in zip(pair, again, strict=True)]
    pair, like = [[u[score] for u in side] for side in (pair, like)]
    draws = [rng.integers(len(score), size=len(score)) for _ in range(settings["resamples"])]
    cross, within = agreement(pair, like, np.arange(len(score)))
    several = [agreement(pair, like, rows) for rows in draws]
    spread = np.array([each for each, _ in several])
    corrected = np.array([each / like for each, like in several])
    sheets = [
        np.mean([intrinsic_dimension(u[:, : k + 1], neighbors=settings["neighbors"]) for u in pair])
        for k in range(len(cross))
    ]
    named = {"correlation": cross, "within": within, "intrinsic": sheets}
    named["corrected"] = cross / within
    for name, values in (("", spread), ("corrected_", corrected)):
        named[f"{name}low"], named[f"{name}high"] = np.quantile(values, [0.025, 0.975], axis=0)
    null = shuffled(white, fit, score, settings["shuffles"], rng)
    return [row("contrastive", 0, "null", null)] + [
        row("contrastive", place, metric, value)
        for metric, values in named.items()
        for place, value in enumerate(values, 1)
    ]


def predicted(variates: np.ndarray, white: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Variates (n, k) as white codes (n, j) predict them, by a regression on the rows `fit`."""
    return white @ (white[fit].T @ variates[fit] / len(fit))


def agreement(
    pair: list[np.ndarray], like: list[np.ndarray], rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Correlations (k,) across modalities, and with a second training, geometric mean of both."""
    cross = correlations(pair[0][rows], pair[1][rows])
    sides = [correlations(u[rows], v[rows]) for u, v in zip(pair, like, strict=True)]
    return cross, np.sqrt(np.prod(np.clip(sides, LEAST, 1), axis=0))


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(k,): of the columns of a (n, k) with those of b."""
    a, b = (u - u.mean(axis=0) for u in (a, b))
    return (a * b).sum(axis=0) / np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))


def shuffled(
    white: list[np.ndarray],
    fit: np.ndarray,
    score: np.ndarray,
    times: int,
    rng: np.random.Generator,
) -> float:
    """The quantile of the largest held-out canonical correlation when partners are exchanged."""
    largest = []
    for _ in range(times):
        mine, theirs = rng.permutation(fit), rng.permutation(score)
        left, right, _ = directions(white[0][fit], white[1][mine])
        found = correlations(white[0][score] @ left, white[1][theirs] @ right)
        largest.append(found.max())
    return float(np.quantile(largest, QUANTILE))
