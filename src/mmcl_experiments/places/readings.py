"""Reading the table of `places`: the primary claim with its interval, and what stands beside it."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mmcl.metrics.paired import Difference, difference
from mmcl.randomness import stream

LEVEL = 0.95
ALL = "all"


class Estimate(NamedTuple):
    """A mean over seeds with its interval over blocks, labels and seeds."""

    value: float
    low: float
    high: float


def first(table: pd.DataFrame) -> int:
    """The number of components of the primary claim: that with rows for single labels."""
    return int(table.k[table.part.eq("axes") & table.label.ne(ALL)].iloc[0])


def gaps(table: pd.DataFrame, k: int | None = None) -> pd.DataFrame:
    """ICA minus principal axes, mean over labels: a row a seed, a column a network."""
    rows: Any = table[table.part.eq("axes") & table.label.eq(ALL)]
    arms = rows[rows.k.eq(k or first(table))].pivot_table("value", ["seed", "network"], "arm")
    return (arms.ica - arms.principal).unstack("network")


def resamples(table: pd.DataFrame, network: str) -> np.ndarray:
    """The same difference as blocks and labels are drawn: (seeds, resamples)."""
    rows: Any = table[table.part.eq("resampled") & table.network.eq(network)]
    return (
        np.array([text.split() for text in rows.sort_values("seed").resamples], dtype=float) / 1e5
    )


def estimates(table: pd.DataFrame) -> dict[str, Estimate]:
    """ "trained", "untrained" and their "difference", the primary claim.

    Each resample of blocks and labels gets seeds that are drawn anew as well.
    """
    found, each = {}, gaps(table)
    drawn = {name: resamples(table, name) for name in ("trained", "untrained")}
    drawn["difference"] = drawn["trained"] - drawn["untrained"]
    means: Any = each.assign(difference=each.trained - each.untrained).mean()
    for name, values in drawn.items():
        seeds, times = values.shape
        chosen = stream(0, "seeds").integers(seeds, size=(seeds, times))
        drawn_means = values[chosen, np.arange(times)].mean(axis=0)
        low, high = np.quantile(drawn_means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        found[name] = Estimate(float(means[name]), float(low), float(high))
    return found


def by_arm(table: pd.DataFrame) -> pd.DataFrame:
    """The area, mean over labels and seeds: a row a network, a column an arm."""
    rows: Any = table[table.part.eq("axes") & table.label.eq(ALL)]
    return rows[rows.k.eq(first(table))].pivot_table("value", "network", "arm")


def by_label(table: pd.DataFrame) -> pd.DataFrame:
    """ICA minus principal axes for each label, mean over seeds: a row a label, a column a network.

    Seeds in which a label had too few blocks have no row of it.
    """
    rows: Any = table[table.part.eq("axes") & table.label.ne(ALL)]
    means = rows.pivot_table("value", "label", ["network", "arm"])
    nets = ("trained", "untrained")
    found = pd.DataFrame({net: means[net].ica - means[net].principal for net in nets})
    return found.assign(area=means["trained"].ica).sort_values("trained", ascending=False)


def families(table: pd.DataFrame) -> pd.DataFrame:
    """The difference of differences over climates and over countries: a row a seed.

    Climates have names of more letters, or a small one; countries have two capitals.
    """
    rows: Any = table[table.part.eq("axes") & table.label.ne(ALL) & table.network.ne("fourier")]
    kind = np.where(
        rows.label.str.fullmatch("[A-Z]{2}") & rows.label.ne("ET"), "country", "climate"
    )
    arms = rows.assign(kind=kind).pivot_table("value", ["seed", "kind", "network", "label"], "arm")
    gap = (arms.ica - arms.principal).groupby(["seed", "kind", "network"]).mean().unstack("network")
    return (gap.trained - gap.untrained).unstack("kind")


def shots(table: pd.DataFrame) -> pd.DataFrame:
    """Accuracy, mean over seeds: label, head, arm and shots in the index."""
    rows: Any = table[table.part.eq("shots")]
    return rows.groupby(["label", "head", "arm", "shots"]).value.mean()


def shot_gaps(table: pd.DataFrame, head: str, one: str, other: str) -> pd.DataFrame:
    """One arm minus another: value, low, high for each label and number of shots.

    Student's interval over seeds, each of which has halves, draws and a rotation of its own.
    """
    rows: Any = table[table.part.eq("shots") & table["head"].eq(head)]
    arms, found = rows.pivot_table("value", ["label", "shots", "seed"], "arm"), []
    for (label, count), each in arms.groupby(level=["label", "shots"]):
        gap: Difference = difference(each[one], each[other], level=LEVEL)
        found.append([label, count, gap.mean, gap.low, gap.high])
    return pd.DataFrame(found, columns=["label", "shots", "value", "low", "high"])


def continents(table: pd.DataFrame) -> pd.DataFrame:
    """Balanced accuracy: a row a continent and seed, a column a learner."""
    rows: Any = table[table.part.eq("continents")]
    return rows.pivot_table("value", ["label", "seed"], "network")


def beyond(table: pd.DataFrame) -> pd.DataFrame:
    """The trained code minus the better kernel of coordinates: a row a continent, with interval.

    The better one is taken at each seed, by the test, so that the rival can only gain by it.
    """
    each = continents(table)
    gap = each.trained - each[["sphere", "latitude"]].max(axis=1)
    rows = {name: difference(g, np.zeros(len(g))) for name, g in gap.groupby(level="label")}
    return pd.DataFrame(rows, index=list(Difference._fields)).T


def numbers(table: pd.DataFrame) -> dict[str, float]:
    """What the chapter says of the table, by the names of its claims."""
    found: dict[str, float] = {"seeds": table.seed.nunique()}
    for name, each in estimates(table).items():
        found |= {f"claim.{name}.{part}": value for part, value in each._asdict().items()}
    found |= {f"kind.{kind}": value for kind, value in families(table).mean().items()}
    for network, row in by_arm(table).iterrows():
        found |= {f"area.{network}.{arm}": value for arm, value in row.items()}
    several = set(table.k[table.part.eq("axes")])
    for word, k in {"ten": 10, "thirty": 30}.items():
        if k in several:
            gap = gaps(table, k)
            found[f"size.{word}"] = (gap.trained - gap.untrained).mean()
    rows: Any = table[table.part.eq("starts") & table.metric.eq("median")]
    found |= {f"starts.{name}": v for name, v in rows.groupby("network").value.mean().items()}
    labels = by_label(table)
    found |= {"labels.count": len(labels), "labels.above": int((labels.trained > 0).sum())}
    places = positions(table).mean()
    found |= {f"position.{name}": value for name, value in places.items()}
    return found | few_numbers(table) | far_numbers(table)


def positions(table: pd.DataFrame) -> pd.DataFrame:
    """R2 of the point on the globe: a row a seed, a column a network."""
    rows: Any = table[table.part.eq("position")]
    return rows.pivot(index="seed", columns="network", values="value")


def few_numbers(table: pd.DataFrame) -> dict[str, float]:
    """Of few shots, at the largest number of them."""
    known, count, found = shots(table), int(table.shots.max()), {}
    for kind in ("climate", "country"):
        for word, arm in {"raw": "raw", "white": "whitened"}.items():
            found[f"shots.{word}.{kind}"] = known[kind, "l2", arm, count]
        for head in ("axes", "tree"):
            gap = known[kind, head, "ica", count] - known[kind, head, "whitened", count]
            found[f"shots.{head}.{kind}"] = gap
    return found


def far_numbers(table: pd.DataFrame) -> dict[str, float]:
    """Of continents without labels; without several seeds there are no intervals."""
    found = {f"continents.{name}": value for name, value in continents(table).mean().items()}
    if table.seed.nunique() > 1:
        gaps_there = beyond(table)
        found |= {"beyond.least": gaps_there["mean"].min(), "beyond.low": gaps_there.low.min()}
    return found
