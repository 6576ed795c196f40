"""How many components: the experiment's rows, and what its measures see in a code that is known."""

import numpy as np
import pytest

import mmcl_experiments as experiments
from mmcl.clip import ours
from mmcl.ica import random_rotation
from mmcl.metrics import factorwise
from mmcl.metrics.disentanglement import dci_scores
from mmcl.metrics.paired import difference
from mmcl.randomness import stream
from mmcl.world import factors
from mmcl_experiments import results
from mmcl_experiments.clip_factors import readings as reading
from mmcl_experiments.clip_factors.run import PRIMARY, SHARED, latents
from mmcl_experiments.component_count import figures as pictures
from mmcl_experiments.component_count import run as experiment
from mmcl_experiments.component_count.readings import by_count

TEST = slice(1600, 3000)


@pytest.fixture(scope="module")
def world():
    """Three factors, each in one of six columns, the others noise; all of it turned."""
    table = factors.draw(3000, stream(0, "factors"))
    noise = stream(0, "noise").standard_normal((3000, 6))
    codes = 0.1 * noise
    codes[:, :3] += table[["x", "y", "size"]].to_numpy() - 1.0
    return table, codes @ random_rotation(6, 0)


def test_it_is_the_same_score_as_that_of_the_primary_claim(world):
    table, codes = world
    asked = latents(table.iloc[TEST], SHARED)
    matrix, skills = factorwise.importances(asked, codes[TEST], 0, 5)
    found = experiment.told(asked, [codes[TEST]], 5, 0)
    assert found["disentanglement"] == pytest.approx(dci_scores(matrix)[0])
    assert found["informativeness"] == pytest.approx(np.mean(list(skills.values())))


def test_several_choices_of_axes_are_averaged(world):
    table, codes = world
    asked = latents(table.iloc[TEST], SHARED)
    one, other = codes[TEST], codes[TEST] @ random_rotation(6, 1)
    both = experiment.told(asked, [one, other], 5, 0)
    each = [experiment.told(asked, [rows], 5, 0) for rows in (one, other)]
    for metric, value in both.items():
        assert value == pytest.approx(np.mean([part[metric] for part in each]))


def test_differences_are_paired_by_network():
    table = results.recorded("component_count", profile="default")
    found = by_count(table, PRIMARY)
    some = table[table.k.eq(12) & table.metric.eq("disentanglement")]
    sides = (some[some.arm.eq(arm)].value.to_numpy() for arm in PRIMARY[1:])
    wanted = difference(*sides)
    assert found.loc[12].tolist() == pytest.approx(list(wanted))


def test_at_the_number_of_the_primary_claim_it_finds_what_that_found():
    """Other starts and other rotations of the same CLIPs and pairs: nearly the same difference."""
    table = results.recorded("component_count", profile="default")
    known = results.recorded("clip_factors", profile="default")
    here, there = by_count(table, PRIMARY).loc[12], reading.compared(known, PRIMARY)
    assert here["mean"] == pytest.approx(there.mean, abs=0.03)
    assert set(table.weights) == set(known.weights)


def test_the_figure_has_a_line_for_each_network_and_one_for_their_mean():
    table = results.recorded("component_count", profile="default")
    left, right = pictures.counts(table, 12).axes
    assert len(left.lines) == 2 * (5 + 1) + 1
    assert len(right.lines) == 5 + 1 + 1


def test_at_smoke_every_size_has_its_rows(monkeypatch):
    trained = ours.untrained(ours.trained("default", 0))
    asked_for = []
    monkeypatch.setattr(ours, "trained", lambda *which, **how: asked_for.append(which) or trained)
    table = experiments.run("component_count", profile="smoke", seed=3)
    assert asked_for == [("smoke", 3)]
    wide = table.pivot_table("value", "k", ["arm", "metric"])
    assert wide.index.tolist() == [4, 8]
    assert not wide.isna().to_numpy().any()
    assert set(wide["PCA + ICA"]) == {"disentanglement", "informativeness", "Gaussian", "agreement"}
    assert set(wide["rotation"]) == {"disentanglement", "informativeness"}
    assert table.value.between(-1, 1).all()
    assert set(table.seed) == {3}
