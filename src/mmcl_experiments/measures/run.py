"""Ten codes made to fool measures, and what each measure says of each of them.

The latents are known and uniform, the codes are written down, nothing is trained: what a measure
should say of a code is clear beforehand.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.fft import dct

from mmcl.metrics import dci, kernel_r2, linear_r2, mcc, mig, sap
from mmcl.randomness import stream


def latents(
    n: int, d: int, private: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """z (n, d), uniform on (-1, 1), and private latents m (n, private), normal."""
    return rng.uniform(-1, 1, (n, d)), rng.standard_normal((n, private))


def lineup(z: np.ndarray, m: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Ten codes (n, k) of latents z (n, d >= 2) and private latents m, from good to useless."""
    n, d = z.shape
    noise = rng.uniform(-1, 1, (n, d))
    scales = np.resize([-2.0, 0.5, 3.0], d)
    return {
        "perfect": z,
        "permuted, scaled": np.roll(z, 1, axis=1) * scales + 1,
        "bent each": np.exp(2 * z),
        "rotated": z @ rotation(d),
        "bent jointly": swirl(z),
        "redundant copies": np.repeat(z, 2, axis=1),
        "one missing": np.column_stack([z[:, :-1], noise[:, -1]]),
        "private leaked": np.column_stack([z, m]),
        "noise": noise,
        "shuffled": rng.permutation(z),
    }


def rotation(d: int) -> np.ndarray:
    """An orthogonal (d, d) matrix in which every axis is mixed with others: the cosine basis."""
    return np.asarray(dct(np.eye(d), norm="ortho", axis=0))


def swirl(z: np.ndarray, strength: float = 2.0) -> np.ndarray:
    """Turn columns 0 and 1, 2 and 3, ... by `strength` times their squared distance from 0.

    The distance stays, so the map is inverted by turning back. An odd last column stays.
    """
    out = z.copy()
    for i in range(0, z.shape[1] - 1, 2):
        turned = (z[:, i] + 1j * z[:, i + 1]) * np.exp(
            1j * strength * (z[:, i : i + 2] ** 2).sum(1)
        )
        out[:, i], out[:, i + 1] = turned.real, turned.imag
    return out


def scores(z: np.ndarray, m: np.ndarray, h: np.ndarray, seed: int) -> dict[str, float]:
    """All measures of one code, in the order of the figure."""
    split = [stream(seed, "split") for _ in range(5)]  # the same halves for every measure
    parts = dci(z, h, rng=split[0])
    return {
        "linear R2": linear_r2(z, h, rng=split[1]),
        "kernel R2": kernel_r2(z, h, rng=split[2]),
        "DCI inform.": parts.informativeness,
        "MCC Pearson": mcc(z, h),
        "MCC Spearman": mcc(z, h, method="spearman"),
        "DCI disent.": parts.disentanglement,
        "DCI complete.": parts.completeness,
        "MIG": mig(z, h),
        "SAP": sap(z, h, rng=split[3]),
        "R2 of private": linear_r2(m, h, rng=split[4]),
    }


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, measure, value, seed."""
    rng = stream(seed, "lineup")
    z, m = latents(settings["rows"], settings["d"], settings["private"], rng)
    rows = [
        {"code": code, "measure": measure, "value": value, "seed": seed}
        for code, h in lineup(z, m, rng).items()
        for measure, value in scores(z, m, h, seed).items()
    ]
    return pd.DataFrame(rows)
