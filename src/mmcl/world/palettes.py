"""Names of hues in three palettes: a subset of Tableau's, CSS4's and XKCD's, as in matplotlib.

Kept are vivid colors that lie around the circle, and each name in one palette only, so that a
caption tells which one it took; "red" is Tableau's, so CSS4's red is left out. The three cut the
circle in 8, 16 and 20 pieces, at other places each: a word tells the hue in part.
"""

import colorsys
from functools import cache

import numpy as np

PALETTES: dict[str, dict[str, str]] = {
    "Tableau": {
        "red": "#d62728", "orange": "#ff7f0e", "olive": "#bcbd22", "green": "#2ca02c",
        "cyan": "#17becf", "blue": "#1f77b4", "purple": "#9467bd", "pink": "#e377c2",
    },
    "CSS4": {
        "tomato": "#FF6347", "chocolate": "#D2691E", "goldenrod": "#DAA520",
        "yellow": "#FFFF00", "chartreuse": "#7FFF00", "limegreen": "#32CD32",
        "springgreen": "#00FF7F", "turquoise": "#40E0D0", "deepskyblue": "#00BFFF",
        "royalblue": "#4169E1", "slateblue": "#6A5ACD", "blueviolet": "#8A2BE2",
        "darkviolet": "#9400D3", "magenta": "#FF00FF", "hotpink": "#FF69B4",
        "crimson": "#DC143C",
    },
    "XKCD": {
        "vermillion": "#f4320c", "pumpkin": "#e17701", "amber": "#feb308",
        "dandelion": "#fedf08", "lemon": "#fdff52", "avocado": "#90b134",
        "apple green": "#76cd26", "bright green": "#01ff07", "emerald": "#01a049",
        "jade": "#1fa774", "teal": "#029386", "cerulean": "#0485d1", "sapphire": "#2138ab",
        "ultramarine": "#2000b1", "indigo": "#380282", "violet": "#9a0eea",
        "fuchsia": "#ed0dd9", "barbie pink": "#fe46a5", "ruby": "#ca0147", "scarlet": "#be0119",
    },
}  # fmt: skip
NAMES = tuple(PALETTES)


@cache
def hues(palette: int) -> tuple[tuple[str, ...], np.ndarray]:
    """The color words of a palette and their hues in [0, 1).

    Returns k words and (k,) hues; palette: its place in NAMES.
    """
    colors = PALETTES[NAMES[palette]]
    parts = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in colors.values()]
    return tuple(colors), np.array([colorsys.rgb_to_hsv(*part)[0] for part in parts])


def nearest(hue: np.ndarray, palette: int) -> np.ndarray:
    """For hues (n,) the places of their nearest words in a palette, around the circle."""
    _, known = hues(palette)
    away = np.abs(np.asarray(hue)[:, None] - known)
    return np.minimum(away, 1 - away).argmin(axis=1)
