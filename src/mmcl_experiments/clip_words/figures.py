"""Words of components: which load on each, and how well each comes back.

Tables are that of `mmcl_experiments.clip_words.run`, or parts of it.
"""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, ORANGE, canvas, panels


def loads(table: Any, component: int, stability: float) -> Figure:
    """Words with the highest scores on a component: of the fitted vocabulary, of new words."""
    arms = {"words that it was fitted on": "lvis", "words that it never saw": "objects365"}
    figure, parts = panels(arms, titles=9, width=7.6, height=2.9)
    rows = table[(table.metric == "word") & (table.component == component)]
    reach = rows.value.max() * 1.05
    for (axes, arm), color in zip(parts, (BLUE, ORANGE), strict=True):
        each = rows[rows.arm == arm].sort_values("place")
        axes.barh(range(len(each)), each.value, color=color, alpha=0.75)
        labels = [word if len(word) < 26 else word[:24] + "..." for word in each.word]
        axes.set_yticks(range(len(each)), labels, fontsize=8)
        axes.set(xlim=(0, reach), ylim=(len(each) - 0.5, -0.5), xlabel="score")
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
