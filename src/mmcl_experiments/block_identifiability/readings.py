"""What chapter 08 says of its tables: blocks by cell of the grid, by direction, by budget."""

from typing import Any

import pandas as pd


def own(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in which a side is asked for its own style and private block.

    Blocks are then called content, style and private; content alone has the side of the style
    that it is asked for.
    """
    side: Any = table.block.str.extract(r" ([xt])$")[0]
    modality = table.modality.where(table.modality.ne("both") | side.isna(), side)
    asked: Any = table.assign(modality=modality, block=table.block.str.split(" ").str[0])
    return asked.loc[side.isna() | (side == modality)]


def cells(record: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """The grid of the papers: mean kernel R2 of each block by cell, beside the printed values.

    record: rows of runs by InfoNCE with creased mixings; covariances other than the identity are
    statistical dependence. printed: `mmcl_experiments.results.published("daunhawer_grid")`; of its
    rows those with values, whose p isn't known, stand beside every p. Rows: covariances, causal, p.
    """
    kept: Any = own(record).query("code == 'contrastive' and metric == 'kernel_r2'")
    kept = kept[kept.loss.eq("cross-modal") & ~kept.smooth & kept.world.eq("multimodal-block")]
    grid = kept.groupby(["covariances", "causal", "p", "block"]).value.mean().unstack("block")
    known: Any = printed[printed.value.notna()]
    for block in ("content", "style"):
        grid[f"{block}, printed"] = [
            _printed(known[known.block.eq(block)], *cell) for cell in grid.index
        ]
    return grid


def by_axis(record: pd.DataFrame) -> pd.DataFrame:
    """R2 of each principal direction of content and of x's style from x's code, a row a run.

    Rows: p, seed. Columns: block, direction, the widest first.
    """
    rows = record[record.metric.eq("direction_r2")]
    return rows.pivot_table("value", ["p", "seed"], ["block", "direction"])


def by_budget(record: pd.DataFrame) -> pd.DataFrame:
    """Mean kernel R2 of each block where all depends and all style changes, by steps and code."""
    cell = record.covariances.eq("one wishart") & record.causal & record.p.eq(1.0)
    rows: Any = record[cell & record.direction.eq(0) & record.metric.eq("kernel_r2")]
    return own(rows).pivot_table("value", ["steps", "code"], "block")


def _printed(rows: Any, covariances: str, causal: bool, p: float) -> str:
    words = {True: "yes", False: "no"}
    rows = rows[rows.statistical.eq(words[covariances != "identity"])]
    rows = rows[rows.causal.eq(words[causal])]
    rows = rows[rows.p.isna() | rows.p.eq(f"{p:g}")]
    return rows.printed.iloc[0] if len(rows) else "not found"
