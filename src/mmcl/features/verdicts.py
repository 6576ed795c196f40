"""A verdict on axes: only where stability, meeting across and beating principal axes agree.

Thresholds are nulls, not experience with any simulator: chance agreement is that of random turns,
axes have to score above `AHEAD` of random turns that are matched anew, above what files that have
nothing in common would reach at any size, and to beat principal axes in `OFTEN` of the halvings.
Two are conventions, and said to be: `AGREED`, and 5 k^2 rows a half.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from mmcl.features.meeting import Grid, by_chance
from mmcl.ica import ENOUGH
from mmcl.metrics.stability import AGREED

AHEAD, OFTEN = 0.975, 0.9
SCORES = ("apart", "ica", "rotation", "pca", "cca", "low_a", "low_b", "agreement_a", "agreement_b")
Row = dict[str, Any]


def summary(found: Grid, half: int, widths: Sequence[int], rng: np.random.Generator) -> list[Row]:
    """For each size k what is said of it: medians and ranges over halvings, and four answers.

    half: rows (of their own) in the smaller half; widths: directions of each side. enough: whether
    a half has 5 k^2 rows. comes_back: on both sides nine axes in ten agree, in the median halving,
    by AGREED and by more than chance. meets: they are ahead of nearly all random turns, and above
    `noise`. beats_pca.
    """
    rows, tried = [], found.table.k.nunique()
    for k, each in found.table.groupby("k"):
        size = int(str(k))
        turned = np.median(found.turned[size], axis=0)
        row: Row = {"k": size}
        for name in SCORES:
            low, middle, high = np.quantile(each[name], [0, 0.5, 1])
            row |= {name: float(middle), f"{name}_least": float(low), f"{name}_most": float(high)}
        row["ahead"] = float((row["apart"] > turned).mean())
        row["over_pca"] = float((each.apart > each.pca).mean())
        row["chance"] = by_chance(min(size, *widths), rng, times=100)
        row["enough"] = half >= ENOUGH * size**2
        row["comes_back"] = min(row["low_a"], row["low_b"]) >= max(AGREED, row["chance"])
        row["noise"] = noise(half, min(size, *widths), tried)
        row["meets"] = row["ahead"] >= AHEAD and row["apart"] > row["noise"]
        row["beats_pca"] = row["over_pca"] >= OFTEN
        rows.append(row)
    return rows


def noise(half: int, couples: int, tried: int) -> float:
    """The mean held-out correlation of couples that axes of strangers exceed at any of some sizes
    in one case of forty: normal, one-sided, corrected for the sizes tried."""
    return float(norm.isf((1 - AHEAD) / tried) / math.sqrt(half * couples))


def verdict(rows: Sequence[Row]) -> dict[str, Any]:
    """axes: "meet" or "can't say"; k: the size that is spoken of; group: sizes at which axes lead
    as a whole, whether or not they come back.

    k is, of those at which all agree, the one with the largest lead over random turns: beyond it
    axes of noise join in. Else it is the largest that halves can tell and that comes back, or,
    where none does, the largest that they can tell.
    """
    leads = {row["k"]: row["apart"] - row["rotation"] for row in rows}
    sure = sizes(rows, "enough", "comes_back", "meets", "beats_pca")
    told = sizes(rows, "enough", "comes_back") or sizes(rows, "enough") or [rows[0]["k"]]
    return {
        "axes": "meet" if sure else "can't say",
        "k": max(sure, key=lambda k: leads[k]) if sure else max(told),
        "group": sizes(rows, "meets", "beats_pca"),
    }


def sizes(rows: Iterable[Row], *asked: str) -> list[int]:
    """The sizes at which all that is asked is so."""
    return [row["k"] for row in rows if all(row[name] for name in asked)]


def of_axes(found: Mapping[str, Any]) -> list[str]:
    """The verdict on axes in words: what agrees, what fails, and how many rows it would take."""
    said, rows = found["verdict"], {row["k"]: row for row in found["grid"]}
    row, names = rows[said["k"]], [each["name"] for each in found["modalities"]]
    numbers = (
        f"with {row['k']} components {row['apart']:.2f} ({row['apart_least']:.2f} to "
        f"{row['apart_most']:.2f} over halvings), turned axes {row['rotation']:.2f}, principal "
        f"axes {row['pca']:.2f}, canonical directions {row['cca']:.2f}"
    )
    if said["axes"] == "meet":
        text = (
            f"Axes meet: independent components of {names[0]} and of {names[1]}, found in different"
            f" rows, come back and are partners, {numbers}. They may be read: nine in ten are those"
            " of other rows."
        )
        return [text]
    fails = {
        "enough": f"halves have fewer than {ENOUGH} k^2 rows",
        "comes_back": f"axes of halves differ ({min(row['low_a'], row['low_b']):.2f})",
        "meets": f"they are ahead of {row['ahead']:.0%} of random turns only"
        if row["apart"] > row["noise"]
        else f"strangers' axes reach {row['noise']:.2f}",
        "beats_pca": f"they beat principal axes in {row['over_pca']:.0%} of halvings",
    }
    why = "; ".join(words for name, words in fails.items() if not row[name])
    texts = [f"Of single axes it can't say anything: {numbers}; {why}."]
    group = [k for k in said["group"] if not (rows[k]["enough"] and rows[k]["comes_back"])]
    if group:
        leads = [rows[k]["apart"] - rows[k]["rotation"] for k in group]
        texts.append(
            f"As a whole, axes of both lean to the same directions at k = {listed(group)}: "
            f"{min(leads):+.3f} to {max(leads):+.3f} over random turns, and over principal axes "
            "too. Which axes they are, other rows would say otherwise."
        )
    return texts


def least_rows(rows: Sequence[Row]) -> str:
    """How many components these rows can tell, and how many rows more would take."""
    told, asked = sizes(rows, "enough"), max(row["k"] for row in rows)
    most = f"up to {max(told)}" if told else "no"
    text = f"By the convention of {ENOUGH} k^2 rows a half, these rows can tell {most} components"
    return text + (
        "." if told and max(told) == asked else f"; {asked} take {2 * ENOUGH * asked**2:,} rows."
    )


def listed(numbers: Sequence[int]) -> str:
    """Numbers in a sentence."""
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def most_told(half: int) -> int:
    """The largest k of which a half of so many rows has 5 k^2."""
    return math.isqrt(half // ENOUGH)
