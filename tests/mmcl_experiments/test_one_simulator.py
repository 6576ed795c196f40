"""Chapter 10: the settings, the knob from copied to coupled, the guide's pictures."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

import mmcl_experiments as experiments
from mmcl.model import PRESETS
from mmcl.randomness import stream
from mmcl.spaces import Unbounded
from mmcl_experiments.copied_to_coupled import run as copied_to_coupled
from mmcl_experiments.side_by_side import figures as simulator
from mmcl_experiments.side_by_side import run as side_by_side


def settings(**changes):
    return experiments.settings("copied_to_coupled", profile="smoke", **changes)


# The settings


def test_every_preset_has_a_game_and_every_game_a_preset():
    assert set(side_by_side.GAMES) == set(PRESETS)


@pytest.mark.parametrize("world", list(side_by_side.GAMES))
def test_a_world_copies_its_content_and_nothing_else(world):
    model = side_by_side.draw_model(world, 3, 0)
    pairs = model.sample(2000, stream(0, "pairs"))
    copied = (pairs.z_x == pairs.z_t).all(dim=0)
    assert copied.tolist() == [j < model.content for j in range(model.space.d)]
    assert model.content == (3 if "block" in world else 0)
    g_x, g_t = model.mixing
    assert (g_x is g_t) == ("multiview" in world)
    assert model.private == ((0, 0) if "multiview" in world else (2, 2))


@pytest.mark.parametrize("world", list(side_by_side.GAMES))
def test_codes_are_as_large_as_what_the_theorem_recovers(world):
    table = experiments.run("side_by_side", profile="smoke", world=world)
    kept = table[table.metric.eq("correlation")]
    assert kept.place.tolist() == [1, 2, 3]
    blocks = {"shared"} | ({"style"} if "block" in world else set())
    blocks |= {"private"} if "multimodal" in world else set()
    assert set(table.block) == blocks | {"codes"}
    assert table.value.notna().all()


def test_an_unknown_world_is_refused():
    with pytest.raises(ValueError, match="did you mean 'multimodal-box'"):
        experiments.run("side_by_side", profile="smoke", world="multimodel-box")


# The knob


def drawn(noise, n=200_000):
    law = copied_to_coupled.partner(2, 2, noise, 1.5)
    z_x = stream(0, "z").standard_normal((n, 4))
    return z_x, law.sample(z_x, Unbounded(4), stream(0, "steps")) - z_x


def test_at_zero_content_is_copied_exactly():
    _, steps = drawn(0.0)
    assert (steps[:, :2] == 0).all()
    assert copied_to_coupled.draw_model(settings(), 0.0, 0).content == 3


@pytest.mark.parametrize("noise", [1e-4, 0.3, 2.0])
def test_above_zero_each_coordinate_has_its_own_noise(noise):
    z_x, steps = drawn(noise)
    np.testing.assert_allclose(steps.std(axis=0), [noise, noise, 1.5, 1.5], rtol=0.01)
    joint = np.corrcoef(np.hstack([z_x, steps]).T)
    assert np.abs(joint - np.eye(8)).max() < 0.02
    assert copied_to_coupled.draw_model(settings(), noise, 0).content == 0


def test_the_knob_ends_where_copying_begins():
    _, none = drawn(0.0)
    _, little = drawn(1e-9)
    np.testing.assert_allclose(little[:, 0], none[:, 0], atol=1e-8)


def test_where_noises_are_equal_content_and_style_are_the_same():
    law = copied_to_coupled.partner(2, 2, 0.8, 0.8)
    exchanged = law.covariance[np.ix_([2, 3, 0, 1], [2, 3, 0, 1])]
    np.testing.assert_array_equal(exchanged, law.covariance)


@pytest.mark.parametrize(
    ("content", "style", "noise", "other"), [(3, 3, 0.4, 1.0), (1, 2, 2.0, 0.1)]
)
def test_mutual_information_is_that_of_the_joint_normal_law(content, style, noise, other):
    steps = np.diag([noise**2] * content + [other**2] * style)
    eye = np.eye(content + style)
    joint = np.block([[eye, eye], [eye, eye + steps]])
    wanted = (np.linalg.slogdet(eye + steps)[1] - np.linalg.slogdet(joint)[1]) / 2
    found = copied_to_coupled.mutual_information(content, style, noise, other)
    assert found == pytest.approx(wanted)
    assert copied_to_coupled.mutual_information(content, style, 0, other) == math.inf


def test_worlds_along_the_knob_differ_in_the_noise_alone():
    models = [copied_to_coupled.draw_model(settings(), noise, 7) for noise in (0.0, 0.4)]
    weights = [[w for g in model.mixing for w in g.weights] for model in models]
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_the_table_has_each_noise_and_block():
    table = experiments.run("copied_to_coupled", profile="smoke")
    index = table.set_index(["noise", "block", "metric"]).index
    r2s = [("content", "style", "private x"), ("linear_r2", "kernel_r2")]
    wanted = {(n, b, m) for n in settings()["noises"] for b in r2s[0] for m in r2s[1]}
    wanted |= {(n, "all", m) for n in settings()["noises"] for m in ("gain", "mutual_information")}
    assert set(index) == wanted
    assert index.is_unique


def test_a_small_code_keeps_the_better_clue_and_a_large_one_both():
    torch.set_num_threads(1)
    change = {"content": 2, "style": 2, "noises": [0.05, 4.0], "steps": 300, "batch": 256}
    change |= {"rows": 800, "test_pairs": 2048}
    held = {}
    for size in (2, 4):
        table = experiments.run("copied_to_coupled", size=size, seed=100, **change)
        rows = table[table.metric.eq("kernel_r2")]
        held[size] = rows.pivot(index="noise", columns="block", values="value")
    assert held[2].loc[0.05, "content"] > 0.9 > 0.1 > held[2].loc[0.05, "style"]
    assert held[2].loc[4.0, "style"] > 0.7 > 0.3 > held[2].loc[4.0, "content"]
    assert held[4].loc[0.05, ["content", "style"]].min() > 0.85
    assert max(table["private x"].max() for table in held.values()) < 0.1


# Pictures


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


FACTS = pd.DataFrame(
    {
        "one": {"copied": 2, "coupled": 2, "private": 0, "mixings": 1},
        "two": {"copied": 0, "coupled": 2, "private": 1, "mixings": 2},
    }
).T


def test_a_graph_shows_what_is_copied_coupled_and_private():
    block = simulator.graph_of(2, 2, 1)
    assert set(block.places) == {"c", "s_x", "s_t", "m_x", "m_t", "x", "t"}
    assert block.edges == [("s_x", "s_t")]
    assert ("c", "x") in block.arrows
    assert ("c", "t") in block.arrows
    assert set(simulator.graph_of(0, 2, 0).places) == {"z_x", "z_t", "x", "t"}
    assert not simulator.graph_of(2, 0, 0).edges


def test_worlds_are_drawn_with_their_clouds():
    points = stream(0, "points").standard_normal((30, 2))
    clouds = {"one": {"content": points, "style": points + 1}, "two": {"shared": points}}
    figure = simulator.worlds(FACTS, clouds)
    heads, feet = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in heads] == ["one", "two"]
    assert "one mixing" in [text.get_text() for text in heads[0].texts]
    assert "two mixings" in [text.get_text() for text in heads[1].texts]
    np.testing.assert_array_equal(feet[0].collections[1].get_offsets(), points + 1)
    np.testing.assert_array_equal(feet[1].collections[0].get_offsets(), points)


def knob_table():
    rows = [
        {"size": size, "noise": noise, "block": block, "value": size * 0.1 + noise * 0.2}
        for size in (3, 6)
        for noise in (0.0, 1.0)
        for block in simulator.BLOCKS
    ]
    return pd.DataFrame(rows)


def test_the_knob_draws_each_block_for_each_size():
    figure = simulator.knob(knob_table(), crossing=1.0)
    assert [axes.get_title()[9:10] for axes in figure.axes] == ["3", "6"]
    style = figure.axes[1].lines[1]
    assert style.get_label() == "style"
    np.testing.assert_allclose(style.get_ydata(), [0.6, 0.8])
    np.testing.assert_allclose(style.get_xdata(), [0.0, 1.0])


def test_a_frame_draws_points_and_bars():
    scores = pd.DataFrame({"small": [0.9, 0.1], "large": [0.8, 0.7]}, index=["content", "style"])
    points = {"content": np.zeros((4, 2)), "style": np.ones((4, 2))}
    left, right = simulator.frame(points, scores).axes
    assert {line.get_label(): line.get_ydata()[0] for line in left.lines} == {
        "content": 0,
        "style": 1,
    }
    assert [bar.get_height() for bar in right.patches] == [0.9, 0.1, 0.8, 0.7]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["small", "large"]


def test_nats_are_drawn_below_their_ceiling():
    index = pd.Index([0.0, 1.0], name="noise")
    table = pd.DataFrame({"won": [5.0, 1.0], "there is": [math.inf, 2.0]}, index=index)
    (axes,) = simulator.budget(table, 6.0).axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(lines["won"], [5.0, 1.0])
    np.testing.assert_array_equal(lines["there is"], [math.nan, 2.0])
    assert axes.lines[-1].get_ydata()[0] == 6.0


def test_spectra_are_drawn():
    table = pd.DataFrame({"a": [0.9, 0.8], "b": [0.7, 0.6]}, index=pd.Index([1, 2]))
    (axes,) = simulator.spectra(table).axes
    np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], table.T)


def test_the_guide_draws_every_question_and_leaf_with_yes_on_the_left():
    questions = {"Copied?": ("yes it is", "Sphere?"), "Sphere?": ("a globe", "other")}
    leaves = {"yes it is": "block", "a globe": "turned", "other": "count"}
    (axes,) = simulator.guide(questions, leaves).axes
    spots = {text.get_text().split("\n")[0]: text.get_position() for text in axes.texts}
    assert set(spots) == {"Copied?", "Sphere?", *leaves, "yes", "no"}
    assert spots["yes it is"][0] < spots["Copied?"][0] < spots["Sphere?"][0] < spots["other"][0]
    assert spots["a globe"][1] < spots["Sphere?"][1] < spots["Copied?"][1]
