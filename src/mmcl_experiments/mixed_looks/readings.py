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


def numbers(table: pd.DataFrame, shots: int = 4) -> dict[str, Difference]:
    """What the page tells of each left-out look, over networks, named "what.look".

    "photos", "mixed": accuracy of the L2 probe on raw features, by training, and "more", the latter
    minus the former, paired by seed. Of mixed training: "zero" (captions alone), "axes" (single
    axes, ICA minus rotation), "ahead" (single ICA axes minus the probe), and "kept", the share that
    the probe keeps of its accuracy on photos.
    """
    found = {}
    for look in LOOKS:
        one, other = (cell(table, each, look, "raw", "l2", shots) for each in ("photos", "mixed"))
        gain = {
            name: cell(table, "mixed", look, method, "axes", shots, "difference")
            for name, method in {"axes": "ica - rotated", "ahead": "ica - raw l2"}.items()
        }
        values = {
            "photos": one, "mixed": other, "more": other - one, **gain,
            "zero": cell(table, "mixed", look, "zero-shot", "", 0),
            "kept": cell(table, "mixed", look, "raw", "l2", shots, "kept"),
        }  # fmt: skip
        short = look.replace("-", "_")
        found |= {f"{name}.{short}": over_networks(each) for name, each in values.items()}
    return found
