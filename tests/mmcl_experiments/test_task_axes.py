"""Alignment of axes and tasks: the formula against rotations, tasks, the claim as it was fixed."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import mmcl_experiments as experiments
from mmcl.ica import random_rotation
from mmcl.randomness import stream
from mmcl.world import factors
from mmcl_experiments.task_axes import figures, readings
from mmcl_experiments.task_axes import run as room
from mmcl_experiments.task_axes.alignment import alignment, between, by_chance, mixture

PAGE = Path(__file__).parents[2] / "book" / "alignment_claim.md"


@pytest.fixture(scope="module")
def table():
    return experiments.run("task_axes", profile="smoke", seed=200)


def covariance(k=5, rank=3, seed=0):
    rows = stream(seed, "classes").standard_normal((rank, k))
    return rows.T @ rows


# The formula


def test_covariance_between_classes_is_that_of_the_means_of_rows():
    rng = stream(0, "codes")
    codes, labels = rng.standard_normal((300, 4)), rng.integers(3, size=300)
    means = np.stack([codes[labels == name].mean(axis=0) for name in labels])
    wanted = np.cov(means.T, bias=True)
    assert between(codes, labels) == pytest.approx(wanted, abs=1e-12)


def test_alignment_is_one_in_the_axes_of_the_task_and_less_elsewhere():
    matrix = covariance()
    _, vectors = np.linalg.eigh(matrix)
    assert alignment(matrix, vectors.T) == pytest.approx(1)
    turned = [alignment(matrix, random_rotation(5, seed)) for seed in range(20)]
    assert max(turned) < 1


def test_it_takes_no_notice_of_scale_order_and_sign():
    matrix, axes = covariance(), random_rotation(5, 3)
    changed = -axes[[2, 0, 1, 4, 3]]
    assert alignment(7 * matrix, changed) == pytest.approx(alignment(matrix, axes))


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_chance_is_the_mean_over_rotations(rank):
    matrix = covariance(rank=rank)
    found = np.array([alignment(matrix, random_rotation(5, seed)) for seed in range(2000)])
    error = found.std() / np.sqrt(len(found))
    assert abs(found.mean() - by_chance(matrix)) < 4.5 * error  # false alarms: 1 in 100,000


def test_a_task_of_nothing_but_noise_directions_is_at_chance():
    assert by_chance(np.eye(6)) == pytest.approx(1)  # every turn of it is diagonal
    assert alignment(np.eye(6), random_rotation(6, 0)) == pytest.approx(1)


# Tasks


def test_mixtures_have_all_classes_and_name_no_factor():
    drawn = factors.draw(4000, stream(0, "factors"))
    labels = mixture(drawn, stream(3, "mixture"))
    counts = np.bincount(labels)
    assert len(counts) == 8
    assert counts.min() > 150
    assert (labels == mixture(drawn, stream(3, "mixture"))).all()
    assert not (labels == mixture(drawn, stream(4, "mixture"))).all()


def test_kinds():
    named = {"shape": "one", "x size": "two", "mixture 7": "mixture"}
    assert {task: room.kind_of(task) for task in named} == named


# The table


def test_every_part_is_there_and_mixtures_have_no_caption(table):
    assert set(table.part) == {"alignment", "heads", "l2", "reference"}
    assert set(table[table.part.eq("reference")].kind) == {"one", "two"}
    assert not ((table["head"] == "axes") & (table.shots == 1)).any()
    assert (table.low <= table.value + 1e-12).all()
    assert (table.value <= table.high + 1e-12).all()


def test_labels_to_choose_on_are_at_most_as_many_as_shots(monkeypatch):
    told, real = [], room.tried

    def spied(task, count, space, fit, *, known):
        rows = known(0)["validation"]
        told.append((count, np.unique(rows.labels, return_counts=True)[1].max()))
        return real(task, count, space, fit, known=known)

    monkeypatch.setattr(room, "tried", spied)
    experiments.run("task_axes", profile="smoke", seed=200, tasks=["size"])
    assert told
    assert all(rows <= count for count, rows in told)


def test_starts_and_rotations_differ_by_draw():
    rows = stream(0, "rows").standard_normal((300, 6))  # no axes to agree on
    spaces = room.fitted(rows, 4, 0)
    for name in ("ica", "rotated"):
        assert not np.allclose(spaces[name](0).matrix, spaces[name](1).matrix)
    assert spaces["whitened"](0) is spaces["whitened"](1)


# What the page says


def world(slope, noise=0.0, seeds=(1, 2, 3)):
    """A table in which gains are a multiple of alignment over chance, and mixtures lowest."""
    rows, rng = [], stream(0, "gains")
    for seed in seeds:
        for kind, over in (("one", 0.4), ("two", 0.5), ("mixture", 0.1)):
            for task in range(4):
                about = {"seed": seed, "kind": kind, "task": f"{kind} {task}"}
                fit = {"chance": 0.3, "ica": 0.3 + over + 0.02 * task, "whitened": 0.35}
                told = {"part": "alignment", "metric": "alignment", "shots": 0, "head": ""}
                rows += [{**about, **told, "method": m, "value": v} for m, v in fit.items()]
                told = {"part": "heads", "metric": "difference"}
                for axes in ("ica", "whitened"):
                    value = slope * (fit[axes] - 0.3) + noise * rng.standard_normal()
                    for head in readings.HEADS:
                        rows += [{**about, **told, "method": f"{axes} - rotated", "head": head,
                                  "shots": n, "value": value} for n in readings.SHOTS]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_claim_holds_where_gains_are_as_foretold():
    found = readings.judged(readings.points(world(readings.SLOPE)))
    assert found.holds
    assert found.networks.slope.tolist() == pytest.approx([readings.SLOPE] * 3)


def test_each_part_of_the_claim_can_be_missed():
    flat = readings.judged(readings.points(world(0.0, noise=0.05)))
    assert not flat.correlates
    assert not flat.holds
    steep = readings.judged(readings.points(world(3 * readings.SLOPE)))
    assert steep.correlates
    assert not steep.close
    assert not steep.holds
    upside = readings.judged(readings.points(world(-readings.SLOPE)))
    assert not upside.ordered


def test_intervals_are_over_networks():
    rows = pd.DataFrame({"seed": [1, 1, 2, 3], "value": [0.0, 2.0, 2.0, 3.0], "kind": "one"})
    found = readings.over_networks(rows)
    assert found.mean == pytest.approx(2)
    assert found.low < 0 < found.high
    groups = readings.by_group(rows, ["kind"])
    assert groups.loc["one", "mean"].item() == pytest.approx(2)


def test_what_is_run_is_what_the_page_fixed():
    fixed = yaml.safe_load(re.findall(r"```yaml\n(.+?)```", PAGE.read_text(), re.DOTALL)[0])
    chosen = experiments.settings(fixed["experiment"], profile="default", **fixed["settings"])
    assert chosen["draws"] == experiments.settings("task_axes")["draws"]
    assert fixed["slope"] == readings.SLOPE
    assert tuple(fixed["shots"]) == readings.SHOTS
    assert tuple(fixed["heads"]) == readings.HEADS
    assert (fixed["correlation"], fixed["distance"]) == (readings.CORRELATION, readings.DISTANCE)


def test_figures_are_drawn(table):
    assert len(figures.foretold(readings.points(world(0.3))).axes) == 3
    assert len(figures.by_shots(table, "x size").axes) == 3
    assert figures.shares({"ICA": np.ones(4), "principal axes": np.ones(4)}).axes


def test_accuracies_are_those_of_the_cell_that_is_named(table):
    found = readings.accuracy(table, "size", "raw", "l2", 4)
    rows = table[table.task.eq("size") & table.method.eq("raw") & table.shots.eq(4)]
    assert found.to_dict() == {200: rows[rows.metric.eq("accuracy")].value.item()}


def test_secondary_numbers_are_means_of_their_rows():
    rows = world(0.4)
    once = rows[rows["head"].eq("tree") & rows.shots.eq(2)].assign(shots=1, value=0.01)
    found = readings.secondary(pd.concat([rows, once]))
    assert found["slope"].mean == pytest.approx(0.4)
    assert found["one"].mean == pytest.approx(0.4 * 0.43)
    assert found["over"].mean == pytest.approx(0.13)
    assert found["principal"].mean == pytest.approx(0.4 * 0.05)
    assert found["once"].mean == pytest.approx(0.01)


def test_whitening_and_leads_are_over_networks(table):
    both = pd.concat([table, table.assign(seed=201, value=table.value + 0.1)])
    found = readings.whitening(both, 4)["one"]
    rows = table[table.method.eq("whitened - raw") & table.kind.eq("one") & table.shots.eq(4)]
    assert found.mean == pytest.approx(rows.value.mean() + 0.05)
    lead = readings.ahead(both, "size", ("ica", "tree"), ("raw", "l2"), 4)
    one, other = (readings.accuracy(table, "size", *each, 4).item()
                  for each in (("ica", "tree"), ("raw", "l2")))  # fmt: skip
    assert lead.mean == pytest.approx(one - other)


def test_leads_of_trees_are_of_few_rows_and_of_many():
    """Means over models, of trees and of differences alone."""
    rows = [
        ("few rows", shots, "tree", "difference", "ica - rotated", shots / 100 + seed)
        for shots in (1, 2, 16) for seed in (-0.1, 0.1)
    ]  # fmt: skip
    rows += [("heads", *row[1:5], row[5] + 1) for row in rows]
    rows += [("heads", 1, "l2", *rows[0][3:5], 9.0), ("heads", 1, "tree", "accuracy", "ica", 9.0)]
    names = ["part", "shots", "head", "metric", "method", "value"]
    found = readings.of_trees(readings.trees(pd.DataFrame(rows, columns=names)))
    leads = {"one": 0.01, "two": 0.02, "sixteen": 0.16}
    wanted = {f"few.{name}": value for name, value in leads.items()}
    wanted |= {f"heads.{name}": value + 1 for name, value in leads.items()}
    assert found == pytest.approx(wanted)
