"""When does a published value replicate? One rule for the whole book, set before it was applied."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

MARGIN = 0.01  # by which mean +- 2 sd is widened
WIDEST = 0.2  # of an interval that still tells something
ROUNDING = 1e-12  # an edge belongs to the kinder side
KINDS = ("replicates", "differs", "can't say", "not comparable")


@dataclass(frozen=True)
class Verdict:
    """Our mean with its 95 % t interval over seeds, and what it says of a published value."""

    kind: str  # one of KINDS
    words: str  # the kind, with by how much or why
    mean: float = math.nan
    half: float = math.nan  # half of the interval
    seeds: int = 0

    @property
    def shown(self) -> str:
        """Our side, as a table shows it."""
        if not self.seeds:
            return "none"
        text = f"{round(self.mean, 2) + 0.0:.2f}"  # no "-0.00"
        return f"{text} ± {self.half:.2f}" if self.seeds > 1 else f"{text} (one seed)"


def judge(values: Any, mean: float, spread: float = math.nan, why_not: str = "") -> Verdict:
    """What our values, one a seed, say of a published mean and standard deviation.

    "replicates": our 95 % t interval meets mean +- 2 sd, widened by MARGIN. "can't say": either of
    the two is wider than WIDEST. "differs by ...": our mean less the published one. Neither is cut
    at 1, the most that R2 can be. A spread that wasn't printed (NaN) counts as 0, which is strict.
    why_not: why the two can't be compared, whatever they are; a published NaN can't be, nor fewer
    than two seeds of ours.
    """
    values = np.asarray(values, dtype=float)
    half = interval(values)
    ours = {"mean": values.mean() if len(values) else math.nan, "half": half, "seeds": len(values)}
    if not why_not and math.isnan(mean):
        why_not = "the value wasn't found"
    if not why_not and len(values) < 2:
        why_not = "one seed of ours" if len(values) else "no runs of ours"
    if why_not:
        return Verdict("not comparable", f"not comparable: {why_not}", **ours)
    reach = 0.0 if math.isnan(spread) else 2 * spread
    if max(2 * half, 2 * reach) > WIDEST + ROUNDING:
        return Verdict("can't say", "can't say", **ours)
    apart = values.mean() - mean
    if abs(apart) <= half + reach + MARGIN + ROUNDING:
        return Verdict("replicates", "replicates", **ours)
    return Verdict("differs", f"differs by {apart:+.2f}", **ours)


def interval(values: np.ndarray) -> float:
    """Half of the 95 % t interval of a mean over seeds; NaN for fewer than two."""
    n = len(values)
    if n < 2:
        return math.nan
    return float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / n**0.5)
