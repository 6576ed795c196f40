"""Components of CLIPs that were trained apart: how well they meet, and what starts of ICA give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.clip_components.figures import LOOKS
from mmcl_experiments.figures import canvas
from mmcl_experiments.figures.palette import BLUE, GREEN, ORANGE, PURPLE, RED

ARMS = ("rotation", "PCA", "ICA", "CCA")
CLIPS = list(zip("os^vDP", (BLUE, ORANGE, GREEN, RED, PURPLE, "black"), strict=True))


def meetings(panels: Mapping[str, Mapping[str, pd.DataFrame]]) -> Figure:
    """A column for each kind of trainings and components, `readings.panel` of each.

    Above, how well axes of two CLIPs meet, a mark each couple, trained filled and untrained open;
    bars: how well those of one trained CLIP meet themselves. Below, disentanglement over the
    contrast that a start of ICA reached, above the CLIP's lowest.
    """
    size: Any = {"width": 3.1 * len(panels), "height": 5.4, "sharey": "row"}
    figure, places = canvas(len(panels), rows=2, **size)
    for (upper, lower), (name, panel) in zip(places.T, panels.items(), strict=True):
        upper.set_title(name, fontsize=10)
        couples(upper, panel["couples"], panel["own"])
        by_clip = panel["starts"].groupby("one")
        for (mark, color), (number, each) in zip(CLIPS, by_clip, strict=False):
            ahead = each.contrast - each.contrast.min()
            lower.plot(ahead, each.forest, mark, color=color, markersize=5, label=f"CLIP {number}")
        lower.set(xlabel="contrast above the lowest start", xlim=(-0.002, 0.032))
    places[0, 0].set(ylabel="matched correlation", ylim=(0, 1.03))
    places[1, 0].set_ylabel("disentanglement")
    places[1, 0].legend(fontsize=8, loc="lower right")
    return figure


def couples(axes: Any, two: pd.DataFrame, own: pd.DataFrame) -> None:
    """Marks of couples and bars of CLIPs with themselves, by arm."""
    for place, arm in enumerate(ARMS):
        color: Any
        color, mark = LOOKS[arm]
        for state, aside, fill in (("trained", -0.14, "full"), ("untrained", 0.14, "none")):
            values = two.loc[state][arm]
            x = place + aside + np.linspace(-0.06, 0.06, len(values))
            axes.plot(x, values, mark, color=color, fillstyle=fill, markersize=5, linestyle="")
        level = own.loc["trained"][arm].mean()
        axes.plot([place - 0.3, place], [level] * 2, color="black", linewidth=1.4)
    axes.set_xticks(range(len(ARMS)), ARMS)
