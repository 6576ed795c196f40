"""Do rows belong together? Rows that repeat, an offset between files, partners and strangers."""

import math
import warnings
from typing import Any

import numpy as np
from scipy.stats import norm

from mmcl.features.meeting import whitened
from mmcl.metrics.geometry import best_temperature, losses, modality_gap, normalized, recall_at_1
from mmcl.metrics.inputs import halves
from mmcl.metrics.repeats import Objects, RepeatedRows, objects

BATCH = 1024  # pairs among which a partner is sought
FARTHEST = 5  # rows by which files are moved against each other
WIDE = 30  # principal axes of each side that are compared then
Section = dict[str, Any]


def repeats(a: np.ndarray, b: np.ndarray, names: tuple[str, str]) -> tuple[Objects, list[str]]:
    """What the rows are of, and what is to be said where they repeat.

    Shapes: a (n, p), b (n, q), row i of both a pair. names: what the files are called.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepeatedRows)
        found = objects(a, b)
        own = [objects(side) for side in (a, b)]
    said = [
        f"{name}: {len(a) - each.count} of {len(a)} rows repeat others, {each.count} are different."
        for name, each in zip(names, own, strict=True)
        if each.of is not None
    ]
    if found.of is not None:
        said.append(
            f"Pairs that share a row stay in one half; partners, shared directions and offsets are "
            f"asked of one pair of each, {found.count} pairs."
        )
    return found, said


def one_each(rows: Objects, rng: np.random.Generator) -> np.ndarray:
    """One row of each object, drawn at random, in the order of the file.

    Returns places of rows, (count,), sorted.
    """
    if rows.of is None:
        return np.arange(rows.count)
    return np.sort([rng.choice(own) for own in rows.of])


def pairs(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> Section:
    """Cosines of partners and strangers, the modality gap, and how well partners are found.

    found: share whose partner has the largest cosine among `among`, the mean of both ways; nats:
    log(among) minus InfoNCE at its best temperature, a lower bound of the mutual information; both
    also after each modality was centered.

    Shapes: a (n, d), b (n, d), in one space.
    """
    u, v = normalized(a), normalized(b)
    places = rng.permutation(len(u))[:BATCH]
    scores = {"": u[places] @ v[places].T}
    centered = [normalized(each - each.mean(axis=0))[places] for each in (a, b)]
    scores["_centered"] = centered[0] @ centered[1].T
    found: Section = {
        "gap": modality_gap(u, v),
        "matched": float((u * v).sum(axis=1).mean()),
        "strangers": float(u.mean(axis=0) @ v.mean(axis=0)),
        "among": len(places),
        "ceiling": math.log(len(places)),
    }
    for name, each in scores.items():
        temperature = best_temperature(each)
        found[f"found{name}"] = float(np.mean(recall_at_1(each)))
        found[f"nats{name}"] = math.log(len(places)) - float(np.mean(losses(each, temperature)))
        found[f"temperature{name}"] = temperature
    return found


def offset(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> Section:
    """Would rows agree better if one file were moved against the other by a few rows?

    at: row i of a then belongs to row i + at of b; 0 unless another offset correlates above what
    strangers reach (5 % for all offsets together), and above the files as they are by as much.
    first: the first held-out canonical correlation at that offset; as_is: at none. Each of as many
    principal axes as the rows allow, at most WIDE.

    Shapes: a (n, p), b (n, q) in the order of their files.
    """
    n, reach = len(a), min(FARTHEST, len(a) // 10)
    inner, everything = np.arange(reach, n - reach), np.arange(n)
    x, t = (whitened(side, everything, min(WIDE, max(1, n // 20))) for side in (a, b))
    fit, held = (inner[half] for half in halves(len(inner), rng))
    first = {}
    for step in range(-reach, reach + 1):
        left, _, right = np.linalg.svd(x[fit].T @ t[fit + step], full_matrices=False)
        first[step] = float(np.corrcoef(x[held] @ left[:, 0], t[held + step] @ right[0])[0, 1])
    noise = float(norm.isf(0.025 / len(first))) / math.sqrt(len(held))
    best = max(first, key=lambda step: first[step])
    at = best if first[best] > noise + max(first[0], 0.0) else 0
    return {"at": at, "first": first[at], "as_is": first[0], "noise": noise}


def of_offset(found: Section) -> list[str]:
    """What an offset means, if there is one."""
    if not found["at"]:
        return []
    step = found["at"]
    more, less = ("second", "first") if step > 0 else ("first", "second")
    text = (
        f"Rows are shifted: moved by {abs(step)}, the first shared direction correlates at "
        f"{found['first']:.2f}, and as they are at {found['as_is']:.2f}. The {more} file has "
        f"{abs(step)} rows at its start that the {less} lacks (a header, a lost row?); leave them "
        "out before you read anything else here."
    )
    return [text]
