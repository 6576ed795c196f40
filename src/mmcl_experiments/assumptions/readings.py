"""What chapter 07 says of its matrix: what each row costs, whether as foretold, and why."""

from typing import Any

import pandas as pd

from mmcl_experiments.assumptions.groups import GROUPS, MOST
from mmcl_experiments.assumptions.run import KEPT, TOLD, rows
from mmcl_experiments.robustness.readings import scores
from mmcl_experiments.robustness.run import GROUPS as KINDS

SPOKEN = {"linear_r2": "linear R2", "mcc": "MCC", "inverse_temperature": "1/tau"}
SAID = {
    "groups.unspent": "What no step spends costs at most 0.02, in each row",
    "groups.protected": "What is protected costs at most 0.05, in each row",
    "groups.spent": "What is spent costs more than 0.05, in each row",
    "laws.small": "No law costs the sphere 0.02",
    "accidents": "On the sphere three accidents cost at most 0.02, three more",
    "shortcut.same": "If m_x follows z_x the same seeds get stuck on the box",
    "told.ahead": "In each row and seed the told network is ahead of the codes",
}
LAWS = ("closer, ", "farther, ", "matched, ")  # how the names of rows on laws begin


def by_home(
    table: pd.DataFrame, outcomes: dict[str, tuple[str, ...]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means over seeds, and half their ranges: rows' names by (home, outcome), NaN where none is.

    table: what `run` returns. outcomes: home to metrics of the contrastive codes, which get the
    names that a page has for them.
    """
    found = table[table.code.eq("contrastive")].groupby(["row", "metric"]).value
    summaries = {"mean": found.mean(), "spread": (found.max() - found.min()) / 2}
    columns = pd.MultiIndex.from_tuples(
        [(h, m) for h, metrics in outcomes.items() for m in metrics]
    )
    index = names()
    frames = [
        pd.DataFrame(
            [[values.get((f"{h}: {name}", m), float("nan")) for h, m in columns] for name in index],
            index=index,
            columns=columns,
        )
        for values in summaries.values()
    ]
    means, spreads = (frame.rename(columns=SPOKEN) for frame in frames)
    return means, spreads


def kinds() -> dict[str, list[str]]:
    """Rows' names, shared by both homes, by the kind of assumption that they break."""
    shared = {name.split(": ")[1] for name in rows()}
    laws = sorted((n for n in shared if n.startswith(LAWS)), key=lambda n: n.split(", ")[::-1])
    return {kind: laws if kind == "laws" else list(each) for kind, each in KINDS.items()}


def names() -> list[str]:
    """The rows' names, nothing broken first."""
    return [name for each in kinds().values() for name in each]


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each broken assumption, home and score: its group, its cost, and whether foretold.

    Columns: home, metric, row, group, cost (the mean over seeds of the fall from the first row),
    low and high (its range over seeds), right, and by_median, whether the median seeds' cost would
    be. A score that a row lacks gives no row: codes of a
    dimension too few have no MCC.
    """
    found = []
    for (home, metric), groups in GROUPS.items():
        kept = scores(table, f"{home}: {KEPT}", metric)
        for group, members in groups.items():
            for name in members:
                if (home, metric, name) == ("box", "mcc", "a dimension too few"):
                    continue
                values = scores(table, f"{home}: {name}", metric)
                falls, middle = kept - values, float(kept.median() - values.median())
                cost = float(falls.mean())
                ends = {"cost": cost, "low": falls.min(), "high": falls.max()}
                ends |= {"right": foretold(group, cost), "by_median": foretold(group, middle)}
                found.append({"home": home, "metric": metric, "row": name, "group": group} | ends)
    return pd.DataFrame(found)


def foretold(group: str, cost: float) -> bool:
    """Whether a cost is what a group's rows should have."""
    return cost <= MOST[group] if group in MOST else cost > MOST["protected"]


def laws(table: pd.DataFrame) -> pd.DataFrame:
    """Rows on laws, and the first of each home: nats that states share, that codes gain, scores.

    Index: home and row; columns: information, nats, linear_r2 and (on the box) mcc, means.
    """
    wanted = ["information", "nats", "linear_r2", "mcc"]
    here: Any = table[table.code.isin(["contrastive", "states"]) & table.metric.isin(wanted)]
    wide = here.pivot_table(index="row", columns="metric", values="value")[wanted]
    chosen = [name for name in rows() if name.split(": ")[1].startswith((KEPT, *LAWS))]
    wide = wide.loc[chosen]
    wide.loc[wide.index.str.startswith("sphere"), "mcc"] = float("nan")  # no axes there
    wide.index = pd.MultiIndex.from_tuples([name.split(": ") for name in wide.index])
    return wide.rename_axis(["home", "row"])


def told(table: pd.DataFrame, home: str) -> pd.DataFrame:
    """The rows of a home in which a supervised network was trained too: linear R2.

    Columns: raw, supervised and ceiling (means over seeds), found (a list, one a seed).
    """
    lines = {}
    for name in TOLD:
        codes = ("raw", "supervised", "ceiling", "contrastive")
        raw, best, most, mine = (
            scores(table, f"{home}: {name}", "linear_r2", code) for code in codes
        )
        ends = {"raw": raw.mean(), "supervised": best.mean(), "ceiling": most.mean()}
        lines[name] = {**ends, "found": mine.to_list()}
    return pd.DataFrame.from_dict(lines, orient="index")


def of_groups(table: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """First rows, and how many costs are where their group says. found: what `judged` returns."""
    upright = scores(table, f"box: {KEPT}", "mcc")
    noted: dict[str, Any] = {"kept.r2": scores(table, f"sphere: {KEPT}", "linear_r2")}
    noted |= {"kept.mcc": upright, "kept.low": upright.min()}
    noted |= {"groups.rows": len(found), "groups.right": int(found.right.sum())}
    noted["groups.median"] = int(found.by_median.sum())
    for group, part in found.groupby("group"):
        noted[f"groups.{group}.right"] = int(part.right.sum())
        noted[f"groups.{group}.rows"] = len(part)
        noted[f"groups.{group}"] = bool(part.right.all())
    return noted


def of_laws(found: pd.DataFrame) -> dict[str, Any]:
    """What other laws of the states cost. found: what `laws` returns."""
    first, box, own = found.loc[("sphere", KEPT)], found.loc["box"].mcc, "closer, Laplace steps"
    falls: Any = first - found.loc["sphere"]
    equal = falls.index.str.startswith("matched")
    return {
        "laws.matched": falls.linear_r2[equal].max(),
        "laws.closer": falls.linear_r2[~equal].max(),
        "laws.apart": falls.information[equal].abs().max(),
        "laws.first": first.information,
        "laws.most": found.loc["sphere"].information.max(),
        "laws.small": bool(falls.linear_r2.max() <= 0.02),
        "laws.axes": (box[KEPT] - box.drop(own)).max(),
        "laws.own": box[KEPT] - box[own],
    }


def of_accidents(table: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """The six accidents of the prediction, on the sphere, and the shortcut on the box."""
    sphere = found[found.home.eq("sphere")].set_index("row").cost
    harmless = ["a third of pairs wrong", "private threefold", "three dimensions too many"]
    harmful = ["1/tau fourfold", "m_x follows z_t", "only 1,000 pairs"]
    stuck = [scores(table, f"box: m_x follows {z}", "linear_r2").lt(0.9) for z in ("z_t", "z_x")]
    cooler = scores(table, "sphere: a third of pairs wrong", "inverse_temperature")
    return {
        "accidents": bool(sphere[harmless].max() <= 0.02 < sphere[harmful].min()),
        "shortcut.sphere": sphere["m_x follows z_t"],
        "shortcut.stuck": int(stuck[0].sum()),
        "shortcut.same": bool(stuck[0].equals(stuck[1])),
        "mismatched.temperature": cooler,
    }


def of_causes(table: pd.DataFrame, named: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Ceiling, told network and codes where a score is low, by the name of a note; cubic steps.

    named: what `told` returns, by home.
    """
    short = {"lost": "a coordinate lost", "folded": "a coordinate folded"}
    short |= {"slow": "ill-conditioned mixing", "few": "only 1,000 pairs"}
    noted: dict[str, Any] = {}
    for key, name in short.items():
        here: Any = named["sphere"].loc[name]
        noted[f"{key}.ceiling"] = here.ceiling
        noted[f"{key}.supervised"] = here.supervised
        noted[f"{key}.found"] = pd.Series(here.found)
    leads = [
        scores(table, f"{home}: {name}", "linear_r2", "supervised")
        - scores(table, f"{home}: {name}", "linear_r2")
        for home, rows in named.items()
        for name in rows.index
    ]
    cold = scores(table, "box: 1/tau fourfold", "linear_r2")
    cubic = scores(table, "box: closer, cubic steps", "mcc")
    return noted | {
        "told.ahead": bool(pd.concat(leads).gt(0).all()),
        "few.nats": scores(table, "sphere: only 1,000 pairs", "nats"),
        "fourfold.box": cold,
        "fourfold.none": int(cold.lt(0.1).sum()),
        "cubic.fresh": cubic,
        "cubic.turned": int(cubic.lt(0.9).sum()),
    }
