"""What chapter 08 reads off the loss: where it stops, and two numbers that may decide it.

Written before the first run. By the argument of `run.py` the size at which a curve stops is

    the smaller of n_c and ceil(log n / r),

with r the nats that a code of one dimension gains in the largest table. The bar: within one of
that in at least four of five curves (content, steps and table). So a small table should hide
content, and longer training, which raises r, should hide more of it.
"""

import math

import pandas as pd

from mmcl_experiments.shared_dimension.run import bend

ENOUGH = 0.97  # of the largest gain: from there on a curve counts as flat


def stops(gains: pd.Series) -> int:
    """The smallest size whose gain is nearly the largest. gains: by size, rising."""
    return int(gains.index[(gains >= ENOUGH * gains.max()).to_numpy().argmax()])


def foretold(content: int, n: int, resolution: float) -> int:
    """Where a curve should stop. resolution: nats of a code of one dimension."""
    return min(content, math.ceil(math.log(n) / resolution))


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each content, steps and n: r, where the curve stops, and where it should.

    Several seeds give their mean gains.
    """
    means = table.groupby(["content", "steps", "n", "size"]).value.mean()
    rows = []
    for key, gains in means.groupby(level=["content", "steps", "n"]):
        content, steps, n = key  # type: ignore[misc]
        largest = table.n.max()
        r = float(means[content, steps, largest].iloc[0])
        found = stops(gains.droplevel([0, 1, 2]))
        rows.append({"content": content, "steps": steps, "n": n, "r": r, "stops": found})
        rows[-1]["foretold"] = foretold(content, n, r)
    return pd.DataFrame(rows)


def noted(table: pd.DataFrame) -> dict[str, float]:
    """Where growth bends, by content and candidates, and how many curves stop where foretold."""
    gains = table.set_index(["content", "n", "size"]).value.sort_index()
    places = ((2, 4096), (5, 4096), (5, 16))
    bends = {f"loss.bend_{c}_{n}": float(bend(gains[c, n].to_dict())) for c, n in places}
    return {**bends, "loss.near": near(curves(table))}


def near(found: pd.DataFrame) -> float:
    """The share of curves that stop within one dimension of where they should."""
    return float(found.stops.sub(found.foretold).abs().le(1).mean())


def held(table: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    """The bar of this module's docstring: whether it holds, and its sentence."""
    text = "Four of five curves stop within one of min(n_c, log n / r)"
    return {"loss.foretold": (near(curves(table)) >= 0.8, text)}
