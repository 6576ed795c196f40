"""Components of two modalities and of words: matched correlations, differences, loads, stability.

Tables are those of `mmcl_experiments.clip_components.run` and `clip_words`, or parts of them.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, GREEN, ORANGE, RED, canvas, x_ticks

LOOKS = {
    "CCA": (GREEN, "^"),
    "ICA": (BLUE, "o"),
    "PCA": (ORANGE, "s"),
    "rotation": (GRAY, "D"),
}


def arms(panels: dict[str, Any]) -> Figure:
    """Mean matched correlation over the number of components, a panel for each table.

    A line an arm; the band around "rotation" spans the random rotations. Tables: k, arm, value,
    low, high, all of one metric and one source.
    """
    figure, places = canvas(len(panels), width=2.7 * len(panels) + 0.9, height=2.9)
    top = max(table.value.max() for table in panels.values())
    for axes, (name, table) in zip(np.atleast_1d(places), panels.items(), strict=True):
        for arm, (color, mark) in LOOKS.items():
            line = table[table.arm == arm].sort_values("k")
            axes.plot(line.k, line.value, mark + "-", color=color, markersize=5, label=arm)
            if arm == "rotation" and line.high.any():
                axes.fill_between(line.k, line.low, line.high, color=color, alpha=0.25)
        axes.set(title=name, xscale="log", xlabel="components k", ylim=(-0.05, top + 0.05))
        ticks = sorted(table.k.unique())
        axes.set_xticks(ticks, [str(k) for k in ticks])
        axes.minorticks_off()
        axes.axhline(0, color="black", linewidth=0.6)
        axes.title.set_fontsize(10)
    np.atleast_1d(places)[0].set_ylabel("mean matched correlation")
    np.atleast_1d(places)[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def differences(fixed: Any, halvings: Any) -> Figure:
    """ICA minus rotation: a row a number of components, k 0 is their mean and stands first.

    fixed: value, low, high by k, of the one fixed halving (bar and square); halvings: value by k,
    of others (gray dots).
    """
    figure, axes = canvas(height=0.8 + 0.36 * len(fixed))
    order = fixed.sort_values("k")
    for place, (_, each) in enumerate(order.iterrows()):
        color: Any = RED if each.k == 0 else BLUE
        others = halvings[halvings.k == each.k].value
        axes.plot(others, [place + 0.16] * len(others), ".", color=GRAY, alpha=0.7)
        axes.plot([each.low, each.high], [place - 0.1] * 2, color=color, linewidth=3)
        axes.plot(each.value, place - 0.1, "s", color=color, markersize=7)
    names = ["mean of the sizes" if k == 0 else f"k = {k}" for k in order.k]
    axes.set_yticks(range(len(order)), names)
    axes.axvline(0, color="black", linestyle="--", linewidth=0.9)
    axes.set(xlabel="ICA minus random rotation, held out", ylim=(len(order) - 0.4, -0.6))
    return figure


def loads(table: Any, component: int, stability: float) -> Figure:
    """Words with the highest scores on a component: of the fitted vocabulary, of new words."""
    figure, places = canvas(2, width=7.6, height=2.9)
    titles = {"lvis": "words that it was fitted on", "objects365": "words that it never saw"}
    rows = table[(table.metric == "word") & (table.component == component)]
    reach = rows.value.max() * 1.05
    for axes, (arm, title), color in zip(places, titles.items(), (BLUE, ORANGE), strict=True):
        each = rows[rows.arm == arm].sort_values("place")
        axes.barh(range(len(each)), each.value, color=color, alpha=0.75)
        labels = [word if len(word) < 26 else word[:24] + "..." for word in each.word]
        axes.set_yticks(range(len(each)), labels, fontsize=8)
        axes.set(xlim=(0, reach), ylim=(len(each) - 0.5, -0.5), xlabel="score")
        axes.set_title(title, fontsize=9)
    figure.suptitle(f"Component {component}; comes back at {stability:.2f}", fontsize=10)
    return figure


def stability(table: Any, level: float) -> Figure:
    """How well each component comes back in resamples, with its interval; dashed: the level."""
    figure, axes = canvas(height=2.7)
    rows = table[(table.arm == "ICA") & (table.component >= 0)]
    wide = rows.pivot_table("value", "component", "metric")
    for place, (_, each) in enumerate(wide.iterrows()):
        color: Any = BLUE if each.agreement >= level else GRAY
        axes.plot([place, place], [each.low, each.high], color=color, linewidth=2)
        axes.plot(place, each.agreement, "o", color=color)
    axes.axhline(level, color="black", linestyle="--", linewidth=0.9)
    axes.set(xlabel="component, heaviest tails first", ylabel="|correlation| when redrawn")
    axes.set_xticks(range(len(wide)))
    axes.set_ylim(0, 1.02)
    return figure


def counts(table: Any, chosen: int) -> Figure:
    """Scores over the number of components: a thin line a network, a thick one their mean.

    Left, disentanglement of ICA and of random rotations; right, how well ICA's components agree
    with those of other rows. Dashed: the number that was chosen beforehand. Table: that of
    `mmcl_experiments.component_count.run`, of several seeds.
    """
    figure, places = canvas(2, width=8.2, height=2.9)
    for axes, metric in zip(places, ("disentanglement", "agreement"), strict=True):
        for arm in ("ICA", "rotation"):
            rows = table[table.metric.eq(metric) & table.arm.str.endswith(arm)]
            if not len(rows):
                continue
            wide, (color, mark) = rows.pivot_table("value", "k", "seed"), LOOKS[arm]
            axes.plot(wide.index, wide, color=color, linewidth=0.8, alpha=0.5)
            mean = wide.mean(axis=1)
            axes.plot(
                mean.index, mean, mark + "-", color=color, markersize=5, label=rows.arm.iloc[0]
            )
        axes.axvline(chosen, color="black", linestyle="--", linewidth=0.9)
        axes.set(xscale="log", xlabel="components k", ylabel=metric, ylim=(0, 1.02))
        x_ticks(axes, table.k.unique(), fontsize=8)
    places[1].set_ylabel("agreement of halves")
    places[0].legend(fontsize=8)
    return figure
