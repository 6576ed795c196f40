"""Pictures of chapter 04 at a weak coupling: what codes hold against the pairs they have seen."""

import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import GRAY, LOOKS, canvas


def curves(looks: pd.DataFrame, untrained: pd.DataFrame, told: pd.Series) -> Figure:
    """Held-out linear R2 (left) and gain in nats (right) over pairs seen, a line a recipe.

    looks, untrained: see `readings`. Dots: R2 of raw observations; dashes: the true latents' nats.
    told: R2 of a network that was shown the states, by pairs.
    """
    figure, (left, right) = canvas(2, height=3.4)
    for (mark, color), recipe in zip(LOOKS, untrained.index, strict=False):
        seen, level = looks.loc[recipe], untrained.loc[recipe]
        left.axhline(level.linear_r2, color=GRAY, linestyle=":", linewidth=1.2)
        right.axhline(level.nats, color="black", linestyle="--", linewidth=1.2)
        for axes, metric in ((left, "linear_r2"), (right, "nats")):
            axes.plot(seen[metric], marker=mark, color=color, markersize=4, label=recipe)
    left.plot(told, marker="x", color=GRAY, markersize=5, label="told z_x")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="pairs seen")
    left.set(ylim=(0, 1.02), ylabel="held-out linear R2 of z_x")
    right.set_ylim(0)
    right.set_ylabel("gain over chance (nats)")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure
