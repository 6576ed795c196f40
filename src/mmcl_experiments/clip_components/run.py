"""Do ICA's axes of images and of texts speak of the same things? Held out, against rotations.

One run halves the pairs once: components of each modality and their matching come from one half,
every score from the other. Each way of choosing axes gets the same white space of k dimensions.
"""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.features.tagged import paired, pairs
from mmcl.metrics import crossmodal
from mmcl.metrics.crossmodal import Matched, White
from mmcl.metrics.inputs import halves
from mmcl.metrics.stability import holm, refitted, replicated
from mmcl.randomness import stream

LEVEL = 0.05


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: source, k, arm, metric, value, low, high, seed.

    arm "ICA", "rotation" (the mean of random ones), "PCA", "CCA": metric "held out" and "in
    sample", the mean matched correlation. arm "ICA - rotation": metric "difference" with the
    interval of a bootstrap over held-out pairs; "p" of ICA among rotations that are matched anew,
    "p_holm" for all sizes up to `most`; k 0 is the mean over those sizes. arm "ICA": "p permuted"
    against shuffled partners. arm "halves": metric "agreement" and "low" of
    `mmcl.metrics.stability.replicated` on the fitting half, at the sizes in `choices`.
    Settings: source, sizes, most, rotations, times (bootstrap samples), permutations, choices.
    """
    images, texts = pairs(settings["source"])
    paired(images, texts)
    x, t = images.values, texts.values
    fit, held = halves(len(x), stream(seed, "halves"))
    widest = crossmodal.whitened(x, t, max(settings["sizes"]), fit, held)
    weights = crossmodal.resampling(len(held), settings["times"], stream(seed, "bootstrap"))
    rows, gaps, tests = [], {}, {}
    for size in settings["sizes"]:
        white = widest.first(size)
        found = arms(white, settings, stream(seed, f"arms {size}"))
        rows += scores(found, size)
        gap, p = compared(found, weights)
        if size <= settings["most"]:
            gaps[size], tests[size] = gap, p
        rows += [difference(gap, size), row(size, "ICA - rotation", "p", p)]
        null = crossmodal.permuted(
            ica(white, stream(seed, f"arms {size}")),
            settings["permutations"],
            stream(seed, f"permuted {size}"),
        )
        p = crossmodal.p_value(found["ICA"][0].held_out, null)
        rows.append(row(size, "ICA", "p permuted", p))
    rows.append(difference(np.mean(list(gaps.values()), axis=0), 0))
    corrected = holm(list(tests.values()))
    sizes = zip(tests, corrected, strict=True)
    rows += [row(size, "ICA - rotation", "p_holm", p) for size, p in sizes]
    for kind, values in (("image", x), ("text", t)):
        rows += agreement(values[fit], kind, settings["choices"], stream(seed, kind))
    return pd.DataFrame(rows).assign(source=settings["source"], seed=seed)


def row(
    size: int, arm: str, metric: str, value: Any, low: float = 0.0, high: float = 0.0
) -> dict[str, Any]:
    """One measurement of the table; low and high where there is an interval."""
    return {
        "k": size, "arm": arm, "metric": metric, "value": float(value),
        "low": float(low), "high": float(high),
    }  # fmt: skip


def ica(white: White, rng: np.random.Generator) -> White:
    """Each modality's independent components: a rotation of its white space."""
    turns = [refitted(part, rng, n_components=part.shape[1]).components_ for part in white.fit]
    return white.turned(*turns)


def arms(
    white: White, settings: dict[str, Any], rng: np.random.Generator
) -> dict[str, list[Matched]]:
    """The ways to choose axes in one white space; of rotations there are many."""
    return {
        "ICA": [crossmodal.matched(ica(white, rng))],
        "rotation": crossmodal.rotations(white, settings["rotations"], rng),
        "PCA": [crossmodal.matched(white)],
        "CCA": [crossmodal.matched_directions(white)],
    }


def scores(found: dict[str, list[Matched]], size: int) -> list[dict[str, Any]]:
    """Mean matched correlations, held out and in sample; low and high over rotations."""
    rows = []
    for arm, matches in found.items():
        held = [match.held_out for match in matches]
        seen = np.mean([match.in_sample for match in matches])
        rows.append(row(size, arm, "held out", np.mean(held), min(held), max(held)))
        rows.append(row(size, arm, "in sample", seen))
    return rows


def compared(found: dict[str, list[Matched]], weights: np.ndarray) -> tuple[np.ndarray, float]:
    """ICA minus the mean rotation: the difference, then under resampled pairs; and its p-value.

    p: the share of rotations, each matched anew, that score as high as ICA.
    """
    (own,), turned = found["ICA"], found["rotation"]
    few = turned[:20]  # for the interval, their mean is known well enough
    resampled = np.mean([crossmodal.bootstrapped(each, weights) for each in few], axis=0)
    held = np.array([each.held_out for each in turned])
    shift = np.mean([each.held_out for each in few]) - held.mean()
    gap = crossmodal.bootstrapped(own, weights) - resampled + shift
    return np.append(own.held_out - held.mean(), gap), crossmodal.p_value(own.held_out, held)


def difference(gap: np.ndarray, size: int) -> dict[str, Any]:
    """A difference, and its interval by the quantiles of what resampling gives."""
    low, high = np.quantile(gap[1:], [LEVEL / 2, 1 - LEVEL / 2])
    return row(size, "ICA - rotation", "difference", gap[0], low, high)


def agreement(
    rows: np.ndarray, kind: str, sizes: list[int], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Do halves of the fitting rows give the same components? A mean over splits for each size."""
    if not sizes:
        return []
    found = replicated(rows, sizes, splits=3, rng=rng)
    means: Any = found.groupby("size")[["agreement", "low"]].mean()
    return [
        row(int(size), f"halves, {kind}", metric, value)
        for metric in ("agreement", "low")
        for size, value in means[metric].items()
    ]
