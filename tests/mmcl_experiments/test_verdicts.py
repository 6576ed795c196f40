"""Published values beside ours: the rule, which runs stand beside which value, and the canaries."""

import math
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmcl_experiments import results
from mmcl_experiments.beside import blocks, curves, everything, figures, images, linear
from mmcl_experiments.beside.rule import KINDS, judge
from mmcl_experiments.block_curves import figures as pictures
from mmcl_experiments.block_curves import readings
from mmcl_experiments.images_and_captions.readings import WORLDS
from mmcl_experiments.recorded.places import published_names
from mmcl_experiments.tables.run import TABLE_A, TABLE_B
from mmcl_experiments.tables.run import row_of as known_row

ROOT = Path(__file__).parents[2]
T = 4.302653  # Student's t, 97.5 %, two degrees of freedom


def around(mean, half):
    """Three values with this mean whose 95 % t interval reaches half to each side."""
    sd = half * 3**0.5 / T
    return mean + np.array([-sd, 0, sd])


# The rule, at its edges


@pytest.mark.parametrize(("ours", "spread", "kind"), [
    (around(0.90, 0.00), math.nan, "differs"),  # .05 away, and nothing reaches
    (around(0.94, 0.00), math.nan, "replicates"),  # the margin of .01 alone
    (around(0.90, 0.041), math.nan, "replicates"),  # our interval
    (around(0.90, 0.039), math.nan, "differs"),
    (around(0.90, 0.00), 0.021, "replicates"),  # two of their standard deviations
    (around(0.90, 0.00), 0.019, "differs"),
    (around(0.95, 0.101), math.nan, "can't say"),  # ours is wider than .2
    (around(0.95, 0.00), 0.051, "can't say"),  # theirs is
    (around(0.95, 0.00), 0.05, "replicates"),  # .2 isn't wider than .2
])  # fmt: skip
def test_the_rule_is_kept_at_its_edges(ours, spread, kind):
    found = judge(ours, 0.95, spread)
    assert found.kind == kind
    assert found.words == ("differs by -0.05" if kind == "differs" else kind)
    assert (found.seeds, found.mean) == (3, pytest.approx(ours.mean()))


def test_what_has_no_counterpart_is_not_compared():
    one = judge([0.9], 0.9)
    assert (one.words, one.shown) == ("not comparable: one seed of ours", "0.90 (one seed)")
    assert judge([], 0.9).words == "not comparable: no runs of ours"
    assert judge([], 0.9).shown == "none"
    assert judge([0.9, 0.9], math.nan).words == "not comparable: the value wasn't found"
    told = judge([0.9, 0.9], 0.9, why_not="another world")
    assert (told.kind, told.words) == ("not comparable", "not comparable: another world")
    assert told.shown == "0.90 ± 0.00"
    assert judge([-0.001, 0.0], 0.0).shown == "0.00 ± 0.01"  # no "-0.00"


def test_the_rule_says_differs_as_often_as_t_intervals_miss():
    """Published means that are true, without a margin to spare: an alarm in a twentieth."""
    rng, n = np.random.default_rng(0), 4000
    draws = rng.normal(0.5, 0.02, (n, 3))
    kinds = [judge(each, 0.5 + 0.01, 0.0).kind for each in draws]
    alarms = sum(kind == "differs" for kind in kinds)
    # at a distance of just the margin one side of the interval counts: a fortieth, +- 4.5 sd
    assert abs(alarms / n - 0.025) < 4.5 * (0.025 * 0.975 / n) ** 0.5 + 0.001


# Which runs stand beside which value


def planted(shift=0.0):
    """Rows as of `block_curves`, as if every seed had found what Table 1b prints."""
    printed = results.published("daunhawer_blocks").query("table == '1b'")
    rows = []
    for row in printed.to_dict("records"):
        for seed in range(3):
            for side in "xt":
                block = row["block"] + (f" {side}" if row["block"] != "content" else "")
                rows.append({
                    "world": "multimodal-block", "p": float(row["p"]), "private": 5,
                    "causal": row["causal"] == "yes",
                    "covariances": "one wishart" if row["statistical"] == "yes" else "identity",
                    "block": block, "modality": side, "seed": seed, "code": "contrastive",
                    "metric": "kernel_r2", "step": 8, "steps": 8,
                    "value": row["value"] + shift + 0.001 * seed,
                })  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("shift", "kind"), [(0.0, "replicates"), (-0.4, "differs")])
def test_planted_runs_replicate_and_shifted_ones_differ(monkeypatch, shift, kind):
    rows = planted(shift)
    earlier = rows.assign(step=4, value=0.0)  # an earlier look counts for nothing
    shorter = rows.assign(steps=4, step=4, value=0.0)  # nor does a shorter run
    whole = pd.concat([rows, earlier, shorter])
    monkeypatch.setattr(
        blocks, "sweep", lambda name, *a: whole if name == "block_curves" else pd.DataFrame()
    )
    printed = results.published("daunhawer_blocks")
    found = [each for each in everything.of_blocks(printed, None) if each[0].endswith("Table 1b")]
    assert len(found) == 15
    wide = [verdict for _, _, row, verdict in found if 4 * row["spread"] > 0.2]
    assert {verdict.kind for verdict in wide} == {"can't say"}
    assert {v.kind for _, _, _, v in found if v not in wide} == {kind}


def test_curves_are_read_along_the_longest_run():
    rows = planted()
    early = rows.assign(step=4, value=rows.value / 2)
    shorter = rows.assign(steps=4, step=4, value=9.0)
    other = rows.assign(private=0, steps=16, step=16, value=9.0)
    record = pd.concat([early, rows, shorter, other])
    record = record.assign(pairs=record.step * 64)
    grown = readings.on_the_way(record)
    found = grown[grown.cell.eq("content causes style")].set_index(["line", "pairs"])
    printed = results.published("daunhawer_blocks").query("table == '1b'")
    wanted = printed[printed.p.eq("0.75") & printed.statistical.eq("no") & printed.causal.eq("yes")]
    wanted = wanted.set_index("block").value
    for block in ("content", "style"):
        assert found["mean"][block, 8 * 64] == pytest.approx(wanted[block] + 0.001)
        assert found["mean"][block, 4 * 64] == pytest.approx((wanted[block] + 0.001) / 2)
        assert found.high[block, 8 * 64] == pytest.approx(wanted[block] + 0.002)
    assert not grown.line.str.endswith("redrawn").any()  # nothing was redrawn here
    goals = readings.goals(results.published("daunhawer_blocks"))
    assert goals.set_index(["cell", "block"]).value["both", "style"] == 0.89
    axes = pictures.grown(grown, goals).axes
    assert [len(each.lines) for each in axes] == [6, 6, 6]  # four lines and the paper's two marks
    plt.close("all")


@pytest.mark.parametrize("last", [0.3, 0.5])
def test_the_end_of_curves_has_a_name_for_each_number(last):
    """style falls, once content is redrawn, .7, .6, .5, .4 and then to `last`."""
    rows = []
    for step, style in zip((1, 2, 4, 8, 16), (0.7, 0.6, 0.5, 0.4, last), strict=True):
        base = {"world": "multimodal-block", "private": 5, "p": 0.75, "seed": 0, "modality": "x",
                "metric": "kernel_r2", "steps": 16, "step": step, "pairs": 10 * step}  # fmt: skip
        for covariances, causal in readings.DEPENDENT.values():
            cell = {**base, "covariances": covariances, "causal": causal}
            rows += [
                {**cell, "code": "contrastive", "block": "content", "value": 0.9},
                {**cell, "code": "contrastive", "block": "style x", "value": 0.02},
                {**cell, "code": "content redrawn", "block": "content", "value": step / 20},
                {**cell, "code": "content redrawn", "block": "style x", "value": style},
                {**cell, "code": "content alone", "block": "style x", "value": 0.6},
            ]
    record = pd.DataFrame(rows)
    grown = readings.on_the_way(record)
    found = readings.at_end(record, grown)
    assert found["causal.redrawn.style"] == found["short.style"] == last
    assert (found["both.content"], found["causal.probe"], found["gone"]) == (0.9, 0.6, 1)
    assert readings.turns(grown) == (last < 0.4)


def test_without_runs_nothing_is_compared(monkeypatch):
    monkeypatch.setattr(blocks, "sweep", lambda *a: pd.DataFrame())
    monkeypatch.setattr(images, "sweep", lambda *a: pd.DataFrame())
    monkeypatch.setattr(linear, "sweep", lambda *a: pd.DataFrame())
    table = everything.everything(ROOT)
    assert set(table.kind) == {"not comparable"}
    assert set(table.ours) == {"none"}


def test_rows_of_zimmermann_have_the_names_of_ours():
    names = {*TABLE_A, *TABLE_B}
    found = {}
    for row in results.published("zimmermann").to_dict("records"):
        if named := linear.name_of(row):
            found[named] = row
    assert ("Sp U v -> Sp v", 1.0) in found
    assert ("Sp U v -> Sp v", 10.0) in found
    assert ("Un L(1) N -> Un N", 1.0) in found
    assert ("B U L -> B L", 0.05) in found
    missing = {name for name, _ in found} - names
    assert missing == {"B U G -> B L", "B U G -> Un G"}  # Liu et al. have no such rows
    for name, _ in found:
        if name in names:
            assert known_row(name).space == found[name, _]["latent_space"]


def test_accuracies_get_their_chance_back(monkeypatch):
    row = {"code": "contrastive", "metric": "nonlinear", "modality": "x", "size": 4, "seed": 0}
    rows = [row | {"dependence": world, "factor": factor, "value": 0.5}
            for world, _ in WORLDS.values() for factor in ("shape", "hue")]  # fmt: skip
    monkeypatch.setattr(images, "sweep", lambda *a: pd.DataFrame(rows))
    found = images.runs(None)
    assert found["3", "x", "shape", "4"] == pytest.approx(0.5 + 0.5 / 7)
    assert found["11", "x", "hue", "4"] == pytest.approx(0.5)


# The book's own table


@pytest.fixture(scope="module")
def table():
    return everything.everything(ROOT)


def test_every_published_value_has_a_verdict_and_none_is_invented(table):
    for name in published_names(ROOT):
        printed, ours = results.published(name, root=ROOT), table[table.file.eq(name)]
        assert len(ours) == len(printed)
        assert ours.theirs.tolist() == printed.printed.tolist()
        assert ours.evidence.tolist() == printed.evidence.tolist()
    assert set(table.kind) <= set(KINDS)
    assert not table.duplicated(["table", "what"]).any()
    unknown = table[table.value.isna()]
    assert len(unknown)
    assert unknown.kind.eq("not comparable").all()


def test_enough_values_that_were_read_in_papers_are_decided(table):
    """Set before the runs: 40 such values in the book, of which 25 replicate or differ."""
    found = everything.counts(table)
    assert found["read"] >= 40
    assert found["replicates"] + found["differs"] >= 25


def test_what_the_page_says_of_zimmermanns_rows(table):
    """Raw and told scores don't differ; where learned ones do, ours are below."""
    ours = table[table.file.eq("zimmermann") & table.kind.ne("not comparable")]
    learned = ours.what.str.startswith("unsupervised")
    assert learned.any()
    assert (~learned).any()
    assert not ours[~learned].kind.eq("differs").any()
    apart = ours[learned & ours.kind.eq("differs")]
    assert len(apart)
    assert (apart["mean"] < apart.value).all()


def test_all_of_lius_rows_have_runs(table):
    named = table.file.eq("liu_synthetic") & ~table.what.str.startswith("range")
    assert named.sum() == len({*TABLE_A, *TABLE_B})
    assert table[named].kind.ne("not comparable").all()
    assert table[named].seeds.ge(3).all()


def test_what_the_page_says_of_one_mixing_in_small(table):
    """One value of Table 1a differs, content that causes style, and it was still rising."""
    rows = table[table.table.eq("Daunhawer et al., Table 1a")]
    assert len(rows) == 10
    assert rows.seeds.eq(3).all()
    differ = rows[rows.kind.eq("differs")]
    assert list(differ.what) == ["p 0.75, causal: content"]
    record = blocks.sweep("block_curves", "paper", ROOT)
    ours = record[record.world.eq("multiview-block")]
    assert ours.shared_encoder.all()
    assert set(ours.steps) == {4000}
    assert pytest.approx(900) == 6144 * 300_000 / (4000 * 512)
    rising = ours[ours.causal & ours.covariances.eq("identity")]
    rising = rising[rising.code.eq("contrastive") & rising.block.eq("content")]
    rising = rising[rising.metric.eq("kernel_r2")].pivot_table("value", "seed", "step")
    assert rising[4000].gt(rising[2048] + 0.01).all()
    again = table[table.file.eq("vonkuegelgen")]
    assert set(again.kind) == {"replicates", "can't say"}
    for name in ("1b", "4b"):
        rows = table[table.table.eq(f"Daunhawer et al., Table {name}")]
        style = rows.what.str.endswith("style") & ~rows.what.str.contains("independent")
        assert rows.kind.eq("can't say").eq(style).all()


def test_what_the_page_says_of_the_curves_in_small():
    """Style goes as contents take more values; content is lost from seven numbers on, and back."""
    points: Any = curves.points(ROOT)
    parts: dict[str, Any] = dict(list(points.groupby("panel")))
    style = parts.pop("style over values of content")
    assert style["mean"].notna().all()
    assert style["mean"].diff().max() < 0 > style.value.diff().max() - 1e-9
    assert style["mean"].iloc[0] > 0.5 > 0.1 > style["mean"].iloc[2:].max()
    assert set(parts) == {"content over style size", "content over private size"}
    for rows in parts.values():
        run = rows.dropna(subset="mean")
        assert (run["mean"].lt(0.95) == run["at"].ge(7)).all()
        assert run.longer.notna().eq(run["at"].ge(7)).all()
        again = run.dropna(subset="longer").set_index("at")
        assert (again.longer > again["mean"]).all()
        assert again.longer[7] > 0.99 > again.longer[9]
        assert set(rows["at"]) - set(run["at"]) <= {0}
    assert len(curves.over(points).axes) == 3
    plt.close("all")


def test_longer_runs_are_told_from_the_usual_ones(monkeypatch):
    usual = {"covariances": "identity", "causal": False, "smooth": False, "p": 1.0, "repeats": 3}
    usual |= {"loss": "cross-modal", "size": 3, "private": 2, "code": "contrastive", "direction": 0}
    usual |= {"metric": "kernel_r2", "block": "content", "modality": "x"}
    runs = [
        {**usual, "style": style, "steps": steps, "seed": seed, "value": value}
        for style, steps, value in ((1, 8, 0.9), (7, 8, 0.4), (7, 32, 0.8))
        for seed in (0, 1)
    ]
    rows = pd.DataFrame(runs)
    monkeypatch.setattr(
        blocks, "sweep", lambda name, *a: rows if name == "block_identifiability" else rows[:0]
    )
    found = {which: blocks.small(None, which) for which in ("min", "max")}
    assert {cell: v.mean() for cell, v in found["min"].items()} == {
        ("style size", "1"): 0.9, ("style size", "7"): 0.4,
    }  # fmt: skip
    assert {cell: v.mean() for cell, v in found["max"].items()} == {("style size", "7"): 0.8}


def test_a_published_file_without_a_judge_is_refused(monkeypatch):
    monkeypatch.delitem(everything.PAPERS, "zimmermann")
    with pytest.raises(ValueError, match=r"nobody judges results/published/zimmermann"):
        everything.everything(ROOT)


def test_pictures_have_a_mark_for_each_verdict(table):
    judged = table[table.kind.ne("not comparable")]
    axes = figures.against(judged).axes[0]
    assert len(axes.get_legend_handles_labels()[1]) == 3
    rows = [{"world": w, "factor": f, "size": k, "mean": 0.5, "half": 0.1, "value": 0.4}
            for w in ("free", "bound") for f in ("hue",) for k in (1, 2)]  # fmt: skip
    assert len(figures.by_size(pd.DataFrame(rows)).axes) == 2
    plt.close("all")
