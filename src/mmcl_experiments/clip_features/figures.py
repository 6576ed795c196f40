"""What real paired features look like: cosines, the gap, dimensions, tails, and how much they say.

Every function takes the table of `mmcl_experiments.clip_features.run` or a part of it, with one
column `source` for the network.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmcl_experiments.figures import canvas, curves, legend_beside, means, x_ticks
from mmcl_experiments.figures.palette import BLUE, GRAY, GREEN, ORANGE, PURPLE, RED

COLORS = {"images": BLUE, "texts": ORANGE, "strangers": GRAY, "partners": GREEN}
WORDS = {
    "images": "two images",
    "texts": "two texts",
    "strangers": "an image and another's text",
    "partners": "an image and its text",
}


def chosen(table: Any, **wanted: str) -> Any:
    """Rows of a table where each named column has the value."""
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


def cloud(table: pd.DataFrame, source: str, arm: str) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3) of both modalities and their colors (n, 3): images blue, texts orange."""
    rows = chosen(table, group="cloud", source=source, arm=arm)
    points = rows.pivot_table("value", ["modality", "place"], "metric")
    kinds = points.index.get_level_values("modality")
    shades = {"image": (0.0, 0.45, 0.70), "text": (0.90, 0.62, 0.0)}
    return points.to_numpy(), np.array([shades[kind] for kind in kinds])


def cosines(table: pd.DataFrame, source: str, title: str, d: int) -> Figure:
    """Densities of four kinds of cosine, and dashed that of the uniform sphere in R^d."""
    figure, axes = canvas(height=2.9)
    rows = chosen(table, group="cosines", metric="density", source=source)
    for arm, each in rows.groupby("arm", sort=False):
        axes.fill_between(each.place, each.value, step="mid", alpha=0.45, color=COLORS[str(arm)])
        axes.plot(each.place, each.value, drawstyle="steps-mid", color=COLORS[str(arm)],
                  linewidth=1.2, label=WORDS[str(arm)])  # fmt: skip
    grid = np.linspace(-0.2, 0.2, 200) if d > 100 else np.linspace(-1, 1, 200)
    even = (1 - grid**2) ** ((d - 3) / 2)
    even /= even.sum() * (grid[1] - grid[0])
    axes.plot(grid, even, color="black", linestyle="--", linewidth=1.2, label="uniform sphere")
    narrow = rows.place.min() > -0.2
    axes.set(xlabel="cosine", yticks=[], xlim=(-0.2, 1.0) if narrow else (-1.0, 1.0))
    axes.set_ylim(0, 17 if narrow else None)
    axes.spines["left"].set_visible(False)
    place = "upper right" if narrow else "upper left"
    axes.legend(loc=place, fontsize=8, title=title, title_fontsize=9)
    return figure


def gap(table: pd.DataFrame, source: str) -> Figure:
    """Loss (left) and recall@1 (right) over the share of the gap that is closed, means of both
    directions: features slid, and slid and brought back to length one."""
    figure, places = canvas(2, height=2.8)
    looks = {"slid on sphere": (RED, "s", "slid, length one again"), "slid": (BLUE, "o")}
    labels = {"loss": "loss (nats)", "recall": "recall@1 of 500"}
    for axes, (metric, label) in zip(places, labels.items(), strict=True):
        rows = chosen(table, group="gap", metric=metric, source=source)
        means(axes, rows, "arm", "place", looks, markersize=4)
        axes.axvline(0, color="black", linestyle="--", linewidth=0.8)
        axes.set(xlabel="share of the gap that is closed", ylabel=label)
        axes.set_ylim(0, None)
    places[0].legend(fontsize=8)
    return figure


def heads(table: pd.DataFrame, source: str, order: list[str]) -> Figure:
    """The loss of each treatment of the gap, a mark for each direction; dashed: as they are."""
    figure, axes = canvas(height=0.75 + 0.36 * len(order))
    rows = chosen(table, group="gap", metric="loss", source=source)
    for way, color, mark in (("find text", BLUE, "o"), ("find image", ORANGE, "s")):
        found = rows[(rows.modality == way) & (rows.place == 0)].set_index("arm").value[order]
        axes.plot(found, range(len(order)), mark, color=color, markersize=8, label=way)
        axes.axvline(found.iloc[0], color=color, linestyle="--", linewidth=0.9)
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel="loss (nats)", ylim=(len(order) - 0.5, -0.5))
    legend_beside(axes)
    return figure


def tails(table: pd.DataFrame, arms: list[str]) -> Figure:
    """Excess kurtosis of each component, an arm a row; left on the fitting rows, right held out.

    Rings: images; crosses: texts. Dashed: 0, that of a Gaussian."""
    figure, places = canvas(2, width=8.0, height=0.9 + 0.36 * len(arms))
    everything = table[table.metric.str.startswith("each kurtosis")]
    for axes, sample in zip(places, ("in sample", "held out"), strict=True):
        rows = chosen(everything, metric=f"each kurtosis, {sample}")
        for kind, mark, color, up in (("image", "o", BLUE, -0.13), ("text", "x", ORANGE, 0.13)):
            each = rows[(rows.modality == kind) & rows.arm.isin(arms)]
            heights = each.arm.map(arms.index) + up
            axes.plot(each.value, heights, mark, color=color, markersize=4, alpha=0.8,
                      fillstyle="none", label=f"{kind}s")  # fmt: skip
        axes.axvline(0, color="black", linestyle="--", linewidth=0.9)
        axes.set(title=sample, xlabel="excess kurtosis", ylim=(len(arms) - 0.5, -0.5))
        axes.set_xscale("symlog", linthresh=1)
        x_ticks(axes, [-1, 0, 1, 3, 10])
        axes.set_yticks(range(len(arms)), arms if sample == "in sample" else [])
    legend_beside(places[1], fontsize=8)
    return figure


def dimensions(table: pd.DataFrame, source: str) -> Figure:
    """Share of variance by axis (left), held-out log-likelihood by number of axes (middle), and
    held-out canonical correlations with the level that strangers reach (right)."""
    figure, (left, middle, right) = canvas(3, width=8.2, height=2.7)
    for kind, color in (("image", BLUE), ("text", ORANGE)):
        rows = chosen(table, group="dimension", modality=kind, source=source)
        variances, likelihood = rows[rows.metric == "variance"], rows[rows.metric == "likelihood"]
        left.plot(variances.place, variances.value, color=color, label=f"{kind}s")
        middle.plot(likelihood.place, likelihood.value, ".-", color=color, label=f"{kind}s")
        best = likelihood.loc[likelihood.value.idxmax()]
        middle.plot(best.place, best.value, "o", color=color, markersize=11, fillstyle="none")
    left.set(yscale="log", xlabel="axis", ylabel="share of variance")
    low = chosen(table, group="dimension", metric="likelihood", source=source).value
    middle.set(xlabel="axes kept", ylabel="held-out log-likelihood", xscale="log")
    middle.set_ylim(max(low.min(), low.max() - 350), low.max() + 25)
    left.legend(fontsize=8)
    rows = chosen(table, group="shared", source=source)
    line = rows[rows.metric == "correlation"].groupby("place").value.agg(["mean", "min", "max"])
    right.fill_between(line.index, line["min"], line["max"], color=GREEN, alpha=0.25)
    right.plot(line.index, line["mean"], ".-", color=GREEN)
    right.axhline(rows[rows.metric == "level"].value.mean(), color="black", linestyle="--")
    right.set(xlabel="canonical direction", ylabel="held-out correlation")
    return figure


def saturation(table: pd.DataFrame, names: dict[str, str]) -> Figure:
    """Nats gained among N pairs, a line a source at its best temperature; black: log N."""
    figure, axes = canvas(width=5.4, height=3.1)
    rows = chosen(table, group="gain", arm="best")
    sizes = np.array(sorted(rows.place.unique()))
    axes.plot(sizes, np.log(sizes), color="black", label="log N, all there is")
    lines = rows.pivot_table("value", "place", "source")[list(names)].rename(columns=names)
    curves(axes, lines, zip("oooo", (BLUE, GRAY, GREEN, PURPLE), strict=True), markersize=4)
    axes.set(xscale="log", xlabel="pairs to choose from, N", ylabel="gain over chance (nats)")
    x_ticks(axes, sizes, fontsize=8)
    axes.legend(fontsize=8)
    return figure
