"""What chapter 01 says of its stories: hours of a dial, one joint law or two, shared nats."""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from mmcl.metrics.disentanglement import mutual_information
from mmcl_experiments.stories.run import Latents


def hours(z: np.ndarray) -> np.ndarray:
    """The hour in [0, 24) that a point of the circle (n, 2) stands for; (1, 0) is midnight."""
    return np.arctan2(z[:, 1], z[:, 0]) % (2 * np.pi) * 12 / np.pi


def turned(z: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Points of the circle (n, 2), turned by angles (n,) in radians, so that hours go up."""
    place = (z[:, 0] + 1j * z[:, 1]) * np.exp(1j * angle)
    return np.column_stack([place.real, place.imag])


def p_value(first: Latents, second: Latents, high: float = 24.0, cells: int = 8) -> float:
    """Could two samples of pairs of numbers in [0, high] have one law? Chi-square over cells^2.

    first, second: (a, b) with a and b of shape (n,). Cells that are empty in both are left out.
    """
    grid: Any = {"bins": cells, "range": [[0, high]] * 2}
    counts = np.stack([np.histogram2d(*pair, **grid)[0] for pair in (first, second)])
    return float(chi2_contingency(counts[:, counts.sum(axis=0) > 0]).pvalue)  # type: ignore[attr-defined]


def shared(kappa: float, questions: int, points: int = 1024) -> pd.DataFrame:
    """Nats that both hours share after 1, 2, ... binary questions: "coupled", and "copied".

    Each question halves the parts of the dial. Exact up to sums over points^2 pairs of hours.
    """
    angle = 2 * np.pi * np.arange(points) / points
    joint = np.exp(kappa * (np.cos(angle[:, None] - angle) - 1))
    joint /= joint.sum()
    rows = {}
    for k in range(1, questions + 1):
        table = joint.reshape(2**k, points >> k, 2**k, points >> k).sum(axis=(1, 3))
        rows[k] = {"coupled": mutual_information(table), "copied": k * math.log(2)}
    return pd.DataFrame.from_dict(rows, orient="index")


def box_distances(scale: float, cells: int = 400) -> dict[str, float]:
    """Total variation on [0, 1]^2 between both directions, and from their mixture to potential."""
    grid = (np.arange(cells) + 0.5) / cells
    even = np.exp(-np.abs(grid[:, None] - grid) / scale)
    x_first = even / even.sum(axis=1, keepdims=True) / cells
    gaps = x_first - x_first.T, (x_first + x_first.T) / 2 - even / even.sum()
    apart = [float(np.abs(gap).sum() / 2) for gap in gaps]
    return dict(zip(("directions", "mixture"), apart, strict=True))
