"""What the game rewards: best scores, costs of small tables, crossing, gap, folding."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import logsumexp

import mmcl_experiments as experiments
from mmcl.laws import VonMisesFisher, log_z
from mmcl.losses import info_nce
from mmcl.randomness import stream
from mmcl.spaces import Sphere
from mmcl_experiments.crossing import run as crossing
from mmcl_experiments.fixed_temperature import run as fixed_temperature
from mmcl_experiments.fixed_temperature.readings import rivals
from mmcl_experiments.many_pairs import readings as reading
from mmcl_experiments.many_pairs import run as many_pairs
from mmcl_experiments.oracle.run import variance
from tests import bounds


@pytest.fixture(scope="module")
def joint():
    table = torch.from_numpy(stream(200, "joint").dirichlet(np.full(12, 2.0)).reshape(3, 4))
    assert (table > 1e-3).all()
    return table


@pytest.fixture(scope="module")
def pmi(joint):
    return (joint / (joint.sum(dim=1, keepdim=True) * joint.sum(dim=0))).log()


@pytest.fixture(scope="module")
def pool():
    return many_pairs.draw(5.0, 5, 512, 24, stream(200, "pool"))


def test_the_expected_loss_is_the_mean_of_sampled_ones(joint):
    """Against another way to get it: draw tables of three and score them one by one."""
    rng = stream(200, "tables")
    scores = rng.standard_normal((3, 4))
    p = joint.numpy()
    places = rng.choice(12, size=40_000, p=p.ravel())
    x, t = np.divmod(places, 4)
    strangers = rng.choice(4, size=(2, len(x)), p=p.sum(axis=0))
    candidates = np.stack([scores[x, t], scores[x, strangers[0]], scores[x, strangers[1]]])
    losses = logsumexp(candidates, axis=0) - candidates[0]
    exact = reading.population_loss(torch.from_numpy(scores), joint, 3).item()
    bounds.mean_is(losses, exact)


@pytest.mark.parametrize("n", [2, 3])
def test_brute_force_finds_the_pmi(joint, pmi, n):
    found = reading.best_scores(joint, n)
    gap = (found - found.mean()) - (pmi - pmi.mean())
    assert gap.abs().max() < 1e-4
    other = reading.best_scores(joint + 0.01 * torch.eye(3, 4), n)
    assert (other - other.mean() - pmi + pmi.mean()).abs().max() > 0.01


def test_one_direction_leaves_a_term_of_x(joint, pmi):
    found = reading.best_scores(joint, 2, both=False)
    gap = found - pmi
    assert (gap - gap.mean(dim=1, keepdim=True)).abs().max() < 1e-4
    assert gap.mean(dim=1).std() > 0.01


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_pmi_has_no_slope_and_its_gain_stays_below_the_information(joint, pmi, n):
    scores = pmi.clone().requires_grad_()
    loss = reading.population_loss(scores, joint, n)
    (slope,) = torch.autograd.grad(loss, scores)
    assert slope.abs().max() < 1e-12
    assert 0 < math.log(n) - loss.item() < (joint * pmi).sum().item()


@pytest.mark.parametrize("n", [2, 3])
def test_the_cost_is_a_divergence(joint, pmi, n):
    """I - gain = KL(P || Q), P and Q the laws of lists with and without the partner."""
    p_x, p_t = joint.sum(dim=1), joint.sum(dim=0)
    shape = [len(p_x)] + [len(p_t)] * n
    mean_weight, q = torch.zeros(shape).double(), torch.ones(shape).double()
    for i in range(n):
        place = [len(p_x)] + [1] * n
        place[i + 1] = len(p_t)
        mean_weight += pmi.exp().reshape(place) / n
        q *= p_t.reshape([1, *place[1:]])
    p = mean_weight * q
    divergence = (p_x.reshape([-1] + [1] * n) * p * mean_weight.log()).sum().item()
    gain = math.log(n) - reading.population_loss(pmi, joint, n).item()
    assert (joint * pmi).sum().item() - gain == pytest.approx(divergence, abs=1e-12)


@pytest.mark.parametrize(("kappa", "d", "n"), [(1.0, 5, 2), (5.0, 10, 16), (20.0, 5, 64)])
@pytest.mark.parametrize("partner", [True, False])
def test_the_exact_gain_is_the_mean_of_sampled_ones(kappa, d, n, partner):
    """Strangers drawn one by one, by their cosine alone: another route to the same mean."""
    rng, count = stream(200, f"direct-{kappa}"), 60_000
    beta = 1.3 * kappa
    pole = np.eye(1, d).repeat(count, axis=0)
    own = VonMisesFisher(kappa).sample(pole, Sphere(d), rng)[:, :1]
    strangers = rng.standard_normal((count, n - 1, d))
    strangers = strangers[:, :, 0] / np.linalg.norm(strangers, axis=2)
    among = np.concatenate([own, strangers], axis=1) if partner else strangers
    gains = beta * own[:, 0] - logsumexp(beta * among, axis=1) + math.log(among.shape[1])
    exact = many_pairs.exact_gain(kappa, beta, d, n, partner=partner)
    bounds.mean_is(gains, exact)


@pytest.mark.parametrize(("kappa", "d"), [(1.0, 5), (5.0, 10), (20.0, 5), (3.0, 2), (5.0, 3)])
def test_the_exact_cost_tends_to_both_closed_forms(kappa, d):
    information, n = VonMisesFisher(kappa).mutual_information(d), 200_000
    half = variance(kappa, d) / 2
    cost = information - many_pairs.exact_gain(kappa, kappa, d, n)
    assert cost * n == pytest.approx(half, rel=0.01)
    cost = information - many_pairs.exact_gain(kappa, kappa, d, n, partner=False)
    assert cost * (n - 1) == pytest.approx(-half, rel=0.01)


@pytest.mark.parametrize("n", [2, 8, 100])
def test_perfect_scores_stay_on_their_side_for_every_n(n):
    information = VonMisesFisher(5.0).mutual_information(5)
    among = many_pairs.exact_gain(5.0, 5.0, 5, n)
    left_out = many_pairs.exact_gain(5.0, 5.0, 5, n, partner=False)
    assert 0 < among < min(information, math.log(n))
    assert left_out > information


def test_costs_are_the_packages_loss_with_noise_taken_off():
    u, v = many_pairs.draw(5.0, 5, 32, 3, stream(200, "costs"))
    within, without = many_pairs.costs(u, v, 5.0)
    for b in range(3):
        pmi = 5.0 * u[b] @ v[b].T - log_z(5.0, 5)
        off = ~torch.eye(32, dtype=torch.bool)
        loss = info_nce(u[b], v[b], similarity="dot", temperature=0.2)
        excess = pmi.exp()[off].mean() - 1
        cost = pmi.diagonal().mean() - (math.log(32) - loss) - excess * 31 / 32
        torch.testing.assert_close(within[b], cost)
        rest = [pmi.masked_fill(~off, -math.inf).logsumexp(dim=k).mean() for k in (0, 1)]
        torch.testing.assert_close(without[b], sum(rest) / 2 - math.log(31) - excess)


def test_the_measured_coefficients_meet_their_closed_forms_and_no_others():
    settings = experiments.settings("many_pairs", pairs=65_536)
    fits = reading.coefficients(many_pairs.run(settings, seed=200))
    bounds.within(fits.errors, dof=63)  # 64 batches of the largest size
    assert (fits.se < 0.06 * fits.closed_form.abs()).all()
    wrong = (fits.measured + fits.closed_form) / fits.se  # the other sign
    assert (wrong.abs() > 20).all()


def test_the_next_order_does_not_bend_the_fit():
    """The same fit on exact costs: what it gets wrong is small beside the standard error."""
    table = many_pairs.run(experiments.settings("many_pairs", pairs=65_536), seed=201)
    found = reading.coefficients(table.assign(cost=table.exact))
    assert (found.errors.abs() < 0.3).all()


@pytest.mark.parametrize("beta", [2.5, 5.0, 10.0])
def test_the_limit_has_its_three_terms(pool, beta):
    cosines = pool[0] @ pool[1].mT
    gains = crossing.gains(cosines, beta)
    limit = -beta * VonMisesFisher(5.0).mean_cosine(5) + log_z(beta, 5)
    error = gains.std().item() / len(gains) ** 0.5
    off = abs(-gains.mean().item() - limit)
    bounds.within(max(0, off - 0.02) / error, dof=len(gains) - 1)  # the limit's own: 0.02


def test_gains_are_the_packages(pool):
    u, v = (z[0] for z in pool)
    loss = info_nce(u, v, similarity="dot", temperature=0.1)
    torch.testing.assert_close(crossing.gains((u @ v.T)[None], 10.0)[0], math.log(512) - loss)


@pytest.mark.parametrize(("kappa", "place"), [(1.0, 2.06), (5.0, 14.2), (20.0, 87.9)])
def test_the_crossing_is_where_the_formula_says(kappa, place):
    limit = crossing.predict(kappa, 5)
    assert limit == pytest.approx(place, rel=0.005)
    assert many_pairs.limit_gain(kappa, limit, 5) == pytest.approx(0, abs=1e-4)
    assert many_pairs.limit_gain(kappa, 0.9 * limit, 5) > 0
    assert crossing.predict(kappa, 5, 4096) == pytest.approx(limit, rel=0.03)


def test_the_measured_crossings_meet_the_exact_ones():
    table = crossing.run(experiments.settings("crossing", pairs=16_384), seed=200)
    errors = (table.measured - table.exact).abs() / table.se
    bounds.plausible(2 * stats.t.sf(errors, 16_384 // table.n - 1))  # so many batches, less one
    assert (table.se < 0.05 * table.exact).all()
    assert (table.exact / table.limit - 1).abs().max() < 0.1


def test_the_gap_costs_nothing_only_with_its_temperature():
    u, v = (z[0] for z in many_pairs.draw(5.0, 2, 128, 1, stream(200, "circle")))

    def lift(z, side):
        return torch.cat([0.5 * z, torch.full((len(z), 1), side * 0.75**0.5)], dim=1)

    def loss(a, b, beta):
        return info_nce(a, b, similarity="dot", temperature=1 / beta).item()

    on_equator = loss(u, v, 5.0)
    assert loss(lift(u, 1), lift(v, 1), 20.0) == pytest.approx(on_equator, abs=1e-6)
    assert loss(lift(u, 1), lift(v, -1), 20.0) == pytest.approx(on_equator, abs=1e-6)
    assert loss(lift(u, 1), lift(v, -1), 5.0) > on_equator + 0.1


@pytest.mark.parametrize("ratio", [0.5, 2.0, 8.0])
def test_constant_codes_can_always_be_improved(pool, ratio):
    alpha, beta = 0.02, 5.0 * ratio
    u, v = (fixed_temperature.flattened(z, alpha) for z in pool)
    steps = crossing.gains(u @ v.mT, beta) / alpha**2
    predicted = beta * (1 - 1 / 512) * 4 / 5 * VonMisesFisher(5.0).mean_cosine(5)
    error = steps.std().item() / len(steps) ** 0.5
    off = abs(steps.mean().item() - predicted)
    bounds.within(max(0, off - 0.02 * predicted) / error, dof=len(steps) - 1)  # alpha isn't 0
    assert error < 0.01 * predicted


def test_flattened_codes_lose_one_coordinate_and_nothing_else():
    z = torch.nn.functional.normalize(torch.randn(50, 4, generator=torch.manual_seed(0)), dim=1)
    codes = fixed_temperature.flattened(z, 0.7)
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(50))
    torch.testing.assert_close(codes[:, :3], 0.7 * z[:, :3])
    mirror = z * torch.tensor([1.0, 1, 1, -1])
    torch.testing.assert_close(fixed_temperature.flattened(mirror, 0.7), codes)


def test_folding_beats_the_true_latents_before_collapse_does():
    table = rivals(5.0, 5, [1.0, 2.0, 2.7, 8.0], stream(200, "rivals"))
    assert (table.true > table.flattened).tolist() == [True, False, False, False]
    assert (table.true > 0).tolist() == [True, True, True, False]
    assert (table.flattened > 0.9).all()  # about 1.02, with an error of 0.02


def test_cold_codes_fold_and_warm_ones_do_not():
    base = experiments.settings("fixed_temperature", d=3, steps=150, batch=256, test_pairs=4096)
    found = {}
    for ratio in (0.7, 5.0):
        table = fixed_temperature.run(base | {"ratio": ratio}, seed=200)
        trained = table[table.code == "trained"].groupby("metric").value.mean()
        found[ratio] = trained, table[(table.code == "true")].value.item()
    (warm, _), (cold, true) = found.values()
    assert warm.linear_r2 > 0.98
    assert 0.5 < cold.linear_r2 < 0.8  # two of three coordinates
    assert true < 0 < 0.5 < cold.nats
