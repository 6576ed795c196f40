"""What `mmcl diagnose` says of real paired features: the numbers and the verdict of a report.

The command on the same two files, with the same seed, says the same: a test holds both together.
"""

from typing import Any

import pandas as pd

from mmcl.features.diagnose import Given, diagnose
from mmcl.features.tagged import paired, pairs
from mmcl.features.verdicts import SCORES
from mmcl.randomness import stream


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: k, metric, value, low, high, source, seed.

    For each size k: the medians and ranges over halvings of `mmcl.features.verdicts.SCORES`, and
    ahead, over_pca, chance, enough, comes_back, meets and beats_pca (1 for yes), without a range.
    k 0: "meet", 1 where the verdict is that axes meet, and "size", the k that it speaks of.
    Settings: source (`mmcl.features.tagged.PAIRS`).
    """
    images, texts = pairs(settings["source"])
    paired(images, texts)
    given = (Given(images.values, "images"), Given(texts.values, "texts"))
    return table(diagnose(*given, rng=stream(seed, "diagnose"))).assign(
        source=settings["source"], seed=seed
    )


def table(report: dict[str, Any]) -> pd.DataFrame:
    """The rows of a report."""
    rows = [(0, "meet", float(report["verdict"]["axes"] == "meet"), 0.0, 0.0),
            (0, "size", float(report["verdict"]["k"]), 0.0, 0.0)]  # fmt: skip
    for row in report["grid"]:
        for name in SCORES:
            rows.append((row["k"], name, row[name], row[f"{name}_least"], row[f"{name}_most"]))
        for name in ("ahead", "over_pca", "chance", "enough", "comes_back", "meets", "beats_pca"):
            rows.append((row["k"], name, float(row[name]), 0.0, 0.0))
    return pd.DataFrame(rows, columns=["k", "metric", "value", "low", "high"])
