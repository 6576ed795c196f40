"""What chapter 08 says of its curves: what codes hold at the end, and on the way there."""

from typing import Any

import pandas as pd

from mmcl_experiments.block_identifiability.readings import WORDS, by_cell, own

# The papers' cells in which something depends, with p = .75: covariances, and causal dependence
DEPENDENT = {
    "one covariance": ("one wishart", False),
    "content causes style": ("identity", True),
    "both": ("one wishart", True),
}
SHORT = dict(zip(DEPENDENT, ("statistical", "causal", "both"), strict=True))
# What is drawn, by code and block
LINES = {
    ("contrastive", "content"): "content",
    ("contrastive", "style"): "style",
    ("content redrawn", "content"): "content, redrawn",
    ("content redrawn", "style"): "style, redrawn",
}


def ended(record: pd.DataFrame, private: int, world: str = "multimodal-block") -> pd.DataFrame:
    """The last look of each cell's longest runs in a world with so many private numbers.

    The world of two views has none, whatever its settings say.
    """
    rows: Any = record[record.world.eq(world)]
    if world == "multimodal-block":
        rows = rows[rows.private.eq(private)]
    longest = rows.groupby(["p", "covariances", "causal"]).steps.transform("max")
    return rows[rows.step.eq(longest) & rows.steps.eq(longest)]


def on_the_way(record: pd.DataFrame) -> pd.DataFrame:
    """Kernel R2 over the pairs seen, of the longest runs in DEPENDENT with five private numbers.

    Columns: cell, line (of LINES), pairs, mean, low and high over seeds.
    """
    parts = []
    for name, (covariances, causal) in DEPENDENT.items():
        rows: Any = record[record.p.eq(0.75) & record.private.eq(5)]
        rows = rows[rows.world.eq("multimodal-block")]
        rows = rows[rows.covariances.eq(covariances) & rows.causal.eq(causal)]
        rows = own(rows[rows.steps.eq(rows.steps.max()) & rows.metric.eq("kernel_r2")])
        for (code, block), line in LINES.items():
            some = rows[rows.code.eq(code) & rows.block.eq(block)]
            seeds = some.groupby(["pairs", "seed"]).value.mean().groupby("pairs")
            span = seeds.agg(mean="mean", low="min", high="max").reset_index()
            parts.append(span.assign(cell=name, line=line))
    return pd.concat(parts, ignore_index=True)


def at_end(record: pd.DataFrame, grown: pd.DataFrame) -> dict[str, float]:
    """What chapter 08 says of the last looks: `statistical.content`, `causal.redrawn.style`, ...

    grown: of `on_the_way`. causal.probe is R2 of style from content alone; short.* are the shortest
    runs of that cell, once content was redrawn; gone: in how many worlds with one covariance R2 of
    style is below .05.
    """
    found: dict[str, float] = {}
    last: Any = grown[grown.pairs.eq(grown.pairs.max())]
    for cell, line, mean in last[["cell", "line", "mean"]].itertuples(index=False):
        block, _, redrawn = line.partition(", ")
        found[f"{SHORT[cell]}.{redrawn}{'.' if redrawn else ''}{block}"] = mean
    rows: Any = record[record.private.eq(5) & record.p.eq(0.75) & record.metric.eq("kernel_r2")]
    rows = own(rows[rows.step.eq(rows.steps) & rows.world.eq("multimodal-block")])
    causal = rows[rows.causal & rows.covariances.eq("identity")]
    told = causal.groupby(["steps", "code", "block"]).value.mean()
    found["causal.probe"] = told[causal.steps.max(), "content alone", "style"]
    for block in ("content", "style"):
        found[f"short.{block}"] = told[causal.steps.min(), "content redrawn", block]
    one = by_cell(ended(record, 5))["0.75", "yes", "no", "style"]
    found["gone"] = int((one < 0.05).sum())
    return found


def turns(grown: pd.DataFrame) -> bool:
    """Whether content redrawn rises at each look, and style redrawn falls at the last three."""
    wide = grown.pivot_table("mean", ["line", "cell"], "pairs")
    steps = wide.diff(axis=1).iloc[:, 1:]
    rises = steps.loc["content, redrawn"].gt(0).all(axis=None)
    return bool(rises and steps.loc["style, redrawn"].iloc[:, -3:].lt(0).all(axis=None))


def goals(printed: pd.DataFrame) -> pd.DataFrame:
    """What the paper prints for content and style in DEPENDENT, with five private numbers.

    printed: `results.published("daunhawer_blocks")`. Columns: cell, block, value.
    """
    rows: Any = printed[printed.table.eq("1b") & printed.p.eq("0.75")]
    parts = []
    for name, (covariances, causal) in DEPENDENT.items():
        depends = rows.statistical.eq(WORDS[covariances != "identity"])
        some = rows[depends & rows.causal.eq(WORDS[causal]) & rows.block.ne("private")]
        parts.append(some[["block", "value"]].assign(cell=name))
    return pd.concat(parts, ignore_index=True)
