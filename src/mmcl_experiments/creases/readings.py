"""What chapter 05 says of the table of `creases`."""

import pandas as pd

from mmcl_experiments.creases.run import VARIED

SCORES = {"l1": "L1", "l2": "L2"}
CODES = {"unbounded": "free codes", "box": "codes in a box"}
AXES, LACKING = 0.98, 0.95  # of an MCC, as `book/creases_claim` fixed them
REMEDIES = {  # what a run without heads changes, in the page's words
    "none": {},
    "heads": {"heads": True},
    "no mean": {"centered": True},
    "softened": {"remedy": "softened"},
    "hot start": {"temperature": 10.0},
    "L2 first": {"remedy": "warm"},
    "turned": {"remedy": "turned"},
    "best of four": {"starts": 4},
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
    pairs = zip(rows.code, rows.metric, strict=True)
    rows["what"] = [named.get((code, metric), metric) for code, metric in pairs]
    index = ["variant", *VARIED, "seed"]
    found = rows.pivot_table(index=index, columns="what", values="value").reset_index()
    cell = [f"{SCORES[s]}, {CODES[c]}" for s, c in zip(found.score, found.codes, strict=True)]
    return found.assign(cell=cell, short=found.true - found.nats)


def on_the_way(table: pd.DataFrame, variant: int, metric: str) -> pd.DataFrame:
    """A column for each seed of a variant: a metric over the steps of its training."""
    rows = table[table.code.eq("in training") & table.variant.eq(variant)]
    return rows[rows.metric.eq(metric)].pivot_table(index="step", columns="seed", values="value")


def gain_tells(runs: pd.DataFrame) -> bool:
    """Whether, within each budget, runs that lack the axes fall shorter than all that have them."""
    for _, part in runs.groupby("steps"):
        lacking, having = part[part.mcc < LACKING], part[part.mcc >= AXES]
        if len(lacking) and len(having) and lacking.short.min() <= having.short.max():
            return False
    return True
