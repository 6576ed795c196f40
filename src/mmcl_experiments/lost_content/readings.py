"""What chapter 09 says of predictions: who foretold which directions, with intervals."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl import files
from mmcl_experiments.recorded.places import results_root

ALL = "all content, no style"


def foretold(root: Path | None = None) -> dict[str, Any]:
    """What was committed before the runs: free numbers, calibration seeds, worlds, a level."""
    return files.read_yaml((root or results_root()) / "book/predictions/lost_content.yml")


def right(table: pd.DataFrame, about: dict[str, Any]) -> pd.DataFrame:
    """Whether each rival was right about each latent: columns rival, seed, latent, block, right.

    A latent is in the codes where its R2 exceeds the level. A rival that anyone has, "all content,
    no style", is added.
    """
    rows = []
    kept: Any = table[table.metric.eq("kernel_r2")]
    for row in kept.to_dict("records"):
        block, inside = row["latent"].split(" ")[0], row["value"] > about["level"]
        said = {k: row["latent"] in v.split(", ") for k, v in about["worlds"][row["seed"]].items()}
        said[ALL] = block == "content"
        rows += [
            {"rival": k, "seed": row["seed"], "latent": row["latent"], "block": block}
            | {"right": v == inside}
            for k, v in said.items()
        ]
    return pd.DataFrame(rows)


def shares(judged: pd.DataFrame, rng: np.random.Generator, draws: int = 10_000) -> pd.DataFrame:
    """The share that each rival had right: value, low, high, the best on top.

    The 95 % interval resamples worlds, all rivals on the same ones.
    """
    by_world = judged.pivot_table("right", "seed", "rival")
    chosen = rng.integers(len(by_world), size=(draws, len(by_world)))
    means = by_world.to_numpy()[chosen].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    found = pd.DataFrame({"value": by_world.mean(), "low": low, "high": high})
    return found.sort_values("value", ascending=False)


def lead(
    judged: pd.DataFrame, first: str, second: str, rng: np.random.Generator
) -> tuple[Any, ...]:
    """By how much one rival's share exceeds another's, with the interval of `shares`."""
    by_world = judged.pivot_table("right", "seed", "rival")
    gap = (by_world[first] - by_world[second]).to_numpy()
    means = gap[rng.integers(len(gap), size=(10_000, len(gap)))].mean(axis=1)
    return float(gap.mean()), *(float(q) for q in np.quantile(means, [0.025, 0.975]))


def numbers(
    judged: pd.DataFrame, found: pd.DataFrame, rng: np.random.Generator
) -> dict[str, dict[str, float]]:
    """What `Chapter.note` takes of `shares`, of the told error's lead, and its blocks, by name."""
    named = {f"foretold.{_key(rival)}": row.to_dict() for rival, row in found.iterrows()}
    named["foretold.worlds"] = {"value": judged.seed.nunique()}
    for other in ("slope", "shared covariance"):
        gap, low, high = lead(judged, "told error", other, rng)
        name = f"foretold.lead_{_key(other)}"
        named[name] = {"value": gap, "low": low, "high": high}
        named |= {f"{name}.low": {"value": low}, f"{name}.high": {"value": high}}
    by_block = judged.groupby(["block", "rival"]).right.mean()
    for block in ("content", "style"):
        named[f"foretold.error_{block}"] = {"value": by_block[block, "told error"]}
    return named


def _key(rival: Any) -> str:
    """A rival's name as part of the name of a number."""
    return rival.replace(",", "").replace(" ", "_")
