"""Single axes of GeoCLIP's codes of places: what the trained tower has that the untrained hasn't.

The seed draws points, halves the blocks of the globe, and starts ICA, random rotations and the
untrained twin. What is asked first, on which points and labels, the page
`book/primary_claim_places` fixed before any of it was computed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.stats import rankdata
from sklearn.linear_model import LinearRegression

from mmcl.features import places
from mmcl.features.places import PlaceTower
from mmcl.features.representations import WhitenedPCA
from mmcl.metrics.geometry import normalized
from mmcl.metrics.stability import matched
from mmcl.randomness import stream
from mmcl_experiments.places import atlas
from mmcl_experiments.places.axes import (
    Halves,
    Weights,
    area,
    areas,
    arms,
    asked,
    chosen,
    halved,
    independent,
)
from mmcl_experiments.places.continents import elsewhere
from mmcl_experiments.places.shots import few_shots

Truths = Mapping[str, np.ndarray]
Rows = Iterator[dict[str, Any]]
RIVALS = ("ica", "principal")  # the primary claim's, one minus the other


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: part, network, arm, k, label, metric, value, seed; head, shots, resamples.

    network: "trained", "untrained" (the same frequencies, fresh layers), "fourier" (no layers).
    part "axes": the area under the ROC curve of the axis that tells a label best on the fitting
    blocks, on the others; "all" is the mean over labels. part "resampled": that mean, ICA minus
    principal axes, at the first size; `resamples` has it in units of 1e-5, a number for each draw
    of blocks and labels, which all seeds share. part "position": R2 of the point on the globe, read
    linearly on held-out blocks. part "starts": how well the axes of one search and another agree,
    one by one. part "shots": accuracy with few labels. part "continents": balanced accuracy of
    climates on a continent that no label came from; network is the learner.
    Settings: see `settings.py`. Values are rounded to five digits, so that records stay small.
    """
    towns = atlas.towns()
    every = towns if settings["points"] == "towns" else atlas.photographs()
    labels = asked(every, towns, settings["labels"])
    points = atlas.spread(every, settings["most"], stream(seed, "points"))
    world = np.unique(every.block[every.block.ge(0)])
    cells = np.searchsorted(world, points.block)
    truths = {name: points[c].eq(value).to_numpy() for name, (c, value) in labels.items()}
    halves, twin = halved(cells, stream(seed, "halves")), places.place_tower()
    towers = {"trained": twin, "untrained": twin.untrained(stream(seed, "untrained"))}
    drawn = Weights.drawn(len(world), len(truths), settings["times"], stream(0, "resamples"))
    found: list[dict[str, Any]] = []
    for name, codes in coded(points, towers):
        rows = single(codes, halves, truths, cells, settings, drawn, stream(seed, f"{name} axes"))
        kept = (row for row in rows if name in towers or row["part"] != "resampled")
        found += [{"network": name, **row} for row in kept]
        read = position(codes, atlas.on_globe(points), halves)
        found.append({"network": name, "part": "position", "metric": "r2", "value": read})
    found += few_shots(towns, towers["trained"], settings, seed)
    found += elsewhere(towns, towers, settings, seed)
    table = pd.DataFrame(found).dropna(subset=["value"]).assign(seed=seed)
    texts = dict.fromkeys(("arm", "label", "head", "resamples"), "")
    whole = {name: table[name].fillna(0).astype(int) for name in ("k", "shots")}
    return table.fillna(texts).assign(value=table.value.astype(float).round(5), **whole)


def coded(
    points: pd.DataFrame, towers: Mapping[str, PlaceTower]
) -> Iterator[tuple[str, np.ndarray]]:
    """Codes of length one (n, d) by each tower; last the Fourier features of all three widths."""
    where = atlas.coordinates(points)
    for name, tower in towers.items():
        yield name, tower.features(where).values
    yield "fourier", waves(where, towers["trained"])


def waves(where: np.ndarray, tower: PlaceTower) -> np.ndarray:
    """What a tower's layers are given at places (n, 2): cosines and sines, of length one."""
    flat = places.equal_earth(torch.tensor(where))
    parts = [places.fourier(flat, each.frequencies).numpy() for each in tower.capsules]
    return normalized(np.hstack(parts))


def single(
    codes: np.ndarray, halves: Halves, truths: Truths, cells: np.ndarray,
    settings: dict[str, Any], drawn: Weights, rng: np.random.Generator,
) -> Rows:  # fmt: skip
    """Rows of the parts "axes", "resampled" and "starts" for one network's codes (n, d)."""
    first, *others = settings["sizes"]
    widest = WhitenedPCA(max(settings["sizes"])).fit(codes[halves.fit]).transform(codes)
    held = {name: truth[halves.held] for name, truth in truths.items()}
    for k in (first, *others):
        told: dict[str, list[dict[str, float]]] = {}
        scores: dict[str, dict[str, np.ndarray]] = {}
        white = widest[:, :k]
        how = settings["starts"], settings["rotations"], rng
        for arm, z in arms(white, halves.fit, *how):
            scores[arm] = chosen(z, halves, truths, cells)
            by = {n: float(area(rankdata(s), held[n])) for n, s in scores[arm].items()}
            told.setdefault(arm, []).append(by)
            if arm == "ica" and k == first:
                again = independent(white, halves.fit, settings["starts"], rng)
                same = matched(z[halves.fit], again[halves.fit])
                for metric, value in {"median": np.median(same), "least": same.min()}.items():
                    yield {"part": "starts", "k": k, "metric": metric, "value": value}
        for arm, several in told.items():
            means: Any = pd.DataFrame(several).mean()
            by = {**means, "all": means.mean()} if k == first else {"all": means.mean()}
            for name, value in by.items():
                yield {"part": "axes", "arm": arm, "k": k, "label": name, "metric": "auc",
                       "value": value}  # fmt: skip
        if k == first:
            gaps = resampled(scores, halves, truths, cells, drawn)
            whole = np.round(1e5 * gaps).astype(int)
            yield {"part": "resampled", "k": k, "metric": "auc", "value": whole.mean() / 1e5,
                   "resamples": " ".join(map(str, whole))}  # fmt: skip


def resampled(
    scores: Mapping[str, dict[str, np.ndarray]], halves: Halves, truths: Truths,
    cells: np.ndarray, drawn: Weights,
) -> np.ndarray:  # fmt: skip
    """The mean over labels of ICA minus principal axes (r,), as blocks and labels are drawn."""
    total, count = np.zeros(len(drawn.labels)), np.zeros(len(drawn.labels))
    for place, (name, truth) in enumerate(truths.items()):
        if name not in scores["ica"]:
            continue
        held = truth[halves.held], cells[halves.held], drawn.blocks
        one, other = (areas(scores[arm][name], *held) for arm in RIVALS)
        there = np.isfinite(one)
        total += np.where(there, one - other, 0) * drawn.labels[:, place]
        count += there * drawn.labels[:, place]
    return total / count


def position(codes: np.ndarray, globe: np.ndarray, halves: Halves) -> float:
    """R2 of points of the sphere (n, 3), read linearly from codes (n, d), on held-out blocks."""
    fit, held = halves
    return float(LinearRegression().fit(codes[fit], globe[fit]).score(codes[held], globe[held]))
