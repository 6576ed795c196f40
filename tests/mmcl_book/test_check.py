"""`mmcl check` and the README's table: every way in which ledger and records can disagree."""

import pytest

from mmcl import data as outside
from mmcl_book import check
from mmcl_book.cli import doctor
from mmcl_book.ledger import claims, readme
from mmcl_book.records import standing
from mmcl_book.sweep import accept, grid, store

ACCEPTED = "results/default/01_tiny.json"


@pytest.fixture
def whole(book, entry):
    """A book with one claim, its live and its accepted record, and a README that agrees."""
    book.ledger(entry())
    book.record("01_tiny", {"r2": 0.99})
    book.record("01_tiny", {"r2": 0.985}, ACCEPTED)
    book.chapters.append("01_tiny")
    book.write("README.md", f"# Title\n\n{readme.BEGIN}\n{readme.END}\n\nEnd.\n")
    readme.update(book.root)
    return book


def lines(book, profile="default", level=None):
    found = [
        *check.verdict_lines(book.root, profile, claims.load(book.root)),
        *check.store_lines(book.root),
        *check.result_lines(book.root),
        *check.told(check.readme_lines, book.root),
        *check.output_lines(book.root, profile),
    ]
    return [line.text for line in found if level in (None, line.level)]


def listed(book):
    """List the chapter, with a notebook that needs no lint here."""
    book.chapters.clear()
    book.add("01_tiny")


def test_nothing_to_say_when_all_agrees(whole):
    listed(whole)
    assert lines(whole, level="error") == []
    assert lines(whole, level="warning") == []
    assert lines(whole) == ["sphere.r2: holds: 0.990 meets the bar >= 0.9"]


def test_a_missed_bar_is_an_error(whole):
    listed(whole)
    whole.record("01_tiny", {"r2": 0.5})
    assert "sphere.r2: missed: 0.500 misses the bar >= 0.9" in lines(whole, level="error")


@pytest.mark.parametrize("bar", [">= 0.9", None])
def test_a_drifted_value_is_an_error(whole, entry, bar):
    whole.ledger(entry(bar=bar, headline=False))
    readme.update(whole.root)
    listed(whole)
    assert lines(whole, level="error") == []
    whole.record("01_tiny", {"r2": 0.999})
    (error,) = lines(whole, level="error")
    assert "now 0.999, accepted 0.985, tolerance 0.01" in error
    assert lines(whole, "paper", level="error") == []


def test_without_any_accepted_record_a_warning_else_an_error(whole):
    listed(whole)
    (whole.root / ACCEPTED).unlink()
    readme.update(whole.root)
    assert lines(whole, level="error") == []
    assert "mmcl record accept 01_tiny" in lines(whole, level="warning")[0]
    whole.add("02_more")
    whole.record("02_more", {"a": 1}, "results/default/02_more.json")
    assert "no accepted record" in lines(whole, level="error")[0]


def test_an_accepted_record_without_the_metric_is_an_error(whole):
    listed(whole)
    whole.record("01_tiny", {"other": 1}, ACCEPTED)
    assert any("has no r2" in line for line in lines(whole, level="error"))


def test_unknown_and_broken_accepted_records_are_errors(whole):
    listed(whole)
    whole.record("09_gone", {"a": 1}, "results/paper/09_gone.json")
    assert any("no chapter 09_gone" in line for line in lines(whole, level="error"))
    whole.record("09_gone", {"a": 1}, "results/paper/01_tiny.json")
    assert any("09_gone at default" in line for line in lines(whole, level="error"))


def test_a_stale_paper_record_is_a_warning(whole, entry):
    listed(whole)
    whole.ledger(entry(profiles=["paper"], tolerance=None))
    whole.record("01_tiny", {"r2": 0.99}, "results/paper/01_tiny.json", profile="paper")
    readme.update(whole.root)
    assert lines(whole, level="error") == []
    assert "older code" in lines(whole, level="warning")[0]


@pytest.fixture
def swept(whole, tmp_path):
    """The same with an accepted sweep of one task; its file."""
    listed(whole)
    of = grid.plan("hypersphere", profile="paper", seeds="0:1")
    origin = {"commit": "1" * 40, "dirty": False, "finished": "2026-01-01", "wall_s": 1.0}
    reply = {"rows": [{"value": 1.0}], "provenance": origin}
    store.write(tmp_path / "sweep", of, of.tasks[0], reply)
    return accept.accept(whole.root, tmp_path / "sweep").path


def test_an_accepted_sweep_in_order_is_silent(whole, swept):
    assert lines(whole, level="error") == lines(whole, level="warning") == []


def test_a_sweep_of_older_code_is_a_warning(whole, swept, monkeypatch):
    monkeypatch.setattr(standing, "code_now", lambda experiment, root: "other code")
    assert lines(whole, level="error") == []
    (warning,) = lines(whole, level="warning")
    assert warning == (
        "results/paper/sweeps/hypersphere.json: 1 of 1 tasks were run with older code; if only "
        "its form changed: mmcl sweep hypersphere --profile paper --confirm 3; "
        "else: mmcl sweep hypersphere --profile paper --out FOLDER"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.write_text(path.read_text()[:99]), "is not valid JSON"),
        (lambda path: path.write_text("[]"), "holds no tasks of a sweep"),
        (lambda path: path.rename(path.with_name("oracle.json")), "it says that it is hypersphere"),
        (lambda path: path.parent.rename(path.parents[1] / "no"), None),
        (lambda path: path.parents[1].rename(path.parents[2] / "default2"), "says that it is hyp"),
    ],
    ids=["torn", "a list", "renamed", "elsewhere", "another profile"],
)
def test_an_accepted_sweep_that_cannot_be_used_is_an_error(whole, swept, change, words):
    change(swept)
    found = lines(whole, level="error")
    assert len(found) == (words is not None)
    assert all(words in line for line in found)


def test_a_sweep_of_no_experiment_is_an_error(whole, swept, monkeypatch):
    monkeypatch.setattr(check, "names", lambda: ["oracle"])
    (error,) = lines(whole, level="error")
    assert "there is no experiment hypersphere" in error


def test_a_large_accepted_sweep_is_a_warning(whole, swept, monkeypatch):
    monkeypatch.setattr(check, "LARGE", 500)
    assert "record fewer rows" in lines(whole, level="warning")[0]


def test_a_malformed_published_table_is_an_error(whole):
    listed(whole)
    whole.write("results/published/paper.yml", "rows: []\n")
    (error,) = lines(whole, level="error")
    assert "paper.yml: it lacks labels" in error


GOOD = {"profile": "bench", "parameters": {"size": "full"}}


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, None, ""),
        ({"parameters": {"size": "tiny"}}, "error", "measured at a size for tests"),
        ({"chapter": "cuda/step"}, "error", "it says that it is cuda/step at bench"),
        ({"profile": "default"}, "error", "it says that it is cpu/step at default"),
        ({"schema": 2}, "error", "has schema 2"),
        ({"provenance": {"dirty": True}}, "warning", "code that no commit holds"),
    ],
)
def test_an_accepted_benchmark(whole, changes, level, words):
    listed(whole)
    whole.record("cpu/step", {"a": 1}, "results/bench/cpu/step.json", **{**GOOD, **changes})
    for each in ("error", "warning"):
        found = lines(whole, level=each)
        assert len(found) == (each == level)
        assert all(words in line for line in found)


def test_a_stale_benchmark_is_a_warning_that_says_what_to_run(whole, entry):
    listed(whole)
    whole.ledger(entry(profiles=["bench"], record="cpu/step", tolerance=None, headline=False))
    whole.record("cpu/step", {"r2": 0.99}, "results/bench/cpu/step.json", **GOOD)
    readme.update(whole.root)
    assert lines(whole, level="error") == []
    assert "run: python -m benchmarks step" in lines(whole, level="warning")[0]


def test_nothing_is_judged_at_smoke(whole):
    listed(whole)
    assert lines(whole, "smoke") == ["sphere.r2: not measured: judged at default, not at smoke"]


def test_a_readme_that_disagrees_is_an_error(whole):
    listed(whole)
    text = (whole.root / "README.md").read_text()
    whole.write("README.md", text.replace("0.985", "0.999"))
    assert "not the ledger's" in lines(whole, level="error")[0]
    whole.write("README.md", "no place")
    assert "put both" in lines(whole, level="error")[0]


def test_the_table_of_results(whole):
    row = readme.table(whole.root).splitlines()[-1]
    cells = ("Held-out R2", "0.985", "0.995 (S: secondary source)", "holds: meets >= 0.9")
    assert row == f"| {' | '.join(cells)} | `mmcl run 01`, 61 s |"
    text = (whole.root / "README.md").read_text()
    assert text.startswith("# Title\n\n")
    assert text.endswith("\n\nEnd.\n")
    assert not readme.update(whole.root)


def test_only_headlines_stand_in_the_table(whole):
    ledger = whole.root / "book" / "claims" / "01_tiny.yml"
    ledger.write_text(ledger.read_text().replace("headline: true", "headline: false"))
    assert len(readme.table(whole.root).splitlines()) == 2


def test_a_headline_may_have_its_own_words_with_values_of_other_claims(whole, entry):
    other = entry(id="sphere.other", headline="The same again, {sphere.r2} before | now")
    whole.ledger(entry(), other)
    row = readme.table(whole.root).splitlines()[-1]
    assert row.startswith("| The same again, 0.985 before \\| now | 0.985 |")
    whole.ledger(entry(headline="Beside {sphere.r3}"))
    with pytest.raises(ValueError, match=r"sphere\.r2"):
        readme.table(whole.root)


def test_a_missed_bar_stands_in_the_table(whole, entry):
    whole.ledger(entry(bar=">= 0.99", expect="open"), entry(id="a.b", bar=None, metric="none"))
    missed, absent = readme.table(whole.root).splitlines()[2:]
    assert "| 0.985 | 0.995 (S: secondary source) | open: misses >= 0.99 |" in missed
    assert "| – |" in absent
    assert "| not recorded |" in absent


def test_a_thirteenth_headline_is_an_error(whole, entry):
    whole.ledger(*(entry(id=f"sphere.r{k}") for k in range(12)))
    assert len(readme.table(whole.root).splitlines()) == 2 + 12
    whole.ledger(*(entry(id=f"sphere.r{k}") for k in range(13)))
    (error,) = [line.text for line in check.told(check.readme_lines, whole.root)]
    assert error.startswith("the ledger has 13 headlines, and the README shows at most 12; take ")


def test_an_output_that_shows_a_folder_of_this_machine_is_an_error(whole):
    listed(whole)
    output = {"output_type": "stream", "name": "stdout", "text": f"saved {whole.root}/a"}
    cell = {"id": "body", "cell_type": "code", "outputs": [output]}
    name = "_build/default/executed/notebooks/01_tiny.ipynb"
    whole.write(name, check.json.dumps({"cells": [cell]}))
    (error,) = lines(whole, level="error")
    assert error.startswith("01_tiny: cell body: its output shows the folder")


def test_report_counts_and_its_exit_code(whole, capsys):
    listed(whole)
    assert check.report(whole.root, "default") == 1  # the tiny chapter is no whole chapter
    assert "1 claims in order" in capsys.readouterr().out
    whole.write("_toc.yml", "format: jb-book\nroot: book/index\n")
    (whole.root / ACCEPTED).unlink()
    readme.update(whole.root)
    assert check.report(whole.root, "default") == 0


def test_doctor_says_what_is_missing_and_how_to_get_it(whole, capsys, monkeypatch):
    assert doctor.run(root=whole.root) == 0
    assert "the book can be built" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "installed", lambda name: None if name == "papermill" else "1")
    assert doctor.run(root=whole.root) == 1
    out = capsys.readouterr().out
    assert "papermill" in out.splitlines()[-1]
    assert doctor.INSTALL in out


def test_doctor_looks_at_data_and_browser(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    (found,) = doctor.data()
    count = len(outside.names())
    assert found.state == "note"
    assert f"0 of {count} outside files in {tmp_path}; see which: mmcl data list" in found.text
    monkeypatch.setattr(outside, "state", lambda name: "right")
    (found,) = doctor.data()
    assert (found.state, found.text) == ("ok", f"{count} of {count} outside files in {tmp_path}")
    monkeypatch.setenv("PATH", "")
    assert next(doctor.browser()).state == "note"
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/bin/{name}")
    assert next(doctor.browser()) == ("ok", "browser", "/bin/chromium")


def test_doctor_compares_packages_with_what_is_wanted_and_pinned(whole, monkeypatch):
    whole.write("constraints.txt", "NumPy==2.0.0  # why\n# scipy==9\nscipy==1.15.0 ; marker\n")
    wanted = ["numpy>=2,<3", "scipy>=1.14", "torch>=2.9", "dask>=9; extra == 'sweep'"]
    wanted += ["pooch>=1; extra == 'unknown'"]
    there = {"numpy": "2.4.0", "scipy": "1.15.0+local", "torch": "2.0", "dask": None}
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: wanted)
    monkeypatch.setattr(doctor, "installed", there.get)
    found = {subject: (state, text) for state, subject, text in doctor.packages(whole.root)}
    assert found["numpy"] == ("note", "2.4.0; the book was tested with 2.0.0")
    assert found["scipy"] == ("ok", "1.15.0+local")
    assert found["torch"][0] == "missing"
    assert "2.0, but >=2.9 is wanted; run: pip" in found["torch"][1]
    assert found["dask"][0] == "note"
    assert "not installed (sweep)" in found["dask"][1]
    assert "pooch" not in found
    assert doctor.constraints(whole.root / "nowhere") == {}


def test_doctor_looks_at_python_and_device(monkeypatch):
    assert next(doctor.python()).state == "ok"
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10))
    assert next(doctor.python()).state == "missing"
    monkeypatch.undo()
    assert [each.subject for each in doctor.device()] == ["device", "processor", "memory"]
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "A100")
    monkeypatch.setitem(doctor.sys.modules, "psutil", None)
    monkeypatch.setenv("MMCL_DEVICE", "cuda")
    chosen, _ = doctor.device()
    assert chosen == ("ok", "device", "cuda: A100 (MMCL_DEVICE: cuda)")
    monkeypatch.setitem(doctor.sys.modules, "torch", None)
    (lacking,) = doctor.device()
    assert lacking.state == "missing"
    assert doctor.INSTALL in lacking.text
    assert doctor.installed("no-such-package") is None
