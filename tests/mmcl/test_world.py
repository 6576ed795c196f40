"""Factors, captions and domains of the world: laws, errors, and what inverts what."""

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib import colors as matplotlib_colors
from scipy import stats

from mmcl.laws import Laplace, VonMisesFisher
from mmcl.randomness import stream
from mmcl.world import captions, factors, palettes
from mmcl.world.domains import DOMAINS
from mmcl.world.render import render
from mmcl.world.shapes import SHAPES
from tests import bounds


def draw(n=1000, seed=0, **choice):
    return factors.draw(n, stream(seed, "factors"), **choice)


def test_each_factor_has_its_law():
    table, p_values = draw(20_000), []
    assert list(table) == list(factors.FACTORS)
    for name, each in factors.FACTORS.items():
        values = table[name].to_numpy()
        if each.values:
            counts = np.bincount(values, minlength=len(each.values))
            p_values.append(stats.chisquare(counts).pvalue)
        else:
            law = stats.uniform(each.low, each.high - each.low)
            p_values.append(stats.kstest(values, law.cdf).pvalue)
    bounds.plausible(p_values)


def test_factors_are_independent_unless_asked():
    table = draw(20_000)
    numbers = np.column_stack(
        [each.target(table[name]).reshape(20_000, -1) for name, each in factors.FACTORS.items()]
    )
    above = np.triu_indices(numbers.shape[1], 1)
    bounds.within(np.sqrt(20_000) * np.corrcoef(numbers.T)[above])


def test_the_same_seed_gives_the_same_world():
    one, two = draw(300), draw(300)
    np.testing.assert_allclose(one.to_numpy(), two.to_numpy(), atol=1e-6)
    texts = [captions.captions(one, stream(0, "captions")) for _ in range(2)]
    assert texts[0] == texts[1]
    assert not draw(300, seed=1).equals(one)
    assert captions.captions(one, stream(1, "captions")) != texts[0]


def misses(hues, wanted):
    """How far the mean direction of hues is from a complex number, in standard errors."""
    points = np.exp(2j * np.pi * np.asarray(hues)) - wanted
    parts = np.stack([points.real, points.imag])
    return list(parts.mean(axis=1) / parts.std(axis=1) * np.sqrt(len(points)))


def misses_by_place(table, wanted):
    """The same for each place across."""
    each = [misses(table["hue"][table["x"] == k], wanted[k]) for k in range(3)]
    return np.concatenate(each).tolist()


def test_dependence_is_seen_by_no_one_but_an_intervention():
    kappa = 4.0
    length = VonMisesFisher(kappa).mean_cosine(2)
    known = length * np.exp(2j * np.pi * np.array(factors.HUES_OF_PLACES))
    errors = misses_by_place(draw(20_000), np.zeros(3))
    for kind in ("causal", "statistical"):
        errors += misses_by_place(draw(20_000, dependence=kind, kappa=kappa), known)
        places = np.bincount(draw(3000, dependence=kind, fixed={"hue": 0.1})["x"], minlength=3)
        errors += list((places - 1000) / np.sqrt(3000 * 2 / 9))
    moved = {
        kind: draw(20_000, dependence=kind, kappa=kappa, fixed={"x": 1})["hue"].to_numpy()
        for kind in ("causal", "statistical")
    }
    errors += misses(moved["causal"], known[1]) + misses(moved["statistical"], 0)
    bounds.within(errors)
    assert max(map(abs, misses(moved["causal"], 0))) > 50  # no doubt which is which


def test_laws_of_the_package_fit():
    choice = {"light_position": Laplace(0.05), "background_hue": VonMisesFisher(50.0)}
    table = draw(4000, laws=choice)
    bounds.mean_is(abs(table["light_position"] - 0.5), 0.05, of=2)
    cosines = np.cos(2 * np.pi * table["background_hue"])
    bounds.mean_is(cosines, VonMisesFisher(50.0).mean_cosine(2), of=2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"laws": {"hu": Laplace(1.0)}}, "unknown factor 'hu'; did you mean 'hue'"),
        ({"laws": {"shape": Laplace(1.0)}}, "shape is discrete and has no law"),
        ({"fixed": {"siez": 1}}, "did you mean 'size'"),
        ({"fixed": {"size": 3}}, r"size is .*3.* in row 0; give one of the integers 0 \(small\)"),
        ({"fixed": {"x": -1}}, r"x is .*-1.* in row 0; give one of the integers 0 \(left\)"),
        ({"fixed": {"y": 1.0}}, r"y is .*1\.0.* in row 0; give one of the integers"),
        ({"fixed": {"turn": 2.0}}, r"turn is .*2\.0.*; give a number from -1\.571 to 1\.571"),
        ({"fixed": {"light_hue": float("nan")}}, "light_hue is .*nan.* from 0 to 1"),
        ({"dependence": "both"}, "unknown dependence 'both'. Valid: none, causal"),
        ({"n": 0}, "n = 0; give an integer >= 1"),
    ],
)
def test_what_cant_be_drawn_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        draw(**{"n": 5, **change})


def test_tables_are_checked_before_they_are_used():
    table = draw(5)
    for use in (render, lambda rows: captions.captions(rows, stream(0, "captions"))):
        with pytest.raises(ValueError, match="lacks hue; start from"):
            use(table.drop(columns="hue"))
        with pytest.raises(ValueError, match="unknown factor 'color'"):
            use(table.assign(color=1))
        with pytest.raises(ValueError, match=r"hue is .*1\.5.* in row 3"):
            use(table.assign(hue=[0.1, 0.2, 0.3, 1.5, 0.4]))


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [("hu", "cone", "did you mean 'hue'"), ("tilt", "cube", "unknown shape 'cube'")],
)
def test_visible_wants_names_that_there_are(name, shape, words):
    with pytest.raises(ValueError, match=words):
        factors.visible(name, shape)


def test_hues_are_scored_around_the_circle():
    hue = factors.factor("hue")
    np.testing.assert_allclose(hue.target([0.0, 1.0, 0.25]), [[1, 0], [1, 0], [0, 1]], atol=1e-12)
    assert (hue.score, factors.factor("x").score) == ("R2 of cosine and sine", "accuracy")


def test_a_traversal_moves_one_factor():
    row = draw(1).iloc[0]
    for name, each in factors.FACTORS.items():
        table = factors.traverse(row, name, steps=5)
        assert len(table) == (min(5, len(each.values)) if each.values else 5)
        assert list(table.columns[table.nunique() > 1]) == [name]
        assert (table.drop(columns=name) == row.drop(name)).to_numpy().all()
    assert factors.traverse(row, "hue", steps=4)["hue"].tolist() == [0, 0.25, 0.5, 0.75]


SAID = ["shape", "x", "y", "size", "palette", "phrasing"]


def test_the_parser_inverts_every_caption():
    table = draw(10_000)
    texts = captions.captions(table, stream(0, "captions"))
    read = [captions.parse(text) for text in texts]
    assert [[getattr(each, name) for name in SAID] for each in read] == table[
        SAID
    ].to_numpy().tolist()
    known = np.array([each.hue for each in read])
    away = abs(known - table["hue"].to_numpy())
    for palette in range(3):  # no other word of the palette is nearer
        rows = (table["palette"] == palette).to_numpy()
        every = abs(table["hue"].to_numpy()[rows, None] - palettes.hues(palette)[1])
        nearest = np.minimum(every, 1 - every).min(axis=1)
        np.testing.assert_allclose(np.minimum(away, 1 - away)[rows], nearest)
    words = {word for each in read for word in each.words.values()}
    grammar = {w for kinds in captions.SYNONYMS.values() for ws in kinds.values() for w in ws}
    assert words == grammar | {word for palette in range(3) for word in palettes.hues(palette)[0]}


def test_synonyms_are_all_that_chance_chooses():
    table = draw(50)
    one, two = (captions.captions(table, stream(k, "captions")) for k in (0, 1))
    assert one != two
    for a, b in zip(one, two, strict=True):
        a, b = captions.parse(a), captions.parse(b)
        assert [getattr(a, name) for name in [*SAID, "color"]] == [
            getattr(b, name) for name in [*SAID, "color"]
        ]


@pytest.mark.parametrize(
    "text", ["", "a red cat", "top left : red ball , small .", "top left : beige ball , small"]
)
def test_what_the_grammar_cant_make_isnt_read(text):
    with pytest.raises(ValueError, match="no sentence of the grammar reads"):
        captions.parse(text)


def test_palettes_are_those_of_matplotlib():
    tables = {
        "Tableau": ("tab:", matplotlib_colors.TABLEAU_COLORS),
        "CSS4": ("", matplotlib_colors.CSS4_COLORS),
        "XKCD": ("xkcd:", matplotlib_colors.XKCD_COLORS),
    }
    assert tuple(tables) == palettes.NAMES == factors.FACTORS["palette"].values
    for name, colors in palettes.PALETTES.items():
        prefix, known = tables[name]
        assert {word: known[prefix + word] for word in colors} == colors
        hues = palettes.hues(palettes.NAMES.index(name))[1]
        hsv = matplotlib_colors.rgb_to_hsv([matplotlib_colors.to_rgb(c) for c in colors.values()])
        np.testing.assert_allclose(hues, hsv[:, 0], atol=1e-12)
    words = [word for colors in palettes.PALETTES.values() for word in colors]
    assert len(words) == len(set(words))


def test_hues_near_zero_wrap():
    names, _ = palettes.hues(0)
    assert [names[k] for k in palettes.nearest(np.array([0.001, 0.999, 0.56]), 0)] == [
        "red", "red", "blue",
    ]  # fmt: skip


def test_tokens_spell_the_caption():
    texts = captions.captions(draw(300), stream(0, "captions"))
    places, words = captions.tokens(texts), captions.vocabulary()
    assert places.shape == (300, captions.LENGTH)
    assert [" ".join(words[k] for k in row if k) for row in places] == texts
    with pytest.raises(ValueError, match="unknown word 'cat'"):
        captions.tokens(["red cat"])
    with pytest.raises(ValueError, match="40 words"):
        captions.tokens(["red " * 40])


def test_domains_are_looks_of_one_scene():
    rows = draw(14, seed=3).assign(shape=np.arange(14) % 7)
    looks = {name: render(rows, size=32, domain=name) for name in DOMAINS}
    again = {name: render(rows, size=32, domain=name) for name in DOMAINS}
    for name, images in looks.items():
        assert images.dtype == torch.uint8
        assert images.shape == (14, 32, 32, 3)
        assert torch.equal(images, again[name]), name
    alike = {name: {n for n in DOMAINS if torch.equal(looks[n], looks[name])} for name in DOMAINS}
    assert all(names == {name} for name, names in alike.items())
    gray = looks["lines"].float().std(dim=-1).max()
    assert gray == looks["silhouette"].float().std(dim=-1).max() == 0
    object_ = looks["silhouette"][..., 0] == 0
    assert ((looks["lines"][..., 0] < 255) & ~object_).float().mean() < 0.05  # near the outline
    change = (looks["recolored"].float() - looks["photo"].float()).abs().amax(dim=-1)
    outside = looks["silhouette"][..., 0] == 255
    for where in (object_, outside):  # both have other paint
        assert change[where].mean() > 20
    dark, photo = looks["low-light"].float(), looks["photo"].float()
    assert dark.mean().item() == pytest.approx(0.3 * photo.mean().item(), rel=0.1)
    assert (dark - 0.3 * photo).std().item() == pytest.approx(0.05 * 255, rel=0.15)


def test_colorless_domains_ignore_color_and_light():
    rows = draw(7, seed=4).assign(shape=range(7))
    other = rows.assign(hue=0.3, light_position=0.9, light_hue=0.1, background_hue=0.7)
    for name in ("lines", "silhouette"):
        assert torch.equal(render(rows, size=24, domain=name), render(other, size=24, domain=name))


def test_low_light_takes_its_noise_from_the_generator():
    rows = draw(2)
    one, two, three = (
        render(rows, size=16, domain="low-light", rng=stream(seed, "noise")) for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"domain": "foto"}, "unknown domain 'foto'; did you mean 'photo'"),
        ({"size": 0}, "size is 0; give an integer >= 1"),
        ({"size": 6.5}, r"size is 6\.5"),
        ({"samples": 0}, "samples is 0"),
    ],
)
def test_pictures_that_cant_be(choice, words):
    with pytest.raises(ValueError, match=words):
        render(draw(1), **choice)


def test_every_shape_has_its_kind_of_symmetry():
    assert len(SHAPES) >= 7
    seen = {
        name: [factors.visible(t, name)[0] for t in ("turn", "tilt", "roll")] for name in SHAPES
    }
    assert seen["sphere"] == ["no"] * 3
    assert seen["box"] == ["yes"] * 3
    assert seen["octahedron"] == ["in part"] * 3
    assert seen["torus"] == seen["cone"] == ["no", "yes", "yes"]
    assert factors.visible("phrasing", "cone") == ("no", "it belongs to the caption")


def test_a_table_of_one_row_is_enough():
    assert isinstance(draw(1), pd.DataFrame)
    assert render(draw(1), size=1).shape == (1, 1, 1, 3)
