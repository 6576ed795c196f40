"""Every exercise: its solution passes, its stub fails politely, each wrong answer is answered."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mmcl.errors import InputError, MissingFile
from mmcl_book.teach import assessed, check, exercises

ROOT = Path(__file__).parents[2]
WHERE = ROOT / "exercises"
NAMES = exercises.names(WHERE)
WRONG = [
    (name, wrong) for name in NAMES for wrong in exercises.load(name, WHERE).MISCONCEPTIONS
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_is_right(name):
    exercise = exercises.load(name, WHERE)
    solution = exercises.made(exercises.answers(name, WHERE).SOLUTION)
    started = time.perf_counter()
    judged = exercises.judge(exercise, solution)
    assert judged.status == "right", judged.text
    assert exercise.PRAISE in judged.text
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_is_told_that_nothing_is_there_yet(name):
    exercise = exercises.load(name, WHERE)
    judged = exercises.judge(exercise, exercises.made(exercise.STUB))
    assert judged.status == "empty"
    assert "Replace the dots" in judged.text


@pytest.mark.parametrize("name", NAMES)
def test_at_least_five_wrong_answers_are_known(name):
    exercise = exercises.load(name, WHERE)
    assert len(exercise.MISCONCEPTIONS) >= 5
    said = [says for _, says in exercise.MISCONCEPTIONS.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_answer_is_answered_by_its_misconception(name, wrong):
    exercise = exercises.load(name, WHERE)
    function, says = exercise.MISCONCEPTIONS[wrong]
    started = time.process_time()
    judged = exercises.judge(exercise, function)
    assert (judged.status, judged.shows) == ("misconception", wrong), judged.text
    assert says in judged.text
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", NAMES)
def test_another_wrong_answer_gets_a_case_and_a_hint(name):
    exercise = exercises.load(name, WHERE)
    judged = exercises.judge(exercise, lambda *_: -12345.678)
    assert judged.status == "wrong"
    assert exercise.HINT in judged.text
    judged = exercises.judge(exercise, lambda *_: 1 / 0)
    assert judged.status == "raises"
    assert "ZeroDivisionError" in judged.text


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_may_change_what_it_is_given(name):
    exercise = exercises.load(name, WHERE)
    solution = exercises.made(exercises.answers(name, WHERE).SOLUTION)

    def spoils(*case):
        found = solution(*case)
        for each in case:
            if isinstance(each, np.ndarray):
                each[:] = 0
        return found

    assert exercises.judge(exercise, spoils).status == "right"


@pytest.mark.parametrize("name", NAMES)
def test_an_assessed_exercise_has_an_answer_and_not_any(name):
    """Searched for over the exercise's own range, at three keys: some answers pass, few do."""
    exercise = exercises.load(name, WHERE)
    for key in ("a", "b", "spring 2027"):
        numbers = assessed.numbers(exercise, name, key)
        assert numbers == assessed.numbers(exercise, name, key)
        exercise.ASSIGNMENT.format(**numbers)
        answers = list(exercise.candidates(numbers))
        good = [each for each in answers if not exercise.grade(numbers, each)]
        assert not assessed.judged(exercise, name, key, good[0] if good else ...)
        assert len(good) <= max(1, len(answers) // 10)
        assert assessed.judged(exercise, name, key, ...)
        assert assessed.judged(exercise, name, key, "a word")
    assert assessed.numbers(exercise, name, "a") != assessed.numbers(exercise, name, "b")


def test_checkers_import_no_torch():
    calls = "; ".join(f"exercises.load({name!r})" for name in NAMES)
    text = (
        f"import sys; from mmcl_book.teach import exercises; {calls}; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_check_prints_what_is_wrong(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    check("02", lambda loss, n, information: 2.0)
    assert "you have 2." in capsys.readouterr().out
    with pytest.raises(InputError, match="without brackets"):
        check("02", 3.0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="02_contrastive_objective"):
        check("02_contrastive", print)


def test_an_exercise_that_lacks_a_part_is_refused(tmp_path):
    (tmp_path / "01_half.py").write_text("TITLE = 'x'\n")
    with pytest.raises(InputError, match="lacks STATEMENT"):
        exercises.load("01_half", tmp_path)
    with pytest.raises(MissingFile):
        exercises.answers("01_half", tmp_path)


def test_same_knows_numbers_arrays_texts_and_nan():
    assert exercises.same(0.1 + 0.2, 0.3)
    assert exercises.same(np.array([1.0, np.nan]), [1.0, np.nan])
    assert exercises.same("yes", "yes")
    assert not exercises.same("yes", 1.0)
    assert not exercises.same([1.0, 2.0], [1.0])
    assert not exercises.same(None, 0.0)
