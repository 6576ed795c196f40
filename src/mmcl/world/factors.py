"""What there is in the world: factors as data, their laws, and whether pixels show them.

Blocks as in Multimodal3DIdent (Daunhawer et al., 2023; facts of their code): shape, position and
size are shared exactly; the object's hue is shared in part, because the caption has a color word
only; turns, spotlight and background belong to the picture, palette and phrasing to the caption.
Hues are circular: 0 and 1 are the same red.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mmcl.errors import InputError
from mmcl.laws import Law, Uniform, VonMisesFisher
from mmcl.naming import nearest
from mmcl.spaces import Box, Space, Sphere
from mmcl.world.shapes import SHAPES

Block = Literal["shared", "partly shared", "image", "text"]
DEPENDENCES = ("none", "causal", "statistical")
HUES_OF_PLACES = (0.0, 1 / 3, 2 / 3)  # of left, center, right, where hue depends on position


@dataclass(frozen=True)
class Factor:
    """One factor. values: the names of a discrete one; low, high: the range of another."""

    name: str
    kind: Literal["discrete", "continuous", "hue"]
    block: Block
    meaning: str
    values: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0

    @property
    def score(self) -> str:
        """What an estimate of the factor is judged by."""
        by = {"discrete": "accuracy", "continuous": "R2", "hue": "R2 of cosine and sine"}
        return by[self.kind]

    @property
    def space(self) -> Space:
        """Where laws of a factor that isn't discrete live: an interval, or the circle."""
        return Sphere(2) if self.kind == "hue" else Box(1, self.low, self.high)

    def target(self, values: Any) -> np.ndarray:
        """What to predict: (n,) labels, (n, 1) values, or (n, 2) cosine and sine of a hue."""
        values = np.asarray(values)
        if self.kind == "discrete":
            return values
        if self.kind == "continuous":
            return values[:, None]
        return np.column_stack([np.cos(2 * np.pi * values), np.sin(2 * np.pi * values)])


def _turn(name: str, meaning: str) -> Factor:
    return Factor(name, "continuous", "image", meaning, low=-math.pi / 2, high=math.pi / 2)


FACTORS = {
    factor.name: factor
    for factor in (
        Factor("shape", "discrete", "shared", "which solid", tuple(SHAPES)),
        Factor("x", "discrete", "shared", "place across", ("left", "center", "right")),
        Factor("y", "discrete", "shared", "place upwards", ("bottom", "middle", "top")),
        Factor("size", "discrete", "shared", "size", ("small", "medium", "large")),
        Factor("hue", "hue", "partly shared", "hue of the object; the caption has a word for it"),
        _turn("turn", "radians around the object's own axis, the first of three turns"),
        _turn("tilt", "radians around the line from left to right, the second turn"),
        _turn("roll", "radians around the line of sight, the third turn"),
        Factor("light_position", "continuous", "image", "spotlight, from right (0) to left (1)"),
        Factor("light_hue", "hue", "image", "hue of the spotlight"),
        Factor("background_hue", "hue", "image", "hue of the wall"),
        Factor("palette", "discrete", "text", "names of colors", ("Tableau", "CSS4", "XKCD")),
        Factor("phrasing", "discrete", "text", "which sentence", tuple("01234")),
    )
}
IMAGE = tuple(name for name, factor in FACTORS.items() if factor.block != "text")
TEXT = ("shape", "x", "y", "size", "hue", "palette", "phrasing")


def factor(name: str) -> Factor:
    """A factor by name. Errors: ValueError for an unknown one, with the nearest that there is."""
    return FACTORS[nearest(name, tuple(FACTORS), "factor")]


def visible(name: str, shape: str) -> tuple[Literal["yes", "in part", "no"], str]:
    """Whether the picture of a shape determines a factor, and why.

    Three turns of half a circle each are a quarter of all turns; see the reasons.
    Errors: ValueError for an unknown factor or shape.
    """
    if factor(name).block == "text":
        return "no", "it belongs to the caption"
    symmetry = SHAPES[nearest(shape, tuple(SHAPES), "shape")].symmetry
    if name not in ("turn", "tilt", "roll"):
        return "yes", "it changes pixels of every shape"
    if symmetry == "all turns":
        return "no", "a turned sphere is the same sphere"
    if symmetry == "of the octahedron":
        return "in part", "24 turns leave it unchanged, so about six triples of angles look alike"
    if symmetry == "around its axis" and name == "turn":
        return "no", "it is the same all around its axis"
    if name == "tilt":
        return "yes", "the angles hold each direction of the axis once, whichever end it has"
    return "yes", "but for poles (tilt near a right angle) and the seam where half turns meet"


def draw(
    n: int,
    rng: np.random.Generator,
    *,
    dependence: str = "none",
    kappa: float = 4.0,
    laws: Mapping[str, Law] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """n rows of factors, a column each: names of discrete ones by their place, others as floats.

    dependence: with "causal" the place across sets the law of the object's hue, von Mises-Fisher
    with concentration kappa around a hue of its own; with "statistical" both follow a hidden
    cause. The joint laws are equal: only an intervention, `fixed={"x": 0}`, tells them apart.
    laws: other laws of factors that aren't discrete, around the middle of their interval or around
    hue 0 (`mmcl.laws`). fixed: values set from outside, one or n of them.
    Errors: ValueError for an unknown factor or dependence, or a value out of range.
    """
    if n < 1:
        raise InputError(f"draw got n = {n}; give an integer >= 1")
    nearest(dependence, DEPENDENCES, "dependence")
    laws, fixed = dict(laws or {}), dict(fixed or {})
    for name in [*laws, *fixed]:
        factor(name)
    table = pd.DataFrame({name: _draw_one(n, f, laws, rng) for name, f in FACTORS.items()})
    cause = table["x"].to_numpy()  # drawn before anyone interferes
    for name, value in fixed.items():
        table[name] = value
    check(table)
    if dependence != "none" and "hue" not in fixed:
        place = cause if dependence == "statistical" else table["x"].to_numpy()
        centers = FACTORS["hue"].target(np.asarray(HUES_OF_PLACES)[place])
        table["hue"] = _hue_of(VonMisesFisher(kappa).sample(centers, Sphere(2), rng))
    return table


def _draw_one(
    n: int, factor: Factor, laws: Mapping[str, Law], rng: np.random.Generator
) -> np.ndarray:
    if factor.kind == "discrete":
        if factor.name in laws:
            raise InputError(f"{factor.name} is discrete and has no law; fix it instead")
        return rng.integers(len(factor.values), size=n)
    law = laws.get(factor.name, Uniform())
    z = law.sample(factor.space.origin(n), factor.space, rng)
    return _hue_of(z) if factor.kind == "hue" else z[:, 0]


def _hue_of(points: np.ndarray) -> np.ndarray:
    """Hues in [0, 1) of points on the circle (n, 2); an angle just below 0 rounds to hue 0."""
    return np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) % 1.0 % 1.0


def traverse(row: pd.Series, name: str, steps: int = 7) -> pd.DataFrame:
    """A row again and again while one factor goes through its range, a hue once around.

    A discrete factor takes its values in order, so that steps can be fewer than asked for.
    """
    moving = factor(name)
    if moving.kind == "discrete":
        values = np.arange(len(moving.values))[:steps]
    else:
        values = np.linspace(moving.low, moving.high, steps, endpoint=moving.kind != "hue")
    table = pd.DataFrame([row] * len(values)).reset_index(drop=True)
    table[name] = values
    discrete = {name: "int64" for name, each in FACTORS.items() if each.kind == "discrete"}
    return check(table.astype(discrete))


def check(table: pd.DataFrame) -> pd.DataFrame:
    """The table, if it has every factor and each value is in its range.

    Errors: ValueError that names the factor, the first wrong row, and the range.
    """
    for name in table:
        factor(str(name))
    missing = [name for name in FACTORS if name not in table]
    if missing:
        raise InputError(f"the table lacks {', '.join(missing)}; start from factors.draw")
    for name, each in FACTORS.items():
        values = table[name].to_numpy()
        if each.kind == "discrete":
            whole = values.dtype.kind in "iu"  # 1.0 is no place in a list
            good = whole & np.isin(values, np.arange(len(each.values)))
            named = ", ".join(f"{i} ({value})" for i, value in enumerate(each.values))
            wanted = f"one of the integers {named}"
        else:
            good = (values >= each.low) & (values <= each.high)  # NaN is neither
            wanted = f"a number from {each.low:.4g} to {each.high:.4g}"
        if not good.all():
            row = int(np.argmin(good))
            raise InputError(f"{name} is {values[row]!r} in row {row}; give {wanted}")
    return table
