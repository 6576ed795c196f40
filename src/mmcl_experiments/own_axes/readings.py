"""Reading the table of `own_axes`: differences over CLIPs, and what contrast says of starts."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr, t

from mmcl.metrics.paired import Difference, difference
from mmcl_experiments.own_axes.run import TOL

KINDS = {"whole": (40_000, 12), "short": (10_000, 12), "six": (10_000, 6)}  # pairs, components
TITLES = {"whole": "five whole, 12", "short": "three short, 12", "six": "three short, 6"}


def at(recorded: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of whole trainings, of short ones, or of these with six components: see KINDS."""
    pairs, k = KINDS[kind]
    rows: Any = recorded[recorded.pairs.eq(pairs) & recorded.components.eq(k)]
    return rows


def matches(table: pd.DataFrame, metric: str, *, same: bool = False) -> pd.DataFrame:
    """Matched correlations, a row each state and couple of CLIPs, a column each arm.

    same: of CLIPs with themselves, instead of couples of two.
    """
    rows: Any = table[table.part.eq("across") & table.metric.eq(metric)]
    rows = rows[rows.one.eq(rows.other) == same]
    return rows.pivot_table("value", ["state", "one", "other"], "arm")


def jackknifed(gaps: pd.Series) -> Difference:
    """The mean over couples of CLIPs, Student's interval and p on pseudo-values that leave out one.

    gaps: a value each couple, indexed by `one` and `other`. Couples that share a CLIP aren't
    independent, so the unit is the CLIP. Source: Arvesen (1969), of U-statistics.
    Errors: ValueError for fewer than three CLIPs.
    """
    several: Any = gaps.index
    ends = np.array([index[-2:] for index in several])
    clips = np.unique(ends)
    if len(clips) < 3:
        raise ValueError(f"there are {len(clips)} CLIPs; give couples of at least three")
    mean, m = gaps.mean(), len(clips)
    without = [gaps[~(ends == each).any(axis=1)].mean() for each in clips]
    pseudo = m * mean - (m - 1) * np.array(without)
    return difference(pseudo, np.zeros(m))


def lead(table: pd.DataFrame, rival: str, state: str = "trained") -> Difference:
    """ICA minus a rival across trainings, axes from different pictures."""
    found = matches(table, "other pictures").loc[state]
    return jackknifed(found["ICA"] - found[rival])


def trained_lead(table: pd.DataFrame, rival: str) -> Difference:
    """How much larger that is after training than before."""
    found = matches(table, "other pictures")
    gaps = found["ICA"] - found[rival]
    return jackknifed(gaps.loc["trained"] - gaps.loc["untrained"])


def scores(
    table: pd.DataFrame, metric: str, prepared: str = "length one", state: str = "trained"
) -> pd.DataFrame:
    """Disentanglement, a row each CLIP, a column each arm: "ICA" is the start of best contrast,
    "a start" the mean over starts."""
    rows: Any = table[table.part.eq("axes") & table.prepared.eq(prepared) & table.state.eq(state)]
    found = rows[rows.metric.eq(metric)].pivot_table("value", "one", "arm")
    ica = starts(table, metric, prepared, state)
    best = {one: each.set_index("contrast")[metric].sort_index().iloc[-1]
            for one, each in ica.groupby("one")}  # fmt: skip
    return found.rename(columns={"ICA": "a start"}).assign(ICA=pd.Series(best))


def starts(
    table: pd.DataFrame, metric: str, prepared: str = "length one", state: str = "trained"
) -> pd.DataFrame:
    """The starts of ICA: columns one, start, contrast, gradient, and the metric."""
    rows: Any = table[table.part.eq("axes") & table.prepared.eq(prepared) & table.state.eq(state)]
    rows = rows[rows.arm.eq("ICA")].pivot_table("value", ["one", "start"], "metric")
    return rows.reset_index()[["one", "start", "contrast", "gradient", metric]]


def foretold(table: pd.DataFrame, metric: str = "forest") -> pd.Series:
    """Spearman's correlation of contrast and disentanglement over the starts of each CLIP.

    NaN where all starts reach the same contrast, up to the table's six decimals."""
    each: dict[Any, float] = {}
    for one, of in starts(table, metric).groupby("one"):
        found: Any = spearmanr(of.contrast, of[metric]) if of.contrast.nunique() > 1 else None
        each[one] = found.statistic if found else np.nan
    return pd.Series(each)


def student(values: pd.Series, level: float = 0.95) -> tuple[float, float]:
    """Student's interval of a mean over CLIPs."""
    reach = t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - reach), float(values.mean() + reach)


def panel(recorded: pd.DataFrame, kind: str) -> dict[str, pd.DataFrame]:
    """What `figures.meetings` draws of a kind."""
    table = at(recorded, kind)
    two, own = (matches(table, "other pictures", same=each) for each in (False, True))
    return {"couples": two, "own": own, "starts": starts(table, "forest")}


def noted(recorded: pd.DataFrame, kind: str) -> dict[str, dict[str, Any]]:
    """What chapter 13 notes of a kind, by name, as `note` takes it: means over CLIPs, and
    intervals."""
    table = at(recorded, kind)
    two, own = (
        matches(table, "other pictures", same=each).loc["trained"] for each in (False, True)
    )
    forest, shares, rank = scores(table, "forest"), scores(table, "shares"), foretold(table)
    every = starts(table, "forest")
    spread = every.groupby("one").forest.max() - every.groupby("one").forest.min()
    leads = {"rotation": lead(table, "rotation"), "pca": lead(table, "PCA"),
             "training": trained_lead(table, "PCA")}  # fmt: skip
    by_clip = {
        "forest": forest["ICA"] - forest["PCA"],
        "shares": shares["ICA"] - shares["PCA"],
        "turned": shares["ICA"] - shares["rotation"],
        "rank": rank,
        "kept": forest["ICA"] - forest["a start"],
        "raw": scores(table, "forest", "as they come")["ICA"] - forest["ICA"],
        "centered": scores(table, "forest", "centered")["ICA"] - forest["ICA"],
    }
    plain = {
        "clips": len(forest),
        "ica": two["ICA"].mean(),
        "cca": two["CCA"].mean(),
        "self": own["ICA"].mean(),
        "starts": len(every) // len(forest),
        "converged": every.gradient.le(TOL).mean(),
        "spread": spread.mean(),
        "spread_most": spread.max(),
        "fresh": matches(table, "other pictures").loc["untrained"]["ICA"].mean(),
    }
    if rank.notna().any():
        plain["rank_least"] = rank.min()
    found = {name: {"value": each.mean, "low": each.low, "high": each.high}
             for name, each in leads.items()}  # fmt: skip
    for name, values in by_clip.items():
        if values.isna().any():  # starts that end alike foretell nothing
            continue
        low, high = student(values)
        found[name] = {"value": values.mean(), "low": low, "high": high}
    return {f"own.{kind}.{name}": each for name, each in found.items()} | {
        f"own.{kind}.{name}": {"value": value} for name, value in plain.items()
    }


def judged(recorded: pd.DataFrame, kind: str) -> dict[str, tuple[bool, str]]:
    """Each sentence of `book/predictions/own_axes.yml` by name: whether it holds, and its words.

    That contrast foretells isn't judged where a CLIP's starts all end alike.
    """
    table = at(recorded, kind)
    shares = scores(table, "shares")
    found = {
        "rotation": (lead(table, "rotation").low > 0, "axes of two trainings meet more than turns"),
        "pca": (lead(table, "PCA").low > 0, "they meet more than principal axes"),
        "training": (trained_lead(table, "PCA").low > 0, "training makes that lead"),
        "blind": (bool((shares["ICA"] > shares["PCA"]).all()), "by shares ICA leads in each CLIP"),
        "starts": (bool((foretold(table) > 0).all()), "contrast foretells in each CLIP"),
    }
    if foretold(table).isna().any():
        del found["starts"]
    return {f"own.{kind}.{name}.holds": (bool(held), f"{TITLES[kind]}: {words}")
            for name, (held, words) in found.items()}  # fmt: skip
