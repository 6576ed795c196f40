"""Which words load on which component? Fitted on one vocabulary, read on words of another.

Words of both vocabularies are CLIP text features of "a {word}". Components come from LVIS; the
words of Objects365 that LVIS doesn't hold have had no part in them.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from mmcl.features.tagged import Basis, Features, vocabulary
from mmcl.ica import LinearICA, random_rotation
from mmcl.metrics.crossmodal import p_value
from mmcl.metrics.geometry import normalized
from mmcl.metrics.stability import gaussianity, replicated, resampled
from mmcl.randomness import stream


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: arm, metric, component, place, value, word, seed.

    arm "lvis", "objects365": metric "word", the highest scores of each component, by place. arm
    "ICA", "PCA", "rotation": "coherence" (of the held-out words that score highest: mean cosine of
    their centered features), "non-Gaussian", "kurtosis", held out; rotations: the mean of many. arm
    "ICA": "p" of its coherence among rotations, and by component "agreement", "low", "high",
    "quality" of `mmcl.metrics.stability.resampled`. arm "halves": "agreement" and "low" by place,
    the number of components. arm "all": how many "words" were "fitted" and "held".
    Settings: components, top (words), times (resamples), rotations, choices (sizes for halves).
    """
    (fitted, names), (other, others) = (vocabulary(name) for name in ("lvis", "objects365"))
    fitted, other = fitted.on_sphere(), other.on_sphere()
    new = unseen(others, names)
    held = Features(other.values[new], other.model, other.modality, True)
    others = [others[i] for i in new]
    ica = LinearICA(settings["components"], random_state=stream(seed, "start"))
    with warnings.catch_warnings():  # what it warns of is measured below
        warnings.filterwarnings("ignore", message=".* the axes follow single rows")
        basis = Basis.fit(ica, fitted)
    scores = basis.components(fitted), basis.components(held)
    rows = [
        row("all", "fitted", len(names)),
        row("all", "held", len(others)),
        *words("lvis", scores[0], names, settings["top"]),
        *words("objects365", scores[1], others, settings["top"]),
        *compared(ica, held.values, scores[1], settings, seed),
        *stable(fitted.values, ica, settings, seed),
    ]
    return pd.DataFrame(rows).assign(seed=seed)


def row(
    arm: str, metric: str, value: Any, *, component: int = -1, place: int = 0, word: str = ""
) -> dict[str, Any]:
    """One measurement of the table."""
    return {
        "arm": arm, "metric": metric, "component": component, "place": place,
        "value": float(value), "word": word,
    }  # fmt: skip


def unseen(words: list[str], known: list[str]) -> list[int]:
    """Places of the words of which no part, such as "Cabinet" of "Cabinet/shelf", is known.

    Case, a bracketed hint and an ending s make no new word.
    """
    have = {stem(word) for word in known}
    return [i for i, w in enumerate(words) if not {stem(part) for part in w.split("/")} & have]


def stem(word: str) -> str:
    """A word in lower case without a bracketed hint and an ending s."""
    return word.lower().split("(")[0].strip().removesuffix("s")


def words(arm: str, scores: np.ndarray, names: list[str], top: int) -> list[dict[str, Any]]:
    """The words with the highest scores on each component."""
    return [
        row(arm, "word", scores[i, component], component=component, place=place, word=names[i])
        for component in range(scores.shape[1])
        for place, i in enumerate(np.argsort(-scores[:, component])[:top])
    ]


def coherence(scores: np.ndarray, centered: np.ndarray, top: int) -> float:
    """Mean cosine between the `top` highest words of each column of scores (n, k).

    centered (n, d): the words' features around their mean, of length one.
    """
    best = np.argsort(-scores, axis=0)[:top]  # (top, k)
    chosen = centered[best]  # (top, k, d)
    sums = (chosen.sum(axis=0) ** 2).sum(axis=1)  # every pair twice, and each word with itself
    return float(((sums - top) / (top * (top - 1))).mean())


def compared(
    ica: LinearICA, held: np.ndarray, scores: np.ndarray, settings: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """Held-out words on ICA's axes, on the principal axes and on random ones of the same space.

    An axis has two ends; every arm shows the end on which held-out words are skewed.
    """
    rng, top = stream(seed, "rotations"), settings["top"]
    centered = normalized(held - held.mean(axis=0))
    white = (held - ica.mean_) @ ica.whitening_.T
    turned = [white @ random_rotation(white.shape[1], rng).T for _ in range(settings["rotations"])]
    found, rows = {"ICA": [scores], "PCA": [white], "rotation": turned}, []
    values = {}
    for arm, each in found.items():
        each = [a * np.where(((a - a.mean(0)) ** 3).mean(0) < 0, -1, 1) for a in each]
        tests = [gaussianity(a) for a in each]
        values[arm] = np.array([coherence(a, centered, top) for a in each])
        rows += [
            row(arm, "coherence", values[arm].mean()),
            row(arm, "non-Gaussian", np.mean([(~test.gaussian).mean() for test in tests])),
            row(arm, "kurtosis", np.mean([test.excess_kurtosis.mean() for test in tests])),
        ]
    p = p_value(values["ICA"][0], values["rotation"])
    return [*rows, row("ICA", "p", p)]


def stable(
    rows: np.ndarray, ica: LinearICA, settings: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """Does each component come back when words are drawn again, and do halves agree?"""
    rng = stream(seed, "resampled")
    table = resampled(rows, ica, times=settings["times"], rng=rng)
    found = [
        row("ICA", metric, value, component=component)
        for metric in ("agreement", "low", "high", "quality")
        for component, value in enumerate(table[metric])
    ]
    halved = replicated(rows, settings["choices"], splits=2, rng=rng)
    means: Any = halved.groupby("size")[["agreement", "low"]].mean()
    return found + [
        row("halves", metric, value, place=int(size))
        for metric in ("agreement", "low")
        for size, value in means[metric].items()
    ]
