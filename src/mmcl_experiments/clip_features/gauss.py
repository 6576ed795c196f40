"""How many components of paired features are non-Gaussian, beside those of Gaussian features."""

from typing import Any

import numpy as np

from mmcl.ica import random_rotation
from mmcl.metrics.crossmodal import whitened
from mmcl.metrics.inputs import halves
from mmcl.metrics.stability import gaussianity, refitted
from mmcl.randomness import stream

KINDS = ("image", "text")
LEVEL = 0.05


def row(
    group: str,
    metric: str,
    value: Any,
    *,
    modality: str = "both",
    arm: str = "",
    place: float = 0,
) -> dict[str, Any]:
    """One measurement of the table."""
    return {
        "group": group, "metric": metric, "modality": modality, "arm": arm,
        "place": float(place), "value": float(value),
    }  # fmt: skip


def gaussian(a: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many normal rows with the mean and the covariance of a (n, d)."""
    centered = a - a.mean(axis=0)
    return a.mean(axis=0) + rng.standard_normal((len(a), len(a))) @ centered / np.sqrt(len(a))


def gauss(x: np.ndarray, t: np.ndarray, settings: dict[str, Any], seed: int) -> list[dict]:
    """How many components are non-Gaussian by Holm's rule, and how heavy their tails are."""
    rng, k, rows = stream(seed, "gauss"), settings["components"], []
    for split in range(settings["splits"]):
        fit, held = halves(len(x), rng)
        for kind, a in zip(KINDS, (x, t), strict=True):
            white = whitened(a, gaussian(a, rng), k, fit, held)
            turn = random_rotation(k, rng)
            names = {"ICA": 0, "Gaussian, ICA": 1}
            arms = {
                "PCA": (white.fit[0], white.held[0]),
                "random rotation": (white.fit[0] @ turn.T, white.held[0] @ turn.T),
            }
            for name, side in names.items():
                ica = refitted(white.fit[side], rng, n_components=k)
                arms[name] = ica.transform(white.fit[side]), ica.transform(white.held[side])
            for arm, both in arms.items():
                where: dict[str, Any] = {"modality": kind, "arm": arm, "place": split}
                rows += tested(both, where)
    return rows


def tested(both: tuple[np.ndarray, np.ndarray], where: dict[str, Any]) -> list[dict[str, Any]]:
    """Tests of the sources on fitting and on held-out rows; every kurtosis of the first split."""
    rows = []
    for sample, sources in zip(("in sample", "held out"), both, strict=True):
        table = gaussianity(sources, level=LEVEL)
        rows.append(row("gauss", f"non-Gaussian, {sample}", (~table.gaussian).mean(), **where))
        rows.append(row("gauss", f"kurtosis, {sample}", table.excess_kurtosis.mean(), **where))
        if where["place"] == 0:
            rows += [
                row("gauss", f"each kurtosis, {sample}", value, **{**where, "place": i})
                for i, value in enumerate(table.excess_kurtosis)
            ]
    return rows
