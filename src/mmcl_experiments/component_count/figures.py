"""What the number of components decides: scores over it, from `component_count.run`'s table."""

from typing import Any

from matplotlib.figure import Figure

from mmcl_experiments.figures import BLUE, GRAY, canvas, x_ticks

LOOKS = {"ICA": (BLUE, "o"), "rotation": (GRAY, "D")}


def counts(table: Any, chosen: int) -> Figure:
    """Scores over the number of components: a thin line a network, a thick one their mean.

    Left, disentanglement of ICA and of random rotations; right, how well ICA's components agree
    with those of other rows. Dashed: the number that was chosen beforehand. Table: that of
    several seeds.
    """
    figure, places = canvas(2, width=8.2, height=2.9)
    for axes, metric in zip(places, ("disentanglement", "agreement"), strict=True):
        for arm, (color, mark) in LOOKS.items():
            rows = table[table.metric.eq(metric) & table.arm.str.endswith(arm)]
            if not len(rows):
                continue
            wide = rows.pivot_table("value", "k", "seed")
            axes.plot(wide.index, wide, color=color, linewidth=0.8, alpha=0.5)
            mean = wide.mean(axis=1)
            look = {"color": color, "markersize": 5, "label": rows.arm.iloc[0]}
            axes.plot(mean.index, mean, mark + "-", **look)
        axes.axvline(chosen, color="black", linestyle="--", linewidth=0.9)
        axes.set(xscale="log", xlabel="components k", ylabel=metric, ylim=(0, 1.02))
        x_ticks(axes, table.k.unique(), fontsize=8)
    places[1].set_ylabel("agreement of halves")
    places[0].legend(fontsize=8)
    return figure
