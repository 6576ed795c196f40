"""Three causal stories with one joint law, a population that mixes them, and what tells them apart.

Every story draws (z_x, z_t) on the sphere with density proportional to exp(kappa z_x . z_t), so
no observation separates them; interventions do. On the box the two directed stories have
different joints. Source: the motivation of Liu et al., section 1; the common cause is built here
on Hartman and Watson (1974) and Kent (1977).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import brentq
from scipy.stats import ks_2samp

from mmcl.laws import Laplace, Uniform, VonMisesFisher
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere

Latents = tuple[np.ndarray, np.ndarray]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: leg, world, story, do, side, n, value; with kappa, share and the seed.

    leg "joint": the p-value of a story's cosines against those of the story x to t.
    leg "response": the mean cosine between one side and the place that was set.
    leg "direction": the share of data sets of n pairs whose direction is guessed rightly.
    """
    legs = (joint_rows, response_rows, direction_rows)
    rows = [row for leg in legs for row in leg(settings, seed)]
    columns = ["leg", "world", "story", "do", "side", "n", "value"]
    varied = {"kappa": settings["kappa"], "share": settings["share"], "seed": seed}
    return pd.DataFrame(rows, columns=columns).assign(**varied)


@dataclass(frozen=True)
class World:
    """The coupled law on the sphere in R^d: where a state may lie, alone or around another."""

    kappa: float
    d: int = 2

    def __post_init__(self):
        if not (math.isfinite(self.kappa) and self.kappa > 0):
            raise ValueError(f"World got kappa = {self.kappa!r}; give a finite number > 0")

    def anywhere(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, d) uniform points."""
        space = Sphere(self.d)
        return Uniform().sample(space.origin(n), space, rng)

    def around(self, center: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, d) points, row i von Mises-Fisher around center[i]: the whole blur."""
        return VonMisesFisher(self.kappa).sample(center, Sphere(self.d), rng)

    def halfway(self, center: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(n, d) points, row i by the law that, applied twice, is the whole blur."""
        angle, cdf = half_blur(self.kappa, self.d)
        turned = np.interp(rng.random(len(center)), cdf, angle)[:, None]
        side = rng.standard_normal(center.shape)
        side -= (side * center).sum(axis=1, keepdims=True) * center
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        return np.cos(turned) * center + np.sin(turned) * side


def x_to_t(world: World, n: int, rng: np.random.Generator, **do: np.ndarray) -> Latents:
    """A caption is written for a picture. do: z_x or z_t (n, d), set from outside."""
    z_x = do.get("z_x", world.anywhere(n, rng))
    z_t = do.get("z_t", world.around(z_x, rng))
    return z_x, z_t


def t_to_x(world: World, n: int, rng: np.random.Generator, **do: np.ndarray) -> Latents:
    """A picture is made for a caption. do: z_x or z_t (n, d), set from outside."""
    z_t = do.get("z_t", world.anywhere(n, rng))
    z_x = do.get("z_x", world.around(z_t, rng))
    return z_x, z_t


def common_cause(world: World, n: int, rng: np.random.Generator, **do: np.ndarray) -> Latents:
    """Picture and caption both go back to a scene c. do: c, z_x or z_t (n, d)."""
    c = do.get("c", world.anywhere(n, rng))
    z_x = do.get("z_x", world.halfway(c, rng))
    z_t = do.get("z_t", world.halfway(c, rng))
    return z_x, z_t


def mixed(
    world: World, n: int, rng: np.random.Generator, share: float = 0.5, **do: np.ndarray
) -> Latents:
    """Each pair follows x to t with probability `share`, else t to x."""
    written, made = x_to_t(world, n, rng, **do), t_to_x(world, n, rng, **do)
    first = rng.random((n, 1)) < share
    return np.where(first, written[0], made[0]), np.where(first, written[1], made[1])


def look_alike(world: World, n: int, rng: np.random.Generator) -> Latents:
    """A canary: a common cause with von Mises-Fisher blurs, tuned to the stories' mean cosine."""
    root = math.sqrt(VonMisesFisher(world.kappa).mean_cosine(world.d))
    limits = world.kappa, 10 * (world.kappa + world.d)
    kappa: Any = brentq(lambda k: VonMisesFisher(k).mean_cosine(world.d) - root, *limits)
    blur, c = World(kappa, world.d), world.anywhere(n, rng)
    return blur.around(c, rng), blur.around(c, rng)


def stories(share: float) -> dict[str, Callable[..., Latents]]:
    """The stories that share one joint, by name."""
    return {
        "x to t": x_to_t,
        "t to x": t_to_x,
        "common cause": common_cause,
        "mixed": partial(mixed, share=share),
    }


def wave_factors(kappa: float, d: int, waves: int = 200) -> np.ndarray:
    """By how much the whole blur shrinks the waves of degree 0, 1, ... on the sphere.

    I_{k + nu}(kappa) / I_nu(kappa) with nu = d/2 - 1; the first is 1, the next the mean cosine.
    """
    order = d / 2 - 1
    return special.ive(order + np.arange(waves), kappa) / special.ive(order, kappa)


def zonal_density(factors: np.ndarray, angle: np.ndarray, d: int) -> np.ndarray:
    """Density, relative to the uniform one, of the law around a center that has these factors."""
    degrees, order = np.arange(len(factors)), d / 2 - 1
    if d == 2:
        waves = np.where(degrees > 0, 2, 1) * np.cos(degrees * angle[:, None])
    else:
        waves = special.eval_gegenbauer(degrees, order, np.cos(angle)[:, None])
        waves = waves * (degrees + order) / order
    return waves @ factors


@cache
def half_blur(kappa: float, d: int, cells: int = 20_000) -> Latents:
    """Angles to the center and their distribution function, of the law whose square is the blur.

    Its factors are the square roots of the blur's. That the density is never negative, for any
    kappa and d, is due to Kent (1977). Exact up to interpolation between `cells` angles.
    Errors: ValueError where rounding makes the series useless (large kappa with large d).
    """
    factors = np.sqrt(wave_factors(kappa, d))
    angle = np.linspace(0, np.pi, cells + 1)
    density = zonal_density(factors[factors > 1e-18], angle, d)
    if factors[-1] > 1e-9 or density.min() < -1e-9 * density.max():
        raise ValueError(f"kappa = {kappa} with d = {d} is beyond the series; take a smaller one")
    weight = np.clip(density, 0, None) * np.sin(angle) ** (d - 2)
    cdf = np.concatenate([[0.0], np.cumsum(weight[1:] + weight[:-1])])
    return angle, cdf / cdf[-1]


def joint_rows(settings: dict[str, Any], seed: int) -> list[tuple[Any, ...]]:
    """Every story against x to t, on spheres of several dimensions.

    All laws here stay the same when both states are turned together, so the law of the cosine
    between them says all that there is to say: a Kolmogorov-Smirnov test of it is complete.
    """
    rows = []
    for d in settings["ds"]:
        world = World(settings["kappa"], d)
        told = {**stories(settings["share"]), "look-alike": look_alike}
        reference = x_to_t(world, settings["draws"], stream(seed, f"reference-{d}"))
        for name, story in told.items():
            pairs = story(world, settings["draws"], stream(seed, f"{name}-{d}"))
            cosines = [(z_x * z_t).sum(axis=1) for z_x, z_t in (reference, pairs)]
            p = ks_2samp(*cosines).pvalue  # type: ignore[attr-defined]
            rows.append(("joint", f"sphere {d}", name, "nothing", "both", settings["draws"], p))
    return rows


def response_rows(settings: dict[str, Any], seed: int) -> list[tuple[Any, ...]]:
    """For each story and intervention, how far each side moves to the place that was set."""
    rows, n, world = [], settings["draws"], World(settings["kappa"], settings["ds"][0])
    for name, cases in interventions(world, n, seed, settings["share"]).items():
        for which, pairs in cases.items():
            for side, z in zip(("z_x", "z_t"), pairs, strict=True):
                moved = float(-z[:, 0].mean())
                rows.append(("response", f"sphere {world.d}", name, which, side, n, moved))
    return rows


def interventions(world: World, n: int, seed: int, share: float) -> dict[str, dict[str, Latents]]:
    """Every story left alone, and with z_x, z_t or c set to one place: noon, on the circle."""
    place = -Sphere(world.d).origin(n)
    cases = {"nothing": {}} | {which: {which: place} for which in ("z_x", "z_t", "c")}
    return {
        name: {k: story(world, n, stream(seed, f"{name} do {k}"), **do) for k, do in cases.items()}
        for name, story in stories(share).items()
    }


def direction_rows(settings: dict[str, Any], seed: int) -> list[tuple[Any, ...]]:
    """How often somebody who knows all but the direction guesses it, by the likelihood ratio."""
    rows = []
    shape = (settings["repeats"], max(settings["counts"]))
    judges = {f"box {scale:g}": partial(box_evidence, scale) for scale in settings["scales"]}
    judges["sphere"] = partial(sphere_evidence, settings["kappa"], "nothing")
    judges["sphere, z_x set"] = partial(sphere_evidence, settings["kappa"], "z_x")
    for name, evidence in judges.items():
        rng = stream(seed, f"direction-{name}")
        written = rng.random((shape[0], 1)) < 0.5
        total = evidence(written, shape, rng).cumsum(axis=1)
        right = np.where(total == 0, 0.5, (total > 0) == written).mean(axis=0)
        do = "z_x" if name.endswith("set") else "nothing"
        for n in settings["counts"]:
            rows.append(("direction", name, "x to t or t to x", do, "both", n, right[n - 1]))
    return rows


def uniform_then_laplace(scale: float, n: int, rng: np.random.Generator) -> Latents:
    """Cause and effect (n,) on [0, 1]: uniform, then Laplace around it, cut off at the walls."""
    first = rng.random((n, 1))
    return first[:, 0], Laplace(scale).sample(first, Box(1), rng)[:, 0]


def box_evidence(
    scale: float, written: np.ndarray, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Log likelihood of x to t over t to x, pair by pair, for uniform-then-Laplace on [0, 1].

    written (sets, 1): which data sets follow x to t. The exponents agree and drop out; what is
    left is the mass that the wall leaves around either end.
    """
    law, line = Laplace(scale), Box(1)
    pairs = uniform_then_laplace(scale, shape[0] * shape[1], rng)
    masses = [np.log(law.mass(z[:, None], line)).reshape(shape) for z in pairs]
    return np.where(written, 1, -1) * (masses[1] - masses[0])


def sphere_evidence(
    kappa: float, do: str, written: np.ndarray, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """The same on the circle; do "z_x": z_x was set to one place, and only z_t is evidence."""
    world, law, circle = World(kappa), VonMisesFisher(kappa), Sphere(2)
    n = shape[0] * shape[1]
    every = np.broadcast_to(written, shape).reshape(-1, 1)
    if do == "nothing":
        drawn = x_to_t(world, n, rng), t_to_x(world, n, rng)
        z_x, z_t = (np.where(every, a, b) for a, b in zip(*drawn, strict=True))
        ratio = law.log_density(z_t, z_x, circle) - law.log_density(z_x, z_t, circle)
        return ratio.reshape(shape)
    place = circle.origin(n)
    drawn = [story(world, n, rng, z_x=place)[1] for story in (x_to_t, t_to_x)]
    z_t = np.where(every, *drawn)
    return (law.log_density(z_t, place, circle) + circle.log_volume).reshape(shape)
