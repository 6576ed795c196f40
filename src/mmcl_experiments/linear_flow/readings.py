"""What chapter 09 says of linear codes: who is in over the steps, and who at the end."""

from typing import Any

import pandas as pd

from mmcl_experiments.infonce_limits.bounded import style_enters

HERE, BOUNDED = "many strangers (here)", "slope at most 4"
KINDS = {BOUNDED: (0, 4.0), "batches of 256": (256, 0.0), "batches of 16": (16, 0.0)}


def over_steps(live: pd.DataFrame, record: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """R2 by step (rows) and latent of the live run and of recorded ones, means over seeds."""
    runs = {HERE: live}
    for name, (batch, slope) in KINDS.items():
        runs[name] = record[record.batch.eq(batch) & record.steepest.eq(slope)]
    return {
        name: rows[rows.metric.eq("r2")].pivot_table("value", "step", "latent")
        for name, rows in runs.items()
    }


def ends(runs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """R2 of each latent at the end, a row a run."""
    return pd.DataFrame({name: rows.iloc[-1] for name, rows in runs.items()}).T


def style_here(runs: dict[str, pd.DataFrame]) -> dict[str, float]:
    """The highest mean R2 of style over the steps of the live run, and the highest at its end."""
    styles = runs[HERE][[name for name in runs[HERE] if name.startswith("style")]]
    peak, last = styles.mean(axis=1).max(), styles.iloc[-1].max()
    return {"flow.style_first": peak, "flow.style_last": last}


def at_end(last: pd.DataFrame) -> dict[str, float]:
    """Of `ends`: what a bounded slope keeps and loses, and what small batches have of content 5."""
    content = last.loc[BOUNDED, [f"content {j}" for j in range(1, 6)]]
    found = {"flow.kept": content.iloc[:3].min(), "flow.lost": content.iloc[3:].max()}
    for size in (256, 16):
        found[f"flow.batch_{size}"] = last.loc[f"batches of {size}", "content 5"]
    return found


def threshold(record: pd.DataFrame) -> pd.DataFrame:
    """Per bounded run and content direction: its R2 at the end, the slope over its threshold.

    Columns steepest, sd, seed, value, ratio, right: whether R2 is above a half just where the
    slope exceeds `style_enters`, which for a content of sd 1 or more it always does.
    """
    rows: Any = record[record.metric.eq("r2") & record.steepest.gt(0)]
    rows = rows[rows.latent.str.startswith("content") & rows.step.eq(rows.step.max())]
    edges = rows.sd.map(lambda v: style_enters(v) if v < 1 else 0.0)
    found = rows[["steepest", "sd", "seed", "value"]].assign(ratio=rows.steepest * rows.sd)
    return found.assign(right=(rows.value > 0.5) == (rows.steepest > edges))
