"""Broken assumptions at fresh seeds: groups, matched information, ceilings, told networks."""

from itertools import chain

import numpy as np
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.laws import GeneralizedNormal, Laplace, Normal, Projected, Uniform, VonMisesFisher
from mmcl.mixing import LeakyMixing, LossyMixing, draw_mixing
from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from mmcl_experiments.assumptions import ceilings, groups, information
from mmcl_experiments.assumptions import run as assumptions
from mmcl_experiments.learners import rows as learners

CREASE = {Box: -0.3, Sphere: -0.22}  # the medians of what is folded
SETTINGS = experiments.settings("assumptions")


# Groups


@pytest.mark.parametrize("place", list(groups.GROUPS))
def test_every_row_of_a_home_is_in_one_group(place):
    named = [name for names in groups.GROUPS[place].values() for name in names]
    home = place[0]
    there = [name.removeprefix(f"{home}: ") for name in assumptions.rows() if home in name]
    assert sorted(named) == sorted(set(there) - {assumptions.KEPT})


def test_the_kinds_hold_every_row_once_and_train_alike():
    parts = assumptions.kinds(assumptions.rows())
    assert sorted(chain.from_iterable(parts)) == sorted(assumptions.rows())
    assert max(map(len, parts)) <= 8
    for part in parts:
        chosen = [assumptions.rows()[name][0] for name in part]
        assert len({(r.codes, r.score, r.extra, r.ratio, r.lost) for r in chosen}) == 1


# Information


def of(space, marginal, conditional, n=4096):
    model = LatentPartialCausalModel(space, marginal, conditional)
    return information.of_states(model, n, stream(200, "information"))


@pytest.mark.parametrize(("kappa", "d"), [(1.0, 3), (5.0, 3), (20.0, 3), (5.0, 5)])
def test_on_the_sphere_it_is_the_closed_form(kappa, d):
    law = VonMisesFisher(kappa)
    assert of(Sphere(d), Uniform(), law) == pytest.approx(law.mutual_information(d), abs=0.1)


def test_on_the_box_it_is_the_integral():
    law, line = Laplace(0.1), Box(1)
    z = (np.arange(150) + 0.5) / 150
    table = np.array(
        [[law.log_density(np.array([[t]]), np.array([[x]]), line)[0] for t in z] for x in z]
    )
    density = np.exp(table)
    slow = float((density * (table - np.log(density.mean(axis=0)))).mean())
    assert of(Box(2), Uniform(), law) == pytest.approx(2 * slow, abs=0.02)


def test_densities_of_projected_draws_are_those_of_their_histogram():
    """By the mean of the angle's cosine, whose law the densities give by a sum over a circle."""
    angles = 2 * np.pi * (np.arange(2000) + 0.5) / 2000
    circle, center = np.column_stack([np.cos(angles), np.sin(angles)]), np.eye(1, 2)
    for law in (Normal(0.4), Laplace(0.4), GeneralizedNormal(0.4, 3.0)):
        p = np.exp(information.log_density(Projected(law), circle, center))[:, 0]
        drawn = Projected(law).sample(np.repeat(center, 40000, axis=0), Sphere(2), stream(0, "u"))
        error = 4 * drawn[:, 0].std() / 200
        assert (p @ circle[:, 0]) / p.sum() == pytest.approx(drawn[:, 0].mean(), abs=error)


@pytest.mark.parametrize("name", [name for name in assumptions.rows() if "matched" in name])
def test_matched_rows_tell_as_much_as_the_first(name):
    row, scales = assumptions.rows()[name]
    home = name.split(":")[0]
    model, kept = (
        learners.draw_model(one, SETTINGS | more, 200)
        for one, more in ((row, scales), (assumptions.HOMES[home], {}))
    )
    n = 1024 if row.conditional == "laplace" and home == "sphere" else 8192
    found, wanted = (information.of_states(m, n, stream(201, "draws")) for m in (model, kept))
    assert found == pytest.approx(wanted, abs=0.12 if home == "sphere" else 0.01)


def test_other_spaces_are_refused():
    with pytest.raises(ValueError, match="give a sphere or a box"):
        of(Unbounded(2), Normal(1.0), Normal(1.0))


# Ceilings


def lossy(space, **loss):
    g = draw_mixing(space.d + 1, stream(200, "mixing"))
    laws = (Uniform(), VonMisesFisher(5.0) if isinstance(space, Sphere) else Laplace(0.05))
    hidden = LossyMixing(g.weights, g.slope, **loss)
    return LatentPartialCausalModel(space, *laws, private=(1, 1), mixing=(hidden, hidden))


@pytest.mark.parametrize("space", [Box(2), Sphere(2)])
def test_the_mean_state_is_that_of_draws_which_look_alike(space):
    model = lossy(space, lost=1)
    pool = model.sample(400_000, stream(200, "pool"))
    asked = model.sample(40, stream(200, "asked"))
    found = ceilings.states(model, asked, pool[:4096])
    slow = []
    for x in asked.x:
        near = (pool.x - x).norm(dim=1).topk(400, largest=False).indices
        slow.append(pool.z_x[near].mean(dim=0))
    assert float((found - torch.stack(slow)).abs().median()) < 0.03
    assert float((found - asked.z_x).abs().median()) > 0.05  # something is lost


def test_a_fold_hides_a_box_and_hardly_a_sphere():
    """Off the sphere's skin the other side of a fold is no state."""
    errors = {}
    for space in (Box(3), Sphere(3)):
        model = lossy(space, creases=(CREASE[type(space)],))
        asked = model.sample(300, stream(200, "asked"))
        found = ceilings.states(model, asked, asked)
        errors[type(space)] = float((found - asked.z_x).square().mean() / asked.z_x.var())
    assert errors[Sphere] < 0.005 < errors[Box]


def test_without_a_loss_it_is_the_exact_inverse():
    g = draw_mixing(4, stream(200, "mixing"))
    model = LatentPartialCausalModel(
        Sphere(3), Uniform(), VonMisesFisher(5.0), private=(1, 1), mixing=(g, g)
    )
    pairs = model.sample(50, stream(200, "pairs"))
    torch.testing.assert_close(ceilings.states(model, pairs, pairs), pairs.z_x, atol=1e-4, rtol=0)


def test_volumes_are_determinants():
    g = draw_mixing(3, stream(200, "mixing"))
    x = torch.from_numpy(stream(200, "x").standard_normal((20, 3)))
    logs = ceilings.log_volume(LeakyMixing(g.weights, g.slope), x)
    slopes = torch.func.vmap(torch.func.jacrev(lambda u: g.inverse(u[None])[0]))(x)
    wanted = torch.linalg.slogdet(slopes).logabsdet
    torch.testing.assert_close(logs - logs[0], wanted - wanted[0])


# The run


def test_a_told_network_has_as_many_steps_as_the_codes(monkeypatch):
    seen = []

    def supervised(teacher, fitted, settings, seed):
        seen.append(settings["steps"])
        return fitted.test.z_x

    monkeypatch.setattr(learners, "supervised", supervised)
    experiments.run("assumptions", profile="smoke", rows=["sphere: nothing"])
    assert seen == [experiments.settings("assumptions", profile="smoke")["steps"]]


def test_the_table_has_what_a_page_asks_for():
    names = ["sphere: nothing", "sphere: a coordinate lost", "box: matched, cubic steps"]
    names += ["box: matched, normal marginal"]
    table = experiments.run("assumptions", profile="smoke", rows=names, repeats=2)
    value = table.groupby(["row", "code", "metric"]).value
    assert set(table.row) == set(names)
    assert set(table.seed) == {0, 1}
    count = value.count()
    assert count["sphere: nothing", "supervised", "linear_r2"] == 2
    assert count["sphere: nothing", "states", "information"] == 1  # laws are the seeds' own
    assert ("box: matched, normal marginal", "ceiling", "linear_r2") not in count
    best = value.mean().xs(("ceiling", "linear_r2"), level=["code", "metric"])
    assert best["sphere: nothing"] > 0.999 > best["sphere: a coordinate lost"]


def test_unknown_rows_are_refused():
    with pytest.raises(ValueError, match="did you mean 'sphere: nothing'"):
        experiments.run("assumptions", profile="smoke", rows=["sphere: nothin"])
