"""Tables of pages: recorded where the book has them, else computed; the page says which."""

import pandas as pd
import pytest

from mmcl import files
from mmcl.errors import MissingFile, NoConnection
from mmcl_book.records import store as records
from mmcl_book.sweep import grid
from mmcl_book.sweep import store as sweeps
from mmcl_experiments import results, rooms
from mmcl_experiments.chapter import Chapter, measured
from mmcl_experiments.notices import Notice
from mmcl_experiments.recorded import live, tasks

NAME = "walls"


def fake(experiment, wanted):
    """Rows that say by what settings and seed they were made."""
    calls.append(sorted(wanted))
    infinite = float("inf")
    return [
        (
            place,
            seed,
            pd.DataFrame([{"r2": 10 * chosen["mi"] + seed, "seed": seed, "lowest": infinite}]),
        )
        for place, (chosen, seeds) in wanted.items()
        for seed in seeds
    ]


calls: list[list[int]] = []


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """An experiment that costs nothing, no sweep of it, and no run of the book around it."""
    calls.clear()
    for name in ("MMCL_LIVE", "MMCL_MEMORY", "MMCL_CODE", "MMCL_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(rooms, "run_variants", fake)
    monkeypatch.setattr(
        rooms, "settings", lambda name, profile, **own: {"mi": 1, **own, "device": "cpu"}
    )
    monkeypatch.setattr(results, "accepted", missing)


def missing(*how):
    raise MissingFile("there is no sweep")


@pytest.fixture
def sweep(monkeypatch):
    """An accepted sweep of mi 1 at the seeds 0 and 1; its rows say that they are of it."""
    found = []
    for seed in (0, 1):
        rows = [{"r2": 0.5 + seed, "seed": seed, "lowest": "inf"}]
        found.append({"settings": {"mi": 1}, "seed": seed, "rows": rows})
    monkeypatch.setattr(results, "accepted", lambda *how: found)
    monkeypatch.setattr(results, "about", lambda name, profile: Notice(f"Recorded {name}.", "x"))


def test_without_a_sweep_a_table_is_computed_and_the_page_says_so(capsys):
    table = measured(NAME, {"mi": 2, "seeds": 2}, {"seeds": 1}, seed=3)
    assert table.r2.tolist() == [23, 24, 13]
    assert table.variant.tolist() == [0, 0, 1]
    assert table.lowest.tolist() == [float("inf")] * 3
    assert table.attrs["source"] == ""
    assert capsys.readouterr().out == f"Computed here: {NAME} at default size.\n"


def test_what_a_sweep_has_at_all_seeds_is_read_from_it(sweep, capsys):
    table = measured(NAME, {"seeds": 2})
    assert (table.r2.tolist(), calls) == ([0.5, 1.5], [])
    assert table.lowest.tolist() == [float("inf")] * 2
    assert table.attrs["source"] == "default/walls"
    assert "Recorded walls." in capsys.readouterr().out


@pytest.mark.parametrize("how", [{"seed": 1}, {"profile": "paper", "seed": 5}])
def test_other_seeds_are_computed(sweep, how):
    assert measured(NAME, {"seeds": 2}, **how).attrs["source"] == ""
    assert calls == [[0]]


def test_only_variants_that_are_not_recorded_are_computed(sweep, capsys):
    table = measured(NAME, {"seeds": 2}, {"mi": 4, "seeds": 1})
    assert (table.r2.tolist(), calls) == ([0.5, 1.5, 40], [[1]])
    assert table.attrs["source"] == ""
    assert "1 of 2 variants are recorded. Recorded walls." in capsys.readouterr().out


def test_live_means_computed(sweep, monkeypatch):
    monkeypatch.setenv("MMCL_LIVE", "1")
    assert measured(NAME, {"seeds": 2}).r2.tolist() == [10, 11]


def test_a_run_of_the_book_remembers_what_the_code_of_now_gave(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_MEMORY", str(tmp_path))
    monkeypatch.setenv("MMCL_CODE", '{"walls": "a"}')
    first = measured(NAME, {"seeds": 2})
    assert measured(NAME, {"seeds": 2}).equals(first)
    assert calls == [[0]]
    measured(NAME, {"seeds": 3})  # two of its three seeds are there; seeds train together
    monkeypatch.setenv("MMCL_CODE", '{"walls": "b"}')
    measured(NAME, {"seeds": 2})
    monkeypatch.setenv("MMCL_FORCE", "1")
    measured(NAME, {"seeds": 2})
    assert calls == [[0]] * 4


def test_a_damaged_memory_is_computed_again(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_MEMORY", str(tmp_path))
    monkeypatch.setenv("MMCL_CODE", '{"walls": "a"}')
    whole = measured(NAME, {"seeds": 1})
    (file,) = (tmp_path / NAME).glob("*.json")
    for damage in ("", "{", '{"schema": 1}'):
        file.write_text(damage)
        assert measured(NAME, {"seeds": 1}).equals(whole)
    assert calls == [[0]] * 4


def test_without_the_digest_of_its_code_nothing_is_remembered(monkeypatch, tmp_path):
    monkeypatch.setenv("MMCL_MEMORY", str(tmp_path))
    for _ in range(2):
        measured(NAME, {"seeds": 1})
    assert calls == [[0]] * 2
    assert not list(tmp_path.rglob("*"))


def test_what_is_remembered_are_tasks_of_a_sweep(monkeypatch, tmp_path):
    monkeypatch.undo()
    planned = grid.plan(NAME, profile="smoke", seeds="3:5")
    monkeypatch.setenv("MMCL_MEMORY", str(tmp_path))
    monkeypatch.setenv("MMCL_CODE", f'{{"walls": "{planned.code}"}}')
    monkeypatch.setattr(rooms, "run_variants", fake_walls)
    measured(NAME, {"seeds": 2}, profile="smoke", seed=3)
    found = sweeps.contents(tmp_path / NAME)
    assert {each["key"] for each in found} == {task.key for task in planned.tasks}
    assert all(tasks.checked(each, "here") for each in found)


def fake_walls(experiment, wanted):
    return [
        (place, s, pd.DataFrame({"r2": [s], "seed": s}))
        for place, (_, seeds) in wanted.items()
        for s in seeds
    ]


@pytest.mark.parametrize("together", [False, True])
def test_rows_of_a_task_are_all_of_its_run_whatever_seeds_they_name(
    monkeypatch, tmp_path, together
):
    """A run may draw further seeds itself (`repeats`); runs in lockstep are told apart by seed."""

    def run(experiment, wanted):
        rows = pd.DataFrame({"r2": [1.0, 2.0, 3.0], "seed": [0, 1, 1]})
        return [(0, [0, 1], rows)] if together else [(0, 0, rows), (0, 1, rows.assign(seed=1))]

    monkeypatch.setattr(rooms, "run_variants", run)
    monkeypatch.setenv("MMCL_MEMORY", str(tmp_path))
    monkeypatch.setenv("MMCL_CODE", '{"walls": "a"}')
    counts = [1, 2] if together else [3, 3]
    for _ in range(2):  # computed, then remembered
        table = measured(NAME, {"seeds": 2})
        assert len(table) == sum(counts)
    assert sorted(len(each["rows"]) for each in sweeps.contents(tmp_path / NAME)) == counts


def test_settings_that_came_later_name_the_same_task(monkeypatch):
    monkeypatch.setattr(rooms, "before", lambda stated: {"later": 0})
    assert live.name_of(NAME, {"mi": 1}, 0) == live.name_of(NAME, {"mi": 1, "later": 0}, 0)
    assert live.name_of(NAME, {"mi": 1}, 0) != live.name_of(NAME, {"mi": 1, "later": 1}, 0)


def test_numbers_and_sentences_say_which_sweep_they_are_from(sweep, tmp_path):
    chapter = Chapter("04_hypersphere", out=tmp_path)
    recorded, computed = measured(NAME, {"seeds": 2}), measured(NAME, {"seeds": 3})
    chapter.note("a", 1.0, source=recorded)
    chapter.note("b", 1.0, source=computed)
    chapter.note("c", 1.0, source="paper/tables")
    chapter.expect("d", True, source=recorded)
    chapter.note("e", recorded.r2)
    note, expect = chapter.reading(recorded)
    note("f", 2.0)
    expect("g", False)
    values = records.load(chapter.save())["values"]
    found = {name: entry.get("source") for name, entry in values.items()}
    assert found == {
        "a": "default/walls", "b": None, "c": "paper/tables", "d": "default/walls", "e": None,
        "f": "default/walls", "g": "default/walls",
    }  # fmt: skip
    assert files.read_json(tmp_path / "records" / "04_hypersphere.json")["values"] == values


# Where files can't be had

ROWS = pd.DataFrame({
    "source": ["a", "b", "b", "b"], "seed": [0, 0, 0, 1], "value": [1.0, 2.0, 3.0, 4.0]
})  # fmt: skip


@pytest.fixture
def offline(monkeypatch):
    """An experiment that can't get its files, and a record of it."""

    def fails(experiment, wanted):
        raise NoConnection("there is no network")

    monkeypatch.setattr(rooms, "run_variants", fails)
    monkeypatch.setattr(results, "recorded", lambda name, profile: ROWS)
    monkeypatch.setattr(results, "about", lambda name, profile: Notice("Recorded sweep.", "x"))


def test_without_files_the_recorded_rows_of_each_variant_are_shown(offline, capsys):
    variants = {"source": "b", "seeds": 1}, {"source": "a", "seeds": 1}
    found = measured(NAME, *variants, profile="smoke")
    assert found.value.tolist() == [2.0, 3.0, 1.0]
    assert found.variant.tolist() == [0, 0, 1]
    assert found.attrs["source"] == "default/walls"
    said = capsys.readouterr().out
    assert "no network" in said
    assert "Recorded sweep." in said


def test_recorded_seeds_are_those_asked_for_or_the_first(offline):
    asked = {(0, 1): [2, 3], (1, 1): [4], (0, 2): [2, 3, 4], (0, 9): [2, 3, 4], (7, 1): [2, 3]}
    for (seed, count), values in asked.items():
        found = measured(NAME, {"source": "b", "seeds": count}, seed=seed)
        assert found.value.tolist() == values, (seed, count)


def test_without_a_number_of_seeds_there_are_as_many_as_the_profile_reports(offline, monkeypatch):
    monkeypatch.setattr(rooms, "seeds", lambda name, profile: 2)
    assert measured(NAME, {"source": "b"}).value.tolist() == [2.0, 3.0, 4.0]


def test_a_variant_that_was_not_recorded_is_an_error(offline):
    with pytest.raises(FileNotFoundError, match="'c'"):
        measured(NAME, {"source": "c"})


def test_other_errors_are_not_hidden(monkeypatch):
    def fails(experiment, wanted):
        raise ValueError("a wrong checksum")

    monkeypatch.setattr(rooms, "run_variants", fails)
    with pytest.raises(ValueError, match="checksum"):
        measured(NAME)
