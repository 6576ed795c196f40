"""Reading the table of `clip_factors`: arms over networks, their differences, and Holm's rule."""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.metrics.paired import Difference, difference
from mmcl.metrics.stability import holm
from mmcl_experiments.clip_factors.run import PRIMARY, PRIVATE, SECONDARY, SHARED

MEASURES = ["MCC", "disentanglement", "completeness", "informativeness", "MIG", "SAP"]
Question = tuple[str, str, str]  # a measure, an arm, and the arm that is subtracted


def values(
    table: pd.DataFrame, metric: str, arm: str, *, tower: str = "image", factor: str = "all"
) -> np.ndarray:
    """A measure of an arm, one number a network, in the order of seeds.

    Errors: ValueError where the table has none, or several of a seed.
    """
    wanted = {"metric": metric, "arm": arm, "tower": tower, "factor": factor}
    rows: Any = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    if not len(rows) or rows.seed.duplicated().any():
        raise ValueError(f"the table has {len(rows)} rows of {wanted}; give one a seed")
    return rows.sort_values("seed").value.to_numpy()


def compared(table: pd.DataFrame, question: Question, tower: str = "image") -> Difference:
    """The difference of two arms, paired by network."""
    metric, one, other = question
    sides = (values(table, metric, arm, tower=tower) for arm in (one, other))
    return difference(*sides)


def secondary(table: pd.DataFrame) -> pd.DataFrame:
    """The secondary questions, a row each: mean, low, high, p, and p_holm for all of them."""
    found = {
        name: compared(table, question, "text" if name == "captions" else "image")
        for name, question in SECONDARY.items()
    }
    rows = pd.DataFrame(found, index=list(Difference._fields)).T
    return rows.assign(p_holm=holm(rows.p))


def by_factor(table: pd.DataFrame, metric: str, arms: list[str]) -> tuple[pd.DataFrame, ...]:
    """Means over networks, and half the widths of their intervals: a row each factor and "all"."""
    frames = []
    for part in ("mean", "high"):
        rows = {}
        for factor in ("all", *SHARED):
            each = {a: values(table, metric, a, factor=factor) for a in arms}
            found = {a: difference(v, np.zeros(len(v))) for a, v in each.items()}
            rows[factor] = {a: getattr(gap, part) for a, gap in found.items()}
        frames.append(pd.DataFrame(rows).T[arms])
    return frames[0], frames[1] - frames[0]


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """All measures over all shared factors: means over networks, a row each tower and arm."""
    rows: Any = table[table.factor.eq("all") & table.metric.isin(MEASURES)]
    return rows.pivot_table("value", ["tower", "arm"], "metric")[MEASURES]


def told(table: pd.DataFrame, tower: str = "image", arm: str = "PCA + ICA") -> pd.Series:
    """How well a forest on all components tells each factor, private ones as well: the means."""
    rows: Any = table[table.tower.eq(tower) & table.arm.eq(arm)]
    rows = rows[rows.metric.eq("informativeness")]
    return rows.groupby("factor").value.mean()


def noted(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What chapter 13 notes of the five CLIPs, by name, as `note` takes it."""
    metric, arm, other = PRIMARY
    best, second = compared(table, PRIMARY), secondary(table)
    means, each = overview(table), told(table)
    found: dict[str, Any] = {
        "primary.low": best.low,
        "primary.high": best.high,
        "ica": values(table, metric, arm).mean(),
        "rotation": values(table, metric, other).mean(),
        "secondary": int((second.p_holm < 0.05).sum()),
        "complete": means.completeness["image", arm],
        "text": means.disentanglement["text", arm],
        "private": each[list(PRIVATE["image"])].max(),
        "shape": each["shape"],
    }
    for name in ("captions", "principal axes", "no PCA first", "box", "MIG", "SAP"):
        found[name.lower().replace(" ", "_")] = second["mean"][name]
    for name, axes in {"pca": "PCA", "ica": arm, "fastica": "FastICA", "rotation": other}.items():
        for measure in ("MIG", "SAP", "informativeness"):
            found[f"{measure.lower()}.{name}"] = means[measure]["image", axes]
    plain = {name: {"value": value} for name, value in found.items()}
    return {"primary": {"value": best.mean, "low": best.low, "high": best.high}, **plain}


def behind(table: pd.DataFrame) -> bool:
    """Whether by MIG and by SAP principal axes are ahead of PCA + ICA, images, means over CLIPs."""
    means = overview(table)[["MIG", "SAP"]].loc["image"]
    return bool((means.loc["PCA"] > means.loc["PCA + ICA"]).all())
