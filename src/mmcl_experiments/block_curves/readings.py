"""What chapter 08 says of its curves: what codes hold at the end, and on the way there."""

from typing import Any

import pandas as pd

from mmcl_experiments.block_identifiability.readings import WORDS, own

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


def on_the_way(record: pd.DataFrame, cells: dict[str, tuple[str, bool]]) -> pd.DataFrame:
    """Kernel R2 over the pairs seen, of the longest runs with p = .75 and five private numbers.

    cells: by name covariances and causal. Columns: cell, line (of LINES), pairs, mean, low and
    high over seeds.
    """
    parts = []
    for name, (covariances, causal) in cells.items():
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


def goals(printed: pd.DataFrame, cells: dict[str, tuple[str, bool]]) -> pd.DataFrame:
    """What the paper prints for content and style in cells with p = .75, five private numbers.

    printed: `results.published("daunhawer_blocks")`; cells as in `on_the_way`. Columns: cell,
    block, value.
    """
    rows: Any = printed[printed.table.eq("1b") & printed.p.eq("0.75")]
    parts = []
    for name, (covariances, causal) in cells.items():
        depends = rows.statistical.eq(WORDS[covariances != "identity"])
        some = rows[depends & rows.causal.eq(WORDS[causal]) & rows.block.ne("private")]
        parts.append(some[["block", "value"]].assign(cell=name))
    return pd.concat(parts, ignore_index=True)
