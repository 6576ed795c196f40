"""Whether axes of two modalities meet, in three networks, trained and not; and by how much.

Tables are that of `mmcl_experiments.real_pairs.run`, as `readings.whole` gives it.
"""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.clip_components.figures import LOOKS
from mmcl_experiments.figures import canvas, means, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, ORANGE

RIVALS = {"ICA - rotation": (GRAY, "D", 0.97), "ICA - PCA": (ORANGE, "s", 1.03)}


def networks(table: Any, names: tuple[str, ...]) -> Figure:
    """Above, mean held-out correlations of matched axes over their number: lines trained, dashed
    ICA untrained. Below, how far ICA is ahead of rotations and of principal axes, with the interval
    over halvings, starts and rotations. A column a network."""
    figure, places = canvas(len(names), rows=2, width=7.6, height=5.0, sharex=True, sharey="row")
    held = table[table.metric.eq("held out") & table.arm.isin(LOOKS)]
    gaps = table[table.metric.eq("difference")]
    for (upper, lower), name in zip(places.T, names, strict=True):
        means(upper, held[held.source.eq(name)], "arm", "k", LOOKS, markersize=4)
        before = held[held.source.eq(f"untrained {name}") & held.arm.eq("ICA")].sort_values("k")
        upper.plot(before.k, before.value, "o--", color=BLUE, fillstyle="none", markersize=4,
                   linewidth=1.2, label="ICA, untrained")  # fmt: skip
        upper.set_title(name, fontsize=10)
        for lead, (color, mark, aside) in RIVALS.items():
            rows = gaps[gaps.source.eq(name) & gaps.arm.eq(lead)].sort_values("k")
            reach = [rows.value - rows.low, rows.high - rows.value]
            lower.errorbar(rows.k * aside, rows.value, reach, fmt=mark, color=color,
                           markersize=5, elinewidth=1.6, label=lead)  # fmt: skip
        for axes in (upper, lower):
            axes.axhline(0, color="black", linewidth=0.6)
            axes.set_xscale("log")
        x_ticks(lower, sorted(table.k[table.k.gt(0)].unique()), fontsize=8)
        lower.set_xlabel("components k")
    places[0, 0].set_ylabel("matched correlation")
    places[1, 0].set_ylabel("ICA minus rival")
    places[0, -1].legend(fontsize=8)
    places[1, -1].legend(fontsize=8, loc="lower right")
    return figure
