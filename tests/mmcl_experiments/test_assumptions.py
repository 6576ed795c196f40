"""Broken assumptions at fresh seeds: groups, matched information, ceilings, told networks."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.collections import PathCollection

import mmcl_experiments as experiments
from mmcl.laws import GeneralizedNormal, Laplace, Normal, Projected, Uniform, VonMisesFisher
from mmcl.mixing import LeakyMixing, LossyMixing, draw_mixing
from mmcl.model import LatentPartialCausalModel
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from mmcl_experiments.assumptions import ceilings, figures, groups, information, readings
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


# Readings


def long(found):
    """A table as `run` gives it, from {row: {(code, metric): one value a seed}}."""
    return pd.DataFrame(
        {"row": row, "code": code, "modality": "x", "metric": metric, "value": v, "seed": seed}
        for row, named in found.items()
        for (code, metric), values in named.items()
        for seed, v in enumerate(values)
    )


def test_a_row_is_right_where_its_group_says_what_it_costs():
    own = {("contrastive", metric): [0.9, 0.8] for metric in ("linear_r2", "mcc")}
    table = long(dict.fromkeys(assumptions.rows(), own))
    judged = readings.judged(table)
    assert len(judged) == sum(len(n) for g in groups.GROUPS.values() for n in g.values()) - 1
    assert judged.right.equals(judged.group.ne("spent"))  # nothing costs anything
    hurt = {"sphere: private threefold": 0.03, "box: score L2": 0.04, "box: a coordinate lost": 0.2}
    for row, fall in hurt.items():
        table.loc[table.row.eq(row), "value"] -= fall
    judged = readings.judged(table).set_index(["home", "metric", "row"])
    assert not judged.right["sphere", "linear_r2", "private threefold"]
    assert judged.right["box", "mcc", "score L2"]
    assert judged.right["box", "linear_r2", "a coordinate lost"]
    assert judged.cost["box", "mcc", "score L2"] == pytest.approx(0.04)
    one = table.row.eq("box: private threefold") & table.seed.eq(1)
    table.loc[one, "value"] = -9.0  # a seed that got stuck
    stuck = readings.judged(pd.concat([table, table[~one].assign(seed=lambda t: t.seed + 2)]))
    stuck = stuck.set_index(["home", "metric", "row"]).loc["box", "mcc", "private threefold"]
    assert (bool(stuck.right), bool(stuck.by_median)) == (False, True)
    noted = readings.of_groups(table, judged.reset_index())
    assert noted["groups.rows"] == len(judged)
    assert noted["groups.right"] == sum(
        noted[f"groups.{g}.right"] for g in ("unspent", "protected", "spent")
    )
    assert [noted[f"groups.{g}"] for g in ("unspent", "protected", "spent")] == [False, True, False]
    assert set(readings.SAID) >= {n for n, value in noted.items() if isinstance(value, bool)}


def test_by_home_summarizes_seeds_and_leaves_empty_what_isnt_there():
    r2, nats = ("contrastive", "linear_r2"), ("contrastive", "nats")
    table = long({"sphere: nothing": {r2: [0.9, 0.7], nats: [1, 2]}, "box: score L2": {r2: [0.5]}})
    outcomes = {"sphere": ("linear_r2", "nats"), "box": ("linear_r2",)}
    means, spreads = readings.by_home(table, outcomes)
    assert list(means.index) == readings.names()
    assert sorted(means.index) == sorted({n.split(": ")[1] for n in assumptions.rows()})
    assert means.loc["nothing", ("sphere", "linear R2")] == pytest.approx(0.8)
    assert spreads.loc["nothing", ("sphere", "nats")] == pytest.approx(0.5)
    assert np.isnan(means.loc["score L2", ("sphere", "linear R2")])


def test_told_stands_between_raw_and_the_ceiling():
    codes = {"raw": [0.4, 0.6], "supervised": [0.7, 0.8], "contrastive": [0.65, 0.7]}
    codes["ceiling"] = [0.9, 1.0]
    found = {(code, "linear_r2"): values for code, values in codes.items()}
    named = {
        home: readings.told(long({f"{home}: {n}": found for n in assumptions.TOLD}), home)
        for home in assumptions.HOMES
    }
    row = named["box"].loc["ill-conditioned mixing"]
    assert (row.raw, row.supervised, row.ceiling) == pytest.approx((0.5, 0.75, 0.95))
    cold = {("contrastive", m): [0.95, 0.05] for m in ("linear_r2", "nats")}
    nats = {("contrastive", "nats"): [0.95, 0.05]}
    more = {f"{home}: {n}": found for home in assumptions.HOMES for n in assumptions.TOLD}
    more |= {"box: 1/tau fourfold": cold, "sphere: only 1,000 pairs": found | nats}
    more["box: closer, cubic steps"] = {("contrastive", "mcc"): [0.99, 0.8]}
    rows = long(more)
    noted = readings.of_causes(rows, named)
    assert noted["told.ahead"] is True
    assert noted["cubic.turned"] == 1
    here = rows.row.eq("sphere: a coordinate lost") & rows.seed.eq(1)
    rows.loc[here & rows.code.eq("contrastive"), "value"] = 0.81  # the mean is behind, a seed ahead
    assert readings.of_causes(rows, named)["told.ahead"] is False
    assert noted["fourfold.none"] == 1
    assert noted["lost.found"].tolist() == row.found == [0.65, 0.7]


def test_rows_on_laws_have_information_nats_and_scores():
    own = {("contrastive", m): [1.0, 2.0] for m in ("nats", "linear_r2", "mcc")}
    own[("states", "information")] = [3.0]
    found = readings.laws(long(dict.fromkeys(assumptions.rows(), own)))
    assert len(found) == 16
    assert found.loc[("box", "matched, cubic steps")].tolist() == [3.0, 1.5, 1.5, 1.5]
    assert found.mcc["sphere"].isna().all()
    found.loc[("sphere", "matched, normal steps"), ["linear_r2", "information"]] = [1.49, 2.7]
    found.loc[("sphere", "closer, normal steps"), "information"] = 9.0
    found.loc[("box", "matched, cubic steps"), "mcc"] = 1.1
    noted = readings.of_laws(found)
    assert noted["laws.small"] is True
    wanted = {"matched": 0.01, "closer": 0, "apart": 0.3, "most": 9, "axes": 0.4, "own": 0}
    assert {name: noted[f"laws.{name}"] for name in wanted} == pytest.approx(wanted)


def test_accidents_are_told_apart_and_stuck_seeds_compared():
    own = {("contrastive", m): [0.9, 0.95] for m in ("linear_r2", "mcc", "inverse_temperature")}
    table = long(dict.fromkeys(assumptions.rows(), own))
    for name in ("1/tau fourfold", "m_x follows z_t", "only 1,000 pairs"):
        table.loc[table.row.eq(f"sphere: {name}"), "value"] -= 0.1
    for z in ("z_t", "z_x"):
        table.loc[table.row.eq(f"box: m_x follows {z}") & table.seed.eq(1), "value"] = 0.6
    noted = readings.of_accidents(table, readings.judged(table))
    assert (noted["accidents"], noted["shortcut.same"], noted["shortcut.stuck"]) == (True, True, 1)
    table.loc[table.row.eq("box: m_x follows z_x"), "value"] = 0.95
    assert not readings.of_accidents(table, readings.judged(table))["shortcut.same"]


def test_the_picture_has_a_dot_a_row_and_colors_what_wasnt_foretold():
    own = {("contrastive", metric): [0.9, 0.8] for metric in ("linear_r2", "mcc")}
    judged = readings.judged(long(dict.fromkeys(assumptions.rows(), own)))
    panels = figures.foretold(judged).axes
    assert len(panels) == 3
    for axes, (_, here) in zip(panels, judged.groupby(["home", "metric"], sort=False), strict=True):
        dots = [c for c in axes.collections if isinstance(c, PathCollection)]
        assert sum(len(each.get_offsets()) for each in dots) == len(here)
        shades = [tuple(each.get_facecolors()[0]) for each in dots]
        assert shades[0] == shades[1] != shades[2]  # spent rows that cost nothing
