"""The front page's picture: its rows, what it says of them, and what stands still as it moves."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl_experiments import results
from mmcl_experiments.one_minute import figures, readings


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return results.recorded("one_minute", profile="default")


@pytest.fixture(scope="module")
def worlds(recorded) -> dict[str, list[readings.Step]]:
    return readings.steps(recorded)


def test_a_run_has_scores_of_each_step_and_points_of_the_first_seed():
    first, second = (experiments.run("one_minute", profile="smoke", seed=k) for k in (0, 1))
    settings = experiments.settings("one_minute", profile="smoke")
    steps = len(settings["kappas"]) + len(settings["sigmas"])
    assert len(second) == 3 * steps
    assert len(first) == (3 + 2 * settings["drawn"]) * steps
    assert set(first.metric.dropna()) == set(readings.SCORES)
    named = first.loc[first.point.notna(), readings.CLOUDS]
    assert named.notna().to_numpy().all()


def test_the_couplings_rise_from_none(worlds):
    names = {world: [step.name for step in steps] for world, steps in worlds.items()}
    assert names["circle"][0] == names["box"][0] == "No coupling"
    assert names["circle"][-1] == "Coupling with kappa 20"
    assert names["box"][-1] == "Coupling with sigma 0.05"


def test_only_partners_change_with_the_coupling(worlds):
    for steps in worlds.values():
        assert all(np.array_equal(steps[0].clouds["z_x"], s.clouds["z_x"]) for s in steps[1:])
        apart = [np.linalg.norm(s.clouds["z_x"] - s.clouds["z_t"], axis=1).mean() for s in steps]
        assert sorted(apart, reverse=True) == apart


def test_what_the_caption_says_holds_of_the_recorded_rows(worlds):
    """Set after the numbers were seen, which are means and extremes of three networks."""
    for steps in worlds.values():
        r2 = [np.mean(step.scores["linear_r2"]) for step in steps]
        assert r2[0] < 0.5 < 0.95 < min(r2[-2:])
    box = [step.scores["ica_mcc"] for step in worlds["box"][-2:]]
    assert np.min(box) > 0.98
    circle = [step.scores["ica_mcc"] for step in worlds["circle"][-3:]]
    assert np.min(circle) < 0.95
    assert "0.71 to 1" in figures.CAPTION
    turned = [max(abs(np.cos(a)), abs(np.sin(a))) for a in np.linspace(0, np.pi, 181)]
    assert (round(min(turned), 2), max(turned)) == (0.71, 1.0)


def test_the_picture_says_in_words_what_it_shows(recorded, worlds):
    markup = figures.minute(recorded).markup
    for steps in worlds.values():
        for step in steps:
            assert step.sentence.replace("'", "&#x27;") in markup
            mean = np.mean(step.scores["linear_r2"])
            assert f"A linear map reads {mean:.2f}" in step.sentence
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', markup)[1])
    assert set(data) == set(worlds)
    dots = len(next(iter(worlds.values()))[0].clouds["z_x"])
    for world in data.values():
        assert len(world["colors"]) == dots
        for step in world["steps"]:
            assert [len(cloud) for cloud in step["clouds"]] == [2 * dots] * len(readings.CLOUDS)
            assert 0 <= min(map(min, step["clouds"])) <= max(map(max, step["clouds"])) <= 200
    assert markup.count("<circle") == dots * len(readings.CLOUDS)
    assert len(markup) < 150_000


def test_colors_tell_places():
    angles = np.linspace(0, 2 * np.pi, 5)[:-1]
    circle = figures.colors(np.column_stack([np.cos(angles), np.sin(angles)]), "circle")
    box = figures.colors(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), "box")
    assert circle == box
    assert len(set(box)) == 4
