"""What linear ICA does to a CLIP whose factors are known: one trained CLIP, both towers.

The seed says which CLIP: its training, its weights and all that is drawn here. Axes are found on
pairs of the held-out world, and scored on other pairs of it. All arms have `components` columns,
a number that the page `book/primary_claim` fixed on a CLIP that isn't reported.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mmcl.clip import ours
from mmcl.clip.pairs import Captioned, held_out
from mmcl.features.adaptor import boxes, inside
from mmcl.features.representations import representation
from mmcl.ica import random_rotation
from mmcl.metrics import factorwise
from mmcl.metrics.factorwise import Latents
from mmcl.metrics.geometry import participation_ratio
from mmcl.metrics.stability import refitted
from mmcl.randomness import stream
from mmcl.world.factors import FACTORS

SHARED = ("shape", "x", "y", "size", "hue")
PRIVATE = {
    "image": ("turn", "tilt", "roll", "light_position", "light_hue", "background_hue"),
    "text": ("palette", "phrasing"),
}
# What is compared, in images unless another tower is named: metric, arm, and the arm that is
# subtracted. Stated in `book/primary_claim` before any CLIP of the report was scored.
PRIMARY = ("disentanglement", "PCA + ICA", "rotation")
SECONDARY = {
    "captions": ("disentanglement", "PCA + ICA", "rotation"),
    "principal axes": ("disentanglement", "PCA + ICA", "PCA"),
    "no PCA first": ("disentanglement", "PCA + ICA", "FastICA"),
    "raw columns": ("disentanglement", "PCA + ICA", "raw"),
    "box": ("disentanglement", "PCA + ICA", "box"),
    "training": ("disentanglement", "PCA + ICA", "untrained"),
    "MCC": ("MCC", "PCA + ICA", "rotation"),
    "completeness": ("completeness", "PCA + ICA", "rotation"),
    "MIG": ("MIG", "PCA + ICA", "rotation"),
    "SAP": ("SAP", "PCA + ICA", "rotation"),
}
Codes = dict[str, np.ndarray]  # by tower, or by network
Parts = dict[str, slice]  # which rows are for what


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: tower, arm, k, metric, factor, value, weights, seed.

    arm, in `tower` "image" or "text": "raw" (the columns of most variance), "PCA", "FastICA" (of
    all columns; those components that hold most variance), "PCA + ICA", "rotation" (of the same
    white space: the mean of many), "box" (see `mmcl.features.adaptor`), and "untrained" (PCA + ICA
    of the same network before its training). metric, factor: those of
    `mmcl.metrics.factorwise.scores`, for the shared factors and "all" of them; for private ones in
    the arm "PCA + ICA" alone. metric "participation", arm "raw": the participation ratio of the
    validation rows. weights: the SHA-256 of the CLIP's file.
    Settings: recipe, components, rotations, trees (of a forest), fit, validation, test (pairs),
    box_steps, box_batch.
    """
    clip = ours.trained(settings["recipe"], seed, device=settings["device"])
    pairs, parts = drawn(settings, clip.config["vision_cfg"]["image_size"])
    codes = {name: ours.codes(each, pairs) for name, each in
             {"trained": clip, "untrained": ours.untrained(clip)}.items()}  # fmt: skip
    box, found = boxed(codes["trained"], parts, settings, seed), []
    for tower in ours.TOWERS:
        table = pairs.table.iloc[parts["test"]]
        asked, other = latents(table, SHARED), latents(table, PRIVATE[tower])
        where = {"tower": tower, "k": settings["components"]}
        for arm, each in arms({name: of[tower] for name, of in codes.items()}, parts, settings,
                              stream(seed, f"arms {tower}")):  # fmt: skip
            found.append(scored(each, asked, settings, seed).assign(arm=arm, **where))
            if arm == "PCA + ICA":
                rows = scored(each, other, settings, seed).query("factor != 'all'")
                found.append(rows.assign(arm=arm, **where))
        found.append(scored([box[tower]], asked, settings, seed).assign(arm="box", **where))
        ratio = participation_ratio(codes["trained"][tower][parts["validation"]])
        row = {"metric": "participation", "factor": "all", "value": ratio, "arm": "raw", **where}
        found.append(pd.DataFrame([row]))
    return pd.concat(found, ignore_index=True).assign(weights=clip.sha256, seed=seed)


def drawn(settings: dict[str, Any], side: int) -> tuple[Captioned, Parts]:
    """Pairs that no CLIP was trained on, and which of them are for what."""
    places, start = {}, 0
    for part in ("fit", "validation", "test"):
        places[part] = slice(start, start + settings[part])
        start += settings[part]
    return held_out(start, side), places


def latents(table: pd.DataFrame, names: tuple[str, ...]) -> Latents:
    """Factors as the measures take them: shapes and the like have no order, places and sizes do."""
    kinds = {"continuous": factorwise.continuous, "hue": factorwise.circular}
    found = {}
    for name in names:
        values, kind = table[name].to_numpy(), FACTORS[name].kind
        plain = factorwise.ordered if name in ("x", "y", "size") else factorwise.nominal
        found[name] = kinds.get(kind, plain)(values)
    return found


def scored(
    several: list[np.ndarray], asked: Latents, settings: dict[str, Any], seed: int
) -> pd.DataFrame:
    """The measures of an arm: those of its one choice of axes, or the mean over many."""
    how = {"seed": seed, "trees": settings["trees"]}
    tables = [factorwise.scores(asked, codes, **how) for codes in several]
    mean = np.mean([table.value for table in tables], axis=0)
    return tables[0].assign(value=mean)


def arms(
    codes: Codes, parts: Parts, settings: dict[str, Any], rng: np.random.Generator
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Each arm's test rows (n, k), one or several times. codes: "trained" and "untrained"."""
    a, k = codes["trained"], settings["components"]
    fit, test = a[parts["fit"]], a[parts["test"]]
    yield "raw", [test[:, largest(fit.var(axis=0), k)]]
    yield "PCA", [representation("pca", k).fit(fit).transform(test)]
    every = refitted(fit, rng, n_components=None, algorithm="fastica")
    yield "FastICA", [every.transform(test)[:, largest((every.mixing_**2).sum(axis=0), k)]]
    yield from turned(a, parts, k, settings["rotations"], rng)
    for _, each in turned(codes["untrained"], parts, k, 0, rng):
        yield "untrained", each


def largest(values: np.ndarray, k: int) -> np.ndarray:
    """Places of the k largest values, in order of place."""
    return np.sort(np.argsort(-values)[:k])


def turned(
    a: np.ndarray, parts: Parts, k: int, count: int, rng: np.random.Generator
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The same white space of k principal axes, turned by ICA and, if asked for, by chance."""
    white = representation("whitened", k).fit(a[parts["fit"]])
    fit, test = white.transform(a[parts["fit"]]), white.transform(a[parts["test"]])
    found = refitted(fit, rng, n_components=k, algorithm="fastica")
    yield "PCA + ICA", [found.transform(test)]
    if count:
        yield "rotation", [test @ random_rotation(k, rng).T for _ in range(count)]


def boxed(codes: Codes, parts: Parts, settings: dict[str, Any], seed: int) -> Codes:
    """Test rows of both towers in the boxes that L1 distances trained on the white fitting rows."""
    k, fit, test = settings["components"], [], []
    for tower in ours.TOWERS:
        white = representation("whitened", k).fit(codes[tower][parts["fit"]])
        fit.append(white.transform(codes[tower][parts["fit"]]))
        test.append(white.transform(codes[tower][parts["test"]]))
    budget = {"steps": settings["box_steps"], "batch": settings["box_batch"]}
    both = boxes(*fit, **budget, rng=stream(seed, "boxes"))
    each = zip(ours.TOWERS, both, test, strict=True)
    return {tower: inside(box, rows) for tower, box, rows in each}
