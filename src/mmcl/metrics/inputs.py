"""What all measures ask of their inputs, how rows are halved, and the scores of one factor."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mmcl.errors import InputError
from mmcl.metrics.reading import numbers, read
from mmcl.metrics.repeats import objects

Discrete = bool | Sequence[bool]
RAREST = 8  # rows that every label needs, so that both halves hold it


class Factor(NamedTuple):
    """One latent: n numbers, or n labels 0, 1, ... (discrete), and what errors call it."""

    values: np.ndarray
    discrete: bool
    name: str


def check(latents: ArrayLike, codes: ArrayLike) -> tuple[list[Factor], np.ndarray]:
    """The d continuous latents (n, d) one by one, and codes (n, k), as float64 arrays.

    Errors: ValueError for shapes, labels, NaN, a constant latent, or fewer than 4 (k + 1) rows.
    """
    z = read(latents, "latents")
    if z.dtype.kind in "biuOSU":
        raise InputError(
            f"latents are {z.dtype}, which this measure takes for labels; turn measurements into "
            "floats, and give labels to linear_accuracy, kernel_accuracy, dci, mig or sap"
        )
    return check_factors(latents, codes, discrete=False)


def check_factors(
    latents: ArrayLike, codes: ArrayLike, discrete: Discrete
) -> tuple[list[Factor], np.ndarray]:
    """The d latents (n, d) one by one, continuous or labels, and codes (n, k) as float64.

    discrete: which latents are labels, one boolean for all or one each.
    Errors: ValueError as in `check`, and for labels that are rare or all different.
    """
    z, h = read(latents, "latents"), numbers(codes, "codes")
    if z.ndim != 2 or h.ndim != 2 or len(z) != len(h) or 0 in z.shape or 0 in h.shape:
        raise InputError(
            f"latents have shape {z.shape} and codes {h.shape}; give (n, d) and (n, k)"
        )
    if not np.isfinite(h).all():
        raise InputError("codes hold NaN or infinity; drop those rows or mend their source")
    flags = [discrete] * z.shape[1] if isinstance(discrete, bool | np.bool_) else list(discrete)
    if len(flags) != z.shape[1]:
        raise InputError(
            f"discrete has {len(flags)} entries for {z.shape[1]} latents; give one each, or one "
            "boolean for all"
        )
    if len(z) < 4 * (h.shape[1] + 1):
        raise InputError(f"{len(z)} rows are too few for {h.shape[1]} code dimensions; give more")
    names: Any = latents.columns if isinstance(latents, pd.DataFrame) else range(z.shape[1])
    columns = zip(z.T, flags, names, strict=True)
    return [_factor(values, bool(flag), f"latent {name}") for values, flag, name in columns], h


def together(factors: Sequence[Factor]) -> np.ndarray:
    """The values of all factors, (n, d)."""
    return np.column_stack([factor.values for factor in factors])


def _factor(values: np.ndarray, discrete: bool, name: str) -> Factor:
    if pd.isna(values).any():
        raise InputError(f"latents hold NaN ({name}); drop those rows")
    if discrete:
        labels, values, counts = np.unique(
            values.astype(str) if values.dtype == object else values,
            return_inverse=True,
            return_counts=True,
        )
        if counts.min() < RAREST:
            raise InputError(
                f"{name} has {len(labels)} labels, and {labels[counts.argmin()]!r} stands "
                f"in {counts.min()} rows; give each label at least {RAREST} rows, or say "
                "discrete=False if it is a measurement"
            )
    else:
        values = read(values, name)
        if values.dtype.kind not in "biuf":
            raise InputError(f"{name} holds {values[0]!r}, which is no number; say discrete=True")
        values = values.astype(np.float64)
        if not np.isfinite(values).all():
            raise InputError(f"latents hold infinity ({name}); drop those rows")
    if (values == values[0]).all():
        raise InputError(f"{name} is constant: nothing is to be found; leave it out")
    return Factor(values, discrete, name)


def split(
    factors: Sequence[Factor], h: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The rows to fit on and the rows to score on: random halves, so that no order matters.

    Rows with equal codes (n, k), or with equal latents that are all continuous, are copies of one
    object and stay together: to have seen one of them is to know the others.
    Errors: ValueError for a factor that is constant on one of the halves.
    """
    labels = any(factor.discrete for factor in factors)
    fit, score = objects(*([h] if labels else [h, together(factors)])).halves(rng)
    for values, _, name in factors:
        if any((values[half] == values[half][0]).all() for half in (fit, score)):
            raise InputError(
                f"{name} is constant on a random half of the rows: it hardly varies; "
                "give more rows on which it does, or leave it out"
            )
    return fit, score


def halves(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of n rows, drawn at random.

    Returns places of rows, (n - n // 2,) and (n // 2,).
    """
    fit, score = np.array_split(rng.permutation(n), 2)
    return fit, score


def skill(true: np.ndarray, predicted: np.ndarray, discrete: bool) -> float:
    """How good n predictions are: 1 is perfect, 0 is what a constant guess gets.

    Numbers: R2. Labels: balanced accuracy a, the mean over c labels of the share that is found,
    as (a - 1/c) / (1 - 1/c).

    Shapes: true (n,) or (n, d), predicted the same.
    """
    if not discrete:
        return float(1 - ((true - predicted) ** 2).sum() / ((true - true.mean()) ** 2).sum())
    found = [(predicted[true == label] == label).mean() for label in np.unique(true)]
    chance = 1 / len(found)
    return float((np.mean(found) - chance) / (1 - chance))
