"""Published tables and recorded sweeps: what is read, what is accepted, what is refused."""

import json
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmcl_book import cli, sweep
from mmcl_book.records import standing
from mmcl_book.sweep import accept, grid, store, work
from mmcl_experiments import results
from mmcl_experiments.recorded import published as published_rows
from mmcl_experiments.recorded import tasks

ROOT = Path(__file__).parents[2]
ROW = {"table": "a", "row": "one", "value": 99.5, "spread": 0.1, "evidence": "S"}


def content(*rows, **changes):
    """A published file's content."""
    base = {"labels": ["table", "row"], "sources": {"S": "notes"}, "rows": list(rows) or [ROW]}
    return {**base, **changes}


# Published


def test_every_recalled_row_of_the_synthetic_table_is_there():
    table = results.published("liu_synthetic", root=ROOT)
    rows = table[table.table.isin(["a", "b"])]
    assert rows.groupby("table").size().to_dict() == {"a": 11, "b": 6}
    headlines = rows[rows.evidence == "S"].set_index("row").printed
    assert headlines.to_dict() == {"Sp U v -> Sp v": "99.5 ± 0.1", "B U L -> B L": "99.1 ± 0.1"}
    assert set(rows.evidence) == {"S", "R"}
    assert rows[rows.evidence == "R"].printed.str.contains("unverified").all()
    assert rows.value.tolist() == [
        99.5, 99.4, 98.7, 90.5, 92.2, 99.1, 91.2, 96.3, 95.9, 88.5, 89.2,
        99.1, 97.2, 98.6, 99.1, 98.4, 95.6,
    ]  # fmt: skip
    ranges = table[table.value.isna()].set_index("table")[["low", "high"]]
    assert ranges.loc["range of a"].tolist() == [88.5, 96.3]
    assert ranges.loc["range of b"].tolist() == [95.6, 98.6]


def test_the_short_name_of_a_row_says_what_its_columns_say():
    short = {
        "sphere": "Sp", "box": "B", "unbounded": "Un", "uniform": "U", "vmf": "v", "laplace": "L",
        "normal": "N", "gennorm": "G", "normal(1)": "N(1)", "laplace(1)": "L(1)",
    }  # fmt: skip
    table = results.published("liu_synthetic", root=ROOT).query("table in ('a', 'b')")
    theirs = results.published("zimmermann", root=ROOT)
    for row in [*table.itertuples(), *theirs[theirs.row.notna()].itertuples()]:
        world = [row.latent_space, row.marginal, row.conditional]
        names = [" ".join(short[each] for each in part)
                 for part in (world, [row.model_space, row.model])]  # fmt: skip
        assert row.row == " -> ".join(names)


def test_zimmermanns_tables_are_those_that_were_read():
    table = results.published("zimmermann", root=ROOT)
    assert set(table.evidence) == {"V"}
    known = table[table.training.eq("unsupervised")].groupby("table").value
    assert known.get_group("linear").tolist() == [
        99.42, 99.86, 99.91, 99.86, 99.60, 99.64, 99.70, 99.69, 99.02, 99.02, 98.13, 98.76,
    ]  # fmt: skip
    assert known.get_group("permutation").tolist() == [
        98.62, 99.90, 99.77, 99.76, 98.80, 98.57, 99.85, 58.26, 59.67, 43.80,
    ]  # fmt: skip
    assert "99.60 ± 0.02" in table.printed.tolist()
    assert not table.row.dropna().duplicated().any()


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"value": None}, "not found"),
        ({"value": None, "spread": None, "evidence": "R"}, "not found"),
        ({"value": None, "spread": None, "low": 1, "high": 2.5}, "1.0 to 2.5"),
        ({"value": 99.6, "spread": 0.02}, "99.60 ± 0.02"),
        ({"value": 99, "spread": None, "evidence": "R"}, "99 (unverified)"),
    ],
)
def test_how_a_value_is_printed(row, text):
    table = published_rows.table(content({**ROW, **row}, sources={"S": "a", "R": "b"}))
    assert table.printed.tolist() == [text]


BAD = {
    "no mapping": ([ROW], "it lacks labels"),
    "no rows": ({"labels": ["row"], "sources": {"S": "x"}, "rows": []}, "it lacks labels"),
    "a row that is a list": (content([1]), "row 1: it is [1]; give a mapping"),
    "a typo": (content({**ROW, "evidense": "S"}), "did you mean 'evidence'"),
    "no label": (content({"table": "a", "value": 1, "evidence": "S"}), "row 1: it lacks row"),
    "no value": (content({k: v for k, v in ROW.items() if k != "value"}), "it lacks value"),
    "no evidence": (content({k: v for k, v in ROW.items() if k != "evidence"}), "lacks evidence"),
    "unknown evidence": (content({**ROW, "evidence": "X"}), "unknown evidence 'X'"),
    "no source": (content({**ROW, "evidence": "R"}), "evidence R has no source"),
    "a value that is text": (content({**ROW, "value": "99.5"}), "value is '99.5'; give a number"),
    "a truth": (content({**ROW, "spread": True}), "spread is True"),
    "not finite": (content({**ROW, "value": float("nan")}), "value is nan"),
    "a label that is a number": (content({**ROW, "row": 3}), "row is 3; give text"),
    "twice": (content(ROW, {**ROW, "value": 1.0}), "row 2: another row has the same labels"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_malformed_published_file_is_refused(what, book):
    bad, message = BAD[what]
    book.write("results/published/paper.yml", yaml.safe_dump(bad))
    with pytest.raises(ValueError, match=r"paper\.yml") as caught:
        results.published("paper", root=book.root)
    assert message in str(caught.value)


def test_an_unknown_paper(book):
    book.write("results/published/paper.yml", yaml.safe_dump(content()))
    assert results.published("paper", root=book.root).source.tolist() == ["notes"]
    with pytest.raises(FileNotFoundError, match=r"there are: \['paper'\]"):
        results.published("papre", root=book.root)
    with pytest.raises(ValueError, match="give a name such as"):
        results.published("../paper", root=book.root)


# Recorded


def planned(**changes):
    """A grid of the hypersphere."""
    return grid.plan("hypersphere", **{"profile": "paper", "seeds": "0:2", **changes})


def put(folder, task, of, value=1.0, **origin):
    """Write a finished task, and return its folder."""
    clean = {
        "commit": "1" * 40, "dirty": False, "device": "cpu, A processor", "threads": 1,
        "wall_s": 1800.0, "finished": "2026-03-01T00:00:00+00:00",
    }  # fmt: skip
    rows = [
        {"code": "x", "metric": "r2", "value": value, "seed": task.seed, "kappa": 7.0},
        {"code": "y", "metric": "r2", "value": None, "seed": task.seed, "kappa": 7.0},
        {"code": "z", "metric": "r2", "value": "inf", "seed": task.seed, "kappa": 7.0},
    ]
    store.write(folder, of, task, {"rows": rows, "provenance": {**clean, **origin}})
    return folder


@pytest.fixture
def done(book, tmp_path):
    """A book, and the folder of a finished sweep of four tasks: (book, folder)."""
    folder, of = tmp_path / "sweeps" / "hypersphere", planned(settings={"kappa": "1,5"})
    for number, task in enumerate(of.tasks):
        put(folder, task, of, value=0.1 * number)
    return book, folder


def rows_of(book, **options):
    return results.recorded("hypersphere", root=book.root, **options)


def test_an_accepted_sweep_is_what_its_folder_holds(done):
    book, folder = done
    accept.accept(book.root, folder)
    pd.testing.assert_frame_equal(rows_of(book), sweep.load(folder), check_like=True)
    table = rows_of(book)
    assert len(table) == 12
    assert table.value.dtype == float
    assert set(table.kappa_set) == {1.0, 5.0}
    path = results.sweep_path(book.root, "paper", "hypersphere")
    before = {tasks.name_of(each): each for each in store.contents(folder)}
    assert {tasks.name_of(each): each for each in results.read_sweep(path)} == before


def test_a_large_sweep_stays_small(done, tmp_path):
    book, _ = done
    folder, of = tmp_path / "many", planned(seeds="0:80")
    for task in of.tasks:
        put(
            folder,
            task,
            of,
            0.123456789012345678,
            versions={f"package{i}": "1.2" for i in range(8)},
        )
    assert accept.accept(book.root, folder).total == 80
    path = results.sweep_path(book.root, "paper", "hypersphere")
    assert path.stat().st_size < 45_000
    assert len(path.read_text().splitlines()) < 160  # a line a task


def test_accepting_merges_and_the_later_run_counts(done, tmp_path):
    book, folder = done
    first = accept.accept(book.root, folder)
    assert (first.new, first.replaced, first.unchanged, first.total) == (4, 0, 0, 4)
    again = accept.accept(book.root, folder)
    assert (again.new, again.replaced, again.unchanged, again.total) == (0, 0, 4, 4)
    other, of = tmp_path / "other", planned(seeds="1:3", settings={"kappa": "5"})
    put(other, of.tasks[0], of, 9.0, finished="2026-04-01T00:00:00+00:00")
    put(other, of.tasks[1], of, 8.0)
    second = accept.accept(book.root, other)
    assert (second.new, second.replaced, second.unchanged, second.total) == (1, 1, 0, 5)
    values = rows_of(book).query("code == 'x'").set_index(["kappa_set", "seed"]).value
    assert values.to_dict() == {(1, 0): 0.0, (5, 0): 0.1, (1, 1): 0.2, (5, 1): 9.0, (5, 2): 8.0}
    older = accept.accept(book.root, folder)  # its seed 1 at kappa 5 is older than what is there
    assert (older.new, older.replaced, older.unchanged, older.total) == (0, 0, 4, 5)
    assert rows_of(book).query("seed == 1 and kappa_set == 5").value.iloc[0] == 9.0


def torn(folder):
    path = sorted(folder.glob("*.json"))[0]
    path.write_text(path.read_text()[:200])


def edited(folder):
    path = sorted(folder.glob("*.json"))[0]
    path.write_text(path.read_text().replace('"kappa": 1.0', '"kappa": 2.0').replace(
        '"kappa": 5.0', '"kappa": 2.0'))  # fmt: skip


def dirty(folder):
    put(folder, planned().tasks[0], planned(), dirty=True)


def no_commit(folder):
    put(folder, planned().tasks[0], planned(), commit=None, dirty=None)


def two_profiles(folder):
    of = planned(profile="default")
    put(folder, of.tasks[0], of)


def two_experiments(folder):
    of = grid.plan("oracle", profile="paper")
    put(folder, of.tasks[0], of)


def unknown(folder):
    for path in folder.glob("*.json"):
        path.unlink()
    of = grid.Grid("gone", "paper", "0" * 64, [], [])
    put(folder, grid.Task({}, 0, tasks.key("gone", {}, 0, of.code), "seed 0"), of)


REFUSED = {
    torn: "is not valid JSON", edited: "does not belong", dirty: "1 tasks were run with code that",
    no_commit: "1 tasks were run with code that", two_profiles: "holds several sweeps",
    two_experiments: "holds several sweeps", unknown: "unknown experiment 'gone'",
    shutil.rmtree: "run `mmcl sweep` first",
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED, ids=lambda each: each.__name__)
def test_what_cannot_stand_for_the_book_is_refused_and_nothing_is_written(done, damage):
    book, folder = done
    accept.accept(book.root, folder)
    path = results.sweep_path(book.root, "paper", "hypersphere")
    before = path.read_bytes()
    damage(folder)
    with pytest.raises(ValueError, match=REFUSED[damage]):
        accept.accept(book.root, folder)
    assert path.read_bytes() == before
    if damage in (dirty, no_commit):
        assert accept.accept(book.root, folder, dirty=True).replaced == 1


def test_smoke_and_another_profile_are_refused(done, tmp_path):
    book, folder = done
    with pytest.raises(ValueError, match="was run at paper, not at default"):
        accept.accept(book.root, folder, profile="default")
    of = planned(profile="smoke")
    put(tmp_path / "smoke", of.tasks[0], of)
    with pytest.raises(ValueError, match="at smoke say nothing"):
        accept.accept(book.root, tmp_path / "smoke")


ACCEPTED_DAMAGE = {
    "torn": (lambda text: text[:300], "is not valid JSON"),
    "empty": (lambda text: "{}", "holds no tasks"),
    "a record": (lambda text: '{"values": {}, "tasks": []}', "holds no tasks"),
    "settings": (lambda text: text.replace('"batch": 1024', '"batch": 1023'), "does not belong"),
    "seed": (lambda text: text.replace('"seed": 1,', '"seed": 3,', 1), "does not belong"),
    "schema": (lambda text: text.replace('"schema": 1', '"schema": 2'), "has schema 2"),
    "a value": (lambda text: text.replace('["x", "y", "z"]', '["x", "y"]', 1), "is not whole"),
    "no rows": (lambda text: text.replace('"rows": {', '"raws": {', 1), "is not whole"),
}


@pytest.mark.parametrize("what", ACCEPTED_DAMAGE)
def test_a_damaged_accepted_file_is_never_read(what, done):
    book, folder = done
    change, message = ACCEPTED_DAMAGE[what]
    path = accept.accept(book.root, folder).path
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    with pytest.raises(ValueError, match=message) as caught:
        rows_of(book)
    assert "hypersphere.json" in str(caught.value)
    with pytest.raises(ValueError, match=message):  # nor is it written over
        accept.accept(book.root, folder)


def test_without_an_accepted_sweep_the_command_is_said(book, capsys):
    with pytest.raises(FileNotFoundError, match="mmcl sweep hypersphere --profile paper --out"):
        rows_of(book)
    assert results.recorded_or_none("hypersphere", root=book.root) is None
    assert "Not recorded yet: there is no accepted sweep" in capsys.readouterr().out
    with pytest.raises(ValueError, match="did you mean 'hypersphere'"):
        results.recorded_or_none("hypersphear", root=book.root)
    with pytest.raises(ValueError, match="did you mean 'paper'"):
        rows_of(book, profile="papre")


def test_with_one_nothing_is_said(done, capsys):
    book, folder = done
    accept.accept(book.root, folder)
    table = results.recorded_or_none("hypersphere", root=book.root)
    pd.testing.assert_frame_equal(table, rows_of(book))
    assert capsys.readouterr().out == ""


def test_the_provenance_in_a_line(done, monkeypatch):
    book, folder = done
    accept.accept(book.root, folder)
    about = results.about("hypersphere", root=book.root)
    assert (
        str(about)
        == repr(about)
        == (
            "Recorded sweep hypersphere at paper size: 4 tasks, 2 core-hours on A processor, "
            "finished 2026-03-01, commit 1111111."
        )
    )
    assert about._repr_html_().startswith('<p class="mmcl-recorded">Recorded sweep')
    assert '<span data-sweep="paper/hypersphere">' in about._repr_html_()
    now = standing.sentence("hypersphere", "paper", book.root)
    assert now == "Made with the code as it is now."
    monkeypatch.setattr(standing.keys, "code_of", lambda tree, name: "other code")
    stale = standing.sentence("hypersphere", "paper", book.root)
    assert stale == "It was made with older code, to be run again."


def test_some_tasks_of_other_code_and_uncommitted_ones_are_counted(done, capsys):
    book, folder = done
    of = planned(seeds="5:6")
    old = grid.Grid("hypersphere", "paper", "0" * 64, [], [])
    settings = of.tasks[0].settings
    task = grid.Task(settings, 5, tasks.key("hypersphere", settings, 5, old.code), "seed 5")
    put(folder, task, old, dirty=True, device="cuda, An accelerator")
    accepted = accept.accept(book.root, folder, dirty=True)
    assert accepted.stale == 1
    assert "1 were run with other code" in str(accepted)
    text = str(results.about("hypersphere", root=book.root))
    assert "hours on A processor and An accelerator" in text
    assert "core-hours" not in text
    assert text.endswith("1 of them with uncommitted changes.")
    old = standing.sentence("hypersphere", "paper", book.root)
    assert old == "1 of its tasks were made with older code, to be run again."
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(rows_of(book)) == 15
    said = "The rows of hypersphere at paper size come from 2 versions of the code"
    assert capsys.readouterr().out.splitlines() == [f"{said}: see the column code_key."]


def test_stale_is_what_a_sweep_would_run_again(done):
    book, folder = done
    assert work.code_of("hypersphere") == store.contents(folder)[0]["code"]
    accept.accept(book.root, folder)
    contents = results.read_sweep(results.sweep_path(book.root, "paper", "hypersphere"))
    assert standing.stale(contents, book.root) == []
    shutil.copytree(ROOT / "src", book.root / "src")
    assert standing.stale(contents, book.root) == []
    losses = book.root / "src" / "mmcl" / "losses.py"
    losses.write_text(losses.read_text() + "\nNEW = 1\n")
    assert len(standing.stale(contents, book.root)) == 4


# Packing


def test_packing_keeps_kinds_of_numbers_and_lists(tmp_path):
    settings = {"a": 1, "b": 1.0, "c": True, "d": [1, 2.0, [None]], "e": "text"}
    changed = {"a": 1.0, "b": 1, "c": 1, "d": [1, 2, [None]], "new": None}
    contents = []
    for seed, each in enumerate((settings, settings, changed)):
        contents.append({
            "schema": tasks.SCHEMA, "experiment": "x", "profile": "paper", "settings": each,
            "seed": seed, "rows": [{"v": 1, "w": None}, {"v": 1.0, "w": "inf"}] if seed else [],
            "key": tasks.key("x", each, seed, "c"), "code": "c", "provenance": {"wall_s": seed},
        })  # fmt: skip
    back = tasks.unpacked(json.loads(tasks.packed(contents)), "place")
    assert [json.dumps(each, sort_keys=True) for each in back] == [
        json.dumps(each, sort_keys=True) for each in contents
    ]


def test_nothing_is_no_file():
    with pytest.raises(ValueError, match="not: none"):
        tasks.packed([])


# The command


@pytest.fixture
def here(done, monkeypatch):
    book, folder = done
    monkeypatch.chdir(book.root)
    return book, folder


def test_accept_says_what_it_did(here, capsys):
    book, folder = here
    assert cli.main(["record", "accept", "--sweep", str(folder)]) == 0
    err = capsys.readouterr().err
    assert "hypersphere at paper: 4 tasks new, 0 replaced, 0 unchanged; 4 in all, " in err
    assert "results/paper/sweeps/hypersphere.json" in err
    assert len(rows_of(book)) == 12
    assert list((book.root / "results").rglob("*.tmp")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["accept", "--profile", "papre"], 2, "did you mean 'paper'"),
        (["accept", "--profile", "default"], 1, "was run at paper, not at default"),
        (["show"], 2, "--sweep goes with accept"),
        (["accept", "01_tiny"], 2, "--sweep goes with accept"),
    ],
)
def test_wrong_usage_writes_nothing(here, arguments, code, words, capsys):
    book, folder = here
    assert cli.main(["record", *arguments, "--sweep", str(folder)]) == code
    assert words in capsys.readouterr().err
    assert not (book.root / "results").exists()


def test_a_dirty_sweep_needs_the_word(here, capsys):
    _, folder = here
    dirty(folder)
    arguments = ["record", "accept", "--sweep", str(folder)]
    assert cli.main(arguments) == 1
    assert "pass --dirty" in capsys.readouterr().err
    assert cli.main([*arguments, "--dirty"]) == 0
