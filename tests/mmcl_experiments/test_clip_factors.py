"""Factors of our own CLIPs: the measures by factor, statistic, statement, experiment."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from scipy import stats

import mmcl_experiments as experiments
from mmcl.features.adaptor import IntoBox, boxes, inside
from mmcl.metrics import dci, factorwise, mcc, mig, paired, sap
from mmcl.randomness import stream, torch_generator
from mmcl.world import factors
from mmcl_experiments.clip_factors import run as experiment

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "book" / "primary_claim.md"


@pytest.fixture(scope="module")
def world():
    table = factors.draw(1200, stream(0, "factors"))
    codes = np.column_stack([
        table["x"], table["y"], table["size"], np.cos(2 * np.pi * table["hue"]),
        np.sin(2 * np.pi * table["hue"]), table["shape"],
    ]).astype(float)  # fmt: skip
    noise = stream(0, "noise").standard_normal(codes.shape)
    return experiment.latents(table, experiment.SHARED), codes + 0.1 * noise


def get(rows, metric, factor="all"):
    return rows[rows.metric.eq(metric) & rows.factor.eq(factor)].value.item()


# Measures, factor by factor


def test_their_means_are_the_measures_of_the_package(world):
    latents, codes = world
    found = factorwise.scores(latents, codes, seed=3)
    labels = np.column_stack([latent.labels for latent in latents.values()])
    whole = dci(labels, codes, rng=stream(3, "forests"), discrete=True)
    for metric, value in whole._asdict().items():
        assert get(found, metric) == pytest.approx(value, abs=1e-12)
    wanted = mig(labels, codes, discrete=True)
    assert get(found, "MIG") == pytest.approx(wanted)
    wanted = sap(labels, codes, rng=stream(3, "halves"), discrete=True)
    assert get(found, "SAP") == pytest.approx(wanted)
    numbers = np.hstack([latent.numbers for latent in latents.values()])
    assert get(found, "MCC") == pytest.approx(mcc(numbers, codes))
    each = found[found.metric.eq("disentanglement") & found.factor.ne("all")].value
    assert each.mean() == pytest.approx(get(found, "disentanglement"))


def test_they_see_axes_and_not_only_the_space(world):
    latents, codes = world
    turn = experiment.random_rotation(codes.shape[1], 0)
    straight, turned = (factorwise.scores(latents, h) for h in (codes, codes @ turn))
    assert get(straight, "disentanglement") > 0.8 > 0.5 > get(turned, "disentanglement")
    assert get(straight, "MCC", "x") > 0.95
    assert get(straight, "informativeness", "x") == pytest.approx(1)


def test_order_sign_and_scale_of_components_do_not_matter(world):
    latents, codes = world
    other = codes[:, ::-1] * [-2, 3, -1, 1, 5, 1]
    one, two = (factorwise.matched(latents, h) for h in (codes, other))
    assert one == pytest.approx(two)


def test_a_hue_has_no_seam():
    around = factorwise.circular(np.array([0.0, 0.9999, 0.126]))
    assert around.labels.tolist() == [0, 7, 1]
    assert np.linalg.norm(around.numbers[0] - around.numbers[1]) < 1e-3


def test_too_few_components_are_refused(world):
    latents, codes = world
    with pytest.raises(ValueError, match="5 numbers"):
        factorwise.matched(latents, codes[:, :4])


# The statistic


def test_the_interval_is_students():
    a, b = stream(0, "a").standard_normal((2, 5))
    found = paired.difference(a, b)
    test = stats.ttest_rel(a, b)
    interval = test.confidence_interval()
    assert found == pytest.approx((np.mean(a - b), interval.low, interval.high, test.pvalue))
    assert paired.difference(b, a).p == pytest.approx(found.p)


def test_equal_arms_do_not_differ_and_lone_networks_are_refused():
    assert paired.difference([1, 2], [1, 2]) == (0, 0, 0, 1)
    with pytest.raises(ValueError, match="m >= 2"):
        paired.difference([1.0], [2.0])


# The statement


def statements():
    return [
        yaml.safe_load(each) for each in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)
    ]


def test_the_statement_is_what_the_experiment_does():
    stated, secondary = statements()
    settings = experiments.settings(stated["experiment"], profile=stated["profile"])
    for name in ("components", "rotations", "trees", "fit", "validation", "test"):
        assert settings[name] == stated[name], name
    assert tuple(stated["primary"]) == experiment.PRIMARY
    assert {name: tuple(each) for name, each in secondary.items()} == experiment.SECONDARY
    seeds = experiments.seeds(stated["experiment"], stated["profile"])
    assert stated["reported_seeds"] == list(range(1, seeds + 1))


# The experiment


@pytest.fixture(scope="module")
def table():
    return experiments.run("clip_factors", profile="smoke", seed=100)


def test_all_arms_have_all_measures(table):
    assert np.isfinite(table.value).all()
    k = experiments.settings("clip_factors", profile="smoke")["components"]
    shared = table[table.factor.isin(experiment.SHARED) & table.k.eq(k)]
    counts = shared.groupby(["tower", "arm"]).size()
    assert len(counts) == 14
    assert counts.nunique() == 1
    private = set(table.factor) - {*experiment.SHARED, "all"}
    assert private == {*experiment.PRIVATE["image"], *experiment.PRIVATE["text"]}
    assert table.weights.str.len().eq(64).all()


def test_the_parts_of_the_pairs_are_disjoint():
    settings = {"fit": 5, "validation": 3, "test": 4}
    pairs, parts = experiment.drawn(settings, 32)
    rows = np.concatenate([np.arange(12)[part] for part in parts.values()])
    assert sorted(rows) == list(range(12))
    assert len(pairs.captions) == 12


# The box


def test_a_box_starts_near_the_sigmoid_and_learns_partners():
    rng = stream(0, "pairs")
    z = rng.uniform(-1, 1, (600, 3))
    turn = experiment.random_rotation(3, 0)
    x, t = z @ turn, z + 0.05 * rng.standard_normal(z.shape)
    both = boxes(x, t, steps=400, batch=64, rng=stream(0, "boxes"))
    a, b = (inside(box, codes) for box, codes in zip(both, (x, t), strict=True))
    near = np.abs(a - b).mean()
    assert near < 0.6 * np.abs(a - np.roll(b, 1, axis=0)).mean()
    for box, codes in zip(both, (a, b), strict=True):
        low, high = (each.detach().numpy() for each in (box.low, box.high))
        assert ((codes > low - 1e-5) & (codes < high + 1e-5)).all()


def test_boxes_repeat_and_refuse_what_does_not_pair():
    x = stream(0, "x").standard_normal((40, 2))
    one, two = (boxes(x, x, steps=2, batch=8, rng=stream(1, "boxes"))[0] for _ in range(2))
    assert all(torch.equal(p, q) for p, q in zip(one.parameters(), two.parameters(), strict=True))
    assert isinstance(IntoBox(2, torch_generator(stream(0, "g"))), torch.nn.Module)
    with pytest.raises(ValueError, match="row by row"):
        boxes(x, x[:5], steps=1, batch=2, rng=stream(0, "boxes"))
    with pytest.raises(ValueError, match="batch is 99"):
        boxes(x, x, steps=1, batch=99, rng=stream(0, "boxes"))
