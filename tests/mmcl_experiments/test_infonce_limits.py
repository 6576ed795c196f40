"""Exact losses of chapter 09 against other ways to them, and searches for counterexamples.

Each proposition is attacked twice: by random small worlds, and by a search that descends.
"""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from mmcl.randomness import stream
from mmcl_experiments.infonce_limits import bounded, exact
from mmcl_experiments.linear_flow import run as flow

WORLDS = [(0.7, 1, 2), (3.0, 2, 2), (3.0, 1, 16), (10.0, 3, 64), (30.0, 1, 1024), (100.0, 4, 6144)]


def sampled(k, d, n, count=4000):
    """Mean and standard error of L_N by draws, each photograph with strangers of its own."""
    rng = stream(500, "sampled")
    c = rng.standard_normal((count, 1, d))
    other = rng.standard_normal((count, n - 1, d))
    s = np.log1p(np.exp(-(k**2) * ((c - other) ** 2).sum(axis=2)).sum(axis=1))
    return s.mean(), s.std() / count**0.5


@pytest.mark.parametrize(("k", "d", "n"), WORLDS)
def test_rates_bound_the_loss_and_the_series_agrees(k, d, n):
    two = exact.two_candidates(k, d)
    assert exact.loss(k, d, 2) == pytest.approx(two, rel=1e-6)
    many = exact.loss(k, d, n)
    assert two * (1 - 1e-9) <= many <= (n - 1) * two * (1 + 1e-9)
    assert exact.loss(k, d, n, nodes=80) == pytest.approx(many, rel=1e-6)


@pytest.mark.parametrize(("k", "d", "n"), [(3.0, 1, 16), (2.0, 3, 64), (10.0, 1, 256)])
def test_quadrature_is_what_draws_give(k, d, n):
    mean, error = sampled(k, d, n)
    assert abs(mean - exact.loss(k, d, n)) < 4.5 * error  # three comparisons, 2e-5 by chance


def test_the_free_scale_has_no_minimum_and_no_need_of_the_block():
    rng = stream(501, "maps")
    for _ in range(20):  # any curve in the code space, of one content number, folds and all
        kinks, c = rng.standard_normal((4, 3)), rng.standard_normal((400, 1))
        h = np.tanh(c @ kinks[:1]) @ np.diag(kinks[1]) + np.sin(c * kinks[2])
        apart = ((h[:, None] - h) ** 2).sum(axis=2)[~np.eye(400, dtype=bool)]
        losses = [np.logaddexp(0, -(k**2) * apart).mean() for k in (1, 10, 100, 1000)]
        assert all(a > b for a, b in pairwise(losses))
        assert 0 < losses[-1] < 0.02


def test_rates_by_another_integral():
    for d, score in ((1, "l2"), (2, "l2"), (3, "l2"), (1, "l1"), (2, "l1")):
        far = exact.rate(d, score)
        if score == "l2":
            area = 2 * np.pi ** (d / 2) / special.gamma(d / 2)
            whole = integrate.quad(lambda r, d=d: r ** (d - 1) * np.logaddexp(0, -(r**2)), 0, 30)
        else:
            area = 2**d / special.gamma(d)
            whole = integrate.quad(lambda r, d=d: r ** (d - 1) * np.logaddexp(0, -r), 0, 80)
        assert far == pytest.approx((4 * np.pi) ** (-d / 2) * area * whole[0], rel=1e-6)
    k = 400.0
    turn = integrate.quad(
        lambda a: np.logaddexp(0, k**2 * (np.cos(a) - 1)), -0.2, 0.2, points=[0], limit=400
    )
    assert exact.circle_rate() == pytest.approx(turn[0] * k / (2 * np.pi), rel=1e-3)


def test_leaks_cost_what_draws_give_and_their_factor_is_the_limit():
    rng = stream(502, "leaks")
    n, count = 16, 40_000
    for private, style in ((1.0, 0.0), (0.0, 0.5)):
        c, a = rng.standard_normal((2, count, 1))
        b = rng.standard_normal((count, 1)) + (a if style else 0)
        other = rng.standard_normal((count, n - 1))
        far = rng.standard_normal((count, n - 1)) * (2**0.5 if style else 1)
        size = private or style
        scores = -((10 * (c - other)) ** 2) - (size * (a - far)) ** 2 + (size * (a - b)) ** 2
        loss = np.logaddexp.reduce(np.hstack([scores, np.zeros((count, 1))]), axis=1)
        if style:  # the other direction: captions look for photographs
            far = rng.standard_normal((count, n - 1))
            scores = -((10 * (c - other)) ** 2) - (size * (b - far)) ** 2 + (size * (a - b)) ** 2
            back = np.logaddexp.reduce(np.hstack([scores, np.zeros((count, 1))]), axis=1)
            loss = (loss + back) / 2
        found = exact.leaky_loss(10, n, private=private, style=style, nodes=12)
        assert abs(loss.mean() - found) < 4.5 * loss.std() / count**0.5 + 1e-4
    ratio = exact.leaky_loss(1e4, 2, private=1.0, nodes=16) / exact.loss(1e4, 1, 2)
    assert ratio == pytest.approx(exact.leak_factor(1.0), rel=0.02)


def test_many_strangers_and_none_in_the_denominator():
    assert exact.loss(2.0, 2, 10**6) - np.log(10**6) == pytest.approx(
        exact.many_strangers(2.0, 2), abs=1e-4
    )
    draws = stream(503, "alone").standard_normal((200_000, 12))
    assert bounded.style_alone(1, draws) == pytest.approx(-2, abs=0.06)
    assert bounded.style_alone(2, draws) < -0.1
    assert bounded.style_alone(3, draws) > 0.1


def test_the_pull_on_a_missing_direction_is_the_losss_derivative():
    k, e2 = 17.0, 1e-5
    s = np.linspace(0, 12, 4001) / k  # c_1 - c_1', normal of variance 2
    e, weight = np.polynomial.hermite_e.hermegauss(40)  # c_2 - c_2' over sqrt 2
    apart = (k * s[:, None]) ** 2 + 2 * e2 * e**2
    density = 2 * stats.norm.pdf(s, scale=2**0.5)
    loss = np.trapezoid(np.logaddexp(0, -apart) @ (weight / weight.sum()) * density, s)
    now = np.trapezoid(np.logaddexp(0, -((k * s) ** 2)) * density, s)
    assert now == pytest.approx(exact.two_candidates(k, 1), rel=1e-6)
    assert (now - loss) / e2 == pytest.approx(bounded.pull(k), rel=1e-3)


def test_no_code_of_that_slope_beats_the_straight_one():
    rng = stream(504, "slopes")
    c = torch.from_numpy(rng.standard_normal((60, 2)))
    steps = torch.cdist(c, c)

    def loss(apart):
        return torch.log1p(torch.exp(-apart.square()))[~torch.eye(60, dtype=torch.bool)].mean()

    best = loss(1.5 * steps)
    for _ in range(30):  # random smooth codes, stretched as far as the slope allows
        h = torch.tanh(c @ torch.from_numpy(rng.standard_normal((2, 8))))
        h = h @ torch.from_numpy(rng.standard_normal((8, 2)))
        apart = torch.cdist(h, h)
        stretch = 1.5 / (apart / steps.clamp_min(1e-9)).max()
        assert loss(stretch * apart) > best
    h = torch.randn(60, 2, dtype=torch.float64, requires_grad=True)  # and one that descends
    optimizer = torch.optim.Adam([h], lr=0.05)
    for _ in range(300):
        apart = torch.cdist(h, h)
        apart = apart * (1.5 / (apart / steps.clamp_min(1e-9)).max())
        optimizer.zero_grad()
        loss(apart).backward()
        optimizer.step()
    assert loss(apart.detach()) > best


@pytest.mark.parametrize("v", [0.05, 0.25, 0.5, 0.8])
def test_style_enters_just_where_the_exact_loss_falls_with_it(v):
    edge = bounded.style_enters(v)
    sds = torch.tensor([v, 1.0], dtype=torch.float64)
    changes = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for slope, enters in ((0.97 * edge, True), (1.03 * edge, False)):
        codes = [
            torch.tensor([[(slope**2 - b**2) ** 0.5, b]], dtype=torch.float64) for b in (0, 1e-3)
        ]
        none, some = (float(flow.expected(a, a, sds, changes)) for a in codes)
        assert (some < none) is enters


def test_exclusion_has_no_counterexample_among_random_small_worlds():
    rng = stream(505, "worlds")
    for _ in range(300):
        tau, contents, private = rng.uniform(0.05, 2), rng.integers(2, 6), rng.integers(1, 4)
        h_x, h_t = rng.random((2, contents, private, 2))
        mass = rng.dirichlet(np.ones(contents))[:, None] * np.ones(private) / private
        codes, p = h_x.reshape(-1, 2), mass.ravel()
        partner = ((h_x[:, :, None] - h_t[:, None]) ** 2).sum(axis=-1)  # (c, m_x, m_t)
        strangers = ((h_x[:, :, None] - codes) ** 2).sum(axis=-1)  # (c, m_x, others)
        gap = (partner[..., None] - strangers[:, :, None]) / tau
        loss = np.einsum("cm,cmto,o->", mass / private, np.logaddexp(0, gap), p)
        agreed = ((codes[:, None] - codes) ** 2).sum(axis=-1)
        assert loss >= p @ np.logaddexp(0, -agreed / tau) @ p - 1e-12


@pytest.mark.parametrize("tau", [0.5, 0.3, 0.1, 0.05])
def test_no_law_in_a_box_beats_the_atoms(tau):
    law, rng = bounded.best_law(tau), stream(506, "laws")

    def value(places, masses):
        kernel = np.exp(-((places[:, None] - places) ** 2) / tau)
        return masses @ np.log(kernel @ masses)

    best = value(law.places, law.masses)
    for _ in range(500):  # random laws, and the best one disturbed
        count = rng.integers(2, 12)
        assert value(rng.random(count), rng.dirichlet(np.ones(count))) > best
        places = np.clip(law.places + 0.05 * rng.standard_normal(len(law.places)), 0, 1)
        masses = law.masses * np.exp(0.1 * rng.standard_normal(len(law.masses)))
        assert value(places, masses / masses.sum()) > best - 1e-12
    grid, p = np.linspace(0, 1, 101), rng.dirichlet(np.ones(101))
    kernel = np.exp(-((grid[:, None] - grid) ** 2) / tau)
    for _ in range(3000):  # and one that descends from anywhere
        variation = np.log(kernel @ p) + kernel @ (p / (kernel @ p))
        p = p * np.exp(variation.min() - variation)
        p /= p.sum()
    assert best - 1e-9 < p @ np.log(kernel @ p) < best + 0.01


def test_a_spiral_comes_near_the_uniform_law_and_content_is_lost():
    excess = [bounded.wound_excess(turns, 0.1) for turns in (2, 4, 8, 16)]
    assert all(a > b > 0 for a, b in pairwise(excess))
    assert excess[-1] < 0.002
    # a globe's uniform law by another road: the height of a point is uniform
    crowd = integrate.quad(lambda z: np.exp((z - 1) / 0.1) / 2, -1, 1)[0]
    assert bounded.uniform_gain(3, 10.0) == pytest.approx(-np.log(crowd), rel=1e-9)


def test_digits_end_the_fall():
    c = torch.from_numpy(stream(507, "digits").standard_normal((4096, 1)))
    coarse, fine = (bounded.rounded_floor(c, 64, t) for t in (torch.bfloat16, torch.float32))
    assert coarse > 0.02 > 1e-4 > fine
    exact_at = exact.loss(300.0, 1, 64)
    assert bounded.product_floor(c, 64, np.array([300.0])) == pytest.approx(exact_at, rel=0.5)
    far = bounded.product_floor(c, 64, np.array([1e6]))
    assert far > 10 * exact.loss(1e6, 1, 64)
