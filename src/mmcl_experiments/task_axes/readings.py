"""What chapter 15 says of the table of `task_axes`, as `book/alignment_claim` fixed it."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mmcl.metrics.paired import Difference, difference

SLOPE = 0.37
SHOTS = (2, 4, 8, 16)
HEADS = ("l1", "tree", "axes")
CORRELATION, DISTANCE = 0.75, 0.04
KINDS = {"one": "one factor", "two": "two factors", "mixture": "mixtures"}
AXES = {"ica": "ICA", "whitened": "principal axes"}
POINT = ["seed", "kind", "task", "choice"]


class Verdict(NamedTuple):
    """networks: a row a seed; the three parts of the primary claim, and whether all hold."""

    networks: pd.DataFrame
    correlates: bool
    close: bool
    ordered: bool

    @property
    def holds(self) -> bool:
        """Whether the claim holds."""
        return self.correlates and self.close and self.ordered


def gains(table: Any) -> Any:
    """What axes gain over random ones: seed, kind, task, choice (of axes), head, shots, gain."""
    rows = table[table.part.eq("heads") & table.metric.eq("difference")]
    rows = rows[rows.method.isin([f"{name} - rotated" for name in AXES])]
    found = rows.assign(choice=rows.method.str.split(" - ").str[0], gain=rows.value)
    return found[[*POINT, "head", "shots", "gain"]]


def points(table: Any) -> Any:
    """A row for each network, task and axes: alignment over chance, gain foretold and measured."""
    fit: Any = table[table.metric.eq("alignment")]
    fit = fit.pivot_table("value", ["seed", "task"], "method")
    rows = gains(table)
    rows = rows[rows.shots.isin(SHOTS) & rows["head"].isin(HEADS)]
    found = rows.groupby(POINT, as_index=False).gain.mean()
    cells = list(zip(found.seed, found.task, strict=True))
    over = [fit.loc[cell, name] - fit.loc[cell, "chance"]
            for cell, name in zip(cells, found.choice, strict=True)]  # fmt: skip
    return found.assign(over=over, foretold=SLOPE * np.array(over))


def judged(found: Any) -> Verdict:
    """The primary claim, of the `points` of each network."""
    rows = []
    for seed, each in found.groupby("seed"):
        ica = each[each.choice.eq("ica")].groupby("kind").gain.mean()
        rows.append({
            "seed": seed,
            "correlation": np.corrcoef(each.foretold, each.gain)[0, 1],
            "distance": (each.foretold - each.gain).abs().mean(),
            "slope": (each.over * each.gain).sum() / (each.over**2).sum(),
            **{kind: ica[kind] for kind in KINDS},
        })  # fmt: skip
    networks = pd.DataFrame(rows).set_index("seed")
    return Verdict(
        networks,
        bool((networks.correlation >= CORRELATION).all()),
        bool((networks.distance <= DISTANCE).all()),
        bool((networks[["one", "two"]].min(axis=1) > networks.mixture).all()),
    )


def over_networks(rows: Any, column: str = "value") -> Difference:
    """Student's interval over networks of the mean of a column in each."""
    means = rows.groupby("seed")[column].mean()
    return difference(means, np.zeros(len(means)))


def by_group(rows: Any, by: list[str], column: str = "value") -> pd.DataFrame:
    """`over_networks` for each group: mean, low, high."""
    found = {name: over_networks(part, column)[:3] for name, part in rows.groupby(by)}
    index = pd.MultiIndex.from_tuples([n if len(by) > 1 else (n[0],) for n in found], names=by)
    return pd.DataFrame(list(found.values()), index=index, columns=["mean", "low", "high"])


def accuracy(table: Any, task: str, method: str, head: str, shots: int) -> Any:
    """The accuracy of each network, by seed."""
    rows = table[table.task.eq(task) & table.metric.eq("accuracy") & table.shots.eq(shots)]
    rows = rows[rows.method.eq(method) & rows["head"].eq(head)]
    return rows.set_index("seed").value.sort_index()


def ahead(
    table: Any, task: str, one: tuple[str, str], other: tuple[str, str], shots: int
) -> Difference:
    """Accuracy of one (method, head) minus that of another, over networks."""
    return difference(*(accuracy(table, task, *each, shots) for each in (one, other)))


def whitening(table: Any, shots: int) -> dict[str, Difference]:
    """White features of k columns minus raw ones for the L2 probe, by kind of task."""
    rows = table[table.method.eq("whitened - raw") & table.shots.eq(shots)]
    return {kind: over_networks(rows[rows.kind.eq(kind)]) for kind in KINDS}


def secondary(table: Any) -> dict[str, Difference]:
    """What the claim foretells besides, each over networks: gains, and what they are made of."""
    found, each = points(table), gains(table)
    ica, each = found[found.choice.eq("ica")], each[each.choice.eq("ica")]
    slopes = judged(found).networks.reset_index()
    heads = {"l1": ("l1", 16), "tree": ("tree", 16), "once": ("tree", 1)}
    return {
        "slope": over_networks(slopes, "slope"),
        **{kind: over_networks(ica[ica.kind.eq(kind)], "gain") for kind in KINDS},
        "principal": over_networks(found[found.choice.eq("whitened")], "gain"),
        "over": over_networks(ica[ica.kind.eq("mixture")], "over"),
        **{
            name: over_networks(each[each["head"].eq(head) & each.shots.eq(shots)], "gain")
            for name, (head, shots) in heads.items()
        },
    }


def trees(table: Any) -> pd.DataFrame:
    """Lead of trees on ICA over random rotations, a row a number of shots: ICA fitted on few rows,
    as released, and on many. table: of `few_shot`."""
    rows = table[table.metric.eq("difference") & table.method.eq("ica - rotated")]
    rows = rows[rows["head"].eq("tree") & rows.part.isin(["few rows", "heads"])]
    names = {"few rows": "few rows", "heads": "many rows"}
    return rows.pivot_table("value", "shots", "part")[list(names)].rename(columns=names)


def of_trees(leads: pd.DataFrame) -> dict[str, Any]:
    """What the chapter notes of `trees`: few.one, heads.one, ..., at 1, 2 and 16 shots."""
    counts, parts = {"one": 1, "two": 2, "sixteen": 16}, {"few": "few rows", "heads": "many rows"}
    return {f"{part}.{name}": leads[column][count]
            for part, column in parts.items() for name, count in counts.items()}  # fmt: skip
