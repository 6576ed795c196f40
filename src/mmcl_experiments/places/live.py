"""What the chapter computes on the page; made-up towers and points where files can't be had.

No number of a page comes from made-up ones: those are recorded. They run the code, and the page
says so.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from scipy.stats import rankdata, skew

from mmcl.errors import FileError
from mmcl.features import places
from mmcl.features.places import Capsule, PlaceTower
from mmcl.metrics.geometry import normalized
from mmcl.randomness import stream
from mmcl_experiments.notices import Notice, show
from mmcl_experiments.place_towers import run as towers
from mmcl_experiments.places import atlas
from mmcl_experiments.places.axes import area
from mmcl_experiments.places.figures import shaded
from mmcl_experiments.recorded.live import reason

MADE = 200  # made-up spots, of four towns each
OFTEN = 30  # towns that a label needs
Rings = list[np.ndarray]


class World(NamedTuple):
    """A tower of places, towns with labels, photographs' places, and outlines of land."""

    tower: PlaceTower
    towns: pd.DataFrame
    photographs: pd.DataFrame
    rings: Rings
    pictures: dict[str, np.ndarray]  # name to a code (512,) of length one
    temperature: float  # of the softmax over places
    real: bool

    def near(self, latitude: float, longitude: float) -> int:
        """The row of the next town."""
        there = atlas.on_globe(pd.DataFrame({"latitude": [latitude], "longitude": [longitude]}))
        return int((atlas.on_globe(self.towns) @ there[0]).argmax())


def world(most: int, seed: int) -> World:
    """Published towers, and at most so many towns and photographs of each block."""
    try:
        tower = places.place_tower()
        towns, photographs = (atlas.spread(each(), most, stream(seed, each.__name__))
                              for each in (atlas.towns, atlas.photographs))  # fmt: skip
        pictures = dict(zip(towers.things(), towers.pictured(10.0), strict=True))
        rings, temperature = atlas.outlines(), places.temperature()
        return World(tower, towns, photographs, rings, pictures, temperature, True)
    except FileError as error:
        text = "Made-up towers and points stand in on the maps, so that the code runs"
        show(Notice(f"{text}, because {reason(error)}."))
        return made(stream(seed, "made up"))


def made(rng: np.random.Generator) -> World:
    """Layers and frequencies drawn at random; even points, with climates by latitude."""
    spots = np.degrees(np.arcsin(rng.uniform(-0.9, 0.9, MADE))), rng.uniform(-180, 179, MADE)
    latitude, longitude = (np.repeat(each, 4) + rng.uniform(0, 0.2, 4 * MADE) for each in spots)
    points = pd.DataFrame({"latitude": latitude, "longitude": longitude})
    zones = np.array(["Af", "BWh", "Cfb", "Dfb"])[(np.abs(latitude) // 17).astype(int)]
    quarter = (points.longitude // 90 + 2).astype(int)
    points = points.assign(
        climate=zones, country=quarter.map(dict(enumerate(["AA", "BB", "CC", "DD"]))),
        continent=quarter.map(dict(enumerate(["One", "Two", "Three", "Four"]))),
        block=atlas.blocks(points), name="nowhere",
    )  # fmt: skip
    capsules = tuple(capsule(width, rng) for width in places.WIDTHS)
    codes = normalized(rng.standard_normal((4, 512)))
    names = ("gondola", "chopsticks", "manatee", "windshield")
    return World(PlaceTower(capsules, "made up"), points, points, [],
                 dict(zip(names, codes, strict=True)), 0.03, False)  # fmt: skip


def told(scores: np.ndarray, points: pd.DataFrame) -> str:
    """Which continent, country and climate stand highest on an axis (n,), each with its area."""
    ranks, words = rankdata(scores)[:, None], []
    for column in ("continent", "country", "climate"):
        counts: Any = points[column].value_counts()
        areas = {name: float(area(ranks, points[column].eq(name).to_numpy())[0])
                 for name in counts.index[counts.ge(OFTEN)]}  # fmt: skip
        best = max(areas, key=lambda name: areas[name])
        words.append(f"{best} {areas[best]:.2f}")
    return ", ".join(words)


def components(
    here: World, found: Mapping[str, np.ndarray], places_of: np.ndarray
) -> dict[str, Figure]:
    """A map of each axis (n,), by name; the sign is such that the longer tail is orange."""
    frames = {}
    for name, scores in found.items():
        scores = scores * (1 if skew(scores) > 0 else -1)
        title = f"{name}: {told(scores, here.towns)}"
        frames[name] = shaded(places_of, scores, title, rings=here.rings)
    return frames


def capsule(width: float, rng: np.random.Generator) -> Capsule:
    """A capsule of GeoCLIP's shape with frequencies of this width, all drawn."""
    shapes = ((1024, 512), (1024, 1024), (1024, 1024), (512, 1024))
    layers = tuple(places.drawn(torch.empty(shape), rng) for shape in shapes)
    return Capsule(torch.as_tensor(width * rng.standard_normal((256, 2))), layers)
