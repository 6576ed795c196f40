"""Plans: everything is checked before anything runs; and when a chapter has to run again."""

import atexit
import json
import os
import threading
import time
from types import SimpleNamespace

import psutil
import pytest

from mmcl import files
from mmcl_book import project
from mmcl_book.run import execute, kernel, worker
from mmcl_book.run.plan import UsageError, plan


@pytest.fixture
def two(book):
    """A book of two chapters."""
    book.add("01_tiny")
    book.add("02_more")
    return book


def test_chapters_by_name_number_file_and_all(two):
    for given in ("02_more", "02", "2", "more", "notebooks/02_more.ipynb", "02_more.ipynb"):
        assert [job.chapter for job in plan(two.root, [given])] == ["02_more"]
    assert [job.chapter for job in plan(two.root, [])] == ["01_tiny", "02_more"]
    assert [job.chapter for job in plan(two.root, ["2", "02_more"])] == ["02_more"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chapters": ["01_tony"]}, "did you mean '01_tiny'"),
        ({"chapters": ["7"]}, "unknown chapter '7'"),
        ({"profile": "papre"}, "did you mean 'paper'"),
        ({"seed": -1}, "seed is -1; give an integer >= 0"),
        ({"seed": "1"}, "seed is '1'"),
        ({"jobs": 0}, "jobs is 0"),
        ({"settings": {"SIZ": "4"}}, "did you mean 'SIZE'"),
        ({"settings": {"SIZE": "four"}}, "SIZE is 'four'; the notebook has 3, so give a int"),
        ({"settings": {"SIZE": "4.5"}}, "SIZE is '4.5'"),
        ({"settings": {"SEED": "4"}}, "SEED is set by --seed"),
    ],
)
def test_what_is_wrong_is_refused(two, changes, words):
    options = {"chapters": [], **changes}
    with pytest.raises(UsageError) as caught:
        plan(two.root, options.pop("chapters"), **options)
    assert words in str(caught.value)
    assert not (two.root / "_build").exists()


def test_an_unwritable_folder_is_refused(two):
    file = two.write("file", "")
    with pytest.raises(UsageError, match="can't write to"):
        plan(two.root, [], out=file / "below")


def test_a_missing_or_unparameterized_chapter_is_refused(two):
    two.add("03_bare", two.notebook(two.code("1", "one")))
    with pytest.raises(UsageError, match="0 cells tagged parameters"):
        plan(two.root, ["03"])
    (two.root / "notebooks" / "03_bare.ipynb").unlink()
    with pytest.raises(UsageError, match="there is no"):
        plan(two.root, ["03"])


def test_settings_are_typed_and_those_of_the_notebook_do_not_count(two):
    parameters = 'PROFILE = "default"\nSEED = 0\nOUT = None\nA = 1.5\nB = "x"\nC = False'
    two.add("03_types", two.notebook(two.code(parameters, "parameters", "parameters")))

    def settings(**given):
        return plan(two.root, ["03"], settings=given)[0].settings

    assert settings(A="2", B="3", C="true") == {"A": 2.0, "B": "3", "C": True}
    assert settings(A=2, C=True) == {"A": 2.0, "C": True}
    assert settings(A="1.5", B="x", C="False") == {}
    for wrong in ({"A": "x"}, {"B": 1}, {"C": "1"}):
        with pytest.raises(UsageError):
            settings(**wrong)


def test_a_chapter_is_reused_only_when_key_and_both_files_are_the_same(two):
    job = plan(two.root, ["01"])[0]
    assert job.previous_seconds() is None
    for path in (job.executed, job.record):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    state = {"key": job.key, "seconds": 2.5}
    state |= {"executed": files.sha256(job.executed), "record": files.sha256(job.record)}
    files.write_json(job.state, state)
    assert job.previous_seconds() == 2.5
    assert plan(two.root, ["01"], seed=1)[0].previous_seconds() is None
    job.record.write_text("[]")
    assert job.previous_seconds() is None
    job.record.unlink()
    assert job.previous_seconds() is None
    job.state.write_text("{")
    assert job.previous_seconds() is None


def test_leftovers_of_killed_runs_are_removed(tmp_path):
    gone, own = tmp_path / "999999999-01_tiny", tmp_path / f"{execute.os.getpid()}-01_tiny"
    for folder in (gone, own):
        folder.mkdir()
        (folder / "half").write_text("")
    execute.remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [own]


def test_a_record_of_another_run_is_not_installed(two, tmp_path):
    job = plan(two.root, ["01"])[0]
    copy = tmp_path / "executed.ipynb"
    copy.write_text("{}")
    with pytest.raises(ValueError, match="wrote no record"):
        execute.install(job, tmp_path, copy, 1.0)
    record = two.record("01_tiny", {"a": 1}, seed=5)
    (tmp_path / "records").mkdir()
    record.replace(tmp_path / "records" / "01_tiny.json")
    with pytest.raises(ValueError, match="ignored PROFILE or SEED"):
        execute.install(job, tmp_path, copy, 1.0)
    assert not job.state.exists()
    assert not job.executed.exists()


def test_the_project_is_found_from_below(two, monkeypatch):
    monkeypatch.chdir(two.root / "notebooks")
    assert project.root() == two.root
    assert project.docnames(two.root) == ["book/index", "notebooks/01_tiny", "notebooks/02_more"]
    assert project.pages(two.root) == [two.root / "book" / "index.md"]
    assert json.loads(project.notebook(two.root, "01_tiny").read_text())["nbformat"] == 4


def test_chapters_that_took_long_start_first(two, monkeypatch):
    two.add("03_new")
    for name, seconds in (("01_tiny", 2.0), ("02_more", 90.0)):
        where = f"results/default/{name}.json"
        two.record(name, {"r2": 1.0}, where, provenance={"wall_s": seconds})
    two.write("results/default/04_broken.json", "{")
    assert execute.expected_seconds(two.root, "04_broken") == float("inf")
    started = []

    def instead(todo, jobs, **how):
        started.extend(job.chapter for job in todo)
        return {job.chapter: execute.Result(job.chapter, "ran", 1.0) for job in todo}

    monkeypatch.setattr(execute, "execute", instead)
    results = execute.run(two.root, profile="default")
    assert started == ["03_new", "02_more", "01_tiny"]
    assert [result.chapter for result in results] == ["01_tiny", "02_more", "03_new"]


RECORD = {
    "schema": 1, "chapter": "01_tiny", "profile": "default", "seed": 0, "parameters": {},
    "values": {}, "key": None, "provenance": {},
}  # fmt: skip


def papermill(fails):
    """Stands in for papermill: writes the copy and the record, or the copy and then raises."""

    def run(job, staging, copy):
        copy.write_text("{}")
        if fails:
            raise RuntimeError("boom")
        files.write_json(staging / "records" / f"{job.chapter}.json", RECORD)

    return run


def test_a_whole_run_is_installed_and_its_staging_removed(two, monkeypatch):
    job = plan(two.root, ["01"])[0]
    job.failed.parent.mkdir(parents=True)
    job.failed.write_text("of an earlier run")
    monkeypatch.setattr(execute, "run_papermill", papermill(fails=False))
    result = execute.work(job)
    assert (result.chapter, result.status, result.error) == ("01_tiny", "ran", "")
    assert job.previous_seconds() == result.seconds
    assert not job.staging.exists()
    assert not job.failed.exists()


def test_a_failed_run_leaves_its_cells_and_says_where(two, monkeypatch, capsys):
    job = plan(two.root, ["01"])[0]
    monkeypatch.setattr(execute, "run_papermill", papermill(fails=True))
    result = execute.work(job)
    assert result.status == "failed"
    assert result.error.startswith("Traceback")  # papermill raises none of these: it is our fault
    assert "RuntimeError: boom" in result.error
    assert "please report it" in result.error
    assert job.failed.read_text() == "{}"
    assert job.previous_seconds() is None
    assert not job.staging.exists()
    colored = execute.Result("01_tiny", "failed", 1.0, "\x1b[31mboom\x1b[0m")
    execute.report(colored, 1, 2, job)
    said = capsys.readouterr().err
    assert "01_tiny: FAILED after 1.0 s (1/2)\nboom\n" in said
    assert f"its cells up to the failure are in {job.failed}" in said
    execute.report(execute.Result("01_tiny", "ran", 2.0), 2, 2, job)
    assert "01_tiny: finished in 2.0 s (2/2)" in capsys.readouterr().err


def test_progress_counts_the_cells_that_have_ended(two, tmp_path, monkeypatch, capsys):
    cells = [two.code("1", f"c{i}") for i in range(3)]
    for cell, state in zip(cells, ("completed", "completed", "running"), strict=True):
        cell["metadata"]["papermill"] = {"status": state}
    copy = tmp_path / "copy.ipynb"
    monkeypatch.setattr(execute, "LOOK", 0.01)
    with execute.progress("01_tiny", copy):  # before there is a copy, nothing can be said
        time.sleep(0.1)
        assert capsys.readouterr().err == ""
        copy.write_text(json.dumps(two.notebook(*cells)))
        time.sleep(0.2)
    assert "01_tiny: 2 of 3 cells, 0 s so far" in capsys.readouterr().err


def test_workers_have_one_thread_and_folders_of_their_own(tmp_path, monkeypatch):
    ends = threading.Event()
    watched = SimpleNamespace(poll=lambda timeout: ends.wait())
    kept = dict(os.environ)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(atexit, "register", lambda *_, **__: None)
    gone = []
    monkeypatch.setattr(worker, "stop_children", lambda: gone.append("children"))
    monkeypatch.setattr(worker.os, "_exit", gone.append)
    try:
        worker.start(watched, tmp_path, 3, False, [])
        folder = tmp_path / f"{os.getpid()}-jupyter"
        assert folder.stat().st_mode & 0o777 == 0o700
        names = ("MMCL_JOBS", "OMP_NUM_THREADS", "PYTHONHASHSEED", "IPYTHONDIR", "MMCL_FORCE")
        assert [os.environ[name] for name in names] == ["3", "1", "0", str(folder), ""]
        assert kernel.MEMORY.items() <= os.environ.items()
        ends.set()
        for _ in range(100):
            if gone[-1:] == [1]:
                break
            time.sleep(0.05)
        assert gone == ["children", 1]  # what the parent's end does to a worker
        assert not folder.exists()
    finally:
        os.environ.clear()
        os.environ.update(kept)


def test_all_children_are_stopped_even_if_one_has_just_ended(monkeypatch):
    killed = []

    def ended():
        raise psutil.NoSuchProcess(1)

    children = [SimpleNamespace(kill=ended), SimpleNamespace(kill=lambda: killed.append(2))]
    process = SimpleNamespace(children=lambda recursive: children)
    monkeypatch.setattr(psutil, "Process", lambda: process)
    worker.stop_children()
    assert killed == [2]


def test_there_is_a_job_for_each_core_of_this_process(monkeypatch):
    monkeypatch.setattr(execute.os, "sched_getaffinity", lambda pid: {0, 1, 5}, raising=False)
    assert execute.default_jobs() == min(3, os.cpu_count() or 1)


def test_a_live_run_is_another_run_of_the_same_record(book):
    book.add("01_tiny")
    (first,) = execute.run(book.root, profile="default")
    (live,) = execute.run(book.root, profile="default", live=True)
    (again,) = execute.run(book.root, profile="default", live=True)
    assert [each.status for each in (first, live, again)] == ["ran", "ran", "reused"]
    (job,) = plan(book.root, ["01_tiny"])
    assert files.read_json(job.record)["key"] == job.key
