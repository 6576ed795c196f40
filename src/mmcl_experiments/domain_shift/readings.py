"""What chapter 16 says of the table of `domain_shift`, over networks."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from mmcl.metrics.paired import Difference, difference


def accuracy(rows: Any, method: str, head: str, look: str) -> Any:
    """The accuracy of each network, by seed; rows: of one number of shots."""
    some = rows[rows.part.eq("heads") & rows.metric.eq("accuracy") & rows.look.eq(look)]
    some = some[some.method.eq(method) & some["head"].eq(head)]
    return some.set_index("seed").value.sort_index()


def kept(rows: Any, method: str, head: str, look: str) -> Any:
    """The share of its accuracy on photos that a head keeps on a look, by seed."""
    return accuracy(rows, method, head, look) / accuracy(rows, method, head, "photo")


def over_networks(values: Any) -> Difference:
    """Their mean, with Student's interval over networks."""
    return difference(values, 0 * values)


def ahead(rows: Any, method: str, head: str, look: str) -> Difference:
    """A difference of two methods on a look, over networks."""
    some = rows[rows.method.eq(method) & rows["head"].eq(head) & rows.look.eq(look)]
    return over_networks(some[some.metric.eq("difference")].set_index("seed").value)


def gaps_kept(
    rows: Any, one: tuple[str, str], other: tuple[str, str], looks: Iterable[str]
) -> pd.DataFrame:
    """What one (method, head) keeps minus what another does, a row a look: mean, low, high, p."""
    found = {look: difference(*(kept(rows, *each, look) for each in (one, other)))
             for look in looks}  # fmt: skip
    return pd.DataFrame(found, index=list(Difference._fields)).T


def of_gaps(gaps: pd.DataFrame) -> dict[str, float]:
    """Of `gaps_kept`: the least and the largest mean, and on how many looks it is surely above."""
    means, sure = gaps["mean"].to_numpy(), (gaps["low"] > 0).to_numpy()
    return {"least": float(means.min()), "most": float(means.max()), "clear": int(sure.sum())}


def of_white(gaps: pd.DataFrame) -> dict[str, float]:
    """White features minus raw ones at 4 and 16 shots, on photos and on shifted looks.

    gaps: a row a number of shots, a column a look.
    """
    shifted = gaps.drop(columns="photo")
    found = {"white.most": shifted.max().max()}
    for count in (4, 16):
        ends = shifted.loc[count].min(), shifted.loc[count].max()
        values = {"photo": gaps.loc[count, "photo"], "least": ends[0], "most": ends[1]}
        found |= {f"white.{name}.{count}": value for name, value in values.items()}
    return found


def of_drops(each: pd.DataFrame) -> dict[str, float]:
    """Accuracy after dropping minus before, by target: ICA's axes, and the span of means.

    each: a row a way of dropping, a column a target.
    """
    ica, means = each.loc["ica - none"], each.loc["means - none"]
    found = {"best": ica.max(), "worst": ica.min()}
    return found | {"means.best": means["silhouette"], "means.worst": means.min()}
