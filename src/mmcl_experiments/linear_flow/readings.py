"""What chapter 09 says of linear codes: who is in over the steps, and who at the end."""

from typing import Any

import pandas as pd

from mmcl_experiments.infonce_limits.bounded import style_enters

MANY, FEW, BOUNDED = "many strangers", "batches of 16", "slope at most 4"


def over_steps(table: pd.DataFrame) -> pd.DataFrame:
    """R2 by step (rows) and latent, the mean over what seeds there are."""
    return table[table.metric.eq("r2")].pivot_table("value", "step", "latent")


def said(runs: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Of runs by name: style's peak and end, what a slope keeps and loses, what few pairs lose.

    runs: tables of `over_steps` named MANY, FEW and BOUNDED.
    """
    ends = {name: run.iloc[-1] for name, run in runs.items()}
    styles = [name for name in runs[MANY] if name.startswith("style")]
    kept = ends[BOUNDED][[f"content {j}" for j in range(1, 6)]]
    by_then = runs[MANY].loc[: runs[FEW].index[-1]].iloc[-1]
    return {
        "flow.style_first": runs[MANY][styles].mean(axis=1).max(),
        "flow.style_last": ends[MANY][styles].max(),
        "flow.last": ends[MANY]["content 5"],
        "flow.many_then": by_then["content 5"],
        "flow.kept": kept.iloc[:3].min(),
        "flow.lost": kept.iloc[3:].max(),
        "flow.batch_16": ends[FEW]["content 5"],
    }


def threshold(bounded: pd.DataFrame) -> pd.DataFrame:
    """Per bounded run and content direction: its R2 at the end, the slope over its threshold.

    Columns steepest, sd, seed, value, ratio (slope times sd), right: whether R2 is above a half
    just where the slope exceeds `style_enters`, which for a content of sd 1 or more it always does.
    """
    rows: Any = bounded[bounded.metric.eq("r2") & bounded.latent.str.startswith("content")]
    rows = rows[rows.step.eq(rows.step.max())]
    edges = rows.sd.map(lambda v: style_enters(v) if v < 1 else 0.0)
    found = rows[["steepest", "sd", "seed", "value"]].assign(ratio=rows.steepest * rows.sd)
    return found.assign(right=(rows.value > 0.5) == (rows.steepest > edges))
