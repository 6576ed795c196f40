"""Sphere tracing: what each ray of a batch of scenes meets, and whether light reaches it.

A signed distance function says how far a ray may safely go; so a ray that goes that far again
and again comes to the surface and never jumps it (Hart, 1996). Work is saved three ways: rays
that miss an object's bounding sphere aren't traced, scenes of one shape are traced as one batch,
and rays that have ended leave it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmcl.world.scene import CAMERA, VIEW, WALL, Scenes
from mmcl.world.shapes import SHAPES, Distance, Shape, normal

Vector = tuple[Tensor, Tensor, Tensor]  # a coordinate each, which is faster than (m, 3)

CLOSE = 2.5e-4  # a ray this near to a surface, in radii of the bounding sphere, has met it
ROUNDS, STEPS = 32, 4  # rays that ended leave after each round of steps
EARLY, STRIDE = 8, 0.02  # rays still under way after so many rounds graze: they take long steps


@dataclass(frozen=True)
class Buffers:
    """What is seen through each sample of each picture, s samples a side.

    hit (n, s, s): the object, not the wall. depth (n, s, s): distance from the camera's plane.
    normal (n, s, s, 3): of the object or wall. lit (n, s, s): no object between here and the
    light. Row 0 is the top.
    """

    hit: Tensor
    depth: Tensor
    normal: Tensor
    lit: Tensor


def trace(scenes: Scenes, samples: int) -> Buffers:
    """Trace samples x samples parallel rays for each scene. Cost: see `mmcl.world.render`."""
    n, reals = len(scenes), {"dtype": scenes.size.dtype, "device": scenes.size.device}
    hit = torch.zeros((n, samples, samples), dtype=torch.bool, device=scenes.size.device)
    depth = torch.full((n, samples, samples), CAMERA - WALL, **reals)
    facing = torch.zeros((n, samples, samples, 3), **reals)
    facing[..., 2] = 1
    lit = torch.ones_like(hit)
    across = grid(samples, scenes)
    for index, shape in enumerate(SHAPES.values()):
        (rows,) = (scenes.shape == index).nonzero(as_tuple=True)
        if len(rows):
            group = scenes.map(lambda value, rows=rows: value[rows])
            place, far, normals, reached = _object(group, shape, across)
            at = (rows[place[0]], *place[1:])
            hit[at], depth[at], facing[at], lit[at] = True, far, normals, reached
            dark = _shadow(group, shape, across, hit[rows])
            lit[(rows[dark[0]], *dark[1:])] = False
    return Buffers(hit, depth, facing, lit)


def grid(samples: int, scenes: Scenes) -> Tensor:
    """Coordinates (samples,) of the middles of samples, from left to right."""
    steps = torch.arange(samples, dtype=scenes.size.dtype, device=scenes.size.device)
    return VIEW * ((2 * steps + 1) / samples - 1)


def march(distance: Distance, start: Vector, way: Vector, end: Tensor) -> tuple[Tensor, Tensor]:
    """Whether each of m rays meets the surface before `end`, and how far it went: (m,), (m,).

    start, way: three (m,) tensors each, way of length 1. A ray that grazes, and would creep, takes
    steps of STRIDE at least: what it may so jump is a corner thinner than that.
    """
    hit = torch.zeros_like(end, dtype=torch.bool)
    gone = torch.zeros_like(end)
    rays = torch.arange(len(end), device=end.device)
    t = torch.zeros_like(end)
    for round_ in range(ROUNDS):
        for _ in range(STEPS):
            step = distance(*along(start, way, t))
            if round_ >= EARLY:
                step = torch.where(step > CLOSE, step.clamp_min(STRIDE), step)
            t = t + step
        inside = t < end
        met = inside & (step < CLOSE)
        hit[rays[met]], gone[rays[met]] = True, t[met]
        (left,) = (inside & ~met).nonzero(as_tuple=True)
        if not len(left):
            break
        start, way = _of(start, left), _of(way, left)
        t, end, rays = t[left], end[left], rays[left]
    return hit, gone


def _object(
    group: Scenes, shape: Shape, across: Tensor
) -> tuple[tuple[Tensor, ...], Tensor, Tensor, Tensor]:
    """Where scenes of one shape show it: places (three (m,) indices), depths, normals, lit."""
    u = (across[None, :] - group.center[:, 0, None]) / group.size[:, None]
    v = (-across[None, :] - group.center[:, 1, None]) / group.size[:, None]
    inside = u.square()[:, None, :] + v.square()[:, :, None] < 1
    i, row, column = inside.nonzero(as_tuple=True)
    u, v = u[i, column], v[i, row]
    half = (1 - u * u - v * v).clamp_min(0).sqrt()
    rotation = group.rotation[i]
    start = _into(rotation, u, v, half)
    way = _into(rotation, torch.zeros_like(u), torch.zeros_like(u), -torch.ones_like(u))
    hit, gone = march(shape.distance, start, way, 2 * half)
    i, row, column, rotation, gone, half, u, v = (
        value[hit] for value in (i, row, column, rotation, gone, half, u, v)
    )
    point = along(_of(start, hit), _of(way, hit), gone)
    inner = normal(shape.distance, *point)
    normals = (rotation * inner[:, None, :]).sum(dim=-1)
    z = half - gone  # in units of the size, around the center
    depth = CAMERA - (group.center[i, 2] + group.size[i] * z)
    lights = (group.light - group.center) / group.size[:, None]
    beam = lights[i] - torch.stack([u, v, z], dim=-1)
    lit = (normals * beam).sum(dim=-1) > 0
    if not shape.convex:
        lit[lit.clone()] = ~_blocked(shape, point, inner, rotation, beam, lit)
    return (i, row, column), depth, normals, lit


def _blocked(
    shape: Shape, point: Vector, inner: Tensor, rotation: Tensor, beam: Tensor, where: Tensor
) -> Tensor:
    """Whether an object that isn't convex shadows itself at some of its points."""
    lifted = inner[where].T.contiguous()
    start = along(_of(point, where), (lifted[0], lifted[1], lifted[2]), lifted.new_tensor(0.02))
    way = _unit(_into(rotation[where], *beam[where].unbind(dim=-1)))
    to_middle = -dot(start, way)
    end = to_middle + (to_middle.square() + 1 - dot(start, start)).clamp_min(0).sqrt()
    return march(shape.distance, start, way, end)[0]


def _shadow(group: Scenes, shape: Shape, across: Tensor, hidden: Tensor) -> tuple[Tensor, ...]:
    """Where the wall that is seen lies in the object's shadow: three (m,) indices."""
    size = group.size[:, None, None]
    light = ((group.light - group.center) / group.size[:, None])[:, :, None, None]
    x = (across[None, None, :] - group.center[:, 0, None, None]) / size
    y = (-across[None, :, None] - group.center[:, 1, None, None]) / size
    z = (WALL - group.center[:, 2, None, None]) / size
    wx, wy, wz = light[:, 0] - x, light[:, 1] - y, light[:, 2] - z
    middle = x * wx + y * wy + z * wz  # the ray passes the center at -middle / |w|^2
    near = (x * x + y * y + z * z) - middle.square() / (wx * wx + wy * wy + wz * wz)
    i, row, column = ((near < 1) & ~hidden).nonzero(as_tuple=True)
    rotation = group.rotation[i]
    wall = (x[i, 0, column], y[i, row, 0], z[i, 0, 0])
    way = _unit((wx[i, 0, column], wy[i, row, 0], wz[i, 0, 0]))
    middle = dot(wall, way)
    half = (1 - dot(wall, wall) + middle.square()).clamp_min(0).sqrt()
    start = along(wall, way, -middle - half)
    dark, _ = march(shape.distance, _into(rotation, *start), _into(rotation, *way), 2 * half)
    return i[dark], row[dark], column[dark]


def _into(rotation: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Vector:
    """Vectors of the world in the frames of objects: the transposed rotations applied."""
    turned = (rotation[:, 0] * x[:, None] + rotation[:, 1] * y[:, None]) + rotation[:, 2] * z[
        :, None
    ]
    a, b, c = turned.unbind(dim=1)
    return a.contiguous(), b.contiguous(), c.contiguous()


def along(start: Vector, way: Vector, t: Tensor) -> Vector:
    """Points at distances t (m,) along rays."""
    x, y, z = (torch.addcmul(a, t, b) for a, b in zip(start, way, strict=True))
    return x, y, z


def dot(a: Vector, b: Vector) -> Tensor:
    """Inner products (m,)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(vector: Vector) -> Vector:
    length = dot(vector, vector).sqrt()
    return vector[0] / length, vector[1] / length, vector[2] / length


def _of(vector: Vector, rows: Tensor) -> Vector:
    return vector[0][rows], vector[1][rows], vector[2][rows]
