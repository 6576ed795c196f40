"""The student's and the teacher's edition: notebooks for JupyterLab and Colab, without Sphinx.

Both have the chapters with claims and theorem boxes as plain text, a cell that sets up, and after
the open exercises the checked one (`exercises`) and the assessed one (`assessed`), whose numbers
come from the course's key. Students get no solution; teachers get all of them, the rubrics, and
the outputs of the last run as the figures to expect.
"""

import copy
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.notebooks import Cell, Notebook
from mmcl_book.site import address
from mmcl_book.teach import assessed, exercises, leaks, quiz
from mmcl_book.teach.plain import Plain

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
REQUIREMENTS = """# Python 3.11 or later; the release carries the recorded results of the book.
{release}
"""


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
    needed = REQUIREMENTS.format(release=address.release(root))
    files.write_text(made / "requirements.txt", needed)
    files.write_text(made / "README.md", readme(teacher=teacher, key=key))
    if teacher:
        shutil.copytree(root / exercises.FOLDER / "answers", folder_of(made) / "answers")
        pages = root / "book" / "teach"
        for page in sorted(pages.glob("*.md")) if pages.is_dir() else ():
            files.write_text(made / "teach" / page.name, plain.text(files.read_text(page)))
        if (root / quiz.SOURCES).is_dir():
            quiz.write(root, made / "quiz")
    files.write_text(made / MARK, "teacher\n" if teacher else "student\n")


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
            cells.append(code("set-up", SET_UP.format(release=address.release(root))))
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
    """What the folder is."""
    start = "Install with `pip install -r requirements.txt`, then `jupyter lab notebooks`.\n"
    if not teacher:
        return f"# Student edition\n\n{start}Checked exercises answer at once.\n"
    grade = f"`mmcl teacher --key {key!r} --grade FOLDER` grades the assessed exercises.\n"
    bank = "`quiz/` is the quiz bank, for Moodle (`quiz.xml`) and others (`quiz.gift`).\n"
    return f"# Teacher edition\n\nNot for students: it holds all solutions.\n{start}{grade}{bank}"
