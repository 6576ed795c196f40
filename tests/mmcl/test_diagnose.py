"""`mmcl diagnose`: what worlds with a known answer are said to be, and what is refused."""

import json
from copy import deepcopy
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from mmcl.features import diagnose, meeting, pairing, verdicts
from mmcl.features.advice import advice, of_tails
from mmcl.features.diagnose import Given
from mmcl.ica import LinearICA
from mmcl.metrics import crossmodal
from mmcl.metrics.geometry import normalized
from mmcl.metrics.repeats import Objects
from mmcl.metrics.stability import gaussianity, matched
from mmcl.randomness import stream
from mmcl_book import cli
from tests import bounds

N = 800


def world(kind, n=N, seed=0):
    """Two modalities: sources shared exactly, coupled, or not at all, mixed into six columns."""
    rng = stream(seed, kind)
    z = rng.laplace(size=(n, 4)) if kind != "gaussian" else rng.standard_normal((n, 4))
    other = {
        "copied": z,
        "gaussian": z,
        "coupled": z + rng.laplace(size=z.shape),
        "strangers": rng.laplace(size=z.shape),
    }[kind]
    noise = 0.01 * rng.standard_normal((2, n, 6))
    scales = np.array([4.0, 3.0, 2.0, 1.5])
    a, b = ((s * scales) @ rng.standard_normal((4, 6)) for s in (z, other))
    return Given(a + noise[0], "a"), Given(b + noise[1], "b")


@cache
def made(kind, **more):
    return diagnose.diagnose(*world(kind, **more), rng=stream(1, "diagnose"))


def found(kind, **more):
    return deepcopy(made(kind, **more))


def unshared(correlations, n=N):
    """Held-out correlations of directions that share nothing, in standard errors."""
    return np.array(correlations) * (n - n // 2) ** 0.5


def test_what_is_copied_is_said_to_be_and_axes_meet():
    said = diagnose.diagnose(*world("copied"), k=4, rng=stream(1, "diagnose"))
    assert said["shared"]["copied"] == said["shared"]["exact"] == 4
    assert said["across"]["apart"] > 0.95
    assert said["across"]["ahead"] == 1
    assert said["across"]["cca"] >= said["across"]["apart"] - 0.01
    assert said["verdict"] == {"axes": "meet", "k": 4, "group": [4]}
    words = " ".join(said["advice"])
    assert "4 directions are copied: both sides have 99 % of their variance in common" in words
    assert "Axes meet: independent components of a and of b" in words
    assert "Theorem" not in words
    assert len(said["limits"]) == 5


def test_without_a_size_the_grid_finds_the_one_at_which_axes_meet():
    said = found("copied")
    assert [row["k"] for row in said["grid"]] == [2, 3, 4, 5, 6]
    assert said["verdict"]["axes"] == "meet"
    assert said["verdict"]["k"] == 4


def test_what_is_coupled_is_not_called_copied():
    said = found("coupled")
    assert said["shared"]["exact"] == said["shared"]["copied"] == 0
    correlations = said["shared"]["correlations"]
    assert correlations[3] > 3 * said["shared"]["noise"]
    bounds.within(unshared(correlations[4:]))
    four = {**said["shared"], "coupled": 4}  # chance makes it more in some runs
    assert said["shared"]["coupled"] >= 4
    assert "4 directions are coupled and not copied" in " ".join(advice({**said, "shared": four}))


def test_what_axes_of_strangers_reach():
    """Mean held-out correlation of couples of unrelated numbers: above it in one case of forty."""
    rng, half, k = np.random.default_rng(0), 100, 5
    a, b = rng.standard_normal((2, 4000, k, half))
    a, b = ((v - v.mean(-1, keepdims=True)) / v.std(-1, keepdims=True) for v in (a, b))
    means = (a * b).mean(axis=-1).mean(axis=-1)
    bounds.count_is(int((means > verdicts.noise(half, k, 1)).sum()), 4000, 0.025)
    assert verdicts.noise(half, k, 8) > verdicts.noise(half, k, 1)
    assert verdicts.noise(4 * half, k, 1) == pytest.approx(verdicts.noise(half, k, 1) / 2)


def test_strangers_share_nothing():
    said = found("strangers")
    correlations = said["shared"]["correlations"]
    bounds.within(unshared(correlations))
    above = (np.array(correlations) > said["shared"]["noise"]).sum()
    assert (said["shared"]["exact"], said["shared"]["coupled"]) == (0, above)
    assert said["verdict"]["axes"] == "can't say"
    assert all(min(row["low_a"], row["low_b"]) < row["chance"] or row["apart"] < 0.2
               for row in said["grid"])  # fmt: skip
    # What is written in 19 of 20 runs.
    said["shared"] |= {"exact": 0, "coupled": 0}
    words = " ".join(advice(said))
    assert "No direction of one modality says anything linear about the other" in words
    assert "do rows still belong together" in words
    assert "Of single axes it can't say anything" in words


def test_gaussian_sources_have_no_axes(monkeypatch):
    """At the level of this suite's false alarms: at its own, 5 %, one run in ten finds an axis."""
    sure = partial(gaussianity, level=bounds.FALSE_ALARM / 2)
    monkeypatch.setattr(diagnose, "gaussianity", sure)
    assert all(each["non_gaussian"] >= 3 for each in found("copied")["components"])
    said = diagnose.diagnose(*world("gaussian"), rng=stream(1, "diagnose"))
    assert all(each["non_gaussian"] == 0 for each in said["components"])
    assert all(each["turned"] <= 0.1 for each in said["components"])
    assert said["verdict"]["axes"] == "can't say"
    assert "none was shown to be, which more rows might change" in " ".join(said["advice"])


def test_with_many_rows_sums_of_sources_are_refuted_too_and_the_control_tells():
    rng = stream(0, "sums")
    z = rng.laplace(size=(8000, 12))
    turned = z @ np.linalg.qr(rng.standard_normal((12, 12)))[0]
    rows = rng.permutation(8000)
    said = diagnose.tails(turned, 12, rows[:4000], rows[4000:], rng)
    assert said["non_gaussian"] == 12
    assert said["turned"] > 6
    assert f"of turned axes {said['turned']:.1f}" in of_tails(
        {**said, "low": 0.9, "chance": 0.5}, "a"
    )


def test_of_two_or_three_components_halves_agree_by_chance():
    rng = stream(0, "chance")
    least = [meeting.by_chance(k, rng) for k in (1, 2, 4, 12)]
    assert least[0] == 1
    assert least[1] > 0.95  # axes of a plane are at most 45 degrees apart
    assert least[1] > least[2] > least[3]


@pytest.mark.parametrize("fails", ["enough", "comes_back", "meets", "beats_pca", None])
def test_a_verdict_takes_all_that_agree(fails):
    row = dict.fromkeys(("enough", "comes_back", "meets", "beats_pca"), True)
    scores = {"apart": 0.9, "rotation": 0.5}
    rows = [
        {"k": 2, **dict.fromkeys(row, False), **scores},
        {"k": 5, **row, **({fails: False} if fails else {}), **scores},
    ]
    said = verdicts.verdict(rows)
    assert said["axes"] == ("can't say" if fails else "meet")
    assert said["group"] == ([] if fails in ("meets", "beats_pca") else [5])
    assert said["k"] == (2 if fails == "enough" else 5)


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, (True, True, True)),
        ({"low_b": 0.7}, (False, True, True)),
        ({"low_b": 0.85, "k": 2}, (False, True, True)),  # two axes agree by chance
        ({"apart": 0.4}, (True, False, False)),
        ({"pca": 0.61}, (True, True, False)),
    ],
)
def test_thresholds_are_nulls(changed, answer):
    k = changed.pop("k", 6)
    row = {"apart": 0.6, "ica": 0.7, "rotation": 0.4, "pca": 0.5, "cca": 0.8, "low_a": 0.9,
           "low_b": 0.9, "agreement_a": 0.95, "agreement_b": 0.95, **changed}  # fmt: skip
    table = pd.DataFrame([{"k": k, "halving": h, **row} for h in range(10)])
    turned = np.tile(np.linspace(0.3, 0.5, 100), (10, 1))
    found = meeting.Grid(table, {k: turned})
    (said,) = verdicts.summary(found, 1000, [k, k], stream(0, "chance"))
    assert (said["comes_back"], said["meets"], said["beats_pca"]) == answer
    assert said["enough"] == (5 * k**2 <= 1000)


def test_a_lead_that_strangers_have_is_none():
    """Axes at .012 lead turns that are below .01, and files with nothing in common reach .025."""
    row = dict.fromkeys(("low_a", "low_b", "agreement_a", "agreement_b"), 0.95)
    row |= {"apart": 0.012, "ica": 0.02, "rotation": 0.0, "pca": 0.0, "cca": 0.02}
    table = pd.DataFrame([{"k": 6, "halving": h, **row} for h in range(10)])
    found = meeting.Grid(table, {6: np.tile(np.linspace(-0.01, 0.01, 100), (10, 1))})
    (said,) = verdicts.summary(found, 1000, [6, 6], stream(0, "chance"))
    assert (said["ahead"], said["meets"]) == (1.0, False)
    told = {"verdict": verdicts.verdict([said]), "grid": [said],
            "modalities": [{"name": "a"}, {"name": "b"}]}  # fmt: skip
    assert "strangers' axes reach 0.03" in verdicts.of_axes(told)[0]


def test_a_constant_gap_is_named_and_what_to_do():
    a, _ = world("copied", n=400)
    rng = stream(0, "gap")
    b = a.values + 0.3 * rng.standard_normal(a.values.shape) + 40 * rng.standard_normal((1, 6))
    said = diagnose.diagnose(a, Given(b, "b"), k=4, rng=rng)
    assert said["pairs"]["found_centered"] > said["pairs"]["found"]
    assert "Center each modality before you compare" in " ".join(said["advice"])


def test_a_richer_modality_keeps_its_directions():
    rng = stream(0, "richer")
    z = rng.standard_normal((2000, 1))
    wide = np.c_[9 * rng.standard_normal((2000, 20)), z]  # what is shared varies least
    said = diagnose.shared(wide, np.c_[z, rng.standard_normal((2000, 1))], rng)
    assert said["axes"] == [21, 2]
    assert said["exact"] == 1


def test_a_sphere_is_called_one_and_how_even_it_is():
    rng = stream(0, "sphere")
    z = rng.standard_normal((N, 5))
    even = z / np.linalg.norm(z, axis=1, keepdims=True)
    cone = z + 4 * np.eye(5)[0]
    cone /= np.linalg.norm(cone, axis=1, keepdims=True)
    said = diagnose.diagnose(Given(even, "even"), Given(cone, "cone"), rng=rng)
    one, other = said["modalities"]
    assert one["uniformity"] == pytest.approx(one["uniform"], abs=0.02)
    assert other["uniformity"] > other["uniform"] + 0.5
    assert "even lies on a sphere, near uniform" in said["advice"][0]
    assert "cone lies on a sphere, far from uniform" in said["advice"][1]


def test_partners_the_gap_and_nats():
    rng = stream(0, "pairs")
    a = rng.standard_normal((600, 40))
    shift = 8 * np.eye(40)[0]
    said = pairing.pairs(a, a + shift, rng)
    assert said["found_centered"] == 1.0
    assert said["nats_centered"] == pytest.approx(np.log(600), abs=0.01)
    assert said["gap"] > 0.5
    strangers = pairing.pairs(a, rng.standard_normal(a.shape), rng)
    assert strangers["found"] < 0.02
    assert strangers["nats"] < 0.05


def test_modalities_without_a_common_space_get_no_cosines():
    a, b = world("copied")
    said = diagnose.diagnose(a, b._replace(values=b.values[:, :5]), rng=stream(0, "d"))
    assert said["pairs"] is None
    assert "6 and 5 columns: no common space" in said["warnings"][0]
    models = diagnose.diagnose(a._replace(model="one"), b._replace(model="two"), rng=stream(0, "d"))
    assert models["pairs"] is None
    assert "two spaces" in models["warnings"][0]


def broken(change):
    a, b = world("copied", n=60)
    values = b.values.copy()
    return a, b._replace(values=change(values))


def nan(values):
    values[7, 1] = np.nan
    return values


REFUSED = {
    "rows": (lambda v: v[:-1], "a has 60 rows and b 59; give pairs"),
    "nan": (nan, r"NaN or infinity in 1 rows, the first of them 7"),
    "constant": (lambda v: np.ones_like(v), "b is the same in all rows"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    change, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        diagnose.diagnose(*broken(change), rng=stream(0, "d"))


def test_too_few_rows_and_too_many_components():
    a, b = world("copied", n=39)
    with pytest.raises(ValueError, match="39 rows say nothing about features"):
        diagnose.diagnose(a, b, rng=stream(0, "d"))
    a, b = world("copied", n=60)
    with pytest.raises(ValueError, match=r"k is 7, but halves.* have 30 .*give 1 to 6"):
        diagnose.diagnose(a, b, k=7, rng=stream(0, "d"))
    said = diagnose.diagnose(a, b, k=4, rng=stream(0, "d"))
    assert "4 components are many for these rows" in said["warnings"][0]


def test_constant_columns_are_left_out_and_said():
    a, b = world("copied", n=200)
    padded = np.c_[b.values, np.full(200, 3.0)]
    said = diagnose.diagnose(a, b._replace(values=padded), rng=stream(0, "d"))
    told = "b: 1 constant columns are left out, but for lengths and cosines."
    assert said["warnings"][0] == told
    assert "6 and 7 columns" in said["warnings"][1]
    assert said["modalities"][1]["d"] == 7
    assert said["shared"]["axes"][1] == 6


def same_space(seed=0):
    s = stream(seed, "same").laplace(size=(400, 16))
    a, b = (s + 0.1 * stream(seed, name).standard_normal(s.shape) for name in "ab")
    return a, b


def test_a_dead_column_of_each_side_moves_no_other_beside_a_stranger():
    a, b = same_space()
    a[:, 3] = b[:, 12] = 0
    said = diagnose.diagnose(Given(a, "a"), Given(b, "b"), k=2, rng=stream(1, "diagnose"))
    assert said["pairs"]["found"] > 0.95
    assert said["pairs"]["matched"] == pytest.approx(
        (normalized(a) * normalized(b)).sum(axis=1).mean(), abs=1e-12
    )
    assert said["shared"]["axes"] == [15, 15]
    b[:, 12] = a[:, 12]
    said = diagnose.diagnose(Given(a, "a"), Given(b, "b"), k=2, rng=stream(1, "diagnose"))
    assert said["pairs"]["among"] == 400  # one dead column takes no space from both


def test_a_gap_in_one_column_is_a_gap_and_lengths_count_as_they_are():
    a, _ = same_space()
    sides = [np.column_stack([np.full(400, level), a]) for level in (5.0, -5.0)]
    said = diagnose.diagnose(*map(Given, sides, "ab"), k=2, rng=stream(1, "diagnose"))
    u, v = map(normalized, sides)
    expected = np.linalg.norm(u.mean(axis=0) - v.mean(axis=0))
    assert said["pairs"]["gap"] == pytest.approx(expected, abs=1e-12)
    lengths = np.linalg.norm(sides[0], axis=1).mean()
    assert said["modalities"][0]["length"] == pytest.approx(lengths)


def test_columns_of_any_size_vary():
    a, b = same_space()
    a = a * np.geomspace(1, 1e13, 16)
    said = diagnose.diagnose(Given(a, "a"), Given(b, "b"), k=2, rng=stream(1, "diagnose"))
    assert said["warnings"] == []


def test_columns_that_add_up_to_another_need_no_k():
    rng = stream(0, "times")
    start, lasts = 1.7e9 + rng.random(400), rng.random(400)
    times = np.column_stack([start, lasts, start + lasts])
    other = Given(rng.laplace(size=(400, 3)), "b")
    said = diagnose.diagnose(Given(times, "a"), other, rng=stream(1, "diagnose"))
    assert said["across"]["k"] <= 3


def test_a_side_that_hardly_varies_is_refused():
    rare = np.zeros((400, 1))
    rare[[5, 80, 200]] = 1
    other = Given(stream(0, "other").laplace(size=(400, 4)), "b")
    with pytest.raises(ValueError, match=r"a hardly varies: all rows but 3 are the same"):
        diagnose.diagnose(Given(rare, "a"), other, rng=stream(1, "diagnose"))


@pytest.mark.parametrize(
    ("out", "words"),
    [(".", "names no report"), ("a.npy/report", "a.npy"), ("{}/none/..", "names no report")],
)
def test_where_nothing_can_be_written_nothing_is_computed(
    out, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    for each in world("copied"):
        np.save(f"{each.name}.npy", each.values)
    monkeypatch.setattr("mmcl_book.cli.diagnose.diagnose", None)  # it would be called
    assert cli.main(["diagnose", "a.npy", "b.npy", "--out", out.format(tmp_path)]) == 1
    assert words in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.npy", "b.npy"]


def test_the_command_writes_a_page_and_json(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    a, b = world("copied", n=200)
    name = "<script>alert(1)</script>.npy"
    folder = tmp_path / "<script>alert(1)<"
    folder.mkdir()
    np.save(tmp_path / name, a.values)
    np.save(tmp_path / "b.npy", b.values)
    assert cli.main(["diagnose", name, "b.npy", "--k", "2"]) == 0
    said = capsys.readouterr()
    assert "open this page: diagnosis.html" in said.err
    assert "- " in said.out
    page = (tmp_path / "diagnosis.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page  # nothing is fetched
    report = json.loads((tmp_path / "diagnosis.json").read_text())
    assert report["components"][0]["k"] == 2
    assert page.count("<rect") == len(report["shared"]["correlations"])
    assert page.count("<polyline") == 6
    assert "What it may not say" in page
    assert cli.main(["diagnose", name, "b.npy", "--k", "0"]) == 2
    assert cli.main(["diagnose", name, "c.npy"]) == 1
    assert "there is no file c.npy" in capsys.readouterr().err


def spoiled(folder, what):
    """Two files, of which the second is spoiled."""
    a, b = world("copied", n=60)
    np.save(folder / "a.npy", a.values)
    values: Any = {
        "rows": b.values[:-1], "nan": nan(b.values.copy()), "constant": np.ones_like(b.values),
        "objects": np.array([{}, None]), "shape": np.zeros((60, 2, 3)),
        "text": np.full((60, 2), "x"),
    }.get(what, b.values)  # fmt: skip
    if what == "pickle":
        (folder / "b.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
        return "b.pkl"
    np.save(folder / "b.npy", values, allow_pickle=True)
    return "b.npy"


SAID = {
    "rows": "a.npy has 60 rows and b.npy 59; give pairs",
    "nan": "b.npy has NaN or infinity in 1 rows",
    "constant": "b.npy is the same in all rows",
    "objects": "which aren't opened since they can execute",
    "pickle": "is a pickle, which can execute what it likes",
    "shape": "has shape (60, 2, 3); give (n, d)",
    "text": "which are no numbers",
    "k": "k is 29, but halves of the rows have 30 different ones",
}


@pytest.mark.parametrize("what", SAID)
def test_the_command_refuses_in_words(what, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    more = ["--k", "29"] if what == "k" else []
    assert cli.main(["diagnose", "a.npy", spoiled(tmp_path, what), *more]) == 1
    assert SAID[what] in capsys.readouterr().err
    assert not (tmp_path / "diagnosis.html").exists()


def test_the_command_warns_of_two_models(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, each in zip("ab", world("copied", n=60), strict=True):
        values = each.values.astype(np.float32)
        save_file({"image": values}, f"{name}.safetensors", {"mmcl": json.dumps({"model": name})})
    assert cli.main(["diagnose", "a.safetensors", "b.safetensors", "--k", "2"]) == 0
    assert "two spaces, so no gap, cosine or retrieval" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_report():
    assert found("coupled", n=300) == found("coupled", n=300)


# Rows


def repeated(times=5, n=100, seed=0):
    """Pictures, and captions with noise of their own: the picture's row stands `times` times."""
    rng = stream(seed, "repeated")
    pictures = np.repeat(rng.laplace(size=(n, 6)), times, axis=0)
    return pictures, pictures + 0.3 * rng.standard_normal(pictures.shape)


def test_rows_that_repeat_are_named_and_stay_in_one_half(monkeypatch):
    pictures, captions = repeated()
    once = meeting.once
    seen = []

    def watched(a, b, sizes, halves, rng):
        seen.append([set(map(bytes, a[half])) for half in halves])
        return once(a, b, sizes, halves, rng)

    monkeypatch.setattr(meeting, "once", watched)
    rng = stream(0, "d")
    said = diagnose.diagnose(Given(pictures, "pictures"), Given(captions, "captions"), rng=rng)
    assert len(seen) == meeting.HALVINGS >= 10
    assert all(not one & other for one, other in seen)
    assert said["warnings"][0] == "pictures: 400 of 500 rows repeat others, 100 are different."
    assert "Pairs that share a row stay in one half" in said["warnings"][1]
    assert (said["rows"], said["objects"]) == (500, 100)
    assert said["pairs"]["among"] == 100
    assert said["pairs"]["found"] > 0.9  # and not one in five
    plain = pairing.pairs(pictures, captions, stream(0, "p"))
    assert plain["found"] < 0.3


def test_a_label_that_repeats_is_no_copy():
    rng = stream(0, "label")
    labels = np.eye(5)[rng.integers(5, size=300)]
    said = diagnose.diagnose(Given(rng.laplace(size=(300, 6)), "a"), Given(labels, "b"), rng=rng)
    assert said["objects"] == 300
    (only,) = said["warnings"]
    assert "6 and 5 columns: no common space" in only


@pytest.mark.parametrize("step", [-2, -1, 0, 1, 3])
def test_an_offset_between_files_is_found(step):
    a, b = (each.values for each in world("copied", n=600))
    rows = np.arange(10, 590)
    said = pairing.offset(a[rows], b[rows - step], stream(0, "offset"))
    assert said["at"] == step
    assert said["first"] > 0.9
    words = pairing.of_offset(said)
    assert len(words) == (step != 0)
    if step:
        which = "second" if step > 0 else "first"
        assert f"The {which} file has {abs(step)} rows at its start" in words[0]


def test_of_strangers_no_offset_is_better():
    """Of 5 % false alarms at the level; none among the steps of these is above it by as much."""
    a, b = (each.values for each in world("strangers", n=600))
    assert pairing.offset(a, b, stream(0, "offset"))["at"] == 0


# The grid


def test_a_halving_in_a_slow_version():
    rng = stream(0, "halving")
    z = rng.laplace(size=(1200, 5))
    a, b = (
        z @ rng.standard_normal((5, 7)),
        (z + 0.1 * rng.laplace(size=z.shape)) @ rng.standard_normal((5, 5)),
    )
    halves = np.split(rng.permutation(1200), 2)
    white = crossmodal.whitened(a, b, 5, *halves)
    ((row, turned),) = meeting.once(a, b, [5], halves, rng)
    assert row["pca"] == pytest.approx(crossmodal.matched(white).held_out, abs=1e-9)
    assert row["cca"] == pytest.approx(crossmodal.matched_directions(white).held_out, abs=1e-9)
    slow = [each.held_out for each in crossmodal.rotations(white, 100, rng)]
    error = np.hypot(np.std(slow), turned.std()) / 10
    bounds.within((np.mean(slow) - turned.mean()) / error)
    ica = [LinearICA(n_init=4, random_state=0, tol=1e-3).fit(side) for side in white.fit]
    slow = crossmodal.matched(white.turned(*(each.components_ for each in ica))).held_out
    assert row["ica"] == pytest.approx(slow, abs=0.02)
    sides = [[LinearICA(5, n_init=4, random_state=0, tol=1e-3).fit(side[half]) for half in halves]
             for side in (a, b)]  # fmt: skip
    for name, side, both in zip("ab", (a, b), sides, strict=True):
        agreed = matched(*(each.transform(side) for each in both))
        assert row[f"agreement_{name}"] == pytest.approx(np.median(agreed), abs=0.05)


def test_axes_of_the_same_rows_meet_on_a_sphere_and_of_different_rows_do_not():
    """Why modalities get their axes from different rows: the sphere has no axes, its sample has."""
    rng = stream(0, "sample")
    z = rng.standard_normal((2000, 8))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    a, b = z @ rng.standard_normal((8, 8)), z @ rng.standard_normal((8, 10))
    table = meeting.grid(a, b, [8], Objects(2000, None), rng).table
    assert table.ica.median() > table.rotation.median() + 0.1
    assert table.apart.median() < table.rotation.median() + 0.05


@pytest.mark.parametrize(("wide", "narrow"), [(30, 3), (6, 1)])
def test_sides_may_have_any_widths(wide, narrow):
    rng = stream(0, "widths")
    z = rng.laplace(size=(500, narrow))
    noise = 0.1 * rng.standard_normal((500, wide))
    said = diagnose.diagnose(
        Given(z @ rng.standard_normal((narrow, wide)) + noise, "wide"), Given(z, "narrow"), rng=rng
    )
    assert max(row["k"] for row in said["grid"]) > narrow
    assert all(np.isfinite(row["apart"]) for row in said["grid"])


def test_rows_that_a_size_takes_are_stated():
    said = found("copied", n=300)
    assert [row["k"] for row in said["grid"] if row["enough"]] == [2, 3, 4, 5]
    assert "tell up to 5 components; 6 take 360 rows" in said["advice"][-1]


def test_the_verdict_speaks_of_the_size_with_the_largest_lead():
    row = dict.fromkeys(("enough", "comes_back", "meets", "beats_pca"), True)
    leads = {3: 0.1, 5: 0.3, 8: 0.2}
    rows = [{"k": k, "apart": 0.5 + lead, "rotation": 0.5, **row} for k, lead in leads.items()]
    assert verdicts.verdict(rows)["k"] == 5
