"""Records: what a chapter may note, what is written, what may be accepted."""

import json
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmcl_book.records import store as records
from mmcl_experiments import provenance
from mmcl_experiments.chapter import Chapter
from mmcl_experiments.notices import Check


def make(**changes):
    return Chapter("01_tiny", **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"profile": "papre"}, "did you mean 'paper'"),
        ({"seed": -1}, "seed is -1; give an integer >= 0"),
        ({"seed": 1.0}, "seed is 1.0"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_wrong_profile_or_seed_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        make(**changes)


@pytest.mark.parametrize("name", ["tiny", "1_tiny", "01-tiny", "notebooks/01_tiny", None])
def test_wrong_chapter_name_is_refused(name):
    with pytest.raises(ValueError, match="give its file's name"):
        Chapter(name)


@pytest.mark.parametrize(
    "value", [1, 2.5, True, "yes", np.float32(1.5), np.int64(3), np.bool_(True), torch.tensor(2.0)]
)
def test_plain_values_are_noted(value):
    chapter = make()
    chapter.note("a.b", value)
    stored = chapter.values["a.b"]["value"]
    assert type(stored) in (int, float, bool, str)
    assert stored == value


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, None, [1], "x" * 201, 1j, np.zeros(0), np.eye(2), np.full(3, math.nan)],
)
def test_other_values_are_refused(value):
    with pytest.raises(ValueError, match="give a finite number"):
        make().note("a.b", value)


def test_several_numbers_become_their_mean_and_range():
    chapter = make()
    chapter.note("a.b", np.array([1.0, 2.0, 6.0]))
    assert chapter.values["a.b"] == {"value": 3.0, "low": 1.0, "high": 6.0, "n": 3}


def test_a_name_is_used_once_and_is_dotted_words():
    chapter = make()
    chapter.note("a.b", 1)
    with pytest.raises(ValueError, match="noted twice"):
        chapter.expect("a.b", True)
    for name in ("A", "a b", "a.", "", 3):
        with pytest.raises(ValueError, match="dotted words"):
            chapter.note(name, 1)


def test_interval_and_count():
    chapter = make()
    chapter.note("a", 0.5, low=0.4, high=np.float64(0.6), n=3)
    assert chapter.values["a"] == {"value": 0.5, "low": 0.4, "high": 0.6, "n": 3}
    with pytest.raises(ValueError, match="low"):
        chapter.note("b", 0.5, low=math.nan)


def test_expect_takes_a_boolean_and_never_raises_on_false(capsys):
    chapter = make()
    chapter.expect("trend", np.bool_(False), "it rises & falls")
    assert chapter.values["trend"] == {"value": False}
    assert capsys.readouterr().out == "it rises & falls: does not hold\n"
    with pytest.raises(ValueError, match="give True or False"):
        chapter.expect("other", 1)


def test_expect_does_not_judge_at_smoke(capsys):
    make(profile="smoke").expect("trend", True, "it rises")
    assert "not judged at this size" in capsys.readouterr().out


def test_a_check_is_escaped_html_with_words():
    html = Check("a < b", "does not hold")._repr_html_()
    assert "a &lt; b" in html
    assert "does not hold" in html
    assert "mmcl-expect-does-not-hold" in html


def test_save_writes_what_the_ledger_reads(tmp_path, monkeypatch):
    monkeypatch.setenv("MMCL_KEY", "abc")
    monkeypatch.setenv("MMCL_SETTINGS", '{"SIZE": 4}')
    chapter = make(seed=3, out=tmp_path)
    chapter.note("a", 1.5)
    path = chapter.save()
    assert path == tmp_path / "records" / "01_tiny.json"
    record = records.load(path)
    assert (record["key"], record["seed"], record["parameters"]) == ("abc", 3, {"SIZE": 4})
    assert record["values"] == {"a": {"value": 1.5}}
    assert list((tmp_path / "records").iterdir()) == [path]


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chapter = make()
    with pytest.raises(ValueError, match="nothing to save"):
        chapter.save()
    chapter.note("a", 1)
    assert chapter.save() is None
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder_is_refused_at_once(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ValueError, match="folder that you may write to"):
        make(out=file / "below")


def test_provenance_names_code_and_cost_but_nobody():
    found = provenance.provenance(1.234)
    assert {"commit", "dirty", "versions", "device", "threads", "wall_s", "peak_mib"} <= set(found)
    assert found["wall_s"] == 1.234
    assert {"python", "mmcl", "torch", "numpy"} <= set(found["versions"])
    assert "/" not in json.dumps({**found, "device": ""})  # no folder of anyone


def test_peak_memory_is_asked_of_whatever_the_system_has(monkeypatch):
    def unreadable(*_, **__):
        raise OSError

    first = provenance.peak_mib()
    monkeypatch.setattr(provenance.Path, "read_text", unreadable)  # no /proc
    assert provenance.device() == f"cpu, {provenance.platform.machine()}"
    assert all(10 < peak < 10**6 for peak in (first, provenance.peak_mib()))
    memory = SimpleNamespace(peak_wset=3 * 2**20)
    process = SimpleNamespace(memory_info=lambda: memory)
    psutil = SimpleNamespace(Process=lambda: process)
    monkeypatch.setitem(provenance.sys.modules, "resource", None)  # Windows
    monkeypatch.setitem(provenance.sys.modules, "psutil", psutil)
    assert provenance.peak_mib() == 3.0
    del memory.peak_wset
    assert provenance.peak_mib() is None


def test_provenance_names_the_accelerator_and_the_threads(monkeypatch):
    cuda = SimpleNamespace(is_initialized=lambda: True, get_device_name=lambda: "A100")
    torch = SimpleNamespace(cuda=cuda, get_num_threads=lambda: 7)
    monkeypatch.setitem(provenance.sys.modules, "torch", torch)
    assert (provenance.device(), provenance.threads()) == ("cuda, A100", 7)
    monkeypatch.delitem(provenance.sys.modules, "torch")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert provenance.threads() == 3
    assert provenance.device().startswith("cpu, ")
    monkeypatch.setattr(provenance, "LIBRARIES", ("no-such-library",))
    assert set(provenance.versions()) == {"python", "mmcl"}


def test_without_git_no_commit_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit_of(tmp_path) == (None, None)


def test_commit_of_a_folder_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit_of(tmp_path) == (None, None)
    monkeypatch.setenv("PATH", "")
    assert provenance.commit_of(tmp_path) == (None, None)


def test_load_refuses_what_is_no_record(tmp_path):
    path = tmp_path / "a.json"
    for text, words in [("{", "not valid JSON"), ("[]", "lacks"), ('{"schema": 1}', "lacks")]:
        path.write_text(text)
        with pytest.raises(ValueError, match=words):
            records.load(path)


@pytest.fixture
def keyed(book, monkeypatch):
    """A book in which every key is "k" now."""
    monkeypatch.setattr(records, "current_key", lambda root, record: "k")
    return book


def test_accept_copies_the_live_record(keyed):
    book = keyed
    book.record("01_tiny", {"r2": 0.99}, key="k")
    path = records.accept(book.root, "default", "01_tiny")
    assert path == book.root / "results" / "default" / "01_tiny.json"
    assert records.load(path)["values"]["r2"]["value"] == 0.99


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 7}, "another seed"),
        ({"parameters": {"SIZE": 4}}, "other parameters"),
        ({"key": "old"}, "other code"),
        ({"provenance": {"dirty": True}}, "no commit holds"),
        ({"provenance": {"dirty": None}}, "no commit holds"),
    ],
)
def test_accept_refuses_what_cannot_stand_for_the_book(keyed, changes, words):
    book = keyed
    book.record("01_tiny", {"r2": 0.99}, **{"key": "k", **changes})
    with pytest.raises(ValueError, match=words):
        records.accept(book.root, "default", "01_tiny")
    assert not (book.root / "results").exists()


def test_accept_refuses_smoke_and_missing_records_but_takes_dirty_ones_when_asked(keyed):
    book = keyed
    with pytest.raises(ValueError, match="smoke"):
        records.accept(book.root, "smoke", "01_tiny")
    with pytest.raises(ValueError, match="has no record at default"):
        records.accept(book.root, "default", "01_tiny")
    book.record("01_tiny", {"r2": 0.99}, key="k", provenance={"dirty": True})
    assert records.accept(book.root, "default", "01_tiny", dirty=True).is_file()


def test_diff_lists_what_changed(book):
    with pytest.raises(ValueError, match="mmcl record accept 01_tiny"):
        records.diff(book.root, "default", "01_tiny")
    book.record("01_tiny", {"a": 1, "b": 2, "c": 3}, "results/default/01_tiny.json")
    book.record("01_tiny", {"a": 1, "b": 2.5, "d": 4})
    changes = records.diff(book.root, "default", "01_tiny")
    assert changes == [("b", 2, 2.5), ("c", 3, None), ("d", None, 4)]


LARGE = """
import subprocess, sys
import numpy
numpy.ones(60_000_000)
probe = "from mmcl_experiments.provenance import peak_mib; print(peak_mib())"
print(subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout)
"""


def test_the_peak_is_the_processs_own_and_not_its_parents():
    parent = [sys.executable, "-c", LARGE]
    done = subprocess.run(parent, capture_output=True, text=True, check=True)
    assert 5 < float(done.stdout) < 300  # the parent had 458 MiB and more


def test_a_chapter_says_what_it_reads_by_a_variable(book, monkeypatch):
    book.write("results/published/paper.yml", "[]")
    monkeypatch.chdir(book.root)
    assert Chapter("01_tiny").uses == ()
    assert Chapter("01_tiny", uses=("hypersphere", "paper")).uses == ("hypersphere", "paper")
    with pytest.raises(ValueError, match=r"unknown experiment or published table .*'hypersphere'"):
        Chapter("01_tiny", uses=("hyperspere",))
    with pytest.raises(ValueError, match="give a tuple of names"):
        Chapter("01_tiny", uses="paper")
