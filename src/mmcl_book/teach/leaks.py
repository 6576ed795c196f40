"""Solutions where students read: each line of a solution that says something, searched for.

A line counts if it is in a solution (of a checked exercise, or of an open one for editions that
leave those out), is long enough to mean something, and is nowhere in what students get anyway.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl_book import notebooks, project
from mmcl_book.lint import markdown
from mmcl_book.teach import exercises

LEAST = 24  # characters of a line, without blanks
KINDS = ("*.ipynb", "*.md", "*.html", "*.py", "*.txt", "*.json", "*.js")


def scan(folder: Path, root: Path, *, open_ones: bool = True) -> list[str]:
    """Where the files of a folder hold lines of solutions: "file: line".

    open_ones: solutions of open exercises count, too (the site shows those by intention).
    """
    return search(folder, secrets(root, open_ones=open_ones))


def search(folder: Path, wanted: list[str]) -> list[str]:
    """Where the files of a folder hold one of the wanted lines, which have no blanks."""
    found = []
    for kind in KINDS:
        for path in sorted(folder.rglob(kind)):
            inside = squeezed(said(path))
            leaked = next((line for line in wanted if line in inside), None)
            if leaked:
                found.append(f"{path.relative_to(folder).as_posix()}: {leaked[:60]}")
    return found


def secrets(root: Path, *, open_ones: bool) -> list[str]:
    """The lines that no student should see, without blanks."""
    where = root / exercises.FOLDER
    texts = [exercises.answers(name, where).SOLUTION for name in exercises.names(where)]
    texts += [exercises.answers(name, where).RUBRIC for name in exercises.names(where)]
    public = [files.read_text(path) for path in sorted(where.glob("*.py"))]
    for chapter in project.chapters(root):
        for cell in notebooks.read(project.notebook(root, chapter))["cells"]:
            source = notebooks.text_of(cell)
            bodies = list(solutions(source)) if cell["cell_type"] == "markdown" else []
            texts += bodies if open_ones else []
            for body in bodies:
                source = source.replace(body, "")
            public.append(source)
    known = squeezed("\n".join(public))
    lines = {squeezed(line) for text in texts for line in text.splitlines()}
    return sorted(line for line in lines if len(line) >= LEAST and line not in known)


def solutions(source: str) -> Iterator[str]:
    """The bodies of a cell's solutions to open exercises."""
    for each in markdown.directives(source):
        if each.name.startswith("solution"):
            yield each.body


def squeezed(text: str) -> str:
    """A text without blanks, so that wrapping and indentation hide nothing."""
    return re.sub(r"\s+", "", text)


def texts(value: Any) -> Iterator[str]:
    """All text in a JSON value; the lines of a list as one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def said(path: Path) -> str:
    """What a file says; a notebook's cells and outputs, HTML without its tags."""
    text = files.read_text(path)
    if path.suffix == ".ipynb":
        return "\n".join(texts(json.loads(text)["cells"]))
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<[^>]+>", "", text))
    return text
