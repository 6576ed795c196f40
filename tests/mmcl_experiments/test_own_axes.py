"""Components of CLIPs that were trained apart: what turns can't change, and what couples tell."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import mmcl_experiments as experiments
from mmcl.ica import random_rotation
from mmcl.metrics.disentanglement import dci_scores
from mmcl.metrics.paired import difference
from mmcl.randomness import stream
from mmcl.world import factors
from mmcl_experiments import results
from mmcl_experiments.clip_factors.run import SHARED, latents
from mmcl_experiments.own_axes import figures, readings
from mmcl_experiments.own_axes import run as experiment

ROOT = Path(__file__).parents[2]
SETTINGS = {"components": 4, "starts": 6, "rotations": 20}


@pytest.fixture(scope="module")
def known():
    """Three factors in three of four columns, exactly white, and what is asked of them."""
    table = factors.draw(3000, stream(0, "factors"))
    codes = 0.1 * stream(0, "noise").standard_normal((3000, 4))
    codes[:, :3] += table[["x", "y", "size"]].to_numpy() - 1.0
    left, _, right = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)
    return latents(table, ("x", "y", "size")), left @ right * np.sqrt(3000)


def test_no_turn_tells_more_of_a_factor_by_shares_of_variance(known):
    asked, white = known
    share = {}
    for name, latent in asked.items():
        share[name] = np.array([latent.labels == each for each in np.unique(latent.labels)], float)
    sums = []
    for sources in (white, white @ random_rotation(4, 1).T):
        means = [share[n] @ sources / share[n].sum(axis=1, keepdims=True) for n in share]
        sizes = [share[n].sum(axis=1) / len(white) for n in share]
        sums.append([float(s @ (m**2).sum(axis=1)) for s, m in zip(sizes, means, strict=True)])
    assert sums[0] == pytest.approx(sums[1])
    matrix = experiment.told(asked, white)
    assert matrix.sum(axis=0) == pytest.approx(np.ones(3))
    assert dci_scores(matrix)[0] > 0.9
    assert dci_scores(experiment.told(asked, white @ random_rotation(4, 1).T))[0] < 0.5


def test_chance_tells_nothing(known):
    asked, white = known
    noise = stream(0, "other").standard_normal(white.shape)
    raw = experiment.told({"x": asked["x"]}, np.column_stack([white[:, :1], noise[:, 1:]]))
    assert raw[1:].max() < 0.01


def networks(n=1600, d=6):
    """Two networks that hold four independent sources by different maps, and one with its own."""
    z = stream(0, "z").uniform(-1, 1, (n, 4)) * [2.0, 1.8, 1.6, 1.4]
    other = stream(0, "other").uniform(-1, 1, (n, 4)) * [2.0, 1.8, 1.6, 1.4]
    maps = [np.linalg.qr(stream(0, f"map {i}").standard_normal((d, 4)))[0] for i in range(3)]
    noise = 0.01 * stream(0, "noise").standard_normal((3, n, d))
    held = (z, z @ random_rotation(4, 0), other)
    return [a @ m.T + e for a, m, e in zip(held, maps, noise, strict=True)]


def test_axes_of_the_world_meet_across_networks_and_turns_of_them_do_not():
    fit, test = np.arange(1000), np.arange(1000, 1600)
    rng = stream(0, "axes")
    found = [experiment.axes_of(codes, fit, test, SETTINGS, rng) for codes in networks()]
    for names in (("all", "all"), ("first", "second")):
        same = experiment.met(found[0][names[0]], found[1][names[1]])
        assert same["ICA"] > 0.97
        assert same["CCA"] > 0.97
        assert same["rotation"] < 0.85
        assert abs(experiment.met(found[0][names[0]], found[2][names[1]])["ICA"]) < 0.15


def test_couples_and_networks_with_themselves():
    fit, test = np.arange(1000), np.arange(1000, 1600)
    found = {i: experiment.axes_of(codes, fit, test, SETTINGS, stream(i, "axes"))
             for i, codes in enumerate(networks())}  # fmt: skip
    table = pd.DataFrame(experiment.across(found, fit, test, SETTINGS, stream(0, "a"), "trained"))
    two = readings.matches(table, "other pictures")
    assert list(two.index) == [("trained", 0, 1), ("trained", 0, 2), ("trained", 1, 2)]
    assert len(readings.matches(table, "same pictures")) == 3
    own: Any = readings.matches(table, "other pictures", same=True)
    assert float(own["ICA"].min()) > 0.97
    assert not len(readings.matches(table, "same pictures", same=True))


def couples(values):
    index = [("trained", 0, 1), ("trained", 0, 2), ("trained", 1, 2)]
    return pd.Series(
        values, index=pd.MultiIndex.from_tuples(index, names=["state", "one", "other"])
    )


def test_the_jackknife_takes_the_network_as_its_unit():
    found = readings.jackknifed(couples([0.1, 0.2, 0.6]))
    pseudo = 3 * 0.3 - 2 * np.array([0.6, 0.2, 0.1])
    assert list(found) == pytest.approx(list(difference(pseudo, np.zeros(3))))
    assert found.mean == pytest.approx(0.3)
    with pytest.raises(ValueError, match="at least three"):
        readings.jackknifed(couples([0.1, 0.2, 0.6]).iloc[:1])


def test_contrast_foretells_what_it_was_made_to():
    rows = []
    for one, sign in ((0, 1.0), (1, -1.0)):
        for start in range(5):
            where = {"part": "axes", "state": "trained", "one": one, "start": start, "arm": "ICA",
                     "prepared": "length one"}  # fmt: skip
            pairs = {"contrast": start, "gradient": 0.0, "forest": sign * start / 10}
            rows += [{**where, "metric": m, "value": v} for m, v in pairs.items()]
        rows.append({**where, "arm": "PCA", "metric": "forest", "value": 0.05, "start": 0})
    table = pd.DataFrame(rows)
    assert readings.foretold(table).tolist() == pytest.approx([1, -1])
    scored = readings.scores(table, "forest")
    assert scored["ICA"].tolist() == pytest.approx([0.4, -0.4])
    assert scored["a start"].tolist() == pytest.approx([0.2, -0.2])
    low, high = readings.student(pd.Series([0.0, 1.0, 2.0]))
    assert (low, high) == pytest.approx((1 - 4.302653 / 3**0.5, 1 + 4.302653 / 3**0.5))


def test_what_was_foretold_stands_and_has_an_expectation():
    stated = yaml.safe_load((ROOT / "book/predictions/own_axes.yml").read_text(encoding="utf-8"))
    assert stated["sentences"].keys() == stated["expected"].keys()


def test_the_smallest_run_has_all_parts_and_names_its_weights():
    table = experiments.run("own_axes", profile="smoke")
    assert set(table.part) == {"across", "axes"}
    assert set(table.prepared) == set(experiment.PREPARED)
    assert table.groupby("one").weights.nunique().eq(1).all()
    assert table.notna().all(axis=None)
    assert set(SHARED) == {"shape", "x", "y", "size", "hue"}


def test_the_record_is_drawn_and_noted_as_it_is():
    recorded = results.recorded("own_axes", profile="default")
    table = readings.at(recorded, "short")
    panels = {kind: readings.panel(recorded, kind) for kind in readings.KINDS}
    two = panels["short"]["couples"]
    figure = figures.meetings(panels)
    middle = figure.axes[1]
    drawn = [np.asarray(line.get_ydata()) for line in middle.lines if line.get_marker() == "o"]
    assert sorted(np.concatenate(drawn)) == pytest.approx(sorted(two["ICA"]))
    noted, said = readings.noted(recorded, "short"), readings.judged(recorded, "short")
    gaps = two["ICA"].loc["trained"] - two["PCA"].loc["trained"]
    assert noted["own.short.pca"]["value"] == pytest.approx(gaps.mean())
    assert said["own.short.pca.holds"][0] == (noted["own.short.pca"]["low"] > 0)
    assert said.keys() == {
        f"own.short.{name}.holds" for name in ("rotation", "pca", "training", "blind", "starts")
    }
    assert noted["own.short.clips"]["value"] == len(set(table.weights)) == 3
    assert "own.six.rank" not in readings.noted(recorded, "six")  # all starts end alike
    assert "own.six.starts.holds" not in readings.judged(recorded, "six")
    whole = readings.at(recorded, "whole")
    assert len(set(whole.weights)) == 5
    assert not set(whole.weights) & set(table.weights)
