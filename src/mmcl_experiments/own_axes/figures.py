"""Components of CLIPs that were trained apart: how well they meet, and what starts of ICA give."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.clip_components.figures import LOOKS
from mmcl_experiments.figures import canvas
from mmcl_experiments.figures.palette import BLUE, GREEN, ORANGE, PURPLE, RED

ARMS = ("rotation", "PCA", "ICA", "CCA")
CLIPS = list(zip("os^vDP", (BLUE, ORANGE, GREEN, RED, PURPLE, "black"), strict=True))


def meetings(couples: pd.DataFrame, own: pd.DataFrame, starts: pd.DataFrame) -> Figure:
    """Left, how well axes of two CLIPs meet, a mark each couple, trained filled and untrained
    open; bars: how well those of one trained CLIP meet themselves. Right, disentanglement over the
    contrast that a start of ICA reached, above the CLIP's lowest.

    couples, own: `readings.matches` of two, and of one; starts: `readings.starts` by forests.
    """
    figure, (left, right) = canvas(2, width=7.8, height=3.1)
    for place, arm in enumerate(ARMS):
        color: Any
        color, mark = LOOKS[arm]
        for state, aside, fill in (("trained", -0.14, "full"), ("untrained", 0.14, "none")):
            values = couples.loc[state][arm]
            x = place + aside + np.linspace(-0.06, 0.06, len(values))
            left.plot(x, values, mark, color=color, fillstyle=fill, markersize=5, linestyle="")
        level = own.loc["trained"][arm].mean()
        left.plot([place - 0.3, place], [level] * 2, color="black", linewidth=1.4)
    left.set_xticks(range(len(ARMS)), ARMS)
    left.set(ylabel="matched correlation", ylim=(min(0, left.get_ylim()[0]), 1.02))
    for (mark, color), (number, each) in zip(CLIPS, starts.groupby("one"), strict=False):
        ahead = each.contrast - each.contrast.min()
        right.plot(ahead, each.forest, mark, color=color, markersize=5, label=f"CLIP {number}")
    right.set(xlabel="contrast above the lowest start", ylabel="disentanglement")
    right.legend(fontsize=8)
    return figure
