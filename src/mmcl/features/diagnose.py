"""What two paired sets of features allow to be said: assumptions, shared directions, components.

Works for any two modalities, row i of one belonging to row i of the other, however many columns
each has. Whatever sees pairs or looks for axes is judged on rows that had no part in it.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm

from mmcl.errors import InputError
from mmcl.fast.whitening import Centered, principal_axes
from mmcl.features import pairing, verdicts
from mmcl.features.advice import LIMITS, advice
from mmcl.features.meeting import grid, least_gaussian, whitened
from mmcl.features.representations import WhitenedPCA
from mmcl.metrics.dimension import THRESHOLD, canonical
from mmcl.metrics.geometry import normalized, participation_ratio, uniform_value, uniformity
from mmcl.metrics.repeats import Objects, first_equals
from mmcl.metrics.stability import gaussianity
from mmcl.rotations import random_rotations

SOME = 2048  # rows of which all pairs are looked at
ROWS = 8192  # for searches that are repeated
SIZES = (
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    12,
    14,
    16,
    20,
    24,
    28,
    32,
    40,
)  # numbers of components that are tried
FEWEST = 6  # rows of a half for each component that is tried
LEAST = 40  # rows
SAME = 0.99  # share of variance in common from which a direction counts as copied
RARE = 16  # rows that differ from all others: of fewer a half may have none
CONTROLS = 20  # random turns whose Gaussianity is tested as well
Section = dict[str, Any]


class Given(NamedTuple):
    """One modality: its numbers (n, d), its name, and the model that made them, if known."""

    values: np.ndarray
    name: str
    model: str | None = None


def diagnose(a: Given, b: Given, *, k: int | None = None, rng: np.random.Generator) -> Section:
    """All sections of the report as plain numbers and texts.

    a.values (n, d), b.values (n, e), centered here and not normalized: lengths count as they are.
    k: the one number of components to look at; without it a grid, up to 40 or what rows allow.
    Sections: warnings, modalities (of two), pairs (None when the spaces differ), shared, offset,
    grid (a row a size, `verdicts.summary`), verdict, components (of two) and across at the size
    that the verdict speaks of, advice, limits.
    Errors: ValueError for other numbers of rows, NaN, fewer than 40 different rows, nothing that
    varies, and for k above what the rows allow.
    Cost: O(n d^2), and some 700 searches for at most 40 components of 4,096 rows: a minute or less.

    >>> from mmcl.model import preset
    >>> from mmcl.randomness import stream
    >>> pairs = preset("multimodal-box").sample(400, stream(0, "pairs"))
    >>> photographs = Given(pairs.x.numpy(), "photographs")
    >>> captions = Given(pairs.t.numpy(), "captions")
    >>> found = diagnose(photographs, captions, k=3, rng=stream(0, "axes"))
    >>> found["rows"], found["across"]["k"]
    (400, 3)
    >>> found["shared"]["coupled"] < 7  # not all directions are of both
    True
    """
    a, b, warnings = checked(a, b)
    moving = [moves(each.values) for each in (a, b)]  # cosines are of all columns, axes of these
    rows, said = pairing.repeats(a.values, b.values, (a.name, b.name))
    if rows.count < LEAST:
        raise InputError(f"{rows.count} different rows say nothing; give {LEAST} or more")
    one = pairing.one_each(rows, rng)
    x, t = (values[one] for values in moving)
    spaces = not_one_space(a, b)
    found: Section = {
        "rows": len(a.values),
        "objects": rows.count,
        "warnings": warnings + ([spaces] if spaces else []) + said,
        "modalities": [
            geometry(each.values) | {"name": each.name, "model": each.model} for each in (a, b)
        ],
        "pairs": None if spaces else pairing.pairs(a.values[one], b.values[one], rng),
        "shared": shared(x, t, rng),
        "offset": pairing.offset(x[:ROWS], t[:ROWS], rng),
    }
    found |= axes(*moving, rows, k, rng)  # type: ignore
    size, told = found["across"]["k"], verdicts.most_told(rows.count // 2)
    if size > told:
        found["warnings"].append(
            f"{size} components are many for these rows (halves have fewer than 5 k^2 of them from "
            f"{told + 1} on): axes may follow single rows."
        )
    return found | {"advice": advice(found), "limits": list(LIMITS)}


def axes(
    a: np.ndarray, b: np.ndarray, rows: Objects, k: int | None, rng: np.random.Generator
) -> Section:
    """grid, verdict, and components and across at the size that the verdict speaks of.

    Shapes: a (n, p), b (n, q), row i of both a pair. rows: the objects that they are of.
    """
    if rows.count > ROWS:
        kept = np.sort(rows.rows(rng.permutation(rows.count)[:ROWS]))
        a, b, rows = a[kept], b[kept], pairing.repeats(a[kept], b[kept], ("", ""))[0]
    half = rows.count // 2
    widths = [min(rank(side), half - 2) for side in (a, b)]
    tried = sizes(widths, half) if k is None else [checked_k(k, widths, half)]
    summary = verdicts.summary(grid(a, b, tried, rows, rng), half, widths, rng)
    verdict = verdicts.verdict(summary)
    (row,) = (each for each in summary if each["k"] == verdict["k"])
    fit, held = rows.halves(rng)
    components = [
        tails(side, min(row["k"], width), fit, held, rng)
        | {"agreement": row[f"agreement_{name}"], "low": row[f"low_{name}"],
           "chance": row["chance"], "most": verdicts.most_told(half)}
        for side, width, name in zip((a, b), widths, "ab", strict=True)
    ]  # fmt: skip
    leads = {name: row[name] for name in ("k", "apart", "ica", "rotation", "pca", "cca", "ahead")}
    leads["difference"] = row["apart"] - row["rotation"]
    return {"grid": summary, "verdict": verdict, "components": components, "across": leads}


def sizes(widths: Sequence[int], half: int) -> list[int]:
    """The numbers of components that are tried: SIZES and each side's width, as rows allow."""
    most = max(1, min(max(widths), half // FEWEST, SIZES[-1]))
    tried = {k for k in (*SIZES, *widths) if k <= most}
    return sorted(tried) or [most]


def checked_k(k: int, widths: Sequence[int], half: int) -> int:
    """k, if the rows allow it."""
    room = max(1, min(max(widths), 2 * half // FEWEST))
    if not 1 <= k <= room:
        raise InputError(
            f"k is {k}, but halves of the rows have {half} different ones, and sides have "
            f"{' and '.join(map(str, widths))} directions; give 1 to {room}"
        )
    return k


def checked(a: Given, b: Given) -> tuple[Given, Given, list[str]]:
    """Both modalities in float64, and what is to be said of columns that don't vary."""
    if len(a.values) != len(b.values):
        raise InputError(
            f"{a.name} has {len(a.values)} rows and {b.name} {len(b.values)}; give pairs: row i of "
            "one belongs to row i of the other"
        )
    if len(a.values) < LEAST:
        raise InputError(f"{len(a.values)} rows say nothing about features; give {LEAST} or more")
    warnings, kept = [], []
    for each in (a, b):
        values = np.asarray(each.values, dtype=np.float64)
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            raise InputError(
                f"{each.name} has NaN or infinity in {int(bad.sum())} rows, the first of them "
                f"{int(bad.argmax())} (counted from 0); leave these pairs out of both files"
            )
        constant = values.shape[1] - moves(values).shape[1]
        if constant == values.shape[1]:
            raise InputError(f"{each.name} is the same in all rows; was the encoder trained?")
        if (others := rare(values)) < RARE:
            raise InputError(
                f"{each.name} hardly varies: all rows but {others} are the same, which halves of "
                "the rows can't share; give features that differ"
            )
        if constant:
            text = f"{each.name}: {constant} constant columns are left out"
            warnings.append(f"{text}, but for lengths and cosines.")
        kept.append(each._replace(values=values))
    return kept[0], kept[1], warnings


def moves(values: np.ndarray) -> np.ndarray:
    """The columns of values (n, d) that vary, by more than rounding makes of their own size."""
    varies = values.std(axis=0) > 1e-12 * np.abs(values).max(axis=0)
    return values if varies.all() else values[:, varies]


def rare(values: np.ndarray) -> int:
    """How many rows of values (n, d) differ from the most frequent one."""
    return len(values) - int(np.unique(first_equals(values), return_counts=True)[1].max())


def not_one_space(a: Given, b: Given) -> str | None:
    """Why cosines between the modalities mean nothing; None when they may."""
    if a.values.shape[1] != b.values.shape[1]:
        sizes = f"{a.values.shape[1]} and {b.values.shape[1]} columns"
        return f"The modalities have {sizes}: no common space, so no gap, cosine or retrieval."
    if a.model is not None and b.model is not None and a.model != b.model:
        return (
            f"{a.name} was made by {a.model} and {b.name} by {b.model}: two spaces, so no gap, "
            "cosine or retrieval between them."
        )
    return None


def geometry(values: np.ndarray) -> Section:
    """How one modality lies in its space: lengths, effective dimension, evenness of directions.

    values: (n, d). uniformity is that of Wang and Isola (2020) on directions; `uniform` what the
    uniform sphere of as many dimensions has. mean_length: of the mean direction, 0 when directions
    point everywhere.
    """
    lengths, directions = np.linalg.norm(values, axis=1), normalized(values)
    some = directions[np.linspace(0, len(directions) - 1, min(len(directions), SOME)).astype(int)]
    return {
        "d": values.shape[1],
        "length": float(lengths.mean()),
        "length_spread": float(lengths.std() / lengths.mean()),
        "effective": participation_ratio(values),
        "mean_length": float(np.linalg.norm(directions.mean(axis=0))),
        "uniformity": uniformity(some),
        "uniform": uniform_value(values.shape[1]) if values.shape[1] > 1 else 0.0,
    }


def shared(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> Section:
    """Held-out canonical correlations, of as many principal axes of each as the rows allow.

    The axes of a side are those of all its rows, and see no pair; directions are chosen on half of
    the pairs and scored on the other. copied: how many share 99 % of their variance, by the lower
    95 % bound of Fisher's z: a definition, not a level that some simulator taught. exact: how many
    are above THRESHOLD, close; coupled: how many more are above what strangers reach (5 % for all
    axes together), for whom a held-out correlation is about normal.

    Shapes: a (n, p), b (n, q), row i of both a pair.
    """
    n = len(a)
    most = max(1, n // 20)
    x, t = (WhitenedPCA(min(most, rank(values))).fit_transform(values) for values in (a, b))
    found = np.sort(canonical(x, t, rng=rng).correlations)[::-1]
    noise = float(norm.isf(0.025 / len(found))) / math.sqrt(n - n // 2)
    sure = np.tanh(np.arctanh(np.minimum(found, 1 - 1e-12)) - 1.645 / math.sqrt(n - n // 2 - 3))
    copied, exact = int((sure**2 > SAME).sum()), int((found > THRESHOLD).sum())
    return {
        "axes": [x.shape[1], t.shape[1]],
        "correlations": found.round(4).tolist(),
        "copied": copied,
        "exact": exact,
        "coupled": int((found > noise).sum()) - exact,
        "noise": noise,
    }


def rank(values: np.ndarray) -> int:
    """How many directions vary.

    values: (n, d); the mean is no direction.
    """
    return len(principal_axes(Centered(values))[0])


def tails(
    values: np.ndarray, k: int, fit: np.ndarray, held: np.ndarray, rng: np.random.Generator
) -> Section:
    """How many of k components are refuted as Gaussian on rows that had no part (Holm, 5 %).

    non_gaussian: components; turned: random turns of the same white space, the mean. A sum of many
    sources looks Gaussian and isn't: with enough rows the test refutes it as well.

    Shapes: values (n, d); fit and held are places of rows, (f,) and (h,).
    """
    white = whitened(values, fit, k)
    turns = random_rotations(CONTROLS, white.shape[1], rng)
    counts = [
        int((~gaussianity(white[held] @ turn.T).gaussian).sum())
        for turn in (least_gaussian(white[fit], rng), *turns)
    ]
    return {"k": k, "non_gaussian": counts[0], "turned": float(np.mean(counts[1:]))}
