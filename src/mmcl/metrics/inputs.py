"""What all measures ask of their inputs, and the scores of one predicted factor."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

Discrete = bool | Sequence[bool]
RAREST = 8  # rows that every label needs, so that both halves hold it


class Factor(NamedTuple):
    """One latent: n numbers, or n labels 0, 1, ... (discrete)."""

    values: np.ndarray
    discrete: bool


def check(latents: ArrayLike, codes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Continuous latents (n, d) and codes (n, k) as float64 arrays.

    Errors: ValueError for shapes, labels, NaN, a constant latent, or fewer than 4 (k + 1) rows.
    """
    z = np.asarray(latents)
    if z.dtype.kind in "biuOSU":
        raise ValueError(
            f"latents are {z.dtype}, which this measure takes for labels; turn measurements into "
            "floats, and give labels to linear_accuracy, kernel_accuracy, dci, mig or sap"
        )
    factors, h = check_factors(z, codes, discrete=False)
    return np.column_stack([factor.values for factor in factors]), h


def check_factors(
    latents: ArrayLike, codes: ArrayLike, discrete: Discrete
) -> tuple[list[Factor], np.ndarray]:
    """The d latents (n, d) one by one, continuous or labels, and codes (n, k) as float64.

    discrete: which latents are labels, one boolean for all or one each.
    Errors: ValueError as in `check`, and for labels that are rare or all different.
    """
    z, h = np.asarray(latents), np.asarray(codes, dtype=np.float64)
    if z.ndim != 2 or h.ndim != 2 or len(z) != len(h) or 0 in z.shape or 0 in h.shape:
        raise ValueError(
            f"latents have shape {z.shape} and codes {h.shape}; give (n, d) and (n, k)"
        )
    if not np.isfinite(h).all():
        raise ValueError("codes hold NaN or infinity; drop those rows or mend their source")
    flags = [discrete] * z.shape[1] if isinstance(discrete, bool | np.bool_) else list(discrete)
    if len(flags) != z.shape[1]:
        raise ValueError(
            f"discrete has {len(flags)} entries for {z.shape[1]} latents; give one each, or one "
            "boolean for all"
        )
    if len(z) < 4 * (h.shape[1] + 1):
        raise ValueError(f"{len(z)} rows are too few for {h.shape[1]} code dimensions; give more")
    columns = zip(z.T, flags, strict=True)
    return [_factor(values, bool(flag), place) for place, (values, flag) in enumerate(columns)], h


def _factor(values: np.ndarray, discrete: bool, place: int) -> Factor:
    if pd.isna(values).any():
        raise ValueError(f"latents hold NaN (latent {place}); drop those rows")
    if discrete:
        names, values, counts = np.unique(
            values.astype(str) if values.dtype == object else values,
            return_inverse=True,
            return_counts=True,
        )
        if counts.min() < RAREST:
            raise ValueError(
                f"latent {place} has {len(names)} labels, and {names[counts.argmin()]!r} stands "
                f"in {counts.min()} rows; give each label at least {RAREST} rows, or say "
                "discrete=False if it is a measurement"
            )
    else:
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"latent {place} holds {values[0]!r}, which is no number; say discrete=True"
            ) from error
        if not np.isfinite(values).all():
            raise ValueError(f"latents hold infinity (latent {place}); drop those rows")
    if (values == values[0]).all():
        raise ValueError(f"latent {place} is constant: nothing is to be found; leave it out")
    return Factor(values, discrete)


def halves(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The rows to fit on and the rows to score on, drawn at random."""
    fit, score = np.array_split(rng.permutation(n), 2)
    return fit, score


def skill(true: np.ndarray, predicted: np.ndarray, discrete: bool) -> float:
    """How good n predictions are: 1 is perfect, 0 is what a constant guess gets.

    Numbers: R2. Labels: balanced accuracy a, the mean over c labels of the share that is found,
    as (a - 1/c) / (1 - 1/c).
    """
    if not discrete:
        return float(1 - ((true - predicted) ** 2).sum() / ((true - true.mean()) ** 2).sum())
    found = [(predicted[true == label] == label).mean() for label in np.unique(true)]
    chance = 1 / len(found)
    return float((np.mean(found) - chance) / (1 - chance))
