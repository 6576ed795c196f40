"""Checked exercises: a stub, cases, and wrong answers that each show a misconception.

`exercises/<chapter>.py` is what students may see. It holds
    TITLE, STATEMENT   Markdown, without Sphinx roles
    STUB               Python: one function whose body is `...`
    cases()            tuples of arguments; drawn from a fixed seed where they are drawn
    expected(*case)    the right value, by another route than the solution's
    MISCONCEPTIONS     {name: (a wrong function, what to say to whoever wrote it)}
    PRAISE             what a right answer shows
    HINT               what to try, where an answer is wrong in no known way
    CLOSE              optional: how near numbers have to be, as of numpy's `allclose`
`exercises/answers/<chapter>.py` is for teachers and tests: SOLUTION (Python) and RUBRIC.
"""

import copy
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from mmcl.errors import InputError, MissingFile
from mmcl_experiments import nearest
from mmcl_experiments.recorded import places

FOLDER = "exercises"
NEEDED = ("TITLE", "STATEMENT", "STUB", "cases", "expected", "MISCONCEPTIONS", "PRAISE", "HINT")
FUNCTION = re.compile(r"^def (\w+)\(", re.MULTILINE)
CLOSE = {"rtol": 1e-6, "atol": 1e-9}

Status = Literal["right", "empty", "raises", "misconception", "wrong"]


@dataclass(frozen=True)
class Judged:
    """How an answer stands, in words for whoever wrote it; `shows` names a known misconception."""

    status: Status
    text: str
    shows: str = ""


def folder(start: Path | None = None) -> Path:
    """Where the exercises are: beside the notebooks of an edition, in a checkout, in a release.

    Errors: MissingFile when there are none.
    """
    start = (start or Path.cwd()).resolve()
    above = [each / FOLDER for each in (start, *start.parents)]
    for found in (*above, Path(__file__).parents[3] / FOLDER, places.RELEASE / FOLDER):
        if any(found.glob("[0-9][0-9]_*.py")):
            return found
    raise MissingFile(f"no folder {FOLDER!r} at {start} or above; run where the notebooks are")


def names(where: Path | None = None) -> list[str]:
    """The chapters that have a checked exercise, in order."""
    return sorted(path.stem for path in (where or folder()).glob("[0-9][0-9]_*.py"))


def load(chapter: str, where: Path | None = None) -> ModuleType:
    """The exercise of a chapter, by its name or number.

    Errors: InputError names the nearest chapter, or what the file lacks.
    """
    where = where or folder()
    known = names(where)
    short = [each for each in known if chapter.zfill(2) in each.split("_", 1)]
    name = short[0] if len(short) == 1 else nearest(chapter, known, "exercise")
    found = module(where / f"{name}.py")
    if lacks := [each for each in NEEDED if not hasattr(found, each)]:
        raise InputError(f"{FOLDER}/{name}.py lacks {', '.join(lacks)}")
    return found


def answers(chapter: str, where: Path | None = None) -> ModuleType:
    """What teachers have of an exercise: SOLUTION and RUBRIC."""
    return module((where or folder()) / "answers" / f"{chapter}.py")


@cache
def module(path: Path) -> ModuleType:
    """The module in a file of the book's own. Errors: MissingFile."""
    if not path.is_file():
        raise MissingFile(f"there is no {path.parent.name}/{path.name}")
    name = f"mmcl_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def function_of(source: str) -> str:
    """The name of the function that a stub or a solution defines."""
    found = FUNCTION.findall(source)
    if not found:
        raise InputError("it defines no function: write def name(...)")
    return found[-1]


def made(source: str) -> Callable[..., Any]:
    """The function that a solution of the book's own defines."""
    space: dict[str, Any] = {}
    exec(compile(source, "<solution>", "exec"), space)
    return space[function_of(source)]


def judge(exercise: ModuleType, answer: Callable[..., Any]) -> Judged:
    """How an answer stands against the cases of an exercise."""
    cases = list(exercise.cases())
    given: list[Any] = []
    for case in cases:
        call = shown(exercise, case)
        try:
            given.append(answer(*copy.deepcopy(case)))
        except Exception as error:
            text = f"Your function stops at {call} with {type(error).__name__}: {error}"
            return Judged("raises", text)
        if given[-1] is None or given[-1] is ...:
            return Judged("empty", f"Nothing yet: {call} returns nothing. Replace the dots.")
    expected = [exercise.expected(*copy.deepcopy(case)) for case in cases]
    near = getattr(exercise, "CLOSE", CLOSE)
    if all(same(*pair, near) for pair in zip(given, expected, strict=True)):
        return Judged("right", f"Right. {exercise.PRAISE}")
    for name, (wrong, says) in exercise.MISCONCEPTIONS.items():
        theirs = (wrong(*copy.deepcopy(case)) for case in cases)
        if all(same(*pair, near) for pair in zip(given, theirs, strict=True)):
            return Judged("misconception", f"Not yet. {says}", name)
    place = [same(*pair, near) for pair in zip(given, expected, strict=True)].index(False)
    where = f"The first case that is off is {shown(exercise, cases[place])}"
    return Judged("wrong", f"Not yet. {where}: you have {brief(given[place])}. {exercise.HINT}")


def same(one: Any, other: Any, near: Mapping[str, float] = CLOSE) -> bool:
    """Whether two values agree: texts and truths exactly, numbers and arrays nearly."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    try:
        a, b = (np.asarray(each, dtype=float) for each in (one, other))
    except (TypeError, ValueError):
        return bool(one == other)
    return a.shape == b.shape and bool(np.allclose(a, b, equal_nan=True, **near))


def brief(value: Any) -> str:
    """A value in a few characters."""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = np.array2string(np.asarray(value), precision=4, threshold=6, edgeitems=2)
    return " ".join(text.split())[:80]


def shown(exercise: ModuleType, case: tuple[Any, ...]) -> str:
    """A case as the call that a reader would write."""
    inside = ", ".join(map(brief, case))
    return f"{function_of(exercise.STUB)}({inside})"


def check(chapter: str, answer: Callable[..., Any]) -> None:
    """Say at once whether an answer to a chapter's checked exercise is right, and what is wrong.

    Errors: InputError for a chapter without one, or an answer that can't be called.
    """
    if not callable(answer):
        raise InputError(f"the answer is {brief(answer)}; give the function, without brackets")
    print(judge(load(chapter), answer).text)
