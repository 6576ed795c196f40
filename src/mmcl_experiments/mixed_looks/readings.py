"""What chapter 16 says of the table of `mixed_looks`: means over networks with their intervals."""

import pandas as pd

from mmcl.metrics.paired import Difference, difference

LOOKS = ("silhouette", "lines", "low-light")  # that a training left out


def cell(
    table: pd.DataFrame,
    training: str,
    look: str,
    method: str,
    head: str,
    shots: int,
    metric: str = "accuracy",
    on: str | None = None,
) -> pd.Series:
    """The value of each network, by seed.

    look: the one left out, whichever the training was; on: the look of the test, else that one.
    """  # fmt: skip
    asked = {"training": training, "left_out": look, "look": on or look, "method": method,
             "head": head, "shots": shots, "metric": metric}  # fmt: skip
    rows = table
    for column, value in asked.items():
        rows = rows[rows[column].eq(value)]
    return rows.set_index("seed").value.sort_index()


def over_networks(values: pd.Series) -> Difference:
    """Their mean, with Student's interval over networks."""
    return difference(values, 0 * values)


def by_look(table: pd.DataFrame, what: list[tuple[str, str]], shots: int) -> pd.DataFrame:
    """Mean accuracy on each left-out look: rows (training, look), a column a head and method."""
    found = {}
    for training in ("photos", "mixed"):
        for look in LOOKS:
            found[training, look] = {
                f"{head} {method}".strip(): cell(
                    table, training, look, method, head, 0 if method == "zero-shot" else shots
                ).mean()
                for head, method in what
            }
    return pd.DataFrame(found).T


def gains(table: pd.DataFrame, head: str, shots: int, method: str) -> dict[str, Difference]:
    """A difference of methods on the left-out look, over networks: {"photos lines": ...}."""
    return {
        f"{training} {look}": over_networks(
            cell(table, training, look, method, head, shots, "difference")
        )
        for training in ("photos", "mixed")
        for look in LOOKS
    }
