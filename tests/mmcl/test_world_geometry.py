"""Pictures of the world against closed forms and a slow reference."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from mmcl.randomness import stream
from mmcl.world import factors, scene, shading
from mmcl.world.render import render
from mmcl.world.shapes import SHAPES
from mmcl.world.trace import trace

NAMES = list(SHAPES)
MIDDLE = {
    **{name: (f.low + f.high) / 2 for name, f in factors.FACTORS.items() if not f.values},
    **{name: 1 if name in ("x", "y") else 0 for name, f in factors.FACTORS.items() if f.values},
}  # a small sphere in the middle
LARGE = scene.SIZES[2]


def table(**values):
    """Rows of factors, sensible but for what is given."""
    n = max([1, *(len(v) for v in values.values() if np.ndim(v))])
    return pd.DataFrame({**MIDDLE, **values}, index=range(n))


def seen(samples, dtype=torch.float64, **values):
    made = scene.scenes(table(**values), dtype=dtype)
    return made, trace(made, samples)


def flat(shape, samples=400, **values):
    """The area of a large object's silhouette, in squares of its size.

    The roll keeps straight edges from running along rows of samples.
    """
    _, buffers = seen(samples, shape=NAMES.index(shape), size=2, roll=0.3, **values)
    return buffers.hit.double().mean().item() * (2 * scene.VIEW) ** 2 / LARGE**2


UPRIGHT, FACING = {"tilt": 0.0}, {"tilt": math.pi / 2}


@pytest.mark.parametrize(
    ("shape", "turns", "area"),
    [
        ("sphere", UPRIGHT, math.pi),
        ("box", UPRIGHT, 4 * 0.82 * 0.53 - (4 - math.pi) * 0.08**2),
        ("box", FACING, 4 * 0.82 * 0.38 - (4 - math.pi) * 0.08**2),
        ("cylinder", UPRIGHT, 1.2 * 1.6),
        ("cylinder", FACING, math.pi * 0.36),
        ("cone", UPRIGHT, 0.8 * 1.6),
        ("cone", FACING, math.pi * 0.64),
        ("torus", UPRIGHT, 1.4 * 0.6 + math.pi * 0.09),
        ("torus", FACING, math.pi * (1 - 0.16)),
        ("capsule", UPRIGHT, 1.1 * 0.9 + math.pi * 0.45**2),
        ("octahedron", UPRIGHT, 2.0),
        ("octahedron", {"turn": math.pi / 4}, math.sqrt(2)),
    ],
)
def test_area_of_the_silhouette(shape, turns, area):
    assert flat(shape, **turns) == pytest.approx(area, rel=0.003)


def test_the_area_of_the_sphere_converges():
    assert flat("sphere", samples=1200) == pytest.approx(math.pi, rel=2e-4)


def test_depth_and_normals_of_the_sphere():
    _, buffers = seen(200, size=2, x=2, y=0)
    across = (2 * torch.arange(200, dtype=torch.float64) + 1) / 200 * scene.VIEW - scene.VIEW
    x, y = across[None, :] - scene.PLACES[2], -across[:, None] - scene.PLACES[0]
    z = (LARGE**2 - x * x - y * y).clamp_min(0).sqrt()
    outward = torch.stack([x.expand(200, 200), y.expand(200, 200), z], dim=-1) / LARGE
    well = z > 0.2 * LARGE  # rays that only just touch stop a little before the surface
    assert well.sum() > 4000
    assert buffers.hit[0][well].all()
    assert (buffers.depth[0] - (scene.CAMERA - z))[well].abs().max() < 1e-3
    assert (buffers.depth[0] - (scene.CAMERA - z))[well].abs().mean() < 1e-5
    assert (buffers.normal[0] - outward)[well].abs().max() < 2e-3
    wall = ~buffers.hit[0]
    assert (buffers.depth[0][wall] == scene.CAMERA - scene.WALL).all()
    assert (buffers.normal[0][wall] == torch.tensor([0.0, 0, 1], dtype=torch.float64)).all()


def test_normals_of_flat_faces():
    _, buffers = seen(100, shape=NAMES.index("octahedron"), size=2, turn=-math.pi / 4)
    ahead = buffers.normal[0, 45]  # the upper front face, whose plane has slope sqrt(2)
    known = torch.tensor([0, 1 / math.sqrt(3), math.sqrt(2 / 3)], dtype=torch.float64)
    assert (ahead[buffers.hit[0, 45]] - known).abs().max() < 1e-6


def test_the_shadow_of_the_sphere():
    made, buffers = seen(160, x=[0, 1], y=[1, 2], size=[1, 2], light_position=[0.1, 0.6])
    across = (2 * torch.arange(160, dtype=torch.float64) + 1) / 160 * scene.VIEW - scene.VIEW
    for k in range(2):
        point = torch.stack([across.expand(160, 160), -across[:, None].expand(160, 160)], dim=-1)
        point = torch.cat([point, torch.full((160, 160, 1), scene.WALL)], dim=-1)
        way = made.light[k] - point
        t = ((made.center[k] - point) * way).sum(-1) / way.square().sum(-1)
        away = (point + t[..., None] * way - made.center[k]).square().sum(-1).sqrt()
        clear = (away - made.size[k]).abs() > 2e-3
        wall = ~buffers.hit[k] & clear
        assert (buffers.lit[k] == (away > made.size[k]))[wall].all()
        assert 100 < (~buffers.lit[k] & wall).sum() < wall.sum() / 2


@pytest.mark.parametrize("shape", NAMES)
def test_tracing_agrees_with_small_steps(shape):
    """Each ray, and each ray to the light, in 600 steps with no cleverness."""
    turns = {"turn": [0.3, -1.2], "tilt": [0.7, -0.4], "roll": [-0.9, 1.4]}
    made, buffers = seen(32, shape=NAMES.index(shape), size=2, light_position=[0.3, 0.8], **turns)
    across = ((2 * torch.arange(32, dtype=torch.float64) + 1) / 32 - 1) * scene.VIEW
    steps = torch.linspace(0, 1, 600, dtype=torch.float64)

    def inside(points, k):
        local = (points - made.center[k]) / made.size[k] @ made.rotation[k]
        return SHAPES[shape].distance(*local.unbind(-1)) < 0

    for k in range(2):
        eye = torch.stack(torch.meshgrid(-across, across, indexing="ij")[::-1], dim=-1)
        z = scene.CAMERA - (scene.CAMERA - scene.WALL) * steps
        rays = torch.cat(
            [eye[:, :, None].expand(-1, -1, 600, -1), z[:, None].expand(32, 32, 600, 1)], dim=-1
        )
        hit = inside(rays, k).any(dim=-1)
        assert (hit != buffers.hit[k]).float().mean() < 0.004
        start = torch.cat([eye, (scene.CAMERA - buffers.depth[k])[..., None]], dim=-1)
        start = start + 0.03 * buffers.normal[k]
        beam = start[:, :, None] + steps[1:, None] * (made.light[k] - start)[:, :, None]
        blocked = inside(beam, k).any(dim=-1)
        away = (buffers.normal[k] * (made.light[k] - start)).sum(-1) <= 0.1
        judged = ~(away & buffers.hit[k])
        assert ((blocked == buffers.lit[k]) & judged).float().mean() < 0.012
        assert (blocked & judged).any()


@pytest.mark.parametrize("shape", NAMES)
def test_distances_never_promise_too_much(shape):
    """No distance changes faster than one goes, and by the way there are no jumps."""
    points = torch.from_numpy(stream(0, "points").uniform(-1.3, 1.3, (20_000, 3)))
    others = points + 0.05 * torch.from_numpy(stream(0, "steps").standard_normal((20_000, 3)))
    distance = SHAPES[shape].distance
    change = (distance(*points.T) - distance(*others.T)).abs()
    assert (change <= (points - others).norm(dim=1) + 1e-9).all()
    assert (distance(*points.T)[points.norm(dim=1) > 1.001] > 0).all()  # in the unit sphere


@pytest.mark.parametrize("shape", NAMES)
def test_what_is_called_visible_is(shape):
    base = {**MIDDLE, "turn": 0.4, "tilt": 0.5, "roll": 0.3, "size": 1, "shape": NAMES.index(shape)}
    rows, names = [base], [name for name in factors.FACTORS if name != "shape"]
    for name in names:
        each = factors.FACTORS[name]
        far = each.low + 0.9 * (each.high - each.low)
        rows.append({**base, name: (base[name] + 1) % 3 if each.values else far})
    first, *others = render(pd.DataFrame(rows), size=32)
    for name, other in zip(names, others, strict=True):
        assert (off(first, other) > 0.003) == (factors.visible(name, shape)[0] != "no"), name


def test_what_a_symmetry_hides():
    """The octahedron after a quarter turn; the box after half turns around each of its axes."""
    base = {"tilt": 0.0, "roll": 0.0, "size": 2, "hue": 0.3}
    turned = {"shape": NAMES.index("octahedron"), "turn": [-0.9, -0.9 + math.pi / 2]}
    one, two = render(table(**{**base, **turned}), size=48).int()
    assert ((one - two).abs() > 2).float().mean() < 0.001
    ends = {"shape": NAMES.index("box"), "turn": [-math.pi / 2, math.pi / 2]}
    one, two = render(table(**{**base, **ends}), size=48).int()
    assert ((one - two).abs() > 2).float().mean() < 0.001
    ends["turn"] = [-math.pi / 2 + 0.4, math.pi / 2]
    one, two = render(table(**{**base, **ends}), size=48).int()
    assert ((one - two).abs() > 2).float().mean() > 0.01


def test_turns_are_made_in_their_order():
    """First around the object's axis y, then around x, then around the line of sight."""
    quarter = np.array([math.pi / 2])
    none = np.zeros(1)
    x, y, z = np.eye(3)
    np.testing.assert_allclose(scene.rotations(quarter, none, none)[0] @ z, x, atol=1e-12)
    np.testing.assert_allclose(scene.rotations(none, quarter, none)[0] @ y, z, atol=1e-12)
    np.testing.assert_allclose(scene.rotations(none, none, quarter)[0] @ x, y, atol=1e-12)
    both = scene.rotations(quarter, quarter, none)[0]
    np.testing.assert_allclose(both @ z, x, atol=1e-12)  # tilt leaves where turn has put it


def test_hues_of_what_white_light_shows():
    hues = np.linspace(0, 0.95, 20)
    rows = table(hue=hues, background_hue=hues[::-1].copy(), size=2)
    made = scene.scenes(rows, tint=0.0, dtype=torch.float64)
    buffers = trace(made, 48)
    image = shading.photo(made, buffers, 48)
    found = hue_of(image)
    for k in range(20):
        wall = found[k][~buffers.hit[k]]
        assert circular(wall, hues[::-1][k]).max() < 1e-6
        dim = buffers.hit[k] & ~buffers.lit[k]  # no highlight there
        assert dim.sum() > 20
        assert circular(found[k][dim], hues[k]).max() < 1e-6


def test_colored_light_colors_what_it_reaches():
    made = scene.scenes(
        table(light_hue=[0.0, 1 / 3, 2 / 3], background_hue=0.5), dtype=torch.float64
    )
    buffers = trace(made, 64)
    image = shading.photo(made, buffers, 64)
    lit = buffers.lit & ~buffers.hit
    dark = ~buffers.lit & ~buffers.hit
    for k in range(3):
        gain = image[k][lit[k]].mean(0) / image[k][dark[k]].mean(0)
        assert int(gain.argmax()) == k
        assert circular(hue_of(image[k][dark[k]]), 0.5).max() < 1e-6


def hue_of(rgb):
    """Hues in [0, 1) of colors (..., 3); 0 for gray."""
    high, low = rgb.amax(dim=-1), rgb.amin(dim=-1)
    spread = (high - low).clamp_min(1e-12)
    r, g, b = rgb.unbind(dim=-1)
    sector = torch.where(
        r == high,
        (g - b) / spread,
        torch.where(g == high, 2 + (b - r) / spread, 4 + (r - g) / spread),
    )
    return sector / 6 % 1


def circular(found, wanted):
    away = (found - wanted).abs()
    return torch.minimum(away, 1 - away)


def test_known_hues():
    known = {0.0: (1, 0, 0), 1 / 6: (1, 1, 0), 1 / 3: (0, 1, 0), 0.5: (0, 1, 1), 2 / 3: (0, 0, 1)}
    rgb = scene.hsv(np.array(list(known)), 1.0, 1.0)
    np.testing.assert_allclose(rgb, list(known.values()), atol=1e-12)
    np.testing.assert_allclose(hue_of(torch.from_numpy(rgb)), list(known), atol=1e-12)


def off(one, two):
    """The share of pixels that differ by more than 2 of 255 in some channel."""
    return ((one.int() - two.int()).abs() > 2).any(dim=-1).double().mean().item()


def test_precision_changes_nearly_nothing():
    rows = factors.draw(28, stream(0, "factors"))
    images = render(rows)
    assert off(images, render(rows, dtype=torch.float64)) <= 0.001
    assert off(images, images.flip(0)) > 0.5  # the measure can tell


def test_threads_change_nearly_nothing():
    rows = factors.draw(8, stream(0, "factors")).assign(shape=NAMES.index("torus"))
    images, threads = render(rows), torch.get_num_threads()
    try:
        torch.set_num_threads(2 if threads == 1 else 1)
        assert off(images, render(rows)) <= 0.001
    finally:
        torch.set_num_threads(threads)


def test_chunks_dont_show(monkeypatch):
    from mmcl.world import render as module

    rows = factors.draw(7, stream(1, "factors"))
    whole = render(rows, size=16)
    monkeypatch.setattr(module, "PIXELS", 3 * 16 * 16)
    assert off(render(rows, size=16), whole) == 0


def test_samples_smooth_edges():
    rows = table(size=2)
    fine = render(rows, size=16, samples=8).int()
    error = {
        k: (render(rows, size=16, samples=k).int() - fine).abs().double().mean() for k in (1, 2)
    }
    assert error[2] < 0.7 * error[1]
