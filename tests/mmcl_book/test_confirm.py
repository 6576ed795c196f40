"""Confirming an accepted sweep: which tasks run again, what is marked, what is refused."""

import copy
import json

import numpy as np
import pytest

from mmcl_book import cli
from mmcl_book.records import standing
from mmcl_book.sweep import accept, agreement, confirm, grid, store, work
from mmcl_experiments import results
from mmcl_experiments.recorded import tasks

OLD = "0" * 64  # the digest of code that is gone
SMALL = {"steps": "2", "batch": "32", "test_pairs": "300", "told_steps": "2", "layers": "1"}
ORIGIN = {
    "commit": "1" * 40, "dirty": False, "device": "cpu, A processor", "threads": 1,
    "finished": "2026-03-01T00:00:00+00:00", "instructions": "numpy Haswell",
    "versions": {"torch": "2.13.0", "pandas": "1.0"},
}  # fmt: skip


def task(kappa=1.0, seed=0, code=OLD, wall_s=10.0, rows=None):
    """A finished task of a sweep."""
    settings = {"kappa": kappa, "steps": 3}
    rows = rows or [{"metric": "r2", "value": 0.5, "seed": seed}, {"metric": "tau", "value": None}]
    return {
        "schema": tasks.SCHEMA, "experiment": "hypersphere", "profile": "paper",
        "settings": settings, "seed": seed, "rows": rows, "code": code,
        "key": tasks.key("hypersphere", settings, seed, code),
        "provenance": {**ORIGIN, "wall_s": wall_s},
    }  # fmt: skip


@pytest.fixture
def accepted(book, monkeypatch):
    """A book with an accepted sweep of older code; runs give what `replies` says, or its rows."""
    contents = [task(kappa, seed) for kappa in (1.0, 5.0) for seed in (0, 1)]
    book.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    book.ran = []

    def again(experiment, settings, seed, code):
        assert (experiment, code) == ("hypersphere", work.code_of("hypersphere"))
        book.ran.append((settings["kappa"], seed))
        return {"rows": copy.deepcopy(book.rows or contents[seed].get("rows"))}

    book.rows = None
    monkeypatch.setattr(confirm.work, "work", again)
    monkeypatch.setattr(
        confirm.provenance, "origin", lambda: {"commit": "2" * 40, "dirty": book.dirty}
    )
    book.here, book.torch = ORIGIN["instructions"], "2.13.0"
    monkeypatch.setattr(confirm.provenance, "versions", lambda: {"torch": book.torch})
    monkeypatch.setattr(confirm.provenance, "instructions", lambda: book.here)
    book.dirty = False
    return book


def run(book, count=2):
    return confirm.confirm(book.root, "hypersphere", "paper", count)


def state(book):
    """How many tasks are stale, and what the page says."""
    contents = results.accepted("hypersphere", "paper", book.root)
    said = standing.sentence("hypersphere", "paper", book.root)
    return len(standing.stale(contents, book.root)), said


def test_the_same_numbers_make_a_sweep_current(accepted):
    assert state(accepted) == (4, "It was made with older code, to be run again.")
    before = results.recorded("hypersphere", root=accepted.root)
    assert run(accepted) == 4
    assert accepted.ran == [(1.0, 0), (5.0, 1)]
    words = "2 of 4 run again with the code as it is now, with the same numbers."
    assert state(accepted) == (0, words)
    assert results.recorded("hypersphere", root=accepted.root).equals(before)
    path = results.sweep_path(accepted.root, "paper", "hypersphere")
    assert json.loads(path.read_text())["provenance"]["confirmed"]["commit"] == "2" * 40
    assert run(accepted) is None  # nothing is left to confirm
    assert len(accepted.ran) == 2


def test_a_later_edit_makes_it_stale_again(accepted, monkeypatch):
    run(accepted)
    monkeypatch.setattr(standing.keys, "code_of", lambda tree, name: "newer still")
    assert state(accepted) == (4, "It was made with older code, to be run again.")


def test_code_that_came_back_needs_no_confirmation(accepted, monkeypatch):
    run(accepted)
    monkeypatch.setattr(standing.keys, "code_of", lambda tree, name: OLD)
    assert state(accepted) == (0, "Made with the code as it is now.")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"metric": "r2", "value": 0.5, "seed": 0}], "has 1 rows now, not 2"),
        ([{"metric": "r2", "value": 0.50001, "seed": 0}, {"metric": "tau", "value": None}],
         "row 1: value 0.5 -> 0.50001. The code gives other numbers now; run: mmcl sweep"),
        ([{"metric": "r2", "value": 0.5, "seed": 0}, {"metric": "tau", "value": 1.0}],
         "row 2: value None -> 1.0"),
        ([{"metric": "mcc", "value": 0.5, "seed": 0}, {"metric": "tau", "value": None}],
         "row 1: metric 'r2' -> 'mcc'"),
        ([{"metric": "r2", "value": True, "seed": 0}, {"metric": "tau", "value": None}],
         "row 1: value 0.5 -> True"),
    ],
)  # fmt: skip
def test_other_numbers_are_named_and_nothing_is_written(accepted, rows, words):
    path = results.sweep_path(accepted.root, "paper", "hypersphere")
    before, accepted.rows = path.read_text(), rows
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        run(accepted)
    assert words in str(caught.value)
    assert path.read_text() == before


def test_rounding_is_no_other_number(accepted):
    first = task(seed=0)["rows"]
    assert agreement.same(0.5 + 1e-9, 0.5)
    assert agreement.same(5e6 + 1, 5e6)
    assert not agreement.same(5e6 + 10, 5e6)
    assert agreement.same("inf", "inf")
    accepted.rows = [{**first[0], "value": 0.5 + 1e-9}, first[1]]
    assert run(accepted, count=1) == 4


# On another processor


def trained(seed, shift=0.0, seeds=5):
    """Rows of a task in which something is trained: two measurements, a label and a count."""
    noise = np.random.default_rng(seed).standard_normal(40)
    return [
        {"metric": "r2", "place": place, "value": 0.5 + 0.1 * noise[place] + shift, "seed": seed}
        for place in range(40)
    ] + [{"metric": "rows", "place": 0, "value": 300, "seed": seed}]


@pytest.fixture
def swept(accepted):
    """An accepted sweep of five seeds, and a run on another processor."""
    contents = [task(seed=seed, rows=trained(seed)) for seed in range(5)]
    accepted.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    accepted.here = "numpy Nehalem"
    return accepted


def moved(far):
    """The first task's rows, each number moved by `far` standard deviations over seeds or less."""
    rng = np.random.default_rng(9)
    rows = copy.deepcopy(trained(0))
    for row in rows[:40]:
        row["value"] += 0.1 * far * rng.uniform(-1, 1)
    return rows


def test_another_processor_may_move_numbers_a_little(swept):
    swept.rows = moved(0.3)
    assert run(swept, count=1) == 5
    words = (
        "1 of 5 run again with the code as it is now, with numbers within the spread over seeds."
    )
    assert state(swept) == (0, words)
    mark = results.accepted("hypersphere", "paper", swept.root)[0]["provenance"]["confirmed"]
    assert (mark["agree"], mark["instructions"]) == ("in spread", "numpy Nehalem")


def test_the_same_processor_may_not(swept):
    swept.here, swept.rows = ORIGIN["instructions"], moved(0.3)
    with pytest.raises(ValueError, match="other numbers now"):
        run(swept, count=1)


def test_other_libraries_may_and_are_named(swept):
    swept.here, swept.torch, swept.rows = ORIGIN["instructions"], "2.11.0", moved(0.3)
    assert run(swept, count=1) == 5
    mark = results.accepted("hypersphere", "paper", swept.root)[0]["provenance"]["confirmed"]
    assert (mark["agree"], mark["versions"]) == ("in spread", {"torch": "2.11.0"})


def test_a_processor_that_gave_the_numbers_exactly_is_held_to_them(swept, monkeypatch):
    """Records of before name no instructions; who confirms them exactly is known from then on."""
    contents = [task(seed=seed, rows=trained(seed)) for seed in range(5)]
    for each in contents:
        del each["provenance"]["instructions"]
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    swept.rows = trained(0)
    assert run(swept, count=1) == 5
    monkeypatch.setattr(standing.keys, "code_of", lambda tree, name: "newer still")
    monkeypatch.setattr(confirm.work, "code_of", lambda name: "newer still")
    monkeypatch.setattr(confirm.work, "work", lambda *task: {"rows": moved(0.3)})
    with pytest.raises(ValueError, match="other numbers now"):
        run(swept, count=1)
    swept.here = "numpy SkylakeX"
    assert run(swept, count=1) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: trained(77), "half of the numbers that changed are .* deviations over seeds"),
        (lambda rows: [{**row, "value": row["value"] + 0.09} for row in rows[:40]] + rows[40:],
         "half of the numbers"),
        (lambda rows: [{**rows[0], "value": 9.0}, *moved(0.2)[1:]], "row 1: value .* -> 9.0"),
        (lambda rows: [*moved(0.2)[:40], {**rows[40], "value": 301}],
         "row 41: value 300 -> 301, which no seed moves"),
        (lambda rows: [{**rows[0], "metric": "mcc"}, *rows[1:]], "metric 'r2' -> 'mcc'"),
        (lambda rows: rows[1:], "40 rows now, not 41"),
        (lambda rows: [{**rows[0], "value": None}, *rows[1:]], "value .* -> None"),
    ],
)  # fmt: skip
def test_other_numbers_are_found_on_another_processor_too(swept, change, words):
    """Canaries: another network, a small shift of all, one far number, a count, a text, a row."""
    path = results.sweep_path(swept.root, "paper", "hypersphere")
    before = path.read_text()
    swept.rows = [{**row, "seed": 0} for row in change(trained(0))]
    with pytest.raises(ValueError, match=words):
        run(swept, count=1)
    assert path.read_text() == before


def test_without_other_seeds_numbers_agree_to_what_a_search_leaves_open(swept):
    only = task(rows=trained(0))
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed([only]))
    swept.rows = copy.deepcopy(trained(0))
    swept.rows[3]["value"] += 5e-5
    assert run(swept, count=1) == 1
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed([only]))
    swept.rows[3]["value"] += 1e-3
    with pytest.raises(ValueError, match="row 4: value"):
        run(swept, count=1)


def test_the_spread_in_a_slow_version(swept):
    """Over seeds within each combination of settings; pooled with rows of the same texts."""
    sweep = [task(kappa, seed, rows=trained(seed + 50 * int(kappa)))
             for kappa in (1.0, 5.0) for seed in range(3)]  # fmt: skip
    found, freedom = agreement.spreads(sweep[0], sweep)
    by_row = []
    for place in range(40):
        values = [
            [each["rows"][place]["value"] for each in part] for part in (sweep[:3], sweep[3:])
        ]
        by_row.append(sum(np.var(each, ddof=1) * 2 for each in values) / 4)
    for place in (0, 7, 39):
        wanted = max(by_row[place], np.mean(by_row)) ** 0.5
        assert found.at[place, "value"] == pytest.approx(wanted)
    assert (found.at[40, "value"], found.at[3, "place"], freedom) == (0.0, 0.0, 4)


def repeated(repeats=6):
    """A task that holds several seeds."""
    return task(rows=[row for seed in range(repeats) for row in trained(seed)])


def test_seeds_within_a_task_are_a_spread_too(swept):
    """As six tasks of a seed would give; and its numbers may move as far, no farther."""
    found, freedom = agreement.spreads(repeated(), [repeated()])
    sweep = [task(seed=seed, rows=trained(seed)) for seed in range(6)]
    wanted, count = agreement.spreads(sweep[0], sweep)
    np.testing.assert_allclose(found.at[7, "value"], wanted.at[7, "value"])
    assert freedom == count == 5
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed([repeated()]))
    swept.rows = moved(0.3) + repeated()["rows"][41:]
    assert run(swept, count=1) == 1
    swept.rows = repeated()["rows"][:41] + [{**row, "seed": 1} for row in trained(77)]
    swept.rows += repeated()["rows"][82:]
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed([repeated()]))
    with pytest.raises(ValueError, match="half of the numbers"):
        run(swept, count=1)


def test_answers_to_two_questions_are_no_repeats():
    """Each asked at the same seeds: their distance isn't a spread, which would excuse anything."""
    asked = [{**row, "row": name, "value": row["value"] + shift}
             for name, shift in (("one", 0.0), ("other", 9.0))
             for seed in range(3) for row in trained(seed)]  # fmt: skip
    assert agreement.by_seed(asked) == [asked]
    assert agreement.spreads(task(rows=asked), [task(rows=asked)])[1] == 0
    assert len(agreement.by_seed(asked[: len(asked) // 2])) == 3


def test_elsewhere_a_task_with_other_seeds_is_run_again(swept):
    """A quick one without them couldn't be judged; where the sums are the same, it can."""
    alone = task(kappa=9.0, wall_s=1.0, rows=trained(0)[:20])
    contents = [alone, *(task(seed=seed, rows=trained(seed)) for seed in range(5))]
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    swept.rows = moved(0.3)
    assert run(swept, count=1) == 6
    assert swept.ran == [(1.0, 0)]
    swept.here, swept.rows = ORIGIN["instructions"], trained(0)[:20]
    assert confirm.judged(contents, contents) == contents


def test_a_processor_runs_nothing_again_that_an_accelerator_made(swept, monkeypatch):
    """It would draw other numbers. Where nothing else is there, tasks stay as they are."""
    made = {**ORIGIN, "device": "cuda, An accelerator", "wall_s": 0.1}
    quick = {**task(seed=5, rows=trained(5)), "provenance": made}
    contents = [quick, *(task(seed=seed, rows=trained(seed)) for seed in range(5))]
    monkeypatch.delenv("MMCL_DEVICE", raising=False)
    assert confirm.judged(contents, contents) == contents[1:]
    assert confirm.judged([quick], contents) == []
    monkeypatch.setenv("MMCL_DEVICE", "cuda")
    assert confirm.judged(contents, contents) == [quick]
    monkeypatch.delenv("MMCL_DEVICE")
    nameless = {**task(), "provenance": {"wall_s": 1.0}}  # of before a device was named
    assert confirm.judged([nameless], [nameless]) == [nameless]


def test_what_an_accelerator_made_does_not_keep_others_from_being_confirmed(swept, capsys):
    made = {**ORIGIN, "device": "cuda, An accelerator"}
    others = [
        {**task(9.0, seed, "1" * 64), "provenance": {**made, "wall_s": 0.1}} for seed in (0, 1)
    ]
    contents = [*others, *(task(seed=seed, rows=trained(seed)) for seed in range(5))]
    path = swept.write("results/paper/sweeps/hypersphere.json", tasks.packed(others))
    before = path.stat().st_mtime_ns
    assert run(swept, count=1) == 0
    assert path.stat().st_mtime_ns == before  # nothing to write
    path.write_text(tasks.packed(contents))
    swept.rows = moved(0.3)
    assert run(swept, count=1) == 5
    assert "2 tasks aren't run again, which another device made" in capsys.readouterr().err
    assert state(swept)[0] == 2


def test_a_networks_hash_does_not_hide_the_spread_over_seeds(swept):
    """Each seed has its own network; the same one has to come back, and seeds stay comparable."""
    contents = [task(seed=seed, rows=[{**row, "weights": f"{seed}" * 8} for row in trained(seed)])
                for seed in range(5)]  # fmt: skip
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    swept.rows = [{**row, "weights": "7" * 8} for row in moved(0.3)]
    with pytest.raises(ValueError, match="weights '00000000' -> '77777777'"):
        run(swept, count=1)
    swept.rows = [{**row, "weights": "0" * 8} for row in moved(0.3)]
    assert run(swept, count=1) == 5


def with_draws(rows, seed, shift=0):
    """The rows with a text of nine draws each, around a thousand times the value."""
    rng = np.random.default_rng([seed, 1])
    return [{**row, "draws": " ".join(f"{1000 * row['value'] + each + shift:.0f}"
                                      for each in rng.uniform(-9, 9, size=9))}
            for row in rows]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (with_draws(moved(0.3), 0), None),
        (with_draws(moved(0.3), 7), None),
        (with_draws(moved(0.3), 0, 3000), "half of the numbers"),
        (with_draws(moved(0.2)[:1], 0, 900_000) + with_draws(moved(0.2)[1:], 0),
         "row 1: draws 9 numbers of mean .* -> 9 numbers of mean"),
        ([{**row, "draws": "1 2 3 4 5 6 7 8"} for row in moved(0.3)], "draws '.*'"),
    ],
)  # fmt: skip
def test_a_number_a_draw_is_judged_by_their_mean(swept, rows, words):
    """Canaries: draws that lie far away, all or one row's, and fewer of them."""
    contents = [task(seed=seed, rows=with_draws(trained(seed), seed)) for seed in range(5)]
    swept.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    swept.rows = [*rows[:40], contents[0]["rows"][40]]
    if words is None:
        assert run(swept, count=1) == 5
    else:
        with pytest.raises(ValueError, match=words):
            run(swept, count=1)


def test_tasks_of_the_code_as_it_is_can_be_asked_for(accepted, capsys, monkeypatch):
    assert run(accepted) == 4
    contents = [task(kappa, seed, code=work.code_of("hypersphere"))
                for kappa in (1.0, 5.0) for seed in (0, 1)]  # fmt: skip
    path = accepted.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    before, ran = path.read_text(), len(accepted.ran)
    assert run(accepted) is None
    monkeypatch.chdir(accepted.root)
    assert (
        cli.main(["sweep", "hypersphere", "--profile", "paper", "--confirm", "1", "--force"]) == 0
    )
    assert "4 tasks are confirmed" in capsys.readouterr().err
    assert len(accepted.ran) == ran + 1
    assert path.read_text() == before


def test_an_error_of_the_task_is_shown(accepted, monkeypatch):
    monkeypatch.setattr(confirm.work, "work", lambda *task: {"error": "KeyError: 'kappa'"})
    with pytest.raises(ValueError, match=r"no longer runs:\nKeyError: 'kappa'"):
        run(accepted)


def test_code_without_a_commit_confirms_nothing(accepted):
    accepted.dirty = True
    with pytest.raises(ValueError, match="commit, and run again"):
        run(accepted)
    assert accepted.ran == []


@pytest.mark.parametrize("count", [0, -1, True])
def test_at_least_one_task(accepted, count):
    with pytest.raises(ValueError, match="how many tasks to run again"):
        run(accepted, count)


def test_each_version_of_the_code_is_confirmed_by_its_own_tasks(accepted, capsys):
    contents = [task(), task(seed=1), task(kappa=5.0, code="9" * 64)]
    accepted.write("results/paper/sweeps/hypersphere.json", tasks.packed(contents))
    assert run(accepted, count=1) == 3
    assert sorted(accepted.ran) == [(1.0, 0), (5.0, 0)]
    results.recorded("hypersphere", root=accepted.root)
    assert "2 versions of the code" in capsys.readouterr().out
    assert state(accepted)[1].startswith("2 of 3 run again")


def test_quick_tasks_with_new_values_are_chosen():
    contents = [task(1.0, 0, wall_s=1), task(1.0, 1, wall_s=1), task(5.0, 2, wall_s=1.5),
                task(9.0, 3, wall_s=900)]  # fmt: skip
    chosen = confirm.spread(contents, 2)
    assert [each["settings"]["kappa"] for each in chosen] == [1.0, 5.0]
    assert len(confirm.spread(contents, 9)) == 4
    assert confirm.varied(contents[2], contents) == "kappa=5.0, seed=2"


def test_a_real_experiment_gives_its_numbers_again(book, tmp_path, monkeypatch, capsys):
    """From a finished task to the command's last word, with the numbers of the code itself."""
    of = grid.plan("hypersphere", profile="paper", seeds="0:1", settings=small())
    each, folder = of.tasks[0], tmp_path / "sweeps" / "hypersphere"
    reply = work.work("hypersphere", dict(each.settings), 0, of.code)
    reply["provenance"] |= {**ORIGIN}
    older = grid.Grid(of.experiment, of.profile, OLD, [], [])
    before = grid.Task(each.settings, 0, tasks.key("hypersphere", each.settings, 0, OLD), each.name)
    store.write(folder, older, before, reply)
    assert accept.accept(book.root, folder).stale == 1
    monkeypatch.chdir(book.root)
    clean = {"commit": "2" * 40, "dirty": False}
    monkeypatch.setattr(confirm.provenance, "origin", lambda: clean)
    command = ["sweep", "hypersphere", "--profile", "paper", "--confirm", "1"]
    assert cli.main(command) == 0
    assert "1 tasks of older code are confirmed" in capsys.readouterr().err
    assert state(book)[0] == 0
    assert cli.main(command) == 0
    assert "made or confirmed with the code as it is now" in capsys.readouterr().err
    assert cli.main([*command, "--seeds", "0:2"]) == 2
    assert "takes the accepted sweep as it is" in capsys.readouterr().err


def small():
    """Settings that take a moment, of those that the experiment has."""
    base = grid.plan("hypersphere", profile="paper", seeds="0:1").tasks[0].settings
    return {name: value for name, value in SMALL.items() if name in base}
