"""What chapter 07 breaks: laws on the sphere, mixings, the supply of pairs, rows, its pictures."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

import mmcl_experiments as experiments
from mmcl.laws import GeneralizedNormal, Laplace, Normal, Projected, Uniform, VonMisesFisher
from mmcl.losses import info_nce
from mmcl.mixing import LossyMixing, conditioned, draw_mixing
from mmcl.model import preset
from mmcl.randomness import stream
from mmcl.spaces import Box, Sphere, Unbounded
from mmcl_experiments import results
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners import rows as _rows
from mmcl_experiments.learners.rows import BOX, Row
from mmcl_experiments.robustness import figures as violations
from mmcl_experiments.robustness import readings as reading
from mmcl_experiments.robustness import run as robustness
from mmcl_experiments.tables import readings as printed_tables
from mmcl_experiments.tables import run as tables
from mmcl_experiments.turns import run as turns
from tests import bounds

SETTINGS = experiments.settings("robustness", profile="smoke")


# Laws


def test_projected_draws_are_the_laws_own_divided_by_their_length():
    space = Sphere(3)
    center = Uniform().sample(space.origin(50), space, stream(7, "centers"))
    z = Projected(Laplace(0.2)).sample(center, space, stream(7, "draws"))
    free = Laplace(0.2).sample(center, Unbounded(3), stream(7, "draws"))
    for each, other in zip(z, free, strict=True):
        np.testing.assert_allclose(each, other / math.sqrt(sum(v * v for v in other)))


def test_a_projected_normal_is_nearly_von_mises_fisher_when_narrow():
    """Around its center a narrow normal law has kappa = 1 / sigma^2; a wrong one is noticed."""
    space = Sphere(4)
    center = space.origin(20_000)
    cosines = {
        name: law.sample(center, space, stream(7, name))[:, 0]
        for name, law in {
            "projected": Projected(Normal(0.05)),
            "same": VonMisesFisher(400.0),
            "other": VonMisesFisher(350.0),
        }.items()
    }
    bounds.plausible(stats.ks_2samp(cosines["projected"], cosines["same"]).pvalue)
    assert stats.ks_2samp(cosines["projected"], cosines["other"]).pvalue < 1e-9


def test_only_the_normal_projection_looks_alike_around_every_center():
    """Around a corner and around a face of the L1 ball, Laplace steps have different lengths."""
    space = Sphere(3)
    face, corner = np.eye(1, 3), np.full((1, 3), 3**-0.5)
    for law, alike in ((Normal(0.2), True), (Laplace(0.2), False)):
        angles = []
        for center in (face, corner):
            center = center.repeat(20_000, axis=0)
            z = Projected(law).sample(center, space, stream(7, f"{law}{center[0, 0]}"))
            angles.append(np.arccos((z * center).sum(axis=1)))
        p = stats.ks_2samp(*angles).pvalue
        if alike:
            bounds.plausible(p)
        else:
            assert p < 1e-9


def test_a_projection_needs_a_sphere_and_has_no_density():
    law = Projected(Normal(0.1))
    with pytest.raises(ValueError, match="Projected is not defined on Box"):
        law.sample(Box(2).origin(3), Box(2), stream(0, "x"))
    with pytest.raises(NotImplementedError, match="no log density in closed form"):
        law.log_density(np.eye(2), np.eye(2), Sphere(2))
    with pytest.raises(ValueError, match="finite"):
        law.sample(np.full((1, 2), np.nan), Sphere(2), stream(0, "x"))


# Mixings


@pytest.mark.parametrize("condition", [1.0, 10.0, 1000.0])
def test_layers_have_the_condition_number_that_was_asked_for(condition):
    plain, changed = (
        draw_mixing(5, stream(7, "mixing"), condition=c, candidates=50) for c in (None, condition)
    )
    np.testing.assert_allclose([torch.linalg.cond(w) for w in changed.weights], condition)
    for before, after in zip(plain.weights, changed.weights, strict=True):
        torch.testing.assert_close(after, conditioned(before, condition))
        torch.testing.assert_close(after.norm(), before.norm())
        turned = torch.linalg.svd(before).U.T @ after @ torch.linalg.svd(before).Vh.T
        off = turned - torch.diag(turned.diagonal())
        assert off.abs().max() < 1e-10  # the same singular vectors
        ratios = turned.diagonal()[1:] / turned.diagonal()[:-1]
        torch.testing.assert_close(ratios, torch.full_like(ratios, condition**-0.25))


def test_a_condition_number_below_one_is_refused():
    for condition in (0.5, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="condition number"):
            draw_mixing(3, stream(7, "mixing"), condition=condition, candidates=2)


def test_a_lossy_mixing_loses_the_last_and_folds_the_first():
    g = draw_mixing(4, stream(7, "mixing"), candidates=50)
    broken = LossyMixing(g.weights, g.slope, lost=1, creases=(0.3, -0.2))
    z = torch.from_numpy(stream(7, "z").standard_normal((20, 4)))
    for seen, full in zip(broken(z), g(z), strict=True):
        expected = [abs(full[0] - 0.3), abs(full[1] + 0.2), full[2]]
        torch.testing.assert_close(seen, torch.stack(expected))
    assert broken(z.float()).dtype == torch.float32


def test_two_latents_share_a_folded_observation():
    g = draw_mixing(3, stream(7, "mixing"), candidates=50)
    broken = LossyMixing(g.weights, g.slope, creases=(0.1,))
    z = torch.from_numpy(stream(7, "z").standard_normal((10, 3)))
    mirrored = g(z)
    mirrored[:, 0] = 0.2 - mirrored[:, 0]
    other = g.inverse(mirrored)
    assert (other - z).abs().max() > 0.1
    torch.testing.assert_close(broken(other), broken(z))
    with pytest.raises(NotImplementedError, match="no inverse"):
        broken.inverse(broken(z))


@pytest.mark.parametrize("how", [{"lost": 3}, {"lost": -1}, {"lost": 2, "creases": (0.0, 0.0)}])
def test_a_lossy_mixing_leaves_something_to_see(how):
    g = draw_mixing(3, stream(7, "mixing"), candidates=2)
    with pytest.raises(ValueError, match="lose at most 2"):
        LossyMixing(g.weights, g.slope, **how)


# Pairs


@pytest.fixture(scope="module")
def world():
    return preset("multimodal-sphere", d=3, private=(1, 1), rng=stream(7, "world"))


def drawn(world, n=40, seed=7, **changes):
    return fitting.drawer(world, {"device": "cpu", "shuffled": False, **changes}, seed)(n)


def test_fresh_and_shuffled_pairs_are_what_they_always_were(world):
    plain = world.sample(40, stream(7, "batches"))
    torch.testing.assert_close(drawn(world).x, plain.x)
    torch.testing.assert_close(drawn(world).t, plain.t)
    shuffled = drawn(world, shuffled=True)
    torch.testing.assert_close(shuffled.x, plain.x)
    torch.testing.assert_close(shuffled.t, plain.t.roll(1, dims=0))
    torch.testing.assert_close(drawn(world, mismatched=1.0).t, shuffled.t)
    draw = fitting.drawer(world, {"device": "cpu", "shuffled": True}, 7)
    rng = stream(7, "batches")
    for _ in range(3):  # later draws too
        torch.testing.assert_close(draw(10).t, world.sample(10, rng).t.roll(1, dims=0))


def test_a_share_of_the_pairs_is_mismatched_and_the_rest_isnt(world):
    plain, broken = drawn(world, 4000), drawn(world, 4000, mismatched=0.3)
    wrong = (broken.t != plain.t).any(dim=1)
    bounds.count_is(int(wrong.sum()), 4000, 0.3)
    torch.testing.assert_close(broken.x, plain.x)
    torch.testing.assert_close(broken.t.sort(dim=0).values, plain.t.sort(dim=0).values)
    for share in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="share of mismatched pairs"):
            drawn(world, mismatched=share)


def test_few_pairs_are_used_again_and_equally_often(world):
    pairs = drawn(world, 100, pairs=20)
    rows, counts = pairs.x.unique(dim=0, return_counts=True)
    assert len(rows) == 20
    assert (counts == 5).all()
    for start in range(0, 100, 20):  # each round holds every pair once, in another order
        assert len(pairs.x[start : start + 20].unique(dim=0)) == 20
    assert (pairs.x[:20] != pairs.x[20:40]).any()
    partners = {tuple(x.tolist()): t for x, t in zip(pairs.x, pairs.t, strict=True)}
    for x, t in zip(pairs.x, pairs.t, strict=True):
        torch.testing.assert_close(partners[tuple(x.tolist())], t)


def test_a_wrong_partner_among_few_stays_wrong(world):
    right, wrong = drawn(world, 200, pairs=20), drawn(world, 200, pairs=20, mismatched=0.5)
    own = {tuple(x.tolist()): t for x, t in zip(right.x, right.t, strict=True)}
    changed: dict = {}
    for x, t in zip(wrong.x, wrong.t, strict=True):
        changed.setdefault(tuple(x.tolist()), set()).add(bool((own[tuple(x.tolist())] != t).any()))
    assert all(len(answers) == 1 for answers in changed.values())
    assert 0 < sum(True in answers for answers in changed.values()) < 20


# Rows


def test_the_cubed_distance_and_its_gradient():
    rng = stream(7, "cubed")
    a, b = (torch.from_numpy(rng.standard_normal((6, 3))).requires_grad_() for _ in "ab")
    found = _rows.neg_cubed_l3(a, b)
    for i in range(6):
        for k in range(6):
            slow = -sum(abs(a[i, j].item() - b[k, j].item()) ** 3 for j in range(3))
            assert found[i, k].item() == pytest.approx(slow)
    assert torch.autograd.gradcheck(_rows.neg_cubed_l3, (a, b))


def test_rows_are_the_published_ones_and_mean_what_they_say():
    names = set(tables.TABLE_A) | set(tables.TABLE_B)
    published = results.published("liu_synthetic")
    assert names == set(published[published.value.notna()].row)
    assert len(names) == len(tables.TABLE_A) + len(tables.TABLE_B) == 17
    assert tables.row_of("Sp U v -> Sp v") == Row()
    assert tables.row_of("B U L -> B L") == BOX
    row = tables.row_of("Un L(1) N -> Un N")
    assert (row.marginal, row.conditional, row.codes, row.score) == (
        "laplace", "normal", "unbounded", "l2",
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(robustness.rows()))
def test_every_row_has_a_world_and_a_game(name):
    row = robustness.rows()[name]
    model = _rows.draw_model(row, SETTINGS, 7)
    pairs = model.sample(64, stream(7, "pairs"))
    assert model.space.contains(pairs.z_x.numpy()).all()
    assert model.space.contains(pairs.z_t.numpy()).all()
    assert pairs.x.shape == (64, SETTINGS["d"] + SETTINGS["private"] - row.lost)
    kept = _rows.draw_model(row._replace(lost=0, folded=0, condition=0.0), SETTINGS, 7)
    plain = _rows.draw_model(Row(), SETTINGS, 7)
    assert kept.mixing is not None
    assert plain.mixing is not None
    for a, b in zip(kept.mixing, plain.mixing, strict=True):  # one mixing a seed
        torch.testing.assert_close(a.weights, b.weights)
    assert _rows.game_of(row, SETTINGS).learned == (row.ratio == 0)


def test_laws_of_rows():
    sphere, box, free = (
        _rows.laws_of(Row(space=space, marginal="normal", conditional="cubic"), SETTINGS)
        for space in ("sphere", "box", "unbounded")
    )
    cubic = GeneralizedNormal(SETTINGS["scale"], 3.0)
    assert sphere == (Projected(Normal(1.0)), Projected(cubic))
    assert box == (Normal(SETTINGS["wide"]), cubic)
    assert free == (Normal(1.0), cubic)
    assert _rows.laws_of(Row(), SETTINGS) == (Uniform(), VonMisesFisher(SETTINGS["kappa"]))


def test_a_held_temperature_is_a_multiple_of_the_coupling():
    game = _rows.game_of(Row(ratio=4.0), SETTINGS)
    assert game.temperature == pytest.approx(1 / (4 * SETTINGS["kappa"]))
    game = _rows.game_of(BOX._replace(ratio=0.5), SETTINGS)
    assert game.temperature == pytest.approx(2 * SETTINGS["scale"])
    name = "sphere: 1/tau fourfold"
    table = robustness.run(SETTINGS | {"rows": [name], "repeats": 1}, 100)
    found = table[table.metric.eq("inverse_temperature")].value.item()
    assert found == pytest.approx(4 * SETTINGS["kappa"])


def test_lockstep_changes_nothing_and_equal_rows_are_trained_once():
    names = ["sphere: nothing", "Sp U v -> Sp v", "sphere: only 1,000 pairs", "Sp U L -> Sp v"]
    settings = SETTINGS | {"rows": names, "repeats": 2}
    table = robustness.run(settings, 100)
    scores = table[table.metric.eq("linear_r2") & table.code.eq("contrastive")]
    scores = scores.set_index(["row", "seed"]).value
    assert len(scores) == 8
    for seed in (100, 101):
        assert scores["sphere: nothing", seed] == scores["Sp U v -> Sp v", seed]
        alone = experiments.run("tables", profile="smoke", seed=seed, row="Sp U L -> Sp v")
        alone = alone[alone.metric.eq("linear_r2") & alone.code.eq("contrastive")]
        assert scores["Sp U L -> Sp v", seed] == pytest.approx(alone.value.item(), abs=1e-3)


def test_parts_cover_every_row_once_and_train_in_lockstep():
    parts = robustness.parts(robustness.rows())
    names = [name for part in parts for name in part["rows"]]
    assert sorted(names) == sorted(robustness.rows())
    assert len(parts[0]["rows"]) == max(len(part["rows"]) for part in parts)
    with pytest.raises(ValueError, match="unknown row 'sphere: nothin'"):
        robustness.parts(["sphere: nothin"])
    with pytest.raises(ValueError, match="did you mean 'B U L -> Un L'"):
        experiments.run("tables", profile="smoke", row="B U L -> U L")


# Tables


def long(rows):
    """A table as `run` gives it, from {row: {(code, metric): one value a seed}}."""
    return pd.DataFrame(
        {"row": row, "code": code, "modality": "x", "metric": metric, "value": v, "seed": seed}
        for row, found in rows.items()
        for (code, metric), values in found.items()
        for seed, v in enumerate(values)
    )


def test_damage_is_added_up_seed_by_seed():
    r2 = ("contrastive", "linear_r2")
    table = {"sphere: nothing": {r2: [1.0, 0.9]}}
    for a, b in robustness.PAIRS:
        table |= {f"sphere: {a}": {r2: [0.8, 0.6]}, f"sphere: {b}": {r2: [0.7, 0.8]}}
        table[f"sphere: {a} + {b}"] = {r2: [0.6, 0.4]}
    for a, b in robustness.PAIRS:  # the last one to be written counts
        first, second = (np.array(table[f"sphere: {name}"][r2]) for name in (a, b))
        predicted = first + second - np.array([1.0, 0.9])
        found = reading.additivity(long(table)).loc[f"{a} + {b}"]
        assert found.predicted == pytest.approx(predicted.mean())
        excess = np.array([0.6, 0.4]) - predicted
        np.testing.assert_allclose(
            [found.excess, found.low, found.high], [excess.mean(), excess.min(), excess.max()]
        )
        assert found.measured == [0.6, 0.4]


def test_beside_puts_our_percent_next_to_the_printed_one():
    table = {
        name: {("contrastive", "linear_r2"): [0.9, 1.0], ("contrastive", "mcc"): [0.5, 0.7]}
        for name in (*tables.TABLE_A, *tables.TABLE_B)
    }
    beside = printed_tables.beside(long(table), results.published("liu_synthetic"))
    first = beside.loc["Sp U v -> Sp v"]
    assert (first.table, first.checked) == ("a", True)
    assert (first["mean"], first.low, first.high) == pytest.approx((95, 90, 100))
    assert first.difference == pytest.approx(95 - first.published)
    assert beside.loc["B U L -> B L", "mean"] == pytest.approx(60)
    assert not beside.loc["B U L -> Un L"].checked
    del table["B U L -> Un L"]
    with pytest.raises(ValueError, match="'B U L -> Un L' has no mcc"):
        printed_tables.beside(long(table), results.published("liu_synthetic"))


def test_agreement_in_rank_and_sign():
    printed = results.published("liu_synthetic")
    known = printed[printed.value.notna()].set_index("row")
    for sign, rank in ((1, 1.0), (-1, -1.0)):
        table = {
            name: {("contrastive", known.metric[name]): [sign * known.value[name] / 100]}
            for name in (*tables.TABLE_A, *tables.TABLE_B)
        }
        found = printed_tables.agreement(long(table), printed)
        assert (found["a.rank"], found["b.rank"]) == pytest.approx((rank, rank))
    same = {name: {("contrastive", known.metric[name]): [0.99]} for name in table}
    same["B U L -> Un L"] = {("contrastive", "mcc"): [0.95]}  # printed: it falls, as do two others
    fallen = known.value[list(tables.TABLE_B[1:])] < known.value[tables.TABLE_B[0]] - 0.5
    right = [fallen[n] == (n == "B U L -> Un L") for n in tables.TABLE_B[1:]]
    assert printed_tables.agreement(long(same), printed)["b.signs"] == pytest.approx(np.mean(right))


# Turns


def test_turns_keep_distances_and_the_best_temperature_is_found():
    points = torch.from_numpy(stream(7, "turn").random((50, 2)))
    turned = turns.turned(points, 30)
    torch.testing.assert_close(torch.cdist(turned, turned), torch.cdist(points, points))
    torch.testing.assert_close(
        turns.turned(torch.tensor([[1.0, 0.0]]), 90), torch.tensor([[0.0, 1.0]])
    )
    settings = experiments.settings("turns", profile="smoke", batches=8)
    pairs = turns.draw("laplace", 0.0, settings, 7)
    best = turns.best_loss(pairs, 0, settings["batch"])
    losses = []
    for temperature in np.geomspace(0.01, 1, 60):
        parts = zip(pairs.x.split(64), pairs.t.split(64), strict=True)
        how = {"similarity": "neg_l1", "temperature": float(temperature)}
        losses.append(np.mean([float(info_nce(a, b, **how)) for a, b in parts]))
    assert best == pytest.approx(min(losses), abs=1e-3)


# Pictures


def test_the_matrix_shows_values_spreads_and_shades_by_damage():
    columns = pd.MultiIndex.from_tuples([("sphere", "R2"), ("sphere", "nats"), ("box", "R2")])
    values = pd.DataFrame(
        [[1.0, 2.0, 0.9], [0.6, 0.5, np.nan]], index=["nothing", "all"], columns=columns
    )
    spreads = values * 0 + np.array([[0.001, 0.2, 0.03], [0.05, 0.0, 0.0]])
    (axes,) = violations.matrix(values, spreads, {"": 1, "rest": 1}, colored=("R2",)).axes
    drawn = [text.get_text() for text in axes.texts]
    assert drawn[:5] == ["1.00", "2.00 ± 0.20", "0.90 ± 0.03", "0.60 ± 0.05", "0.50"]
    assert {"sphere", "box", "rest"} <= set(drawn)
    shades = axes.images[0].get_array()
    np.testing.assert_allclose(shades[0], 0)
    assert shades[1, 0] == pytest.approx(0.4)
    assert shades[1, 1] == 0  # nats aren't judged
    assert [label.get_text() for label in axes.get_yticklabels()] == ["nothing", "all"]


def test_squares_share_colors_and_show_scores():
    z = stream(7, "square").random((40, 2))
    left, middle, right = violations.square(z, 3 - z, {"MCC": 0.5, "linear R2": -0.1}).axes
    first, second = left.collections[0], middle.collections[0]
    np.testing.assert_allclose(first.get_facecolors(), second.get_facecolors())
    np.testing.assert_allclose(second.get_offsets(), 3 - z)
    assert [text.get_text() for text in right.texts] == ["-0.10", "0.50"]
    assert [bar.get_width() for bar in right.patches] == [0, 0.5]


def test_pictures_draw_their_tables():
    lines = pd.DataFrame({"gap": [2.0, 1], "private": [1.0, 1], "loss": [0.0, 0]}, index=[0.1, 0.9])
    (axes,) = violations.free_of_charge(lines).axes
    np.testing.assert_allclose([line.get_ydata() for line in axes.lines], lines.to_numpy().T)

    told = {
        "raw": [0.4],
        "supervised": [0.8],
        "ceiling": [0.9],
        "found": [[0.5, 0.6]],
        "closed": [[0.2, 0.4]],
    }
    told = pd.DataFrame(told, index=["lost"])
    left, right = violations.told_and_found({"sphere": told, "box": told}, "R2").axes
    for axes in (left, right):
        bar, end, dots = (line.get_xdata() for line in axes.lines)
        np.testing.assert_allclose(bar, [0.4, 0.9])
        np.testing.assert_allclose(end, [0.8])
        np.testing.assert_allclose(dots, [0.5, 0.6])
    assert [label.get_text() for label in left.get_yticklabels()] == ["lost"]

    pair = {"first": [0.9], "second": [0.7], "predicted": [0.6], "measured": [[0.8, 0.82]]}
    (axes,) = violations.additive(pd.DataFrame(pair, index=["a + b"]), 1.0, "R2").axes
    drawn = [tuple(np.round(line.get_xdata(), 3)) for line in axes.lines]
    for expected in ((0.9, 0.7), (0.6, 0.81), (0.6,), (0.8, 0.82)):
        assert expected in drawn

    cost = pd.DataFrame(
        [[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]],
        index=[5, 45],
        columns=pd.MultiIndex.from_tuples([("cubic", 0), ("laplace", 0), ("laplace", 33)]),
    )
    one, two = violations.turning_cost(cost, "nats").axes  # panels in the table's order
    assert (one.get_title(), two.get_title()) == ("cubic steps", "laplace steps")
    np.testing.assert_allclose(one.lines[0].get_ydata(), [0.0, 0.3])
    np.testing.assert_allclose(two.lines[0].get_ydata(), [0.1, 0.4])
    np.testing.assert_allclose(two.lines[1].get_ydata(), [0.2, 0.5])
    assert [text.get_text() for text in two.get_legend().get_texts()] == ["0 %", "33 %"]


def test_published_values_are_hollow_where_nobody_could_check_them():
    small = pd.DataFrame(
        {
            "table": ["a", "a", "b"],
            "published": [99.0, 90.0, 95.0],
            "checked": [True, False, False],
            "mean": [98.0, 97, 96],
            "low": [97.0, 96, 95],
            "high": [99.0, 98, 97],
        },
        index=["one", "two", "three"],
    )
    figure = violations.beside_published(small, "percent")
    left, right = figure.axes
    diamonds = [line for line in left.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert [line.get_xdata()[0] for line in diamonds] == [99, 90]
    assert [line.get_markerfacecolor() == "white" for line in diamonds] == [False, True]
    ours = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"]
    assert ours == [96]


def test_learning_curves_draw_every_seed_and_join_the_first_recipe():
    table = pd.DataFrame(
        {
            "world": ["box"] * 4 + ["sphere"],
            "steps": [1000, 4000, 4000, 4000, 1000],
            "recipe": ["ours", "ours", "ours", "other", "ours"],
            "score": [0.5, 0.8, 0.9, 0.2, 0.4],
        }
    )
    goals = {"box": 0.99, "sphere": 0.995}
    figure = violations.learning_curves(table, goals, {"sphere": 0.3}, "R2")
    box, sphere = figure.axes
    dots = [list(line.get_ydata()) for line in box.lines if line.get_marker() == "o"]
    assert dots[0] == [0.5, 0.8, 0.9]
    squares = [list(line.get_ydata()) for line in box.lines if line.get_marker() == "s"]
    assert squares[0] == [0.2]
    joined = [list(line.get_ydata()) for line in box.lines if line.get_marker() == "None"]
    np.testing.assert_allclose(joined[0], [0.5, 0.85])
    assert joined[1] == [0.99, 0.99]
    assert sphere.get_title() == "sphere"
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["ours", "other", "published", "raw x"]
    assert [0.3, 0.3] in [list(line.get_ydata()) for line in sphere.lines]
    assert [0.3, 0.3] not in [list(line.get_ydata()) for line in box.lines]


def test_grown_rows_are_judged_by_their_tables_metric():
    rows = [("Sp U v -> Sp v", 1.0, "linear_r2", 0.3), ("Sp U v -> Sp v", 5.0, "linear_r2", 0.9)]
    rows += [("B U L -> B L", 5.0, "mcc", 0.8), ("B U L -> B L", 5.0, "linear_r2", 0.7)]
    found = pd.DataFrame(rows, columns=["row", "kappa", "metric", "value"])
    found = pd.concat(
        [found]
        + [
            found.drop_duplicates(["row", "kappa"]).assign(metric=name, value=value)
            for name, value in (("gap", 0.1), ("nats", 0.2), ("inverse_temperature", 5.0))
        ]
    ).assign(code="contrastive", steps=10, centered=True, lr=0.1, seed=0)
    noise = found.assign(code="raw", value=-1.0)
    grown = printed_tables.grown(pd.concat([found, noise]))
    assert grown.set_index("world").score.to_dict() == {
        "sphere, kappa 1": 0.3,
        "sphere, kappa 5": 0.9,
        "box": 0.8,
    }
    assert grown.gap.eq(0.1).all()


def test_recipes_are_told_apart_and_the_longest_runs_are_the_recipes_own():
    first = {"row": "Sp U v -> Sp v", "kappa": 5.0, "seed": 0, "code": "contrastive"}
    runs = [  # steps, centered, lr, score
        (10, True, 0.3, 0.5),
        (40, True, 0.3, 0.7),
        (90, True, 0.1, 0.8),
        (90, False, 0.3, 0.6),
    ]
    rows = [
        {**first, "steps": steps, "centered": centered, "lr": lr, "metric": metric, "value": value}
        for steps, centered, lr, score in runs
        for metric, value in (
            ("linear_r2", score), ("gap", 0.0), ("nats", 0.0), ("inverse_temperature", 1.0)
        )
    ]  # fmt: skip
    box = [{**row, "row": "B U L -> B L"} for row in rows]
    box += [{**row, "metric": "mcc"} for row in box if row["metric"] == "linear_r2"]
    found = reading.by_recipe(pd.DataFrame(rows + box))
    sphere = found[found.world.eq("sphere, kappa 5")].set_index("score").recipe.to_dict()
    assert sphere == {
        0.5: "the recipe",
        0.7: "the recipe",
        0.8: "lower rates",
        0.6: "codes not centered",
    }
    assert reading.longest(found, "sphere, kappa 5").score.tolist() == [0.7]


def test_a_told_network_stands_beside_both_spheres():
    grown = pd.DataFrame({"world": ["box"], "recipe": ["the recipe"], "steps": [9], "score": [1.0]})
    rows = {"code": ["raw", "supervised"], "value": [0.2, 0.7], "step": [5, 5], "seed": [0, 0]}
    found = reading.with_told(grown, pd.DataFrame(rows)).iloc[1:]
    assert set(found.world) == {"sphere, kappa 1", "sphere, kappa 5"}
    assert found[["steps", "score"]].drop_duplicates().values.tolist() == [[5, 0.7]]


def test_goals_are_the_printed_first_rows():
    goals = reading.goals(results.published("liu_synthetic"))
    assert goals == {"sphere, kappa 1": 0.995, "box": 0.991}  # kappa 5 was printed by nobody


def test_the_ancestors_rows_stand_beside_ours():
    names = [*tables.TABLE_A, *tables.TABLE_B]
    rows = {name: {"table": "a" if name in tables.TABLE_A else "b"} for name in names}
    beside = pd.DataFrame.from_dict(rows, orient="index")
    beside = beside.assign(mean=99.0, low=98.0, high=99.5, published=90.0)
    found = reading.beside_ancestor(beside, results.published("zimmermann"))
    assert found.table.value_counts().to_dict() == {"a": 8, "b": 5}
    assert found.loc["B U N -> Un N", "difference"] == pytest.approx(-0.6)


def test_the_way_gone_at_kappa_one_starts_at_the_raw_observations():
    columns = ["world", "recipe", "steps", "score"]
    grown = pd.DataFrame(
        [
            ("sphere, kappa 1", "the recipe", 1000, 0.1),  # as many steps as the lower rates only
            ("sphere, kappa 1", "the recipe", 16000, 0.4),
            ("sphere, kappa 1", "lower rates", 16000, 0.6),
            ("sphere, kappa 5", "the recipe", 48000, 1.0),
        ],
        columns=columns,
    )
    raw = {"code": "raw", "metric": "linear_r2"}
    rows = [
        raw | {"row": tables.TABLE_A[0], "value": 0.2},
        raw | {"row": "B U L -> B L", "value": 0.9},
    ]
    found = reading.at_kappa_one(pd.DataFrame(rows), grown)
    assert found["paper.same"].tolist() == [0.4]
    assert found["paper.raw"] == pytest.approx(0.2)
    shares = [found[f"paper.{name}.closed"] for name in ("same", "lower", "strong")]
    assert shares == pytest.approx([0.25, 0.5, 1.0])
