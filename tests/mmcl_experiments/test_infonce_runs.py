"""The experiments of chapter 09: winding, flows, predictions, wrong pairs, interventions."""

import numpy as np
import pytest
import torch
from scipy import stats

import mmcl_experiments as experiments
from mmcl import files
from mmcl.alignment import sym_align_max_ent
from mmcl.randomness import stream
from mmcl_experiments.interventions import run as interventions
from mmcl_experiments.linear_flow import run as flow
from mmcl_experiments.lost_content import rivals
from mmcl_experiments.lost_content.worlds import draw_world, names
from mmcl_experiments.recorded.places import project_root
from mmcl_experiments.winding.code import apart, slopes, winding
from mmcl_experiments.wrong_pairs.run import turn_cost


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_winding_code_is_uniform_has_determinant_k_and_is_k_to_one(k):
    u = stream(400, "square").random((40_000, 2))
    inside = u[np.all((u > 0.01) & (u < 0.99), axis=1)]
    assert slopes(inside, k) == pytest.approx(k, rel=1e-5)
    counts = np.histogram2d(*winding(u, k).T, bins=20, range=[[0, 1]] * 2)[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4 / 3
    again = winding((u + np.array([0, 1 / k])) % 1, k)
    assert again == pytest.approx(winding(u, k), abs=1e-6)
    assert apart(u[:4000], winding(u[:4000], k)) == pytest.approx(1 - 1 / k, abs=0.06)


def test_the_theorems_loss_cant_tell_it_from_content():
    u = torch.from_numpy(stream(401, "square").random((1500, 2)))
    wound = torch.from_numpy(winding(u.numpy(), 2))
    losses = [float(sym_align_max_ent(h, h)) for h in (u, wound)]
    assert losses == pytest.approx([0, 0], abs=0.1)


def test_the_flows_loss_is_the_limit_of_infonce():
    generator = torch.Generator().manual_seed(0)
    sds = torch.tensor([1.0, 0.5, 1.0], dtype=torch.float64)
    changes = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    a, b = 0.7 * torch.randn((2, 2, 3), generator=generator, dtype=torch.float64)
    several = [flow.sampled(a, b, sds, changes, 2048, generator) for _ in range(8)]
    limit = flow.expected(a, b, sds, changes)
    assert float(torch.stack(several).mean()) - np.log(2048) == pytest.approx(
        float(limit), abs=0.03
    )


def test_a_bounded_slope_loses_the_narrow_content_and_no_other():
    table = experiments.run("linear_flow", seed=400, steepest=4.0, steps=1500, lr=0.01)
    last = table[table.step.eq(1500)].set_index("latent").value
    assert last["all"] <= 4 + 1e-9
    assert last[["content 1", "content 2", "content 3"]].min() > 0.98
    assert last["content 5"] < 0.3


def test_what_was_foretold_follows_from_the_formulas():
    about = files.read_yaml(project_root() / "book/predictions/lost_content.yml")
    settings = experiments.settings("lost_content")
    assert set(about["worlds"]) == set(range(40))
    assert not set(about["worlds"]) & set(about["calibration"])
    for seed in (0, 7, 23):
        model = draw_world(settings, seed)
        wide, n = np.diag(model.marginal.covariance), settings["content"]
        noise = np.concatenate([np.zeros(n), np.diag(model.conditional.covariance) / wide[n:]])
        shared = wide / np.where(noise > 0, about["free"]["shared covariance"], 1)
        reach = about["free"]["slope"] / rivals.needed_slopes(model, seed)
        for name, numbers in {
            "shared covariance": shared,
            "slope": rivals.slope_nats(reach, noise),
        }.items():
            largest = np.argsort(-numbers)[:4]
            said = about["worlds"][seed][name].split(", ")
            assert {names(settings)[j] for j in largest} == set(said)


def test_a_told_encoders_error_makes_content_worth_less():
    worth = rivals.told_nats(np.array([0.0, 0.5, 0.0]), np.array([0.0, 0.0, 1.0]))
    assert worth[0] > worth[2] > worth[1] > 0
    # a style of which half is changed: the correlation is sqrt(1/2)
    assert worth[2] == pytest.approx(np.log(2) / 2)


def test_turning_exact_codes_costs_less_with_wrong_pairs():
    settings = experiments.settings("wrong_pairs", d=2, turns=2)
    right, wrong = (turn_cost(share, settings, 400) for share in (0.0, 0.5))
    assert right > 0.02
    assert wrong < right / 2


def test_exact_codes_are_told_apart_by_the_intervention_alone():
    settings = experiments.settings("interventions", profile="smoke", rows=1024)
    table = interventions.run(settings, 400)
    exact = table[table.code.str.startswith("exact") & table.block.eq("content")]
    found = exact.set_index(["code", "score"]).value
    assert found["exact content", "observational"] - found["exact style", "observational"] < 0.1
    assert found["exact content", "interventional"] > 0.98
    assert found["exact style", "interventional"] < 0.1
    assert set(table.code) == {
        "exact content", "exact style", "told content", "told style", "contrastive"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["winding", "lost_content", "wrong_pairs", "redrawn_blocks"])
def test_each_runs_and_numbers_are_finite(name):
    table = experiments.run(name, profile="smoke", seed=400)
    assert np.isfinite(table.value).all()
    assert len(table)
