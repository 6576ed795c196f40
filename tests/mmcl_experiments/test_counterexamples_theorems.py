"""Searches for counterexamples to the theorems of chapters 04 to 08, over random small worlds.

As in `test_counterexamples`: what sounds alike and is false must be refuted by the same worlds.
"""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import least_squares
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mmcl.randomness import stream
from mmcl_experiments.winding import code as wound

# The block theorem


def half_disc(c, k):
    """A winding code with bounded slope: (r, angle) of a half disc to (r, 2 k angle)."""
    r, angle = np.hypot(*c.T), np.arctan2(c[:, 1], c[:, 0])
    return np.column_stack([r * np.cos(2 * k * angle), r * np.sin(2 * k * angle)])


def test_a_winding_code_can_have_bounded_slopes():
    rng = stream(710, "half")
    r, angle = np.sqrt(rng.uniform(0.01, 1, 20_000)), np.pi * rng.random(20_000)
    c = np.column_stack([r * np.cos(angle), r * np.sin(angle)])
    for k in (1, 2, 3):
        h, e = half_disc(c, k), 1e-6
        columns = [(half_disc(c + step, k) - h) / e for step in e * np.eye(2)]
        slopes = np.stack(columns, axis=2)[c[:, 1] > 1e-3]  # off the straight edge
        assert np.linalg.det(slopes) == pytest.approx(2 * k, rel=1e-3)
        assert np.linalg.norm(slopes, 2, axis=(1, 2)).max() < 2 * k * (1 + 1e-3)
        found = np.arctan2(h[:, 1], h[:, 0]) % (2 * np.pi)
        assert stats.kstest(found / (2 * np.pi), "uniform").pvalue > 1e-5
        grid = np.linspace(0, np.pi, 400)[
            1:-1
        ]  # collisions on a half circle: the identity has none
        ring = half_disc(np.column_stack([np.cos(grid), np.sin(grid)]), k)
        apart = np.hypot(*(ring[:, None] - ring).transpose(2, 0, 1))
        far = np.abs(grid[:, None] - grid) > 0.5
        assert (apart[far] < 0.03).any() == (k > 1)


def test_properness_is_about_edges_that_land_at_walls_and_not_the_other_way_round():
    u = stream(711, "edges").random((200_000, 2))
    h = wound.winding(u, 2)
    wall, edge = (np.minimum(z, 1 - z).min(axis=1) for z in (h, u))
    assert (
        edge[wall < 1e-3].max() < 0.1
    )  # codes near a wall come from near the edge, winding or not
    assert wall[edge < 1e-3].max() > 0.3  # but content near an edge lands in the middle


def held(rng, covers, everywhere):
    """How many values agreeing codes can take, over the number of contents, in a discrete world.

    x shows (content, style, private); style's coordinates are on chains, and a random family of
    subsets changes, each to all neighbors jointly. covers: each coordinate is in some subset;
    everywhere: whatever the content.
    """
    contents, styles = rng.integers(2, 5), rng.integers(1, 4)
    levels = list(product(range(3), repeat=styles))
    subsets = [rng.random(styles) < 0.5 for _ in range(2)]
    missed = ~np.any(subsets, axis=0)
    missed[rng.integers(styles)] |= not covers
    subsets = [s & ~missed for s in subsets] + ([missed] if covers else [])
    edges = []
    for c in range(contents):
        still = not everywhere and c == 0
        for (i, s), (j, t) in product(enumerate(levels), repeat=2):
            step = np.abs(np.subtract(s, t))
            moved = any((step[~a] == 0).all() and (step[a] <= 1).all() for a in subsets)
            if i == j or (moved and not still):
                edges += [(c * len(levels) + i, c * len(levels) + j)]
    size = contents * len(levels)
    rows, columns = np.array(edges).T
    graph = coo_matrix((np.ones(len(edges)), (rows, columns + size)), shape=(2 * size, 2 * size))
    return connected_components(graph, directed=False)[0] / contents


def test_codes_that_agree_hold_content_alone_if_each_style_changes_whatever_the_content():
    rng = stream(712, "agree")
    assert {held(rng, True, True) for _ in range(100)} == {1.0}
    assert all(held(rng, False, True) > 1 for _ in range(30))
    assert all(held(rng, True, False) > 1 for _ in range(30))


# Sphere, box, walls


def matched(rng, d, kappa, *, unit):
    """Codes whose scores equal kappa z_x.z_t + c on random states, found by descent; the misfit."""
    z, w = rng.standard_normal((2, 3 * d, d))
    z, w = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (z, w))

    def codes(free):
        h, g = free[:-2].reshape(2, 3 * d, d)
        h = h / np.linalg.norm(h, axis=1, keepdims=True)
        return h, g / np.linalg.norm(g, axis=1, keepdims=True) if unit else g

    def misfit(free):
        h, g = codes(free)
        return (np.exp(free[-2]) * h @ g.T - kappa * z @ w.T - free[-1]).ravel()

    found = least_squares(misfit, 0.5 * rng.standard_normal(6 * d * d + 2), xtol=1e-14, ftol=1e-14)
    return z, w, *codes(found.x), np.exp(found.x[-2]), np.abs(found.fun).max()


def test_equal_scores_on_a_sphere_leave_a_turn_and_the_coupling():
    rng, exactly = stream(713, "sphere"), 0
    for _ in range(10):
        d, kappa = int(rng.integers(2, 4)), rng.uniform(0.5, 5)
        z, w, h, g, beta, misfit = matched(rng, d, kappa, unit=True)
        if misfit > 1e-8:  # the descent got stuck
            continue
        exactly += 1
        turn = np.linalg.lstsq(z, h, rcond=None)[0]
        assert turn @ turn.T == pytest.approx(np.eye(d), abs=1e-5)
        assert h == pytest.approx(z @ turn, abs=1e-5)
        assert g == pytest.approx(w @ turn, abs=1e-5)
        assert beta == pytest.approx(kappa, rel=1e-5)
    assert exactly >= 3
    ends = [matched(rng, 2, 2.0, unit=False) for _ in range(5)]  # the canary: captions' codes free
    betas = [beta for *_, beta, misfit in ends if misfit < 1e-8]
    assert betas
    assert np.abs(np.array(betas) / 2 - 1).max() > 0.01


def crossed(a, b, power):
    table = (np.abs(a[:, None] - b) ** power).sum(axis=2)
    return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()


def test_codes_have_the_states_overlaps_just_where_they_are_the_states():
    rng, least = stream(714, "box"), []
    for _ in range(400):
        d, bend = int(rng.integers(2, 4)), rng.choice([0.0, 0.3])
        z, w = rng.random((2, 20, d))
        a = np.linalg.qr(rng.standard_normal((d, d)))[0] * rng.uniform(0.8, 1.2, d)
        b = a if rng.random() < 0.5 else np.linalg.inv(a).T
        h, g = (u @ m.T + bend * np.sin(4 * u @ m.T) for u, m in ((z, a), (w, b)))
        size = np.sort(np.abs(a), axis=1)
        off = max(np.abs(size[:, -1] - 1).max(), size[:, -2].max(), bend)  # from the states
        least += [np.abs(crossed(h, g, 1) - crossed(z, w, 1)).mean() / off]
        sheared = crossed(z @ a.T, w @ np.linalg.inv(a), 2)  # the canary: squared L2 with heads
        assert sheared == pytest.approx(crossed(z, w, 2), abs=1e-10)
        flip = np.eye(d)[rng.permutation(d)] * rng.choice([-1, 1], d)
        assert crossed(z @ flip, w @ flip, 1) == pytest.approx(crossed(z, w, 1), abs=1e-12)
    assert min(least) > 0.005


def test_shadows_of_independent_coordinates_follow_the_curve_if_their_variances_are_equal():
    rng, claim, canary = stream(715, "shadows"), [], []
    for _ in range(500):
        points, masses = rng.standard_normal((2, 4)), rng.dirichlet(np.ones(4), 2)
        points = points - (points * masses).sum(axis=1, keepdims=True)
        white = points / ((points**2 * masses).sum(axis=1, keepdims=True)) ** 0.5
        angle, joint = rng.uniform(0, np.pi), np.outer(*masses)
        for found, (x, y) in ((claim, white), (canary, points)):
            k = [(u**4 @ q) / (u**2 @ q) ** 2 - 3 for u, q in zip((x, y), masses, strict=True)]
            shadow = np.cos(angle) * x[:, None] + np.sin(angle) * y
            second, fourth = ((shadow**p * joint).sum() for p in (2, 4))
            curve = k[0] * np.cos(angle) ** 4 + k[1] * np.sin(angle) ** 4
            found += [abs(fourth / second**2 - 3 - curve)]
    assert max(claim) < 1e-8
    assert max(canary) > 0.1
