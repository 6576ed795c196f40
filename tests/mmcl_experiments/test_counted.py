"""Counting copies where style depends on content or hardly changes: worlds, nulls and rules."""

import numpy as np
import pandas as pd
import pytest

import mmcl_experiments as experiments
from mmcl.metrics.dimension import whitened
from mmcl.metrics.inputs import halves
from mmcl.randomness import stream
from mmcl_experiments.counted import figures, readings
from mmcl_experiments.counted import run as counted

SETTINGS = experiments.settings("counted")


def rows_of(codes, again, **changes):
    found = counted.canonical_rows(codes, again, SETTINGS | changes, 200)
    table = pd.DataFrame(found)
    wide = table[table.place.gt(0)].pivot(index="place", columns="metric", values="value")
    return wide, float(table[table.place.eq(0)].value.iloc[0])


def drawn(noise, kept, n=4000):
    """Two content numbers read with noise, two style numbers kept to `kept`, two useless ones."""
    rng = stream(200, "drawn")
    c, s, e = (rng.standard_normal((n, 2)) for _ in range(3))
    other = kept * s + np.sqrt(1 - kept**2) * e
    sides = [[c, s], [c, other]]

    def read(side):
        own = [*side, rng.standard_normal((n, 2))]
        return np.column_stack([u + noise * rng.standard_normal(u.shape) for u in own])

    return [[read(side) for side in sides] for _ in range(2)]


def test_all_rules_count_what_is_plain():
    wide, null = rows_of(*drawn(0.05, 0.6), resamples=50, shuffles=50)
    found = readings.directions(wide, null)
    assert found == {"fixed": 2, "not by chance": 4, "widest gap": 2, "corrected": 2}
    assert wide.intrinsic[2] == pytest.approx(2, abs=0.2)


def test_a_fixed_threshold_takes_style_for_content_where_the_correction_doesnt():
    wide, null = rows_of(*drawn(0.1, 0.93), resamples=50, shuffles=50)
    found = readings.directions(wide, null)
    assert (found["fixed"], found["corrected"]) == (4, 2)


def test_strangers_share_nothing():
    rng = stream(200, "strangers")
    codes, again = ([rng.standard_normal((2000, 4)) for _ in "xt"] for _ in range(2))
    wide, null = rows_of(codes, again, resamples=50, shuffles=100)
    assert 0 < null < 0.15
    assert readings.directions(wide, null)["not by chance"] == 0


def test_the_null_is_what_shuffled_pairs_give():
    (a, b), _ = drawn(0.05, 0.6, n=600)
    fit, score = halves(600, stream(0, "split"))
    white = [whitened(h, fit) for h in (a, b)]
    null = counted.shuffled(white, fit, score, 60, stream(0, "shuffles"))
    slow = []
    for k in range(60):
        order = stream(k, "order").permutation(600)
        one, other = whitened(a, fit), whitened(b[order], fit)
        u, _, v = np.linalg.svd(one[fit].T @ other[fit])
        pairs = zip((one[score] @ u).T, (other[score] @ v.T).T, strict=True)
        slow.append(max(np.corrcoef(*pair)[0, 1] for pair in pairs))
    assert null == pytest.approx(np.quantile(slow, counted.QUANTILE), abs=0.06)


def test_small_changes_keep_style_nearly():
    kept = {}
    for change in (1.0, 0.25):
        model = counted.draw_model(SETTINGS | {"p": 0.75, "change": change}, 200)
        rows = pd.DataFrame(counted.law_rows(model)).set_index(["metric", "place"]).value
        kept[change] = rows["given content", 1]
        pairs = model.sample(20000, stream(200, "pairs"))
        step = (pairs.z_t - pairs.z_x)[:, 3:]
        assert float(step.std()) == pytest.approx(change * 0.75**0.5, rel=0.03)
    assert kept[1.0] == pytest.approx((1 / 1.75) ** 0.5)
    assert kept[0.25] == pytest.approx((1 / (1 + 0.75 / 16)) ** 0.5)


def test_content_makes_style_look_kept_until_it_is_held():
    """With content held, a caused style is kept no better than an independent one."""
    model = counted.draw_model(SETTINGS | {"p": 0.75, "causal": True}, 200)
    rows = pd.DataFrame(counted.law_rows(model)).set_index(["metric", "place"]).value
    assert rows["style", 1] > 0.9 > 0.76 > rows["given content", 1]


def test_the_table_is_complete():
    table = experiments.run("counted", profile="smoke", p=0.75)
    wide = table[table.place.gt(0) & table.code.eq("contrastive")]
    assert set(wide.metric) == {
        "correlation", "low", "high", "within", "corrected", "corrected_low", "corrected_high",
        "intrinsic",
    }  # fmt: skip
    assert wide.groupby("metric").place.apply(list).map(len).eq(8).all()
    found = readings.answers(table)
    assert list(found.rule) == list(readings.RULES)


def test_the_picture_has_a_dot_a_run():
    rows = {"rule": ["fixed", "fixed", "corrected"], "found": [3, 4, 3], "content": 3}
    answers = pd.DataFrame(rows | {"style": [0.8, 0.9, 0.95]})
    one, two = figures.boundary(answers).axes
    assert [axes.get_title() for axes in (one, two)] == [
        "fixed: 50% right",
        "corrected: 100% right",
    ]
    places = one.collections[0].get_offsets()
    np.testing.assert_allclose(places[:, 0], [0.8, 0.9])
    np.testing.assert_allclose(np.round(places[:, 1]), [0, 1])
    assert [line.get_xdata()[0] for line in one.lines[1:]] == [0.85]


def test_shares_are_split_at_each_rules_edge_and_bars_look_at_every_run(monkeypatch):
    rows = [("fixed", 0.7, 3), ("fixed", 0.9, 4), ("fixed", 0.96, 4)]
    rows += [("corrected", 0.7, 3), ("corrected", 0.9, 3), ("corrected", 0.96, 5)]
    rows += [(rule, 0.7, 3) for rule in ("not by chance", "widest gap")]
    found = pd.DataFrame(rows, columns=["rule", "style", "found"])
    found = found.assign(content=3, causal=True, covariances="identity")
    monkeypatch.setattr(readings, "answers", lambda table: found.copy())
    law = pd.DataFrame({"metric": ["style", "given content"], "value": [0.94, 0.76]})
    law = law.assign(causal=True, covariances="identity", code="law", place=1)
    values = readings.noted(law)
    assert (values["counted.fixed_left"], values["counted.fixed_right"]) == (1, 0)
    assert (values["counted.corrected_left"], values["counted.corrected_right"]) == (1, 0)
    assert (values["counted.caused_style"], values["counted.caused_held"]) == (0.94, 0.76)
    assert {name: good for name, (good, _) in readings.held(law).items()} == {
        "counted.bar": True,
        "counted.too_many": True,
        "counted.too_few": True,
    }
    found.loc[1, "found"] = 3
    assert not readings.held(law)["counted.too_many"][0]
    found.loc[3, "found"] = 2  # less, but no Wishart matrix
    assert not readings.held(law)["counted.too_few"][0]
