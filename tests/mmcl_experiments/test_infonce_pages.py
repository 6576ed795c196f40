"""What chapter 09 reads from tables, on tables whose answers are known; and its pictures."""

from itertools import product

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from mmcl.randomness import stream
from mmcl_experiments import results
from mmcl_experiments.infonce_limits import bounded, figures
from mmcl_experiments.interventions import readings as scored
from mmcl_experiments.linear_flow import readings as flow
from mmcl_experiments.lost_content import readings as foretold
from mmcl_experiments.winding import readings as trained
from mmcl_experiments.wrong_pairs import readings as wrong

LATENTS = [f"{block} {j}" for block in ("content", "style") for j in range(1, 5)]


def drawn(figure):
    plt.close(figure)
    return len(figure.axes)


def test_a_rival_whose_word_comes_true_has_it_all_and_chance_a_half():
    about = foretold.foretold()
    rng = stream(600, "worlds")
    rows = []
    for seed, said in about["worlds"].items():
        inside = said["slope"].split(", ")
        rows += [{"latent": k, "seed": seed, "value": 0.9 * (k in inside)} for k in LATENTS]
    table = pd.DataFrame(rows).assign(metric="kernel_r2")
    judged = foretold.right(table, about)
    found = foretold.shares(judged, rng, draws=200)
    assert found.loc["slope", ["value", "low", "high"]].tolist() == [1, 1, 1]
    assert found.index[0] == "slope"
    assert found.loc["told error", "value"] < 1
    gap, low, high = foretold.lead(judged, "slope", "told error", rng)
    assert low <= gap <= high
    assert gap == pytest.approx(1 - found.loc["told error", "value"])
    numbers = foretold.numbers(judged, found, rng)
    assert numbers["foretold.lead_slope"]["value"] == pytest.approx(-gap)
    chance = table.assign(value=rng.permutation(table.value.to_numpy()))
    share = foretold.shares(foretold.right(chance, about), rng, draws=200)["value"]
    assert share.to_numpy() == pytest.approx(0.5, abs=0.12)  # 320 latents: 4.3 errors
    assert drawn(figures.verdicts(found, 0.5)) == 1


def test_a_threshold_is_where_each_seed_crosses_the_level():
    rows = [
        {"d": 2, "codes": "box", "metric": metric, "share": share, "seed": seed, "value": value}
        for metric in ("mcc", "linear_r2", "turn")
        for seed, values in enumerate([(1.0, 0.8, 0.6), (1.0, 1.0, 0.95)])
        for share, value in zip((0.0, 0.2, 0.4), values, strict=True)
    ]
    table = pd.DataFrame(rows)
    found = wrong.threshold(table, 2, "box", "mcc", 0.9)
    assert found.tolist() == pytest.approx([0.1, 0.4])
    by_share = wrong.by_share(table, 2, "box")
    each = [table.assign(d=d, codes="unbounded", value=table.value) for d in (2, 3, 5)]
    free = pd.concat(each, ignore_index=True)
    free["value"] = free.value.where(free.metric.ne("linear_r2"), 1.0).where(free.seed.eq(0), 0.9)
    free.loc[free.seed.ne(0) & free.metric.eq("mcc"), "value"] = 0.7
    assert wrong.axes_first(free)
    free.loc[free.metric.eq("mcc") & free.d.eq(5) & free.share.eq(0.4), "value"] = 0.95
    assert not wrong.axes_first(free)
    assert by_share.loc[0.2, ["mcc", "low", "high"]].tolist() == pytest.approx([0.9, 0.8, 1.0])
    assert drawn(figures.axes_lost({"d = 2": by_share})) == 1


def test_windings_tell_what_stayed_from_what_left():
    rows = []
    for loss, start, (lr, steps) in product(
        ("max-entropy", "cross-modal"), (0, 2), ((0.02, 600), (0.001, 600), (0.001, 2400))
    ):
        left = 0.0 if lr == 0.02 or loss == "cross-modal" else 0.3
        for seed, when in product((0, 1), ("start", "end") if start else ("end",)):
            apart = 0.5 if when == "start" else left * bool(start)
            cell = {"loss": loss, "start": start, "lr": lr, "steps": steps, "seed": seed}
            rows += [{**cell, "when": when, "metric": "apart", "value": apart}]
            rows += [{**cell, "when": when, "metric": "kernel_r2", "value": 1 - apart}]
    found = trained.of_training(trained.windings(pd.DataFrame(rows)))
    assert found["trained.worst"] == found["told.brisk"] == 0
    assert found["told.start"] == 0.5
    assert found["told.theorem"] == found["told.theorem_longer"] == pytest.approx(0.3)
    assert found["told.infonce"] == 0


def test_two_scores_set_codes_apart_where_intervals_are_disjoint():
    rows = [
        {"seed": seed, "network": k, "code": code, "score": score, "block": "content"}
        | {"value": value + 0.01 * k}
        for seed, k in product((0, 1), range(3))
        for code, score, value in [
            ("told content", "observational", 0.95),
            ("told content", "interventional", 0.9 if seed == 0 else 0.1),
            ("told style", "observational", 0.9),
            ("told style", "interventional", 0.1),
            ("contrastive", "observational", 0.9),
            ("contrastive", "interventional", 0.5),
        ]
    ]
    table = pd.DataFrame(rows)
    gaps = scored.told_apart(table, "told content", "told style")
    assert gaps.interventional.tolist() == pytest.approx([0.8, 0.0])
    assert gaps.disjoint.tolist() == [True, False]
    assert scored.of_worlds(table)["gap.worlds"] == 1
    assert drawn(figures.two_scores(scored.shown(table))) == 2


def test_recorded_cells_stand_beside_their_redrawn_selves():
    record = results.recorded("block_identifiability")
    cells = scored.beside(record, ["covariances", "causal", "p", "steps"])
    rows = record.query(
        "covariances == 'identity' and causal and p == 1 and direction == 0 and steps == 4000"
        " and block == 'content' and metric == 'kernel_r2'"
    )
    now, then = (rows[rows.code.eq(k)].value.mean() for k in ("contrastive", "content redrawn"))
    assert cells.loc[("identity", True, 1.0, 4000), ("content", "now")] == pytest.approx(now)
    assert cells.loc[("identity", True, 1.0, 4000), ("content", "redrawn")] == pytest.approx(then)
    numbers = scored.too_kind(cells, "large")
    assert numbers["large.drop"] >= now - then - 1e-12
    assert numbers["large.calm"] < 0.1 < numbers["large.drop"]


def test_flows_are_held_against_the_threshold():
    rows = [
        {"step": 9, "latent": f"content {j}", "sd": sd, "metric": "r2", "value": value}
        for j, (sd, value) in enumerate([(1.0, 1.0), (0.25, 0.9), (0.1, 0.9)], 1)
    ]
    near = flow.threshold(pd.DataFrame(rows).assign(steepest=4.0, seed=0))
    assert near.right.tolist() == [True, True, False]  # 4 * 0.1 is too little, and yet it is in
    run = flow.over_steps(pd.DataFrame(rows))
    assert drawn(figures.flows({"one": run.assign(**{"style 1": 0.0})})) == 1
    columns = {f"content {j}": [0.1, 0.7, 0.9] for j in range(1, 6)} | {"style 1": [0.9, 0.5, 0.0]}
    long = pd.DataFrame(columns, index=[1, 9, 99])
    said = flow.said({flow.MANY: long, flow.BOUNDED: long, flow.FEW: long.loc[:20]})
    assert (said["flow.many_then"], said["flow.last"]) == (0.7, 0.9)


def test_the_other_pictures_are_drawn():
    points = stream(601, "points").random((50, 2))
    assert drawn(figures.wound(points, points)) == 3
    table = pd.DataFrame({name: [1.0, 0.1] for name in figures.FALLS}, index=[1.0, 10.0])
    assert drawn(figures.falling(table, {"floor": 0.5})) == 1
    assert drawn(figures.atoms({"tau = 0.5": bounded.best_law(0.5)})) == 1
