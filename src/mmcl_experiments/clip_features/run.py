"""What paired features of a real network look like, against what the theorems assume.

All that a page shows is in the table: histograms are binned and clouds thinned, so that it can be
drawn where the features themselves can't be had.
"""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.features.tagged import paired, pairs
from mmcl.metrics import geometry
from mmcl.metrics.crossmodal import matched_directions, paired_correlations, whitened
from mmcl.metrics.inputs import halves
from mmcl.randomness import stream
from mmcl_experiments.clip_features.gauss import KINDS, LEVEL, gauss, row

BINS = np.linspace(-0.2, 1.0, 61)
WIDE = np.linspace(-1.0, 1.0, 101)  # bins of cosines that don't fit between those


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: source, group, metric, modality, arm, place, value, seed.

    source: which pairs (`mmcl.features.tagged.PAIRS`). group: norms, cosines, gap, spread, cloud,
    gauss, dimension, shared, gain. Temperatures: arm "own" is the network's, "best" has the least
    loss.
    Settings: shares (of the gap that is closed), components (of the test of Gaussianity), axes
    (numbers of principal axes whose likelihood is compared), shared (axes kept for canonical
    correlations), splits (into halves), sizes (numbers of pairs of the gain), shown (pairs).
    """
    images, texts = pairs(settings["source"])
    paired(images, texts)
    x, t = images.values, texts.values
    rows = [
        *cosines(x, t),
        *gap(x, t, settings["shares"], images.temperature),
        *spread(x, t),
        *cloud(x, t, settings["shown"]),
        *gauss(x, t, settings, seed),
        *dimension(x, t, settings["axes"], seed),
        *shared(x, t, settings, seed),
        *gains(x, t, settings["sizes"], images.temperature, seed),
    ]
    return pd.DataFrame(rows).assign(source=settings["source"], seed=seed)


def cosines(x: np.ndarray, t: np.ndarray) -> list[dict[str, Any]]:
    """Lengths, mean cosines and their binned densities: partners, strangers, within a modality."""
    off = ~np.eye(len(x), dtype=bool)
    between = geometry.normalized(x) @ geometry.normalized(t).T
    found = {"partners": np.diag(between), "strangers": between[off]}
    for kind, a in zip(KINDS, (x, t), strict=True):
        unit = geometry.normalized(a)
        found[f"{kind}s"] = (unit @ unit.T)[off]
    lengths = np.linalg.norm(np.vstack([x, t]), axis=1)
    rows = [
        row("norms", "farthest from one", np.abs(lengths - 1).max()),
        row("norms", "pairs", len(x)),
        row("norms", "dimensions", x.shape[1]),
    ]
    bins = WIDE if min(values.min() for values in found.values()) < 2 * BINS[0] else BINS
    for arm, values in found.items():
        density, _ = np.histogram(values, bins, density=True)
        rows.append(row("cosines", "mean", values.mean(), arm=arm))
        rows.append(row("cosines", "deviation", values.std(), arm=arm))
        middles = (bins[1:] + bins[:-1]) / 2
        rows += [
            row("cosines", "density", value, arm=arm, place=middle.round(3))
            for middle, value in zip(middles, density, strict=True)
        ]
    return rows


def moves(x: np.ndarray, t: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What may be done about the gap, by name."""
    centered = x - x.mean(axis=0), t - t.mean(axis=0)
    return {
        "as they are": (x, t),
        "texts by their mean": (x, centered[1]),
        "both by their means": centered,
        "gap line removed": geometry.flattened(x, t),
    }


def gap(
    x: np.ndarray, t: np.ndarray, shares: list[float], temperature: float = 0.01
) -> list[dict[str, Any]]:
    """The gap, what lies along it, and what closing it does to retrieval and loss."""
    line = t.mean(axis=0) - x.mean(axis=0)
    along = [a @ line / np.linalg.norm(line) for a in (x, t)]
    rows = [row("gap", "distance", geometry.modality_gap(x, t))]
    low, high = along[0].max(), along[1].min()
    rows.append(row("gap", "told apart", (low < high)))
    for kind, a, values in zip(KINDS, (x, t), along, strict=True):
        total = ((a - a.mean(axis=0)) ** 2).sum(axis=1).mean()
        rows.append(row("gap", "variance along", values.var() / total, modality=kind))
        rows.append(row("gap", "mean length", np.linalg.norm(a.mean(axis=0)), modality=kind))
    means = t.mean(axis=0), x.mean(axis=0)
    for kind, a, values, other in zip(KINDS, (x, t), along, means, strict=True):
        lever = values * (other @ line / np.linalg.norm(line))  # its head along the gap
        balance = np.corrcoef(lever, a @ other - lever)[0, 1]
        rows.append(row("gap", "balance of heads", balance, modality=kind))
    for arm, (a, b) in moves(x, t).items():
        rows += scored(a @ b.T, arm, 0, temperature)
    rows += scored(geometry.gap_as_heads(x, t), "gap line as heads", 0, temperature)
    for share in shares:
        a, b = geometry.slid(x, t, share)
        rows += scored(a @ b.T, "slid", share, temperature)
        on_sphere = geometry.normalized(a) @ geometry.normalized(b).T
        rows += scored(on_sphere, "slid on sphere", share, temperature)
    return rows


def scored(scores: np.ndarray, arm: str, place: float, temperature: float) -> list[dict[str, Any]]:
    """Recall and loss of scores (n, n), each direction; the loss at its own and the best tau."""
    found = {"recall": geometry.recall_at_1(scores)}
    found["loss"] = geometry.losses(scores, temperature)
    best = geometry.best_temperature(scores)
    found["best loss"] = geometry.losses(scores, best)
    rows = [
        row("gap", metric, value, modality=way, arm=arm, place=place)
        for metric, both in found.items()
        for way, value in zip(("find text", "find image"), both, strict=True)
    ]
    return [*rows, row("gap", "temperature", best, arm=arm, place=place)]


def spread(x: np.ndarray, t: np.ndarray) -> list[dict[str, Any]]:
    """Uniformity of each modality as it is, and on the sphere after centering; the even one's."""
    rows = []
    for kind, a in zip(KINDS, (x, t), strict=True):
        centered = geometry.normalized(a - a.mean(axis=0))
        for arm, values in {"as it is": a, "centered": centered}.items():
            value = geometry.uniformity(values)
            rows.append(row("spread", "uniformity", value, modality=kind, arm=arm))
    even = geometry.uniform_value(x.shape[1])
    return [*rows, row("spread", "uniformity", even, arm="uniform sphere")]


def cloud(x: np.ndarray, t: np.ndarray, shown: int) -> list[dict[str, Any]]:
    """Some pairs in three dimensions: along the gap, and along the two widest axes beside it."""
    rows = []
    for arm, (a, b) in {
        "as they are": (x, t),
        "each modality centered": (x - x.mean(axis=0), t - t.mean(axis=0)),
    }.items():
        line = t.mean(axis=0) - x.mean(axis=0)
        flat = np.vstack(geometry.flattened(x, t))
        _, _, axes = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
        frame = np.vstack([line / np.linalg.norm(line), axes[:2]])
        for kind, values in zip(KINDS, (a, b), strict=True):
            points = (values[:shown] - (x.mean(axis=0) + t.mean(axis=0)) / 2) @ frame.T
            if arm != "as they are":
                points = values[:shown] @ frame.T
            for axis, column in enumerate(points.T):
                rows += [
                    row("cloud", f"axis {axis}", value.round(3), modality=kind, arm=arm, place=i)
                    for i, value in enumerate(column)
                ]
    return rows


def dimension(x: np.ndarray, t: np.ndarray, axes: list[int], seed: int) -> list[dict[str, Any]]:
    """Participation ratio, spectrum, and the number of axes that held-out likelihood chooses."""
    rows, rng = [], stream(seed, "folds")
    for kind, a in zip(KINDS, (x, t), strict=True):
        variances = np.linalg.svd(a - a.mean(axis=0), compute_uv=False) ** 2 / len(a)
        ratio = geometry.participation_ratio(a)
        rows.append(row("dimension", "participation", ratio, modality=kind))
        rows += [
            row("dimension", "variance", value, modality=kind, place=i)
            for i, value in enumerate(variances[:150] / variances.sum(), start=1)
        ]
        found = geometry.held_out_likelihood(a, [k for k in axes if k < a.shape[1]], rng=rng)
        best = max(found, key=lambda size: found[size])
        rows.append(row("dimension", "axes", best, modality=kind))
        rows += [
            row("dimension", "likelihood", value, modality=kind, place=k)
            for k, value in found.items()
        ]
    return rows


def shared(x: np.ndarray, t: np.ndarray, settings: dict[str, Any], seed: int) -> list[dict]:
    """Held-out canonical correlations by place, and the largest that strangers reach."""
    rng, k, rows = stream(seed, "shared"), min(settings["shared"], x.shape[1]), []
    for split in range(settings["splits"]):
        fit, held = halves(len(x), rng)
        found = matched_directions(whitened(x, t, k, fit, held))
        values = paired_correlations(found.x, found.t)
        null = [paired_correlations(found.x, rng.permutation(found.t)).max() for _ in range(200)]
        level = np.quantile(null, 1 - LEVEL)
        rows.append(row("shared", "level", level, place=split))
        rows.append(row("shared", "directions", (values > level).sum(), place=split))
        rows += [
            row("shared", "correlation", value, arm=str(split), place=i)
            for i, value in enumerate(values, start=1)
        ]
    return rows


def gains(
    x: np.ndarray, t: np.ndarray, sizes: list[int], own: float, seed: int
) -> list[dict[str, Any]]:
    """Nats over chance among N pairs, at the network's temperature and at the best for all."""
    scores, rows = x @ t.T, []
    for arm, temperature in {
        "own": own,
        "best": geometry.best_temperature(scores),
    }.items():
        found = geometry.gain(scores, temperature, sizes, rng=stream(seed, "subsets"))
        rows += [row("gain", "nats", value, arm=arm, place=n) for n, value in found.items()]
    return rows
