"""CelebA's attributes: what a linear probe reads of features, and what a single axis reads.

Scores are areas under the ROC curve (AUC), so that rare attributes count like common ones.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from mmcl.features.probes import interval
from mmcl.features.representations import representation
from mmcl.randomness import stream
from mmcl_experiments.suites import ROUNDS

LEAST = 5  # pictures with and without an attribute, on each side
SCORES = ("linear probe", "single axis")
Known = tuple[np.ndarray, np.ndarray]


def scored(
    method: str, k: int, train: Known, test: Known, seed: int, draw: int
) -> dict[str, np.ndarray]:
    """AUC of each attribute on the test pictures, (attributes,), by score.

    train, test: features (n, d), and which attributes each has (n, attributes) of bool. Fitted on
    a random half of the training pictures, drawn anew for each draw, as is the rotation of
    "rotated". The single axis and its sign are chosen there too.
    """
    rng = stream(seed, f"attributes, draw {draw}")
    rows = np.sort(rng.permutation(len(train[0]))[: -(-len(train[0]) // 2)])
    k = min(k, len(rows) - 2, train[0].shape[1])
    space = representation(method, k, random_state=seed + draw).fit(train[0][rows])
    X, new = (np.asarray(space.transform(each), dtype=np.float64)
              for each in (train[0][rows], test[0]))  # fmt: skip
    labels = train[1][rows]
    inside, outside = aucs(X, labels), aucs(new, test[1])
    best = np.abs(inside - 0.5).argmax(axis=0)
    every = np.arange(labels.shape[1])
    flip = inside[best, every] < 0.5
    axis = np.where(flip, 1 - outside[best, every], outside[best, every])
    probes = [
        LogisticRegression(max_iter=1000).fit(X, wanted).decision_function(new)
        for wanted in labels.T
    ]
    probe = [aucs(each[:, None], wanted[:, None])[0, 0]
             for each, wanted in zip(probes, test[1].T, strict=True)]  # fmt: skip
    return {"linear probe": np.array(probe), "single axis": axis}


def aucs(X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """AUC of each column of X (n, k) for each attribute (n, a) of bool: (k, a); ties count half."""
    ranks = rankdata(X, axis=0)
    has = labels.sum(axis=0)
    sums = ranks.T @ labels
    return (sums - has * (has + 1) / 2) / (has * (len(labels) - has))


def common(train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which attributes both parts have often enough, with and without: (a,) of bool."""
    counts = [np.minimum(each.sum(axis=0), (~each).sum(axis=0)) for each in (train, test)]
    return (counts[0] >= 2 * LEAST) & (counts[1] >= LEAST)


def table(found: dict[str, list[dict[str, np.ndarray]]], names: list[str], seed: int) -> Any:
    """A row for each attribute, method and score, and one for their mean.

    found: what `scored` gave, of each draw, by method. low, high: 95 % over draws, and for the
    mean over draws and attributes; difference: to the first method.
    """
    rows, first = [], next(iter(found))
    for score in SCORES:
        base = np.array([each[score] for each in found[first]])
        for method, draws in found.items():
            values = np.array([each[score] for each in draws])
            for place, name in enumerate(names):
                of_one = (values[:, place], values[:, place] - base[:, place])
                rows.append((name, method, score, *spread(of_one[0]), *spread(of_one[1])))
            of_all = (
                interval([each], rng=stream(seed, "mean"), times=ROUNDS)
                for each in (values, values - base)
            )
            rows.append(("mean", method, score, *[number for each in of_all for number in each]))
    columns = ["attribute", "method", "score", "auc", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "difference", "diff_low", "diff_high"])


def spread(values: np.ndarray) -> tuple[float, float, float]:
    """Mean, and the central 95 %."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
