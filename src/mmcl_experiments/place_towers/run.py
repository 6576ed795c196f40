"""GeoCLIP's two towers taken apart: capsules, dimensions, the map's edges, the sea, pictures.

The seed draws points and the untrained twin; the pictures are the same at every seed.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from mmcl import data
from mmcl.features import places
from mmcl.features.places import PlaceTower
from mmcl.metrics.geometry import normalized
from mmcl.randomness import stream
from mmcl_experiments.places import atlas
from mmcl_experiments.places.run import waves

SCALES = (1.0, 10.0, 17.0)  # lengths that pictures' features are given; THINGS has them as one
APART = 0.1  # degrees between neighbors
Rows = Iterator[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: part, network, label, scale, metric, value, country, seed.

    part "capsules": the mean length of what each says, its number as the label; "dimensions": the
    participation ratio of codes; "half": the largest change of a cosine when codes are kept in
    float16; "edges": the mean cosine of neighbors APART degrees apart, across the antimeridian,
    around a pole and elsewhere; "sea": R2 of the point on the globe, read linearly with rows on
    land alone, on other land and at sea; "gap": the distance of the means of pictures and places;
    "pictures": the country where a picture's probability is largest, and how much lies there;
    "scales": how many pictures keep that country when features get another length than 10.
    """
    rng, tower = stream(seed, "points"), places.place_tower()
    photographs = atlas.spread(atlas.photographs(), settings["most"], rng)
    where = atlas.coordinates(photographs)
    towers = {"trained": tower, "untrained": tower.untrained(stream(seed, "untrained"))}
    found: list[dict[str, Any]] = []
    for name, each in towers.items():
        codes = each.features(where).values
        rows = [*anatomy(each, where[:1000], codes), *edges(each, settings["pairs"], seed)]
        sea = at_sea(settings["sea"], stream(seed, "sea"))
        rows += at(codes, each.features(atlas.coordinates(sea)).values, photographs, sea)
        if name == "trained":
            rows += [*halved(codes[:1000]), *pictures(codes, photographs)]
        found += [{"network": name, **row} for row in rows]
    dry, wet = (waves(atlas.coordinates(each), tower) for each in (photographs, sea))
    found += [{"network": "fourier", **row} for row in at(dry, wet, photographs, sea)]
    table = pd.DataFrame(found).assign(seed=seed)
    return table.fillna({"label": "", "scale": 0.0, "country": ""}).round({"value": 6})


def anatomy(tower: PlaceTower, where: np.ndarray, codes: np.ndarray) -> Rows:
    """Rows of the parts "capsules" and "dimensions"."""
    for number, part in enumerate(tower.parts(where)):
        length = np.linalg.norm(part, axis=1).mean()
        yield {"part": "capsules", "label": str(number), "metric": "length", "value": length}
    variances = np.linalg.eigvalsh(np.cov(codes.T))
    ratio = variances.sum() ** 2 / (variances**2).sum()
    yield {"part": "dimensions", "metric": "participation", "value": ratio}


def halved(codes: np.ndarray) -> Rows:
    """The row of the part "half"."""
    kept = codes.astype(np.float16).astype(float)
    change = np.abs(kept @ kept.T - codes @ codes.T).max()
    yield {"part": "half", "metric": "cosine", "value": change}


def edges(tower: PlaceTower, count: int, seed: int) -> Rows:
    """Rows of the part "edges": neighbors on both sides of an edge of the map, or of none."""
    rng = stream(seed, "edges")
    north, east = rng.uniform(-60, 60, count), rng.uniform(-179, 179, count)
    pole, half = np.full(count, 90 - APART / 2), APART / 2
    opposite = (east + 360) % 360 - 180
    sides = {
        "elsewhere": ((north, east - half), (north, east + half)),
        "antimeridian": ((north, np.full(count, half - 180)), (north, np.full(count, 180 - half))),
        "pole": ((pole, east), (pole, opposite)),
    }
    for name, pair in sides.items():
        one, other = (tower.features(np.column_stack(side)).values for side in pair)
        cosine = (one * other).sum(axis=1).mean()
        yield {"part": "edges", "label": name, "metric": "cosine", "value": cosine}


def at_sea(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Points even on the globe that have no climate of land, between 60 degrees south and north."""
    top = np.sin(np.radians(60))
    latitude = np.degrees(np.arcsin(rng.uniform(-top, top, 3 * count)))
    points = pd.DataFrame({"latitude": latitude, "longitude": rng.uniform(-180, 180, 3 * count)})
    wet: Any = points[atlas.climates(points) == "Ocean"]
    return wet.head(count).reset_index(drop=True)


def at(codes: np.ndarray, wet: np.ndarray, land: pd.DataFrame, sea: pd.DataFrame) -> Rows:
    """Rows of the part "sea": lines fitted on land, on the blocks of an even number."""
    even = land.block.to_numpy() % 2 == 0
    globe = atlas.on_globe(land)
    lines = LinearRegression().fit(codes[even], globe[even])
    for label, score in {"land": lines.score(codes[~even], globe[~even]),
                         "sea": lines.score(wet, atlas.on_globe(sea))}.items():  # fmt: skip
        yield {"part": "sea", "label": label, "metric": "r2", "value": float(score)}


def pictures(codes: np.ndarray, photographs: pd.DataFrame) -> Rows:
    """Rows of the parts "gap", "pictures" and "scales". codes (n, d): of where photographs were."""
    names, chosen = things(), {}
    for scale in SCALES:
        seen = pictured(scale)
        if scale == 10:
            gap = np.linalg.norm(seen.mean(axis=0) - codes.mean(axis=0))
            yield {"part": "gap", "metric": "distance", "value": gap}
        odds = probable(seen @ codes.T)
        by = {country: odds[:, rows].sum(axis=1)
              for country, rows in photographs.groupby("country").indices.items()}  # fmt: skip
        shares = pd.DataFrame(by, index=names)
        chosen[scale] = shares.idxmax(axis=1)
        for name, share in shares.max(axis=1).items() if scale == 10 else ():
            yield {"part": "pictures", "label": name, "country": chosen[scale][name],
                   "scale": scale, "metric": "share", "value": share}  # fmt: skip
    for scale in (1.0, 17.0):
        same = chosen[scale].eq(chosen[10.0]).mean()
        yield {"part": "scales", "scale": scale, "metric": "same country", "value": same}


def things() -> list[str]:
    """The names of the 200 THINGS."""
    return data.path("things200/class_names_200.txt").read_text("utf-8").split("\n")[:200]


def pictured(scale: float) -> np.ndarray:
    """Codes (200, 512) of length one of the 200 pictures, whose features get this length first."""
    photos = data.load("things200/clip_feature_maps_test.npy")[:, 0]
    return normalized(places.photo_head()(scale * normalized(photos)))


def probable(cosines: np.ndarray) -> np.ndarray:
    """The model's probabilities (n, places) of its choice among places."""
    logits = cosines / places.temperature()
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)
