"""How many components: the experiment's rows, and what its measures see in a code that is known."""

import numpy as np
import pytest

from mmcl import experiments, factorwise
from mmcl.clip import ours
from mmcl.experiments import component_count as experiment
from mmcl.experiments.clip_factors import SHARED, latents
from mmcl.ica import random_rotation
from mmcl.metrics.disentanglement import dci_scores
from mmcl.randomness import stream
from mmcl.world import factors

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
