"""What chapter 16 says of the table of `mixed_looks`."""

from typing import Any, NamedTuple

LOOKS = ("silhouette", "lines", "low-light")  # that a training left out


class Told(NamedTuple):
    """A mean over networks, from the lowest to the highest end of the intervals of each.

    Those are over draws of shots, starts of ICA, rotations and scenes, with the network held.
    """

    mean: float
    low: float
    high: float


def cell(
    table: Any,
    training: str,
    look: str,
    method: str,
    head: str,
    shots: int,
    metric: str = "accuracy",
) -> Any:
    """value, low, high of each network, by seed, on a look that was left out."""  # fmt: skip
    asked = {"training": training, "left_out": look, "look": look, "method": method,
             "head": head, "shots": shots, "metric": metric}  # fmt: skip
    rows = table
    for column, value in asked.items():
        rows = rows[rows[column].eq(value)]
    return rows.set_index("seed")[["value", "low", "high"]].sort_index()


def told(rows: Any) -> Told:
    """The mean of a `cell`, and how far its intervals reach."""
    return Told(rows.value.mean(), rows.low.min(), rows.high.max())


def numbers(table: Any, shots: int = 4) -> dict[str, Told]:
    """What the page tells of each left-out look, named "what.look".

    "photos", "mixed": accuracy of the L2 probe on raw features, by training. Of mixed training:
    "zero" (captions alone), "axes" (single axes, ICA minus rotation), "ahead" (single ICA axes
    minus the probe), and "kept", the share that the probe keeps of its accuracy on photos.
    """
    probe, found = ("raw", "l2", shots), {}
    for look in LOOKS:
        cells = {
            "photos": cell(table, "photos", look, *probe),
            "mixed": cell(table, "mixed", look, *probe),
            "zero": cell(table, "mixed", look, "zero-shot", "", 0),
            "axes": cell(table, "mixed", look, "ica - rotated", "axes", shots, "difference"),
            "ahead": cell(table, "mixed", look, "ica - raw l2", "axes", shots, "difference"),
            "kept": cell(table, "mixed", look, *probe, "kept"),
        }
        short = look.replace("-", "_")
        found |= {f"{name}.{short}": told(rows) for name, rows in cells.items()}
    return found
