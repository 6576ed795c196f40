"""Reading the table of `clip_features`: what the theorems assume, beside what was measured."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from mmcl.ica import ENOUGH
from mmcl.laws import VonMisesFisher


def assumptions(table: pd.DataFrame, source: str, components: int) -> pd.DataFrame:
    """What the theorems assume, what that implies for features, what was measured, and whether
    both agree, by the rule that stands with each: holds, fails or, where more rows could still
    show it, open. components: how many ICA was asked for."""
    rows = table[table.source == source]

    def get(metric: str, how: str = "mean", **where: Any) -> float:
        found: Any = rows[rows.metric == metric]
        for name, value in where.items():
            found = found[found[name] == value]
        return float(getattr(found.value, how)())

    n, d = get("pairs"), int(get("dimensions"))
    own = get("temperature", arm="as they are")
    ceiling = np.log(n)
    held, mean = {"arm": "ICA"}, get("mean length", "max")
    even = get("uniformity", arm="uniform sphere")
    spread = get("uniformity", "max", arm="as it is")
    tail, share = get("kurtosis, held out", **held), get("non-Gaussian, held out", **held)
    axes, nats = get("axes", "max"), get("nats", arm="best", place=n)
    partners, fit = get("mean", group="cosines", arm="partners"), n // 2
    expected = VonMisesFisher(1 / own).mean_cosine(d)
    found = {
        ("4.1", "codes of length one", "distance from one"):
            (0.0, get("farthest from one"), get("farthest from one") < 2e-3),
        ("4.1", "even on the sphere", "length of the mean"):
            (n**-0.5, mean, mean < 2 * n**-0.5),
        ("4.1", "even on the sphere", "uniformity"): (even, spread, spread < even + 0.1),
        ("4.1", "equal codes of equal states", "gap between the means"):
            ((2 / n) ** 0.5, get("distance"), get("distance") < 2 * (2 / n) ** 0.5),
        ("4.1", "von Mises-Fisher, kappa = 1/tau", "mean cosine of partners"):
            (expected, partners, abs(partners / expected - 1) < 0.1),
        ("4.1", "as many code dimensions as latents", "axes by likelihood"):
            (d, axes, axes > 0.9 * d),
        ("4.2", "even in a box", "kurtosis of components"): (-1.2, tail, abs(tail + 1.2) < 0.2),
        ("ICA", "no component is Gaussian", "share shown non-Gaussian"):
            (1.0, share, True if share > 0.95 else None),
        ("ICA", "rows enough, 5 k^2", "fitting rows"):
            (ENOUGH * components**2, fit, fit >= ENOUGH * components**2),
        ("game", "not all is known", "gain (nats)"): (ceiling, nats, nats < 0.9 * ceiling),
    }  # fmt: skip
    names = ["theorem", "assumption", "seen by"]
    index = pd.MultiIndex.from_tuples(list(found), names=names)
    words = {True: "holds", False: "fails", None: "open"}
    columns = ["implied", "measured", "verdict"]
    return pd.DataFrame([(*v[:2], words[v[2]]) for v in found.values()], index, columns)


def three_networks(table: pd.DataFrame, networks: Iterable[str], components: int) -> pd.DataFrame:
    """`assumptions` of CLIP, what its untrained twin has, and those of our own network.

    networks: these three, as the table calls them.
    """
    judged, other, own = (assumptions(table, name, components) for name in networks)
    judged = judged.rename(columns={"measured": "CLIP"})
    judged.insert(2, "untrained", other.measured)
    more = ["our own", "implied for it", "verdict on it"]
    judged[more] = own[["measured", "implied", "verdict"]]
    return judged
