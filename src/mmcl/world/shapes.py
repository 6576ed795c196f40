"""The solids of the world as signed distance functions, and what turns leave them unchanged.

A signed distance function takes points (x, y, z), three tensors of one shape, and returns how
far the surface is, negative inside. Each solid fits the unit sphere around its center, and
those that have an axis of revolution have the y axis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Distance = Callable[[Tensor, Tensor, Tensor], Tensor]
Symmetry = Literal["all turns", "around its axis", "half turns", "of the octahedron"]


@dataclass(frozen=True)
class Shape:
    """A solid. convex: where it faces the light it throws no shadow on itself."""

    distance: Distance
    symmetry: Symmetry
    convex: bool = True


def sphere(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Of radius 1.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    return (x * x + y * y + z * z).sqrt() - 1


def rounded_box(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Half sides .82, .53 and .38 (all different), edges rounded with radius .08.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    qx, qy, qz = x.abs() - 0.74, y.abs() - 0.45, z.abs() - 0.30
    outside = (qx.relu().square() + qy.relu().square() + qz.relu().square()).sqrt()
    inside = torch.maximum(torch.maximum(qx, qy), qz).clamp(max=0)
    return outside + inside - 0.08


def cylinder(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Radius .6, height 1.6.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    radial, along = (x * x + z * z).sqrt() - 0.6, y.abs() - 0.8
    outside = (radial.relu().square() + along.relu().square()).sqrt()
    return outside + torch.maximum(radial, along).clamp(max=0)


def cone(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Tip at y = 1, base of radius .8 at y = -.6.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    radius = (x * x + z * z).sqrt()
    below = 1 - y  # the slant runs from (0, 0) to (.8, 1.6) in (radius, below)
    along = ((0.8 * radius + 1.6 * below) / 3.2).clamp(0, 1)
    slant = (radius - 0.8 * along).square() + (below - 1.6 * along).square()
    base = (radius - 0.8).relu().square() + (below - 1.6).square()
    outside = (2 * radius > below) | (below > 1.6)
    away = torch.minimum(slant, base).sqrt()
    return torch.where(outside, away, -away)


def torus(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """A ring of radius .7 around the y axis, .3 thick.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    ring = (x * x + z * z).sqrt() - 0.7
    return (ring * ring + y * y).sqrt() - 0.3


def capsule(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Radius .45 around a segment of length 1.1.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    y = y - y.clamp(-0.55, 0.55)
    return (x * x + y * y + z * z).sqrt() - 0.45


def octahedron(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """Corners at distance 1. Beyond its edges this is less than the distance, never more.

    Shapes: coordinates of one shape, any; returns the distance at each, below 0 inside.
    """
    return (x.abs() + y.abs() + z.abs() - 1) * 3**-0.5


SHAPES = {
    "sphere": Shape(sphere, "all turns"),
    "box": Shape(rounded_box, "half turns"),
    "cylinder": Shape(cylinder, "around its axis"),
    "cone": Shape(cone, "around its axis"),
    "torus": Shape(torus, "around its axis", convex=False),
    "capsule": Shape(capsule, "around its axis"),
    "octahedron": Shape(octahedron, "of the octahedron"),
}


def normal(distance: Distance, x: Tensor, y: Tensor, z: Tensor, step: float = 1e-3) -> Tensor:
    """Unit normals (m, 3) of a surface at points on it.

    Differences at the corners of a small tetrahedron: exact on planes and spheres up to rounding.
    """
    total = x.new_zeros((*x.shape, 3))
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        at = [value + step * sign for value, sign in zip((x, y, z), corner, strict=True)]
        total += distance(*at)[..., None] * total.new_tensor(corner)
    return total / total.square().sum(dim=-1, keepdim=True).sqrt().clamp_min(1e-12)
