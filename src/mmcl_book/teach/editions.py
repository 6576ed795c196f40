"""The student's and the teacher's edition: notebooks for JupyterLab and Colab, without Sphinx.

Both have the chapters with claims and theorem boxes as plain text, a cell that sets up, and after
the open exercises the checked one (`exercises`) and the assessed one (`assessed`), whose numbers
come from the course's key; the release to install (`install`); refresher, quiz and capstone.
Students get no solution; teachers get all of them, the rubrics, the teacher's pages, and the
outputs of the last run as the figures to expect.
"""

import copy
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.notebooks import Cell, Notebook
from mmcl_book.site import address
from mmcl_book.teach import assessed, exercises, install, leaks, quiz
from mmcl_book.teach.plain import Plain
from mmcl_book.terminal import count, say

MARK = ".mmcl-edition"  # a folder with this file is replaced; any other one is left alone
HIDDEN = ("solution",)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SET_UP = """# Set-up: where the release is missing, as on Colab, this installs it
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("mmcl") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "{release}"], check=True)

import mmcl_experiments
from mmcl_book.teach import check"""
OWN_CLIP = """
# The book's own CLIP, which this folder has brought along.
from mmcl.clip import ours
from mmcl_experiments.diagnosis import run as diagnosis_run

diagnosis_run.CHECKPOINT = ours.path("default", 0)"""
MORE_SET_UP = {"17_your_own_modalities": OWN_CLIP}
PAGES = Path("book") / "teach"
OPEN = ("refresher.md", "quiz.md", "capstone.md", "capstone_sample.py")  # what students get, too
README = Path(__file__).with_name("readme")


def write(root: Path, out: Path, *, teacher: bool, key: str) -> list[Path]:
    """Write an edition into a folder; return the notebooks.

    key: the course's, of which the numbers of assessed exercises are drawn.
    The folder is replaced as a whole when all is done; nothing is left half-written.
    Errors: InputError for an empty key, or a folder with something else in it; a student edition
    that holds a solution is refused.
    """
    if not key.strip():
        raise InputError("the course key is empty; give one: --key 'spring 2027'")
    if out.exists() and any(out.iterdir()) and not (out / MARK).is_file():
        raise InputError(f"{out} holds something else; give a new or empty folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        made = Path(scratch) / "edition"
        fill(root, made, teacher=teacher, key=key)
        if not teacher and (found := leaks.scan(made, root)):
            raise InputError(f"the edition would give solutions away: {'; '.join(found[:3])}")
        if out.exists():
            shutil.rmtree(out)
        shutil.move(made, out)
    return sorted((out / "notebooks").glob("*.ipynb"))


def fill(root: Path, made: Path, *, teacher: bool, key: str) -> None:
    """All files of an edition."""
    plain = Plain(root)
    for chapter in project.chapters(root):
        content = edition(root, chapter, plain, teacher=teacher, key=key)
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        files.write_text(made / "notebooks" / f"{chapter}.ipynb", text)
    for name in exercises.names(root / exercises.FOLDER):
        shutil.copy(root / exercises.FOLDER / f"{name}.py", folder_of(made))
    pages(root, made / "course", plain, OPEN)
    if teacher:
        shutil.copytree(root / exercises.FOLDER / "answers", folder_of(made) / "answers")
        every = sorted(path.name for path in (root / PAGES).glob("*.md"))
        pages(root, made / "teach", plain, [name for name in every if name not in OPEN])
        if (root / quiz.SOURCES).is_dir():
            quiz.write(root, made / "quiz")
    install.write(root, made)
    files.write_text(made / "README.md", readme(teacher=teacher, key=key))
    files.write_text(made / MARK, "teacher\n" if teacher else "student\n")
    remark(root, plain, teacher=teacher)


def pages(root: Path, out: Path, plain: Plain, names: Iterable[str]) -> None:
    """Pages of the unit in plain text, their quizzes with answers that open on a click."""
    for name in names:
        path = root / PAGES / name
        if path.suffix == ".md" and path.is_file():
            text = quiz.inserted(files.read_text(path), root, plain)
            files.write_text(out / name, plain.text(text))
        elif path.is_file():
            files.write_text(out / name, files.read_text(path))


def remark(root: Path, plain: Plain, *, teacher: bool) -> None:
    """Say what the edition could have and lacks."""
    if teacher and (bare := [each for each in project.chapters(root) if not expected(root, each)]):
        chapters = count(len(bare), "chapter")
        say(f"no expected figures in {chapters}, from {bare[0]} on: make book first")
    if plain.stale:
        stale = count(len(plain.stale), "number")
        say(f"{stale} are of records that older code made: mmcl run, then mmcl record accept")


def folder_of(made: Path) -> Path:
    """Where an edition's exercises are."""
    found = made / exercises.FOLDER
    found.mkdir(parents=True, exist_ok=True)
    return found


def edition(root: Path, chapter: str, plain: Plain, *, teacher: bool, key: str) -> Notebook:
    """A chapter's notebook as an edition has it."""
    content = copy.deepcopy(notebooks.read(project.notebook(root, chapter)))
    outputs = expected(root, chapter) if teacher else {}
    cells: list[Cell] = []
    for cell in content["cells"]:
        text = notebooks.text_of(cell)
        if cell["cell_type"] == "markdown":
            cell["source"] = plain.text(text, () if teacher else HIDDEN)
        else:
            cell |= {"outputs": outputs.get(cell.get("id"), []), "execution_count": None}
            cell["source"] = text
        cells.append(cell)
        if "parameters" in notebooks.tags_of(cell):
            start = SET_UP.format(release=address.release(root))
            cells.append(code("set-up", start + MORE_SET_UP.get(chapter, "")))
        if cell["cell_type"] == "markdown" and text.startswith("## Exercises"):
            cells += more(root, chapter, teacher=teacher, key=key)
    return {**content, "cells": cells, "metadata": {"kernelspec": KERNEL}}


def expected(root: Path, chapter: str) -> dict[str, list[Any]]:
    """The outputs of a chapter's last run by cell; none where it wasn't run."""
    path = root / "_build" / "default" / "executed" / "notebooks" / f"{chapter}.ipynb"
    if not path.is_file():
        return {}
    cells = notebooks.code_cells(notebooks.read(path))
    return {str(cell.get("id")): cell["outputs"] for cell in cells}


def more(root: Path, chapter: str, *, teacher: bool, key: str) -> list[Cell]:
    """The cells of the checked and the assessed exercise; none for a chapter without them."""
    where = root / exercises.FOLDER
    if chapter not in exercises.names(where):
        return []
    exercise = exercises.load(chapter, where)
    call = f'check("{chapter}", {exercises.function_of(exercise.STUB)})'
    said = f"### Checked: {exercise.TITLE}\n\n{exercise.STATEMENT.strip()}\n\nRun the cell below."
    cells = [text("checked", said), code("checked-stub", f"{exercise.STUB.strip()}\n\n\n{call}")]
    if teacher:
        answers = exercises.answers(chapter, where)
        cells.append(text("checked-rubric", f"**Solution.** {answers.RUBRIC.strip()}"))
        cells.append(code("checked-solution", f"{answers.SOLUTION.strip()}\n\n\n{call}"))
    if hasattr(exercise, "draw"):
        numbers = assessed.numbers(exercise, chapter, key)
        said = exercise.ASSIGNMENT.format(**numbers).strip()
        cells.append(text("assessed", f"### Assessed\n\n{said}"))
        cells.append(code("assessed-answer", f"answer = ...  # {exercise.UNIT}"))
    return cells


def text(name: str, source: str) -> Cell:
    """A Markdown cell."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def code(name: str, source: str) -> Cell:
    """A code cell that was not run."""
    empty = {"outputs": [], "execution_count": None}
    return {"cell_type": "code", "id": name, "metadata": {}, "source": source, **empty}


def readme(*, teacher: bool, key: str) -> str:
    """What the folder is, how to install and run it, and what the marks mean."""
    own = files.read_text(README / ("teacher.md" if teacher else "student.md"))
    return own.replace("@KEY@", repr(key)) + files.read_text(README / "both.md")
