"""Searches for counterexamples to the propositions of chapter 09, over random small worlds.

Each search takes a claim, and comes with a canary: a claim that sounds alike and is false, which
the same worlds must refute. A search that can't refute its canary has proved nothing.
"""

import numpy as np
import pytest
from scipy import stats

from mmcl.randomness import stream
from mmcl_experiments.infonce_limits import bounded, exact, readings


def squares(h, k):
    """Squared distances of all rows of h to all rows of k."""
    return ((h[:, None] - k) ** 2).sum(axis=2)


def info_nce(p, near, own, n):
    """L_n of a discrete law p of codes: near has exp(-distance) to strangers, own to partners."""
    ratio = near / own[:, None]
    if n == 2:
        return p @ np.log1p(ratio) @ p
    pairs = np.log1p(ratio[:, :, None] + ratio[:, None])
    return np.einsum("a,b,c,abc->", p, p, p, pairs)


def aligned(rng, most=9):
    """A random law p of a few codes, and their nearness exp(-distance)."""
    m, d = rng.integers(2, most), rng.integers(1, 4)
    h = rng.standard_normal((m, d)) * np.exp(rng.uniform(-2, 3))
    return rng.dirichlet(np.ones(m)), np.exp(-squares(h, h))


# Free scale


def test_more_candidates_cost_at_most_their_number():
    rng, claim, canary = stream(700, "candidates"), [], []
    for _ in range(1000):
        p, near = aligned(rng)
        two, three = (info_nce(p, near, np.ones(len(p)), n) for n in (2, 3))
        claim += [two <= three <= 2 * two]
        canary += [three <= np.log(3) / np.log(2) * two]
    assert all(claim)
    assert not all(canary)


def test_any_code_without_atoms_falls_to_zero_and_a_bounded_leak_changes_nothing():
    rng, ends = stream(701, "free"), {"smooth": [], "rounded": [], "growing leak": []}
    for _ in range(300):
        d, m = rng.integers(1, 4), 40
        c, kinks = rng.standard_normal((m, d)), rng.standard_normal((2, d, 2))
        smooth = np.tanh(c @ kinks[0]) + np.sin(c @ kinks[1])
        leak, other = rng.uniform(-2, 2, (2, m, 1))
        for name, code, size in (
            ("smooth", smooth, 1.0),
            ("rounded", np.sign(smooth), 1.0),
            ("growing leak", smooth, 1e5),
        ):
            h_x, h_t = (np.hstack([1e5 * code, size * each]) for each in (leak, other))
            apart = squares(h_x, h_t)
            scores = apart.diagonal()[:, None] - apart
            ends[name] += [np.logaddexp.reduce(scores, axis=1).mean()]
    assert np.mean(ends["smooth"]) < 0.01
    assert np.min(ends["rounded"]) > 0.1  # atoms: strangers with one code are never told apart
    assert np.min(ends["growing leak"]) > 100


def test_rates_are_those_of_the_squared_density_for_mixtures_too():
    rng, claim, canary, k = stream(702, "rates"), [], [], 300.0
    m = np.arange(1, 401)
    for _ in range(200):
        at, sd, p = rng.uniform(-3, 3, 3), rng.uniform(0.3, 2, 3), rng.dirichlet(np.ones(3))
        gap, var, weight = at[:, None] - at, sd[:, None] ** 2 + sd**2, np.outer(p, p)
        q = (m * k**2)[:, None, None]  # E exp(-q (c - c')^2), and the series of log(1 + .)
        means = weight * np.exp(-q * gap**2 / (1 + 2 * q * var)) / (1 + 2 * q * var) ** 0.5
        sums = np.cumsum((-1.0) ** (m + 1) / m * means.sum(axis=(1, 2)))
        for _ in range(40):
            sums = (sums[1:] + sums[:-1]) / 2
        squared = (weight * stats.norm.pdf(gap, scale=var**0.5)).sum()
        claim += [sums[-1] * k / (squared * np.pi**0.5 * exact.eta(1.5)) - 1]
        width = p @ (sd**2 + at**2) - (p @ at) ** 2
        canary += [sums[-1] * k / (exact.rate(1) / width**0.5) - 1]  # a normal of that width
    assert np.abs(claim).max() < 1e-3
    assert np.abs(canary).max() > 0.1


def test_one_more_number_never_hurts_at_equal_scale_if_it_is_content():
    rng, content, private = stream(703, "more"), [], []
    for _ in range(500):
        m = rng.integers(3, 12)
        codes, more, other = rng.standard_normal((3, m, 2)) * rng.uniform(0.1, 3)
        p, near = rng.dirichlet(np.ones(m)), np.exp(-squares(codes, codes))
        before = info_nce(p, near, np.ones(m), 2)
        content += [info_nce(p, near * np.exp(-squares(more, more)), np.ones(m), 2) <= before]
        own = np.exp(-((more - other) ** 2).sum(axis=1))
        private += [info_nce(p, near * np.exp(-squares(more, other)), own, 2) <= before]
    assert all(content)
    assert not all(private)


def test_style_alone_has_the_least_loss_that_the_page_prints():
    rng, n, losses = stream(704, "style"), 6144, {}
    for k in (0.3, 0.6, 1.0):
        s, e = rng.standard_normal((2, 400))
        crowd = 2**0.5 * rng.standard_normal((400, n - 1))
        sums = np.logaddexp.reduce(-((k * (s[:, None] - crowd)) ** 2), axis=1)
        each = np.logaddexp(-((k * e) ** 2), sums)  # and its mean distance, K^2, exactly
        losses[k] = each.mean() + k**2
        exactly = readings.style_alone(np.array(k), n)
        assert abs(losses[k] - exactly) < 4.5 * each.std() / 20 + 2e-3
    least = readings.style_alone(np.geomspace(0.1, 10, 2001), n).min()
    assert least == pytest.approx(np.log(n) - (np.arcsinh(1) - 2**0.5 + 1) / 2, abs=1e-6)
    assert least < readings.style_alone(np.array(1.0), n) - 0.2  # where the curve once began


# Bounded slope


def test_no_code_beats_the_straight_one_unless_its_slope_is_bounded_in_the_mean_alone():
    rng, claim, canary = stream(705, "slope"), [], []
    for _ in range(1000):
        m, d, n = map(int, rng.integers((4, 1, 2), (10, 4, 4)))
        c, p = rng.standard_normal((m, d)), rng.dirichlet(np.ones(m))
        h = np.tanh(c @ rng.standard_normal((d, d + 1)) * rng.uniform(0.2, 3))
        h = np.hstack([h, rng.uniform(0, 2) * c])
        steps, apart = squares(c, c) ** 0.5, squares(h, h) ** 0.5
        off, steepest = ~np.eye(m, dtype=bool), np.exp(rng.uniform(-1, 2))
        ratio = apart[off] / steps[off]
        best = info_nce(p, np.exp(-((steepest * steps) ** 2)), np.ones(m), n)
        for found, most in ((claim, ratio.max()), (canary, ratio.mean())):
            near = np.exp(-((apart * steepest / most) ** 2))
            found += [info_nce(p, near, np.ones(m), n) >= best]
    assert all(claim)
    assert not all(canary)


def test_style_enters_below_the_threshold_that_depends_on_width():
    def loss(a, b, v):  # of a c + b s among endless strangers, both directions
        x, t = a**2 * v**2 + b**2, a**2 * v**2 + 2 * b**2
        ways = [np.log1p(2 * far) / 2 + own / (1 + 2 * far) for own, far in ((x, t), (t, x))]
        return b**2 - sum(ways) / 2

    rng, claim, canary = stream(706, "threshold"), [], []
    for _ in range(3000):
        v, slope = np.exp(rng.uniform(-4, 0.4)), np.exp(rng.uniform(-2, 4))
        x, b = 1 / (1 + 2 * slope**2 * v**2), 1e-3 * slope
        value = (3 - 2 * v**2) * (x + x**2) / 2
        if abs(value - 1) < 1e-2:
            continue
        enters = loss((slope**2 - b**2) ** 0.5, b, v) < loss(slope, 0.0, v)
        claim += [enters == (value > 1)]
        canary += [enters == (slope * v < 0.77)]  # whatever the width
    assert all(claim)
    assert not all(canary)
    assert bounded.style_enters(1e-3) * 1e-3 == pytest.approx(0.7701, abs=1e-4)


# Codes that can't grow


def test_partners_apart_never_help_against_strangers_of_ones_own_kind():
    rng, claim, canary = stream(707, "exclusion"), [], []
    for _ in range(2000):
        m, d, n = rng.integers(2, 7), rng.integers(1, 4), rng.integers(2, 4)
        tau, p = np.exp(rng.uniform(-3, 1)), rng.dirichlet(np.ones(m))
        h_x, h_t = rng.random((2, m, d))
        own = np.exp(-((h_x - h_t) ** 2).sum(axis=1) / tau)
        within, across = (np.exp(-squares(h_x, k) / tau) for k in (h_x, h_t))
        agreed = info_nce(p, within, np.ones(m), n)
        claim += [info_nce(p, within, own, n) >= agreed - 1e-12]
        canary += [info_nce(p, across, own, n) >= agreed - 1e-12]
    assert all(claim)
    assert not all(canary)


def test_no_law_that_descends_from_anywhere_ends_below_the_atoms():
    rng, grid = stream(708, "laws"), np.linspace(0, 1, 81)
    for tau in np.exp(rng.uniform(np.log(0.04), np.log(0.7), 5)):
        kernel = np.exp(-((grid[:, None] - grid) ** 2) / tau)
        law = bounded.best_law(tau)
        best = law.masses @ np.log(
            np.exp(-((law.places[:, None] - law.places) ** 2) / tau) @ law.masses
        )
        p = rng.dirichlet(np.full(81, 0.2), size=20) + 1e-9
        p /= p.sum(axis=1, keepdims=True)
        uniform = np.log(kernel.mean(axis=1)).mean()
        for _ in range(1500):
            crowd = p @ kernel
            change = np.log(crowd) + (p / crowd) @ kernel
            p = p * np.exp(change.min(axis=1, keepdims=True) - change)
            p /= p.sum(axis=1, keepdims=True)
        ends = (p * np.log(p @ kernel)).sum(axis=1)
        assert best - 1e-9 < ends.min() < best + 0.02
        assert uniform > ends.min() + 0.01  # the canary: the uniform law is not the best


def test_no_batch_of_codes_on_a_sphere_gains_more_than_the_uniform_law():
    rng, claim, canary = stream(709, "clamp"), [], []
    for _ in range(2000):
        (d, n), beta = map(int, rng.integers(2, (5, 60))), np.exp(rng.uniform(0, 5))
        angles = 2 * np.pi * np.arange(n) / n
        h = np.column_stack([np.cos(angles), np.sin(angles)])
        h = h if d == 2 and rng.random() < 0.5 else rng.standard_normal((n, d))
        h /= np.linalg.norm(h, axis=1, keepdims=True)
        gain = np.log(n) - np.logaddexp.reduce(beta * (h @ h.T - 1), axis=1).mean()
        claim += [gain <= bounded.uniform_gain(d, beta) + 1e-12]
        canary += [gain <= bounded.uniform_gain(d, beta / 2)]
    assert all(claim)
    assert not all(canary)
