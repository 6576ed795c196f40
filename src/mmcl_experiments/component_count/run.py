"""Does the number of components decide what linear ICA is worth? One trained CLIP, its images.

Secondary to `clip_factors`, and exploratory: the page `book/primary_claim` fixed twelve components
before any CLIP was scored. Here the same CLIPs, pairs and forests meet other numbers.
"""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.clip import ours
from mmcl.metrics import factorwise
from mmcl.metrics.disentanglement import dci_scores
from mmcl.metrics.factorwise import Latents
from mmcl.metrics.stability import gaussianity, replicated
from mmcl.randomness import stream
from mmcl_experiments.clip_factors.run import SHARED, drawn, latents, turned


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: k, arm, metric, value, weights, seed.

    arm: "PCA + ICA", or "rotation" of the same white space of k axes, the mean of many.
    metric: DCI's "disentanglement" and "informativeness" for the shared factors, on test rows. And
    what a user sees without factors, of ICA alone: "Gaussian", the share of components that a test
    on test rows doesn't tell from Gaussian (Holm's rule at 0.05), and "agreement", the median
    correlation of components with their partners from other fitting rows (`replicated`).
    weights: the SHA-256 of the CLIP's file.
    Settings: recipe, sizes (of k), rotations, trees, splits, fit, validation, test (pairs).
    """
    clip = ours.trained(settings["recipe"], seed, device=settings["device"])
    pairs, parts = drawn(settings, clip.config["vision_cfg"]["image_size"])
    codes = ours.codes(clip, pairs)["image"]
    asked, rows = latents(pairs.table.iloc[parts["test"]], SHARED), []
    for k in settings["sizes"]:
        for arm, axes in turned(codes, parts, k, settings["rotations"], stream(seed, f"axes {k}")):
            found = told(asked, axes, settings["trees"], seed)
            if arm == "PCA + ICA":
                found["Gaussian"] = gaussianity(axes[0]).gaussian.mean()
            rows += [{"k": k, "arm": arm, "metric": m, "value": v} for m, v in found.items()]
    fitting = codes[parts["fit"]]
    halves = replicated(fitting, settings["sizes"], splits=settings["splits"],
                        rng=stream(seed, "halves"))  # fmt: skip
    for k, value in halves.groupby("size").agreement.mean().items():
        rows.append({"k": k, "arm": "PCA + ICA", "metric": "agreement", "value": value})
    return pd.DataFrame(rows).assign(weights=clip.sha256, seed=seed)


def told(asked: Latents, several: list[np.ndarray], trees: int, seed: int) -> dict[str, float]:
    """DCI's disentanglement and informativeness of test rows on some axes; means over choices."""
    found = []
    for codes in several:
        matrix, skills = factorwise.importances(asked, codes, seed, trees)
        found.append((dci_scores(matrix)[0], np.mean(list(skills.values()))))
    means = np.mean(found, axis=0)
    return {"disentanglement": float(means[0]), "informativeness": float(means[1])}
