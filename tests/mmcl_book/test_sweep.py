"""Sweeps without a cluster: grids and keys, files and tables, messages, what is skipped."""

import json
import math
import os
import sys
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmcl import files
from mmcl_book import cli, keys, sweep, terminal
from mmcl_book.sweep import cluster, dispatch, grid, progress, store, summary, work
from mmcl_experiments.hypersphere import run as hypersphere
from mmcl_experiments.recorded import tasks


def plan(**changes):
    """A grid of the hypersphere at smoke."""
    return grid.plan("hypersphere", **{"profile": "smoke", "seeds": "0:2", **changes})


def reply(*rows, finished="2026-01-01T00:00:00+00:00"):
    """What a worker returns."""
    return {"rows": list(rows), "provenance": {"finished": finished, "wall_s": 0.5}}


# The grid


def test_a_grid_is_every_combination_at_every_seed():
    found = plan(settings={"kappa": "1,2.5, 1.0", "shuffled": "true", "steps": "3"})
    assert [task.name for task in found.tasks] == [
        "kappa=1.0, seed 0", "kappa=2.5, seed 0", "kappa=1.0, seed 1", "kappa=2.5, seed 1",
    ]  # fmt: skip
    assert found.varied == ["kappa"]
    assert all(task.settings["shuffled"] is True for task in found.tasks)
    assert all(task.settings["steps"] == 3 for task in found.tasks)
    assert len({task.key for task in found.tasks}) == 4
    assert "seeds" not in found.tasks[0].settings


def test_seeds_are_the_profiles_unless_given():
    assert [task.seed for task in plan(seeds=None).tasks] == [0, 1]
    assert [task.seed for task in plan(seeds="100:103").tasks] == [100, 101, 102]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", ["1"]),
        ("1,2.5", ["1", "2.5"]),
        ("[1,2],[3]", ["[1,2]", "[3]"]),
        ("'box, L1',ball", ["'box, L1'", "ball"]),
        ("1,", ["1", ""]),
    ],
)
def test_values_are_split_at_outer_commas(text, wanted):
    assert grid.pieces(text) == wanted


def test_values_take_the_type_of_the_profile():
    texts = plan(settings={"private_follows": "nothing,'a, b',5"}, seeds="0:1").tasks
    assert [task.settings["private_follows"] for task in texts] == ["nothing", "a, b", "5"]
    (task,) = grid.plan("oracle", profile="smoke", settings={"kappas": "[1, 2.0]"}).tasks
    assert task.settings["kappas"] == [1, 2.0]


def test_the_key_is_of_settings_seed_and_code_and_not_of_profile_and_device(monkeypatch):
    (first, second), (other,) = plan().tasks, plan(settings={"steps": "7"}, seeds="0:1").tasks
    assert len({first.key, second.key, other.key}) == 3
    same = {name: json.dumps(value) for name, value in first.settings.items()}
    same["private_follows"] = first.settings["private_follows"]
    assert plan(profile="paper", settings=same).tasks[0].key == first.key
    monkeypatch.setenv("MMCL_DEVICE", "cuda")
    assert plan().tasks[0].key == first.key
    monkeypatch.setattr(work, "code_of", lambda experiment: "other code")
    assert plan().tasks[0].key != first.key


def test_code_counts_as_it_was_when_a_process_first_looked(monkeypatch, tmp_path):
    assert {"mmcl_experiments.hypersphere.run", "mmcl.losses"} <= work.modules_of(
        "hypersphere"
    ).keys()
    assert "mmcl_book.records.store" not in work.modules_of("hypersphere")
    file = tmp_path / "mmcl_experiments" / "new" / "run.py"
    file.parent.mkdir(parents=True)
    file.write_text("A = 1\n")
    monkeypatch.setattr(keys, "INSTALLED", tmp_path)
    for function in (work.tree, work.modules_of):  # as in a process that has just begun
        monkeypatch.setattr(work, function.__name__, cache(function.__wrapped__))
    before = work.code_of("new"), work.modules_of("new")
    file.write_text("A = 22\n")
    assert (work.code_of("new"), work.modules_of("new")) == before
    monkeypatch.setattr(work, "tree", cache(work.tree.__wrapped__))
    assert work.code_of("new") != before[0]


WRONG = [
    (["hyperspere"], "did you mean 'hypersphere'"),
    (["hypersphere", "--profile", "papre"], "did you mean 'paper'"),
    (["hypersphere", "--set", "kapa=1"], "did you mean 'kappa'"),
    (["hypersphere", "--set", "kappa=1,five"], "give a float"),
    (["hypersphere", "--set", "kappa=1,"], "has an empty value"),
    (["hypersphere", "--set", "kappa=1e999"], "give finite numbers"),
    (["hypersphere", "--set", "steps=2.5"], "give a int"),
    (["hypersphere", "--set", "profile=smoke"], "unknown setting of hypersphere 'profile'"),
    (["hypersphere", "--set", "device=cuda"], "as MMCL_DEVICE"),
    (["oracle", "--set", "kappas=[{1}]"], "lists of them"),
    (["hypersphere", "--seeds", "5"], "seeds is '5'; give A:B"),
    (["hypersphere", "--seeds", "3:3"], "give A:B with 0 <= A < B"),
    (["hypersphere", "--seeds=-1:3"], "give A:B"),
    (["hypersphere", "--jobs", "0"], "jobs is 0"),
    (["hypersphere", "--scheduler", "there:8786"], "such as tcp://host:8786"),
    (["hypersphere", "--scheduler", "tcp://there:1", "--jobs", "2"], "leave out it or --scheduler"),
    (["hypersphere", "--out", "_toc.yml/x"], "can't write to"),
]


@pytest.fixture
def here(book, monkeypatch):
    """A book as the current folder, and no cluster."""
    monkeypatch.chdir(book.root)
    monkeypatch.setattr(cluster, "connected", lambda *arguments: pytest.fail("a cluster started"))
    return book


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_usage_is_2_and_nothing_is_started_or_written(here, arguments, words, capsys):
    before = sorted(here.root.rglob("*"))
    assert cli.main(["sweep", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert sorted(here.root.rglob("*")) == before


def test_one_process_an_accelerator_unless_said_otherwise(monkeypatch):
    monkeypatch.setenv("MMCL_DEVICE", "cuda")
    assert sweep.checked_jobs(None, None) == 1
    assert sweep.checked_jobs(3, None) == 3
    monkeypatch.delenv("MMCL_DEVICE")
    assert sweep.checked_jobs(None, None) == sweep.default_jobs()


# A task


def test_a_worker_returns_plain_rows_and_provenance(monkeypatch):
    given = []
    table = pd.DataFrame({"code": ["a", "b"], "value": [np.float32(1.5), np.nan], "n": [1, 2]})
    monkeypatch.setattr(hypersphere, "run", lambda settings, seed: given.append(settings) or table)
    found = work.work("hypersphere", {"d": 5}, 3, work.code_of("hypersphere"))
    assert found["rows"] == [
        {"code": "a", "value": 1.5, "n": 1},
        {"code": "b", "value": None, "n": 2},
    ]
    assert given == [{"d": 5, "device": "cpu"}]
    assert found["provenance"]["threads"] == 1
    wanted = {"commit", "dirty", "versions", "device", "threads", "instructions"}
    wanted |= {"wall_s", "peak_mib", "finished"}
    assert found["provenance"].keys() == wanted
    json.dumps(found, allow_nan=False)


def test_other_code_is_refused():
    assert work.work("hypersphere", {}, 0, "other code") == {"stale": True}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0], "the experiment returned a list; return a DataFrame"),
        (pd.DataFrame({"curve": [[1.0, 2.0]]}), "column 'curve' holds [1.0, 2.0]"),
        (None, "the experiment returned a NoneType"),
    ],
)
def test_what_is_no_table_is_an_error(value, message, monkeypatch):
    monkeypatch.setattr(hypersphere, "run", lambda settings, seed: value)
    found = work.work("hypersphere", {}, 0, work.code_of("hypersphere"))
    assert message in found["error"]
    assert found["error"].count("\n") < work.LINES


def test_values_that_json_has_not():
    table = pd.DataFrame({"value": [np.inf, -np.inf, np.nan, 1.0], "flag": [True] * 4})
    values = [row["value"] for row in tasks.plain_rows(table)]
    assert values == ["inf", "-inf", None, 1.0]


# The store


def put(folder, task, *rows, of=None, **changes):
    """Write a task's file."""
    return store.write(folder, of or plan(), task, reply(*rows, **changes))


def test_rows_come_back_with_settings_and_seed(tmp_path):
    tasks = plan(settings={"kappa": "1,2"}).tasks
    for task in tasks:
        value = math.inf if task.seed else 0.5
        row = {"code": "c", "value": value if math.isfinite(value) else "inf", "kappa": 9.0}
        put(tmp_path, task, row, {"code": "d", "value": None, "kappa": 9.0})
    table = sweep.load(tmp_path)
    assert len(table) == 8
    assert table.value.dtype == float
    assert table.groupby("seed").value.max().tolist() == [0.5, math.inf]
    assert table.value.isna().sum() == 4
    assert sorted(table.kappa_set.unique()) == [1.0, 2.0]
    assert set(table.kappa) == {9.0}
    assert set(table.code) == {"c", "d"}
    assert {"d", "steps", "seed", "code_key"} <= set(table.columns)


def test_of_several_versions_of_the_code_the_last_run_counts(tmp_path):
    new = plan()
    old = grid.Grid("hypersphere", "smoke", "0" * 64, [], [])
    for task in new.tasks:
        stale = grid.key("hypersphere", task.settings, task.seed, old.code)
        before = grid.Task(task.settings, task.seed, stale, task.name)
        put(tmp_path, before, {"value": 1.0}, of=old, finished="2025-01-01T00:00:00+00:00")
    put(tmp_path, new.tasks[0], {"value": 2.0})
    with pytest.warns(UserWarning, match="2 versions of the code"):
        table = sweep.load(tmp_path)
    assert table.value.tolist() == [2.0, 1.0]
    assert table.code_key.nunique() == 2


def test_a_folder_without_results(tmp_path):
    with pytest.raises(ValueError, match="run `mmcl sweep` first"):
        sweep.load(tmp_path)
    put(tmp_path / "sweeps" / "hypersphere", plan().tasks[0], {"value": 1.0})
    with pytest.raises(ValueError, match=r"did you mean .*hypersphere"):
        sweep.load(tmp_path)


DAMAGE = {
    "torn": (lambda text: text[:40], "is not valid JSON"),
    "empty": (lambda text: "", "is not valid JSON"),
    "a list": (lambda text: "[]", "holds no task of a sweep"),
    "a record": (lambda text: '{"schema": 1, "values": {}}', "it lacks experiment"),
    "schema": (lambda text: text.replace('"schema": 1', '"schema": 2'), "has schema 2, not 1"),
    "edited": (lambda text: text.replace('"steps": 12', '"steps": 13'), "does not belong"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file_is_run_again_and_never_read(what, tmp_path, capsys):
    change, message = DAMAGE[what]
    task = plan().tasks[0]
    path = put(tmp_path, task, {"value": 1.0})
    assert store.is_done(tmp_path, task)
    assert capsys.readouterr().err == ""
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    assert not store.is_done(tmp_path, task)
    error = capsys.readouterr().err
    assert message in error
    assert "running seed 0 again" in error
    with pytest.raises(ValueError, match=message):
        sweep.load(tmp_path)


# The sweep


@pytest.fixture
def inline(here, monkeypatch):
    """Sweeps run in this process, with a quick experiment; the seeds that ran are listed."""
    ran = []

    def quick(settings, seed):
        ran.append(seed)
        if settings["steps"] == 13:
            raise RuntimeError("unlucky")
        return pd.DataFrame({"code": ["a", "b"], "value": [seed + settings["kappa"], 1.0]})

    def results(self, tasks):
        for task in tasks:
            settings = dict(task.settings)
            yield task, work.work("hypersphere", settings, task.seed, self.grid.code)

    @contextmanager
    def connected(scheduler, jobs):
        yield None

    monkeypatch.setattr(hypersphere, "run", quick)
    monkeypatch.setattr(cluster, "connected", connected)
    monkeypatch.setattr(cluster, "check_workers", lambda client, experiment: "workers: 1 on cpu")
    monkeypatch.setattr(dispatch.Dispatcher, "results", results)
    return ran


def mmcl_sweep(*arguments):
    return cli.main(["sweep", "hypersphere", "--profile", "smoke", *arguments])


def test_what_is_done_is_skipped_unless_forced(inline, here, capsys):
    assert mmcl_sweep("--seeds", "0:3") == 0
    out, err = capsys.readouterr()
    folder = here.root / "_build" / "smoke" / "sweeps" / "hypersphere"
    assert out.strip() == str(folder / "summary.csv")
    assert f'mmcl_book.sweep.load("{folder}")' in err
    assert "3 tasks run, 0 done before, 0 failed" in err
    assert mmcl_sweep("--seeds", "1:5") == 0
    assert inline == [0, 1, 2, 3, 4]
    assert "2 of them done before" in capsys.readouterr().err
    assert mmcl_sweep("--seeds", "0:2", "--force") == 0
    assert inline == [0, 1, 2, 3, 4, 0, 1]
    assert len(sweep.load(folder)) == 10
    assert len(list(folder.iterdir())) == 6


def test_accepted_tasks_with_the_same_key_are_done(inline, here, capsys, monkeypatch):
    """What the book has recorded is copied and not run again; other code runs all of it."""

    def run(out, *more):
        return cli.main(["sweep", "hypersphere", "--seeds", "0:3", "--out", out, *more])

    assert run("first") == 0
    found = store.contents(here.root / "first" / "sweeps" / "hypersphere")
    path = here.root / "results" / "default" / "sweeps" / "hypersphere.json"
    files.write_text(path, tasks.packed(found[:2]))
    capsys.readouterr()
    del inline[:]
    assert run("second") == 0
    left = {0, 1, 2} - {content["seed"] for content in found[:2]}
    assert inline == sorted(left)
    assert "2 of them done before (2 are accepted ones of results/)" in capsys.readouterr().err
    again = store.contents(here.root / "second" / "sweeps" / "hypersphere")
    assert [each for each in again if each["seed"] not in left] == found[:2]
    assert len(sweep.load(here.root / "second" / "sweeps" / "hypersphere")) == 6
    assert run("second", "--force") == 0
    assert inline[1:] == [0, 1, 2]
    monkeypatch.setattr(work, "code_of", lambda experiment: "0" * 64)
    monkeypatch.setattr(grid.work, "code_of", lambda experiment: "0" * 64)
    assert run("third") == 0
    assert inline[4:] == [0, 1, 2]


def test_the_summary_is_of_this_sweep_alone(inline, here, capsys):
    assert mmcl_sweep("--seeds", "0:5", "--out", "x") == 0
    assert mmcl_sweep("--seeds", "0:2", "--set", "kappa=1,2", "--out", "x") == 0
    table = pd.read_csv(here.root / "x" / "sweeps" / "hypersphere" / "summary.csv")
    assert table[["kappa", "code"]].drop_duplicates().shape == (4, 2)
    assert table["mean"].tolist() == [1.5, 1.0, 2.5, 1.0]
    assert table.seeds.tolist() == [2] * 4


def test_failures_are_shown_once_and_are_exit_1(inline, capsys):
    assert mmcl_sweep("--seeds", "0:9", "--set", "steps=12,13") == 1
    err = capsys.readouterr().err
    assert err.count("RuntimeError: unlucky") == 1
    assert "9 tasks run, 0 done before, 9 failed" in err
    assert err.count("\nFAILED: steps=13, seed") == 9


def test_without_dask_it_says_what_to_install(here, monkeypatch, capsys):
    monkeypatch.undo()
    monkeypatch.chdir(here.root)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert mmcl_sweep() == 1
    assert cluster.INSTALL in capsys.readouterr().err


def test_half_written_files_of_a_killed_sweep_go(tmp_path):
    old, new = tmp_path / ".a.json.1.tmp", tmp_path / ".b.json.2.tmp"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    store.remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == [new]


# Workers


def answered(**answers):
    """A client whose workers answer so."""
    return SimpleNamespace(run=lambda function, experiment, on_error: answers)


def test_workers_must_have_the_same_code_and_a_device_that_works(monkeypatch):
    good = work.survey("hypersphere")
    assert cluster.check_workers(answered(a=good, b=good), "hypersphere") == "workers: 2 on cpu"
    other = {**good, "code": "?", "modules": {**good["modules"], "mmcl.losses": "edited"}}
    broken = {**good, "device": "cuda", "problem": "no driver"}
    for bad, words in (
        (ModuleNotFoundError("No module named 'mmcl'"), "No module named 'mmcl'"),
        (other, r"other code for hypersphere \(mmcl.losses\); bring the worker b to"),
        (broken, r"b can't use cuda \(no driver\); set MMCL_DEVICE to"),
    ):
        with pytest.raises(cluster.ClusterError, match=words):
            cluster.check_workers(answered(a=good, b=bad), "hypersphere")
    monkeypatch.setenv("MMCL_DEVICE", "no such device")
    assert "no such device" in work.survey("hypersphere")["problem"]


@pytest.mark.parametrize(
    ("status", "result", "words"),
    [
        ("finished", {"stale": True}, "a worker has other code for hypersphere"),
        ("cancelled", CancelledError("x"), "the connection to the scheduler was lost"),
        ("error", (KeyError, KeyError("x"), None), r"could not run a task \(KeyError"),
    ],
)
def test_trouble_that_is_not_a_tasks_own_ends_the_sweep(status, result, words):
    dispatcher = dispatch.Dispatcher(None, plan(), print)
    with pytest.raises(cluster.ClusterError, match=words):
        dispatcher.reply(SimpleNamespace(status=status), result)


# The table and the lines


def rows_of(tmp_path, make, seeds=4, **changes):
    """The summary of tasks whose rows are make(task)."""
    found = plan(seeds=f"0:{seeds}", **changes)
    paths = [put(tmp_path, task, *make(task), of=found) for task in found.tasks]
    return summary.table(paths, found.varied).to_dict("records")


def test_mean_and_interval_over_seeds(tmp_path):
    values = np.array([0.1, 0.4, 0.2, 0.9])
    (row,) = rows_of(tmp_path, lambda task: [{"metric": "r2", "value": values[task.seed]}])
    low, high = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert row["mean"] == pytest.approx(values.mean())
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert (row["metric"], row["seeds"]) == ("r2", 4)


def test_one_seed_has_no_interval(tmp_path):
    (row,) = rows_of(tmp_path, lambda task: [{"value": 2.0}], seeds=1)
    assert row["mean"] == 2.0
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_rows_keep_their_places_and_numbers_that_agree(tmp_path):
    rows = rows_of(
        tmp_path,
        lambda task: [{"value": 1.0 * task.seed, "n": 8, "at": 1.0, "took": 0.1 * task.seed},
                      {"value": 5.0, "n": 16, "at": 2.0, "took": 0.2}],
    )  # fmt: skip
    assert [(row["mean"], row["n"], row["at"]) for row in rows] == [(1.5, 8, 1.0), (5.0, 16, 2.0)]
    assert math.isnan(rows[0]["took"])
    assert rows[1]["took"] == 0.2


def test_wide_tables_have_a_measurement_a_column(tmp_path):
    make = lambda task: [{"measured": 1.0 + task.seed, "converged": task.seed > 1}]  # noqa: E731
    rows = rows_of(tmp_path, make, settings={"kappa": "1,2"})
    found = {(row["kappa"], row["measurement"]): row["mean"] for row in rows}
    assert found == {
        (1.0, "measured"): 2.5, (1.0, "converged"): 0.5,
        (2.0, "measured"): 2.5, (2.0, "converged"): 0.5,
    }  # fmt: skip


def test_missing_and_infinite_values(tmp_path):
    (row,) = rows_of(tmp_path, lambda task: [{"value": None if task.seed else 3.0}])
    assert (row["seeds"], row["mean"]) == (1, 3.0)
    (row,) = rows_of(tmp_path, lambda task: [{"value": "inf" if task.seed == 1 else 3.0}])
    assert (row["seeds"], row["mean"], math.isnan(row["high"])) == (4, math.inf, True)


def test_the_table_in_the_terminal_has_what_tells_rows_apart_and_ends(tmp_path):
    rows = rows_of(
        tmp_path,
        lambda task: [{"code": "same", "metric": f"m{i}", "value": float(i)} for i in range(50)],
    )
    rows = pd.DataFrame(rows)
    text = summary.as_text(rows)
    assert "same" not in text
    assert text.splitlines()[-1] == "... and 10 more rows in the file below"


def test_lines_are_few_and_give_an_estimate(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    shown = progress.Progress("tiny", 2000)
    task = plan().tasks[0]
    for _ in range(2000):
        now[0] += 0.01
        shown.tick()
        shown.finished(task, 0.01)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 25
    assert lines[-1] == "tiny: 2000/2000, 20 s (seed 0 took 0.0 s)"
    assert "about" in lines[0]
    now[0] += 100
    shown.tick()
    assert "so far" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (9.97, "10 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds, text):
    assert terminal.duration(seconds) == text
