"""What chapter 08 says of its tables: blocks beside a paper's, by direction, by budget."""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.blocks import ContentStyle
from mmcl_experiments.beside.rule import judge

CELL = ["p", "statistical", "causal", "block"]
WORDS = {True: "yes", False: "no"}


def own(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in which a side is asked for its own style and private block.

    Blocks are then called content, style and private; content alone has the side of the style
    that it is asked for.
    """
    side: Any = table.block.str.extract(r" ([xt])$")[0]
    modality = table.modality.where(table.modality.ne("both") | side.isna(), side)
    asked: Any = table.assign(modality=modality, block=table.block.str.split(" ").str[0])
    return asked.loc[side.isna() | (side == modality)]


def by_cell(rows: pd.DataFrame, code: str = "contrastive") -> dict[tuple[Any, ...], np.ndarray]:
    """Kernel R2 of blocks from a code, by cell of the papers' tables (p, statistical, causal).

    Covariances other than the identity are statistical dependence. An array has a value a seed: a
    seed's two sides share a world, so they are one value, their mean.
    """
    kept: Any = own(rows)
    kept = kept[kept.code.eq(code) & kept.metric.eq("kernel_r2")]
    kept = kept.assign(
        p=kept.p.map("{:g}".format),
        statistical=kept.covariances.ne("identity").map(WORDS),
        causal=kept.causal.map(WORDS),
    )
    seeds = kept.groupby([*CELL, "seed"]).value.mean()
    return {cell: values.to_numpy() for cell, values in seeds.groupby(CELL)}


def judged(rows: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Our runs beside a paper's table: what each of its rows says, what ours says, a verdict.

    rows: runs in its worlds. printed: one table of `results.published("daunhawer_blocks")`.
    Rows: p, statistical, causal, block. Columns: here (mean and 95 % t interval over seeds),
    paper, verdict (see `mmcl_experiments.beside.rule`).
    """
    runs, found = by_cell(rows), []
    for row in printed.to_dict("records"):
        values = runs.get(tuple(row[name] for name in CELL), np.array([]))
        each = judge(values, row["value"], row["spread"])
        sides = {"here": each.shown, "paper": row["printed"], "verdict": each.words}
        found.append({name: row[name] for name in CELL} | sides)
    return pd.DataFrame(found).set_index(CELL)


def from_style(law: ContentStyle) -> float:
    """R2 of content from the exact style of one side, the mean over coordinates.

    The law is normal, so a line attains what any code of all style, and of nothing else, can tell.
    """
    n = len(law.content)
    across, own_style = law.covariance[:n, n:], law.covariance[n:, n:]
    told = np.einsum("ij,ji->i", across, np.linalg.solve(own_style, across.T))
    return float((told / np.diag(law.content)).mean())


def by_axis(record: pd.DataFrame) -> pd.DataFrame:
    """R2 of each principal direction of content and of x's style from x's code, a row a run.

    Rows: p, seed. Columns: block, direction, the widest first.
    """
    rows = record[record.metric.eq("direction_r2")]
    return rows.pivot_table("value", ["p", "seed"], ["block", "direction"])


def early(record: pd.DataFrame) -> pd.DataFrame:
    """Runs of 4,000 steps with one covariance for all blocks, where content causes nothing."""
    rows: Any = record[record.steps.eq(4000) & ~record.causal]
    return rows[rows.covariances.ne("identity")]


def swapped(axes: pd.DataFrame) -> int:
    """In how many runs as many directions of style are above .5 as of content are below.

    axes: of `by_axis`.
    """
    lost, taken = axes["content"].lt(0.5).sum(axis=1), axes["style x"].gt(0.5).sum(axis=1)
    return int(lost.eq(taken).sum())


def if_redrawn(record: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """What codes tell where content causes style and nothing else depends, and what moves them.

    Returned: kernel R2, a row a p, seed and modality, a column a code and block; and, grouped by
    the block that was redrawn, the share of the codes' variance that moved.
    """
    rows: Any = record[record.covariances.eq("identity") & record.causal]
    cell = own(rows)
    told: Any = cell[cell.direction.eq(0) & cell.metric.eq("kernel_r2")]
    runs = told.pivot_table("value", ["p", "seed", "modality"], ["code", "block"])
    return runs, cell[cell.metric.eq("moved")].groupby("block").value


def by_budget(record: pd.DataFrame) -> pd.DataFrame:
    """Mean kernel R2 of each block where all depends and all style changes, by steps and code."""
    cell = record.covariances.eq("one wishart") & record.causal & record.p.eq(1.0)
    rows: Any = record[cell & record.direction.eq(0) & record.metric.eq("kernel_r2")]
    return own(rows).pivot_table("value", ["steps", "code"], "block")


def left_over(world: Any, content: Any, style: Any) -> float:
    """The largest correlation of content with what its effect leaves of style, over coordinates.

    content, style: (n, n_c) and (n, n_s) tensors of a world in which content causes style.
    """
    c, law = content.numpy(), world.marginal
    noise = style.numpy() - (c @ law.effect.T + law.shift)
    return abs(np.corrcoef(c.T, noise.T)[: c.shape[1], c.shape[1] :]).max()
