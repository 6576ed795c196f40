"""What useless codes score when a measure is chosen and scored on the same rows.

Latents and codes are independent, so an honest measure gives 0. Predictions: the mean in-sample
R2 of k useless dimensions is k / (n - 1); a matching picks the largest of k correlations, each
about normal with standard deviation 1 / sqrt(n - 1).
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import ndtri
from sklearn.linear_model import LinearRegression

from mmcl.metrics import linear_r2, mcc
from mmcl.randomness import stream


def in_sample_r2(z: np.ndarray, h: np.ndarray) -> float:
    """Linear R2 on the rows that the regression was fitted on."""
    return float(LinearRegression().fit(h, z).score(h, z))


def in_sample_mcc(z: np.ndarray, h: np.ndarray) -> float:
    """Mean absolute correlation under the best matching, matched and scored on all rows."""
    d = z.shape[1]
    correlations = np.abs(np.corrcoef(z.T, h.T)[:d, d:])
    return float(correlations[linear_sum_assignment(-correlations)].mean())


def predicted(measure: str, n: int, k: int) -> float:
    """The expected score of k useless dimensions on n rows.

    In-sample R2: k / (n - 1), exact for normal codes. Held-out R2, fitted on f = n / 2 rows: the
    error of a regression on normal codes is (f + 1) (f - 2) / (f (f - k - 2)) times the variance.
    In-sample MCC, for k well above the number of latents: the extreme-value mean of the largest
    of k absolute normal numbers, a + 0.577 / a with a the quantile that one of them is expected
    to exceed, times 1 / sqrt(n - 1). Held-out MCC: 0.
    """
    if measure == "in-sample R2":
        return k / (n - 1)
    if measure == "held-out R2":
        f = n // 2
        return 1 - f / (f - 1) * (f + 1) * (f - 2) / (f * (f - k - 2))
    if measure == "held-out MCC":
        return 0.0
    a = -float(ndtri(1 / (2 * k)))
    return (a + np.euler_gamma / a) / math.sqrt(n - 1)


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: n, k, measure, value (mean over draws), se, predicted, seed."""
    measures = {
        "in-sample R2": lambda z, h, rng: in_sample_r2(z, h),
        "held-out R2": lambda z, h, rng: linear_r2(z, h, rng=rng),
        "in-sample MCC": lambda z, h, rng: in_sample_mcc(z, h),
        "held-out MCC": lambda z, h, rng: mcc(z, h),
    }
    rows = []
    for n in settings["rows"]:
        for k in settings["dimensions"]:
            rng = stream(seed, f"useless-{n}-{k}")
            values = {measure: [] for measure in measures}
            for _ in range(settings["draws"]):
                z, h = rng.uniform(-1, 1, (n, settings["d"])), rng.standard_normal((n, k))
                for measure, score in measures.items():
                    values[measure].append(score(z, h, rng))
            for measure, drawn in values.items():
                se = np.std(drawn, ddof=1) / math.sqrt(len(drawn))
                row = {"n": n, "k": k, "measure": measure, "value": np.mean(drawn), "se": se}
                rows.append(row | {"predicted": predicted(measure, n, k), "seed": seed})
    return pd.DataFrame(rows)
