"""What chapter 05 says and draws of the table of `creases`, and 05 and 06 of `convex_body`."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from mmcl_experiments.convex_body.readings import scores
from mmcl_experiments.creases import figures
from mmcl_experiments.creases import readings as reading
from mmcl_experiments.creases.run import VARIED

PLAIN = {"score": "l1", "codes": "unbounded", "heads": False, "law": "laplace", "remedy": "none"}
PLAIN |= {"starts": 1, "temperature": 1.0, "centered": False, "steps": 30, "batch": 8, "d": 2}


def rows_of(variant, how, seed, mcc, apart=0, nats=2.0, r2=0.98):
    """The rows of one run whose numbers are known."""
    ends = [
        ("contrastive", "x", "mcc", mcc - 0.01), ("contrastive", "t", "mcc", mcc + 0.01),
        ("contrastive", "x", "linear_r2", r2), ("contrastive", "t", "linear_r2", r2),
        ("ICA", "x", "mcc", 0.995), ("contrastive", "both", "apart", apart),
        ("contrastive", "both", "nats", nats), ("contrastive", "both", "temperature", 4.0),
        ("true", "both", "nats", 2.5),
    ]  # fmt: skip
    way = [
        ("in training", "x", metric, step / 30)
        for metric in ("mcc", "linear_r2")
        for step in (0, 10, 20)
    ]
    settings = {**PLAIN, **how}
    assert set(settings) == set(VARIED)
    names = ["code", "modality", "metric", "value"]
    end = pd.DataFrame(ends, columns=names).assign(step=30)
    on_the_way = pd.DataFrame(way, columns=names).assign(step=[0, 10, 20] * 2)
    return pd.concat([end, on_the_way]).assign(**settings, seed=seed, variant=variant)


@pytest.fixture
def grid():
    parts = [
        rows_of(place, how, seed, {"l1": 0.99, "l2": 0.7}[how["score"]] - seed / 100)
        for (place, how), seed in itertools.product(enumerate(reading.GRID), range(3))
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_grid_has_all_eight_cells_and_begins_with_the_theorems():
    assert reading.GRID[0] == {"score": "l1", "codes": "unbounded", "heads": True}
    assert len({tuple(cell.items()) for cell in reading.GRID}) == 8


def test_a_run_is_one_line_with_modalities_averaged(grid):
    runs = reading.ends(grid)
    assert len(runs) == 24
    first = runs[runs.variant.eq(0) & runs.seed.eq(0)].iloc[0]
    assert first.mcc == pytest.approx(0.99)
    assert first.linear_r2 == pytest.approx(0.98)
    assert (first.ica, first.apart, first.ended) == (0.995, 0, 4.0)
    assert first.short == pytest.approx(0.5)
    assert first["cell"] == "L1, free codes"
    assert first.temperature == 1.0  # the setting


def test_a_training_is_read_step_by_step(grid):
    way = reading.on_the_way(grid, 0, "mcc")
    assert way.shape == (3, 3)
    np.testing.assert_allclose(way[1], [0, 1 / 3, 2 / 3])


def test_trainings_are_those_of_three_variants(grid):
    found = reading.trainings(grid, grid)
    assert list(found) == ["no heads", "heads", "heads, longer"]
    pd.testing.assert_frame_equal(found["heads"][1], reading.on_the_way(grid, 1, "mcc"))


def test_extremes_are_the_coordinates_that_mix_best_and_least():
    h = torch.arange(12.0).reshape(4, 3)
    h_t = h.roll(1, dims=0) + torch.tensor([0.0, 100.0, 0.5])
    found = reading.extremes(h, h_t)
    assert found["mixes least"][1].tolist() == h_t[:, 1].tolist()


def test_the_verdict_is_students_on_paired_differences(grid):
    noisy = grid.copy()
    free_l2 = noisy.score.eq("l2") & noisy.code.eq("contrastive") & noisy.metric.eq("mcc")
    noisy.loc[free_l2, "value"] += noisy.seed[free_l2] * 0.05
    found = reading.verdict(reading.ends(noisy))
    assert found["lowest"] == pytest.approx(0.97)
    differences = np.array([0.29, 0.24, 0.19])
    wanted = stats.ttest_1samp(differences, 0).confidence_interval()
    assert found["ahead"] == pytest.approx(differences.mean())
    assert (found["low"], found["high"]) == pytest.approx((wanted.low, wanted.high))
    alone = reading.verdict(reading.ends(noisy[noisy.seed.eq(0)]))
    assert alone["low"] == alone["high"] == pytest.approx(0.29)


def test_cells_have_names_and_a_value_a_seed(grid):
    found = reading.cells(reading.ends(grid))
    assert set(found) == {
        f"{s}_{c}_{h}" for s in ("l1", "l2") for c in ("free", "box") for h in ("heads", "plain")
    }
    assert sorted(found["l2_box_plain"]) == pytest.approx([0.68, 0.69, 0.7])


def runs_with(*runs):
    return pd.DataFrame(runs, columns=["steps", "mcc", "short"])


def test_the_gain_tells_within_each_budget():
    assert reading.gain_tells(runs_with((1, 0.9, 0.5), (1, 0.99, 0.4), (3, 0.99, 0.6)))
    assert not reading.gain_tells(runs_with((1, 0.9, 0.5), (1, 0.99, 0.6)))
    assert reading.gain_tells(runs_with((1, 0.96, 0.1), (1, 0.99, 0.4)))  # in between: not asked


def test_remedies_are_in_the_pages_order_and_count_what_stands_apart(grid):
    how = [each for each in reading.REMEDIES.values() if "steps" not in each]
    parts = [
        rows_of(place, each, seed, 0.9, r2=0.99 - 0.2 * seed * (place == 0))
        for (place, each), seed in itertools.product(enumerate(how), range(3))
    ]
    tried = reading.remedied(pd.concat(parts, ignore_index=True), reading.ends(grid))
    assert list(dict.fromkeys(tried.remedied)) == list(reading.REMEDIES)
    found = reading.of_remedies(tried)
    assert found["none.lost"] == 2
    assert found["hot_start.lost"] == 0
    assert found["three_times_as_long"].max() == pytest.approx(0.99)
    assert "gain.have" not in found  # no short run has the axes
    turned = tried.remedied.eq("turned")
    some = tried.assign(mcc=tried.mcc.mask(turned, 0.99), short=tried.short.mask(turned, 0.4))
    short = some[some.remedied.ne("three times as long")]
    found = reading.of_remedies(some)
    assert found["gain.have"] == 0.4
    assert found["gain.lack"] == short.short[short.mcc.lt(0.95)].min()
    axes = figures.remedies(tried).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(reading.REMEDIES)
    rings = axes.lines[1]
    assert len(rings.get_xdata()) == 2
    assert set(rings.get_ydata()) == {0}


def judged(grid, spoil):
    how = [each for each in reading.REMEDIES.values() if "steps" not in each]
    parts = [rows_of(place, each, 0, 0.96) for place, each in enumerate(how)]
    brief = pd.concat(parts, ignore_index=True)
    spoil(brief)
    runs = reading.ends(grid)
    found = reading.judged(reading.remedied(brief, runs), runs)
    return {name: truth for name, (truth, _) in found.items()}


def test_sentences_of_remedies_look_at_every_run(grid):
    """Each is true of tidy rows, and false once a single run says otherwise."""
    assert all(judged(grid, lambda brief: None).values())

    def spoil(variant, metric, value):
        def change(brief):
            rows = brief.variant.eq(variant) & brief.metric.eq(metric)
            brief.loc[rows & brief.code.eq("contrastive"), "value"] = value

        return change

    names = list(reading.REMEDIES)
    apart = judged(grid, spoil(names.index("heads"), "apart", 1))
    assert apart == {**dict.fromkeys(apart, True), "apart.headless": False}
    lost = judged(grid, spoil(names.index("L2 first"), "linear_r2", 0.8))
    assert not lost["remedies.smooth"]

    def all_lack(brief):
        brief.loc[brief.metric.eq("mcc") & brief.code.eq("contrastive"), "value"] = 0.9

    assert not judged(grid, all_lack)["remedies.work"]


def test_sentences_of_the_grid_look_at_every_run(grid):
    found = {name: truth for name, (truth, _) in reading.sentences(reading.ends(grid)).items()}
    assert found == {"holds": False, "split": True, "corners": False}  # lowest .97; L2 in a box .7
    better = grid.copy()
    boxed = better.codes.eq("box") | better.score.eq("l1")
    rows = boxed & better.metric.eq("mcc") & better.code.eq("contrastive")
    better.loc[rows, "value"] = 0.99
    found = {name: truth for name, (truth, _) in reading.sentences(reading.ends(better)).items()}
    assert all(found.values())


def test_counts_are_of_late_lost_and_apart_runs(grid):
    parts = [rows_of(0, {}, seed, 0.9, r2=0.8) for seed in range(2)]
    parts += [rows_of(1, {"heads": True}, seed, 0.9, apart=1) for seed in range(3)]
    found = reading.counts(pd.concat(parts, ignore_index=True), grid)
    assert found["late.count"] == 3
    assert (found["lost.plain_short"], found["lost.heads_short"]) == (2, 0)
    assert (found["apart.heads_short"], found["apart.heads_long"]) == (3, 0)
    assert found["way.mcc"] == pytest.approx(1 / 3)


def test_overlaps_shade_what_two_steps_have_in_common():
    assert len(figures.overlaps().axes) == 4
    steps = {"apart": (0.0, 0.2, 0.5, 0.9), "opposed": (0.1, 0.6, 0.9, 0.4)}
    apart, opposed = figures.overlaps(steps).axes
    assert not apart.patches
    assert apart.get_xlabel() == "0"
    (shade,) = opposed.patches
    assert (shade.get_x(), shade.get_width()) == pytest.approx((0.4, 0.2))
    assert opposed.get_xlabel() == "+0.4"


def test_cells_draws_heads_above_and_none_below(grid):
    axes = figures.cells(reading.ends(grid)).axes[0]
    heads, plain = axes.lines[:2]
    assert (plain.get_ydata() - heads.get_ydata()).min() > 0.2
    assert len(axes.get_yticklabels()) == 4
    assert axes.get_xlim()[1] > 1


def test_trainings_and_clouds_draw_what_they_are_given(grid):
    way = reading.on_the_way(grid, 0, "mcc")
    one, two = figures.on_the_way({"a": (way + 1, way), "b": (way, way)}).axes
    np.testing.assert_allclose(one.lines[0].get_ydata(), way[0] + 1)
    assert [text.get_text() for text in two.get_legend().get_texts()] == ["linear R2", "MCC"]
    near, far = figures.apart({"near": ([0, 1], [0, 1]), "far": ([0, 1], [5, 6])}).axes
    heights = [patch.get_height() for patch in far.patches]
    assert sum(heights) == 4
    assert near.get_title() == "near"


def test_scores_leave_out_shuffled_pairs_and_average_modalities():
    rows = [("x", 0.9, False), ("t", 0.7, False), ("x", 0.1, True)]
    table = pd.DataFrame(rows, columns=["modality", "value", "shuffled"])
    table = table.assign(metric="mcc", code="contrastive", case="box, L1", seed=0)
    assert scores(table, "mcc")["box, L1"].item() == pytest.approx(0.8)
