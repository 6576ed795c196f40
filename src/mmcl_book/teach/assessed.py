"""Assessed exercises: numbers from a course's key, answers judged by what they must satisfy.

A chapter's file in `exercises/` holds, beside the checked exercise,
    draw(rng)              the numbers of one course
    ASSIGNMENT             Markdown with those numbers in braces
    UNIT                   what to type as `answer`
    grade(numbers, answer) None for a right answer, else what is wrong with it
No answer is stored: `grade` puts the given one to the test.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from mmcl.errors import InputError
from mmcl_book import notebooks
from mmcl_book.teach import exercises

CELL = "assessed-answer"
CALL = re.compile(r"^check\(\"(?P<chapter>\w+)\", ", re.MULTILINE)
NONE = "no assessed exercise is in it"


class Grade(NamedTuple):
    """How one answer of one submitted notebook stands; `wrong` is empty for a right one."""

    file: str
    chapter: str
    answer: Any
    wrong: str


def numbers(exercise: ModuleType, chapter: str, key: str) -> dict[str, Any]:
    """The numbers that a course has in a chapter: the same for the same key, on any machine."""
    digest = hashlib.sha256(f"{key}\n{chapter}".encode()).digest()
    return exercise.draw(np.random.default_rng(int.from_bytes(digest[:8], "big")))


def graded(folder: Path, key: str) -> Iterator[Grade]:
    """The grades of all notebooks in a folder. Nothing that was handed in is executed.

    Errors: InputError when there is no notebook with an assessed exercise.
    """
    found = False
    for path in sorted(folder.rglob("*.ipynb")):
        place, cells = path.relative_to(folder).as_posix(), notebooks.read(path)["cells"]
        chapter, source = chapter_of(path, cells), handed_in(cells)
        if chapter and source:
            found = True
            given, exercise = answer_in(source), exercises.load(chapter)
            yield Grade(place, chapter, given, judged(exercise, chapter, key, given))
        elif ".ipynb_checkpoints" not in path.parts:
            yield Grade(place, chapter, None, NONE)
    if not found:
        wanted = f"a notebook of the student edition, with its cell {CELL!r}"
        raise InputError(f"{folder} holds no assessed exercise; give a folder with {wanted}")


def chapter_of(path: Path, cells: list[notebooks.Cell]) -> str:
    """The chapter of a notebook, by its name, or by its checked exercise where it was renamed."""
    calls = (CALL.search(notebooks.text_of(cell)) for cell in cells)
    said = next((call["chapter"] for call in calls if call), path.stem)
    return next((name for name in exercises.names() if name in said), "")


def handed_in(cells: list[notebooks.Cell]) -> str:
    """The cell with the answer: by its id, or what a platform that drops ids has left of it."""
    named = [cell for cell in cells if cell.get("id") == CELL]
    last = [cell for cell in cells if notebooks.text_of(cell).startswith("answer =")]
    return notebooks.text_of((named or last[-1:] or [{}])[0])


def judged(exercise: ModuleType, chapter: str, key: str, answer: Any) -> str:
    """What is wrong with an answer, empty for a right one."""
    if answer is None or answer is ...:
        return "no answer, or none that is a plain value"
    try:
        return exercise.grade(numbers(exercise, chapter, key), answer) or ""
    except (TypeError, ValueError) as error:
        return f"not of the wanted form ({exercise.UNIT}): {error}"


def answer_in(source: str) -> Any:
    """The plain value that a cell assigns to `answer`; None where there is none."""
    try:
        for node in reversed(ast.parse(source).body):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "answer":
                return ast.literal_eval(node.value)
    except (SyntaxError, ValueError):
        return None
    return None
