"""`mmcl diagnose`: what worlds with a known answer are said to be, and what is refused."""

import json
from functools import partial
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmcl.features import diagnose
from mmcl.features.advice import advice, verdict
from mmcl.features.diagnose import Given
from mmcl.metrics.stability import gaussianity
from mmcl.randomness import stream
from mmcl_book import cli
from tests import bounds

N = 1500


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


def found(kind, **more):
    return diagnose.diagnose(*world(kind, **more), rng=stream(1, "diagnose"))


def unshared(correlations, n=N):
    """Held-out correlations of directions that share nothing, in standard errors."""
    return np.array(correlations) * (n - n // 2) ** 0.5


def test_what_is_copied_passes_for_copied_and_components_are_partners():
    said = diagnose.diagnose(*world("copied"), k=4, rng=stream(1, "diagnose"))
    assert said["shared"]["exact"] == 4
    assert said["across"]["ica"] > 0.95
    assert said["across"]["ahead"] == 1
    assert said["across"]["low"] > 0
    assert said["across"]["cca"] >= said["across"]["ica"] - 0.01
    words = " ".join(said["advice"])
    assert "4 directions are so well in agreement that they pass for copied" in words
    assert "better than randomly turned axes" in words
    assert "their axes may be read" in words


def test_what_is_coupled_is_not_called_copied():
    said = found("coupled")
    assert said["shared"]["exact"] == 0
    correlations = said["shared"]["correlations"]
    assert correlations[3] > 3 * said["shared"]["noise"]
    bounds.within(unshared(correlations[4:]))
    four = {**said["shared"], "coupled": 4}  # chance makes it more in some runs
    assert said["shared"]["coupled"] >= 4
    assert "4 directions are coupled and not copied" in " ".join(advice({**said, "shared": four}))


def test_strangers_share_nothing():
    said = found("strangers")
    correlations, gain = said["shared"]["correlations"], said["across"]
    bounds.within(unshared(correlations), of=len(correlations) + 1)
    error = (gain["high"] - gain["low"]) / (2 * 1.96)  # of an interval of 95 %
    bounds.within(gain["difference"] / error, of=len(correlations) + 1)
    above = (np.array(correlations) > said["shared"]["noise"]).sum()
    assert (said["shared"]["exact"], said["shared"]["coupled"]) == (0, above)
    # What both say of strangers in 19 of 20 runs, and what is written then.
    said["shared"] |= {"exact": 0, "coupled": 0}
    said["across"] |= {"low": -error, "high": error}
    words = " ".join(advice(said))
    assert "No direction of one modality says anything linear about the other" in words
    assert "do rows still belong together" in words
    assert "no better than randomly turned axes" in words


def test_gaussian_sources_have_no_axes(monkeypatch):
    """At the level of this suite's false alarms: at its own, 5 %, one run in ten finds an axis."""
    sure = partial(gaussianity, level=bounds.FALSE_ALARM / 2)
    monkeypatch.setattr(diagnose, "gaussianity", sure)
    assert all(each["non_gaussian"] >= 3 for each in found("copied")["components"])
    said = found("gaussian")
    assert all(each["non_gaussian"] == 0 for each in said["components"])
    assert "no ICA can find axes here" in " ".join(said["advice"])


def test_of_two_or_three_components_halves_agree_by_chance():
    rng = stream(0, "chance")
    least = [diagnose.by_chance(k, rng) for k in (1, 2, 4, 12)]
    assert least[0] == 1
    assert least[1] > 0.95  # axes of a plane are at most 45 degrees apart
    assert least[1] > least[2] > least[3]
    each = {"k": 2, "non_gaussian": 2, "low": 0.9, "chance": least[1], "agreement": 0.95}
    assert "they often do by chance" in verdict(each, "a")
    assert "their axes may be read" in verdict({**each, "low": 0.99}, "a")
    assert "halves disagree" in verdict({**each, "low": 0.7}, "a")


def test_components_have_to_beat_random_axes_and_not_pairs_alone():
    said = found("copied", n=300)
    for ahead, words in ((1.0, "better than"), (0.5, "no better than")):
        gain = {**said["across"], "low": 0.01, "difference": 0.02, "ahead": ahead}
        sure = [{**each, "low": 1.0} for each in said["components"]]
        assert words in advice({**said, "across": gain, "components": sure})[-1]
        shaky = [{**each, "low": 0.5} for each in said["components"]]
        again = advice({**said, "across": gain, "components": shaky})
        assert "another halving of the rows may say otherwise" in again[-1]


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
    said = diagnose.pairs(a, a + shift, rng)
    assert said["found_centered"] == 1.0
    assert said["nats_centered"] == pytest.approx(np.log(600), abs=0.01)
    assert said["gap"] > 0.5
    strangers = diagnose.pairs(a, rng.standard_normal(a.shape), rng)
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
    with pytest.raises(ValueError, match="39 rows say nothing"):
        diagnose.diagnose(a, b, rng=stream(0, "d"))
    a, b = world("copied", n=60)
    with pytest.raises(ValueError, match="k is 7, but a has 30 rows for fitting"):
        diagnose.diagnose(a, b, k=7, rng=stream(0, "d"))
    said = diagnose.diagnose(a, b, k=4, rng=stream(0, "d"))
    assert "4 components are many for these rows" in said["warnings"][0]


def test_constant_columns_are_left_out_and_said():
    a, b = world("copied", n=200)
    padded = np.c_[b.values, np.full(200, 3.0)]
    said = diagnose.diagnose(a, b._replace(values=padded), rng=stream(0, "d"))
    assert said["warnings"] == ["b: 1 constant columns are left out."]
    assert said["modalities"][1]["d"] == 6


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
    "k": "k is 29, but a.npy has 30 rows for fitting",
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
