"""What chapter 09 says of two scores: means and intervals over networks, and who is told apart."""

from typing import Any

import pandas as pd
from scipy import stats


def by_world(table: pd.DataFrame, block: str = "content") -> pd.DataFrame:
    """A row a world (seed), a column a code and score: mean and half width of the 95 % t interval.

    The interval is over networks of one world; exact codes, one of each, have none.
    """
    rows = table[table.block.eq(block)]
    groups = rows.groupby(["seed", "code", "score"]).value
    n = groups.size()
    half = stats.t.ppf(0.975, (n - 1).clip(lower=1)) * groups.std() / n**0.5
    found: Any = pd.DataFrame({"mean": groups.mean(), "half": half.fillna(0.0)})
    return found.unstack(["code", "score"]).reorder_levels([1, 2, 0], axis=1).sort_index(axis=1)


def told_apart(table: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Per world how far two codes are apart by each score, and whether intervals are disjoint.

    Columns: observational, interventional (differences of means), disjoint (of interventional).
    """
    found = by_world(table)
    gaps = {
        score: found[one, score, "mean"] - found[other, score, "mean"]
        for score in ("observational", "interventional")
    }
    width = found[one, "interventional", "half"] + found[other, "interventional", "half"]
    return pd.DataFrame(gaps).assign(disjoint=gaps["interventional"] > width)


def beside(record: pd.DataFrame, cell: list[str]) -> pd.DataFrame:
    """Of a sweep of `block_identifiability`: R2 as it was and with content redrawn, and what moved.

    A row a cell, means over seeds and sides; columns content, style (each "now" and "redrawn"),
    and the shares of the codes' variance that redrawing style and private latents move.
    """
    rows: Any = record[record.direction.eq(0)]
    side = rows.block.str.extract(r" ([xt])$")[0]
    rows = rows[side.isna() | side.eq(rows.modality)].assign(block=rows.block.str.split(" ").str[0])
    told = rows[rows.metric.eq("kernel_r2") & rows.block.isin(["content", "style"])]
    told = told[told.code.isin(["contrastive", "content redrawn"])]
    found = told.pivot_table("value", cell, ["block", "code"])
    found = found.rename(columns={"contrastive": "now", "content redrawn": "redrawn"}, level=1)
    private = rows[rows.metric.eq("kernel_r2") & rows.block.eq("private")]
    private = private[private.code.eq("contrastive")]
    found["private", "now"] = private.groupby(cell).value.mean()
    moved = rows[rows.metric.eq("moved")].pivot_table("value", cell, "block")
    for block in ("style", "private"):
        found[block, "moves"] = moved[block]
    return found.sort_index(axis=1)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """R2 of content by both scores of networks: told content, contrastive, told style."""
    kinds = ["told content", "contrastive", "told style"]
    rows: Any = table[table.block.eq("content") & table.code.isin(kinds)]
    rows = rows.assign(order=rows.code.map(kinds.index)).sort_values(["score", "order"])
    return rows.sort_values("score", ascending=False, kind="stable")


def of_worlds(table: pd.DataFrame) -> dict[str, float]:
    """How far told content and told style are apart, in how many worlds, and where InfoNCE is."""
    gaps = told_apart(table, "told content", "told style")
    near = gaps.observational.abs() < 0.1
    clear = near & (gaps.interventional > 0.3) & gaps.disjoint
    means = table[table.block.eq("content")].groupby(["code", "score"]).value.mean()
    return {
        "gap.usual": gaps.observational.abs().max(),
        "gap.redrawn": gaps.interventional.min(),
        "gap.worlds": int(clear.sum()),
        "gap.trained_usual": means["contrastive", "observational"],
        "gap.trained_redrawn": means["contrastive", "interventional"],
        "gap.told_redrawn": means["told content", "interventional"],
    }


def too_kind(cells: pd.DataFrame, name: str) -> dict[str, float]:
    """Of `beside`, under a name: drops of content and of style where content causes style.

    And the largest change of content elsewhere, the least that is left of it, and private latents.
    """
    blocks: Any = cells
    drop, style = (blocks[k, "now"] - blocks[k, "redrawn"] for k in ("content", "style"))
    causal = cells.index.get_level_values("causal")
    found: dict[str, Any] = {"drop": drop[causal].max(), "calm": drop[~causal].abs().max()}
    found |= {"style": style[causal].max(), "least": blocks["content", "redrawn"][causal].min()}
    found |= {"private": blocks["private", "now"].max(), "moves": blocks["private", "moves"].max()}
    return {f"{name}.{key}": value for key, value in found.items()}


def both_ways(again: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """Of `redrawn_blocks`: a table of cells by both scores, and how far these are apart.

    Numbers: by how much content and style drop where content causes style, the largest change of
    content elsewhere, and of private latents anywhere.
    """
    cell = ["loss", "covariances", "causal", "smooth", "p", "size"]
    both: Any = again.pivot_table("value", cell, ["block", "score"])
    usual, redrawn = (
        both.xs(score, level="score", axis=1) for score in ("observational", "interventional")
    )
    drop, causal = usual - redrawn, both.index.get_level_values("causal")
    return both, {
        "cells.drop": drop["content"][causal].max(),
        "cells.style": drop["style"][causal].max(),
        "cells.calm": drop["content"][~causal].abs().max(),
        "cells.private": drop["private"].abs().max(),
    }
