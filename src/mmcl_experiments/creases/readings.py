"""What chapter 05 says of the table of `creases`."""

from typing import Any

import pandas as pd
from scipy import stats
from torch import Tensor

from mmcl_experiments.creases.run import VARIED, meeting

SCORES = {"l1": "L1", "l2": "L2"}
CODES = {"unbounded": "free codes", "box": "codes in a box"}
AXES, LACKING = 0.98, 0.95  # of an MCC, as `book/creases_claim` fixed them
LOST = 0.9  # a linear R2 below has lost one of five latents; set once runs had .8 or .98
REMEDIES = {  # what a run without heads changes, in the page's words
    "none": {},
    "heads": {"heads": True},
    "no mean": {"centered": True},
    "softened": {"remedy": "softened"},
    "hot start": {"temperature": 10.0},
    "L2 first": {"remedy": "warm"},
    "turned": {"remedy": "turned"},
    "four starts": {"starts": 4},
    "three times as long": {"steps": 3000},
}
GRID = [
    {"score": score, "codes": codes, "heads": heads}
    for score in SCORES
    for codes in CODES
    for heads in (True, False)
]


def ends(table: pd.DataFrame) -> pd.DataFrame:
    """A line for each run: its settings, and mcc, linear_r2, ica, apart, nats, and short: the
    nats that the true latents gain more."""
    rows = table[table.code.ne("in training")].copy()
    named = {("ICA", "mcc"): "ica", ("true", "nats"): "true"}
    named["contrastive", "temperature"] = "ended"
    pairs = zip(rows.code, rows.metric, strict=True)
    rows["what"] = [named.get((code, metric), metric) for code, metric in pairs]
    index = ["variant", *VARIED, "seed"]
    found = rows.pivot_table(index=index, columns="what", values="value").reset_index()
    cell = [f"{SCORES[s]}, {CODES[c]}" for s, c in zip(found.score, found.codes, strict=True)]
    return found.assign(cell=cell, short=found.true - found.nats)


def on_the_way(table: pd.DataFrame, variant: int, metric: str) -> pd.DataFrame:
    """A column for each seed of a variant: a metric over the steps of its training."""
    rows = table[table.code.eq("in training") & table.variant.eq(variant)]
    kept = rows.loc[rows.metric.eq(metric)]
    return kept.pivot_table(index="step", columns="seed", values="value")


def trainings(
    brief: pd.DataFrame, longer: pd.DataFrame
) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Linear R2 and MCC on the way of L1 with free codes: without heads, with, and for longer.

    brief: the table of `REMEDIES`; longer: that of `GRID`.
    """
    where = {"no heads": (brief, 0), "heads": (brief, 1), "heads, longer": (longer, 0)}
    return {
        name: (on_the_way(*place, "linear_r2"), on_the_way(*place, "mcc"))
        for name, place in where.items()
    }


def extremes(h_x: Tensor, h_t: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """Of codes (n, d) the coordinates in which two clouds mix best and least."""
    mixing = meeting(h_x, h_t)
    places = {"mixes best": mixing.argmax(), "mixes least": mixing.argmin()}
    return {name: (h_x[:, place], h_t[:, place]) for name, place in places.items()}


def gain_tells(runs: pd.DataFrame) -> bool:
    """Whether, within each budget, runs that lack the axes fall shorter than all that have them."""
    for _, part in runs.groupby("steps"):
        lacking, having = part[part.mcc < LACKING], part[part.mcc >= AXES]
        if len(lacking) and len(having) and lacking.short.min() <= having.short.max():
            return False
    return True


def verdict(runs: pd.DataFrame, level: float = 0.95) -> dict[str, float]:
    """The primary claim: lowest and mean MCC of L1 with free codes and heads, and how far it is
    ahead of L2, seed by seed, with Student's interval (none of one seed)."""
    theorem = runs[runs.codes.eq("unbounded") & runs.heads].pivot_table("mcc", "seed", "score")
    ahead = theorem.l1 - theorem.l2
    dof = max(1, len(ahead) - 1)
    reach = stats.t.ppf((1 + level) / 2, dof) * ahead.sem() if len(ahead) > 1 else 0.0
    found = {"lowest": theorem.l1.min(), "mean": theorem.l1.mean(), "ahead": ahead.mean()}
    return found | {"low": ahead.mean() - reach, "high": ahead.mean() + reach}


def cells(runs: pd.DataFrame) -> dict[str, pd.Series]:
    """The MCCs of each cell's runs, by names such as l1_free_heads and l2_box_plain."""
    words = {"unbounded": "free", "box": "box", True: "heads", False: "plain"}
    groups = runs.groupby(["score", "codes", "heads"]).mcc
    return {f"{s}_{words[c]}_{words[h]}": mccs for (s, c, h), mccs in groups}


def remedied(brief: pd.DataFrame, longer: pd.DataFrame) -> pd.DataFrame:
    """The runs of L1 with free codes, each under its remedy's name.

    brief: the table of the remedies that are as long as no remedy; longer: `ends` of the grid.
    """
    names = [name for name, how in REMEDIES.items() if "steps" not in how]
    found = ends(brief)
    found["remedied"] = [names[place] for place in found.variant]
    plain = longer[longer.score.eq("l1") & longer.codes.eq("unbounded") & ~longer.heads]
    together = pd.concat([found, plain.assign(remedied="three times as long")])
    together["lost"] = together.linear_r2 < LOST
    order = {name: place for place, name in enumerate(REMEDIES)}
    return together.sort_values("remedied", key=lambda each: each.map(order), kind="stable")


def of_remedies(tried: pd.DataFrame) -> dict[str, Any]:
    """The MCCs of each remedy's runs, and how many have lost a latent: none, none.lost ...

    gain.have and gain.lack, where some of the short ones have axes and some lack them: the most
    nats that one of those falls short by, and the least that one of these does.
    """
    short = tried[tried["remedied"].ne("three times as long")]
    have, lack = short.short[short.mcc.ge(AXES)], short.short[short.mcc.lt(LACKING)]
    both = len(have) and len(lack)
    found: dict[str, Any] = {"gain.have": have.max(), "gain.lack": lack.min()} if both else {}
    for name, part in tried.groupby("remedied"):
        word = str(name).replace(" ", "_").lower()
        found[word] = part.mcc
        found[f"{word}.lost"] = int(part.linear_r2.lt(LOST).sum())
    return found


def judged(tried: pd.DataFrame, runs: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    """What the page says of all runs of L1 with free codes, and whether it is so.

    tried: of `remedied`; runs: `ends` of the grid.
    """
    plain = tried[tried["remedied"].isin(["none", "heads"])]
    grid: Any = runs[runs.score.eq("l1") & runs.codes.eq("unbounded")]
    worst = tried[~tried["remedied"].isin(["none", "heads", "three times as long"])]
    worst = worst.groupby("remedied").mcc.min()
    smooth = tried[tried["remedied"].isin(["softened", "L2 first"])]
    alike, everything = pd.concat([plain, grid]), pd.concat([tried, grid])
    return {
        "apart.headless": (
            bool(alike.loc[alike.heads].apart.max() == 0),
            "A coordinate stands apart only where there are no heads",
        ),
        "lost.apart": (
            bool(grid.loc[~grid.heads & grid.linear_r2.lt(LOST)].apart.gt(0).all()),
            "Each longer run without heads that lost a latent has a coordinate apart",
        ),
        "axes.gain_tells": (
            gain_tells(everything),
            "Runs that lack the axes fall shorter than all of their budget that have them",
        ),
        "remedies.work": (
            bool(worst.max() >= LACKING),
            "With some remedy no short run lacks the axes",
        ),
        "remedies.smooth": (
            bool(smooth.linear_r2.min() >= LOST),
            "No run that began softened or with L2 lost a latent",
        ),
    }


def sentences(runs: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    """What the page says of all runs of the grid, and whether it is so, row by row."""
    found, boxed = verdict(runs), runs[runs.codes.eq("box")]
    theorem = runs[runs.codes.eq("unbounded") & runs.heads]
    l1, l2 = (theorem.loc[theorem.score.eq(score)].mcc for score in SCORES)
    return {
        "holds": (
            bool(found["lowest"] >= AXES and found["low"] > 0),
            "L1 with free codes and heads has the axes in each run, and is ahead of L2",
        ),
        "split": (
            bool(l1.min() >= LACKING > l2.max()),
            "With free codes and heads no run of L1 lacks the axes, and each of L2 does",
        ),
        "corners": (bool(boxed.mcc.min() >= AXES), "In a box every run has the axes"),
    }


def counts(brief: pd.DataFrame, longer: pd.DataFrame) -> dict[str, float]:
    """Of L1 with free codes: how far the longer training with heads is after a third, and how many
    runs are late (a linear map finds the latents, and the axes lack), have lost a latent, or have a
    coordinate apart."""
    third = longer.step.max() / 3
    way = {name: on_the_way(longer, 0, name).loc[:third].iloc[-1] for name in ("linear_r2", "mcc")}
    short = ends(brief.loc[brief.variant.isin([0, 1])])
    long = ends(longer.loc[longer.score.eq("l1") & longer.codes.eq("unbounded")])
    late = short[short.heads & short.linear_r2.gt(LACKING) & short.mcc.lt(LACKING)]
    found = {"way.r2": way["linear_r2"].mean(), "way.mcc": way["mcc"].mean()}
    found["late.count"] = len(late)
    for name, part in {"short": short, "long": long}.items():
        for heads, kind in {True: "heads", False: "plain"}.items():
            mine = part[part.heads.eq(heads)]
            found[f"apart.{kind}_{name}"] = int(mine.apart.gt(0).sum())
            found[f"lost.{kind}_{name}"] = int(mine.linear_r2.lt(LOST).sum())
    return found
