"""What chapter 09 says of losses: curves, sizes, limits, as tables or as named numbers."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from mmcl.randomness import stream
from mmcl_experiments.infonce_limits import bounded, exact

Numbers = dict[str, Any]
LEAK, STYLE = "$c_1$ and a private leak", "style alone"


def falls(n: int) -> pd.DataFrame:
    """InfoNCE among n candidates over the scale K, a column a code; chance is log n."""
    scales = pd.Index(np.geomspace(0.1, 1e4, 11), name="K")
    few = scales[::2]
    leak = [exact.leaky_loss(k, n, private=1.0, nodes=10) for k in few]
    lines: Numbers = {"$c_1$": [exact.loss(k, 1, n) for k in scales]}
    lines[LEAK] = np.exp(np.interp(np.log(scales), np.log(few), np.log(leak)))
    lines["three dimensions"] = [exact.loss(k, 3, n) for k in scales]
    lines[STYLE] = style_alone(scales.to_numpy(), n)
    return pd.DataFrame(lines, index=scales)


def style_alone(k: np.ndarray, n: int) -> np.ndarray:
    """InfoNCE of photographs' codes K s and captions' K (s + e), s and e standard normal.

    For n to infinity, with log n for what n adds: at 6,144 to about a thousandth of a nat.
    """
    x = k**2
    return np.log(n) + x - np.log1p(4 * x) / 2 - x / (1 + 4 * x)


def sizes() -> pd.DataFrame:
    """InfoNCE of four codes by number of candidates and scale, exact."""
    rows = {}
    for n, k in ((2, 10), (64, 100), (1024, 100), (6144, 10), (6144, 100), (6144, 10_000)):
        rows[n, k] = {
            "c_1": exact.loss(k, 1, n),
            "c_1, private leak of 1": exact.leaky_loss(k, n, private=1.0, nodes=10),
            "c_1, style leak of 0.5": exact.leaky_loss(k, n, style=0.5, nodes=10),
            "three dimensions": exact.loss(k, 3, n),
        }
    return pd.DataFrame(rows).T.rename_axis(["N", "K"])


def at_hundred(table: pd.DataFrame, n: int) -> Numbers:
    """Of `falls`: the losses at K = 100; and the least of style alone over all scales."""
    row = table.loc[100.0]
    found = {"falls.one": row["$c_1$"], "falls.three": row["three dimensions"]}
    least = style_alone(np.geomspace(0.1, 10, 2001), n).min()
    return found | {"falls.leak": row[LEAK], "falls.style": least}


def digits(n: int, seed: int) -> Numbers:
    """Where a processor's digits end the fall of c_1."""
    c = torch.from_numpy(stream(seed, "digits").standard_normal((4 * n, 1)))
    fine = np.geomspace(300, 1e4, 6)
    return {
        "digits.bfloat16": bounded.rounded_floor(c, n, torch.bfloat16),
        "digits.bfloat16_small": bounded.rounded_floor(c[:8192], 64, torch.bfloat16),
        "digits.float32": bounded.product_floor(c[:4096], 1024, fine),
    }


def rates() -> Numbers:
    """Constants of the rates, how well they are met, and what leaks multiply them by."""
    found: Numbers = {"rate.one": exact.rate(1), "rate.three": exact.rate(3)}
    far = [exact.loss(1e4, d, 64) * 1e4**d / 63 / exact.rate(d) - 1 for d in (1, 2, 3)]
    found["rate.reached"] = max(map(abs, far))
    leaks = {"half": 0.5, "one": 1.0, "four": 4.0}
    return found | {f"leak.{name}": exact.leak_factor(size) for name, size in leaks.items()}


def limits(seed: int) -> Numbers:
    """Endless strangers, no partner in the denominator, the pull on a missing direction."""
    wild = stream(seed, "wild").standard_normal((100_000, 12))
    big = exact.loss(3.0, 2, 10**6) - np.log(10**6)
    return {
        "no_floor.two": bounded.style_alone(2, wild),
        "no_floor.three": bounded.style_alone(3, wild),
        "many": abs(big - exact.many_strangers(3.0, 2)),
        "pull": bounded.pull(17.0) / exact.two_candidates(17.0, 1),
    }


def fixed(laws: dict[float, bounded.BestLaw]) -> Numbers:
    """Of codes that can't grow: best laws by temperature, spirals, CLIP's clamp."""
    found: Numbers = {"atoms.cold": len(laws[0.03].places), "atoms.cold_excess": laws[0.03].excess}
    found["atoms.warm_excess"] = laws[0.5].excess
    found["atoms.slack"] = max(law.slack for law in laws.values())
    for name, turns in (("two", 2), ("sixteen", 16)):
        found[f"spiral.{name}"] = bounded.wound_excess(turns, 0.1)
    for name, d in (("two", 2), ("three", 3), ("six", 6)):
        found[f"clamp.{name}"] = bounded.uniform_gain(d, 100.0)
    return found
