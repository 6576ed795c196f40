"""The chapters for JupyterLab: theorem boxes as boxes, claims as their numbers.

    python -m mmcl_book.teach.lab

writes them into `_build/lab/notebooks`, where `make lab` opens them. JupyterLab's MyST knows the
directives for theorems, exercises and notes, and keeps them; of claims, citations and links to
other pages it knows nothing, so they are written out. Each chapter's checked exercise is there,
ready to be answered. A chapter that a reader has changed there stays as the reader left it.
"""

import json
import re
import sys
from pathlib import Path

from mmcl import files
from mmcl_book import notebooks, project
from mmcl_book.notebooks import Notebook
from mmcl_book.teach import editions
from mmcl_book.teach.plain import TITLES, Plain
from mmcl_book.terminal import count, say

KNOWN = (*TITLES, "admonition")
WRITTEN = "written.json"  # checksums of what was written, by name


class Boxed(Plain):
    """Turns the text of cells into MyST that JupyterLab shows."""

    def block(self, opening: re.Match[str], options: dict[str, str], inner: str) -> str:
        """A directive that is known stays one; an exercise has its number of the whole book."""
        if opening["name"] not in KNOWN:
            return super().block(opening, options, inner)
        number = self.labels.get(options.get("label", ""), "").removeprefix("exercise ")
        if opening["name"] == "exercise" and number:
            options = {**options, "enumerator": number}
        given = "".join(f":{name}: {value}\n" for name, value in options.items())
        return f"{opening[0]}{given}\n{inner}\n{opening['mark']}"

    def linked(self, target: str) -> str:
        """A chapter as a link to its notebook, a page by its title."""
        name = Path(target.rpartition("<")[2].strip("/>")).name
        said = super().linked(target)
        return f"[{said}]({name}.ipynb)" if project.notebook(self.root, name).is_file() else said


def chapter(root: Path, name: str, boxed: Boxed) -> Notebook:
    """A chapter's notebook as JupyterLab gets it: all cells, and those of its checked exercise."""
    content = notebooks.read(project.notebook(root, name))
    cells = []
    for cell in content["cells"]:
        source = notebooks.text_of(cell)
        cells.append({**cell, "source": source})
        if cell["cell_type"] == "markdown":
            cells[-1]["source"] = boxed.text(source)
            if source.startswith("## Exercises"):
                cells += checked(root, name)
    return {**content, "cells": cells}


def checked(root: Path, name: str) -> list[notebooks.Cell]:
    """The cells of a chapter's checked exercise."""
    statement, stub = editions.more(root, name, teacher=False, key="lab")[:2] or ({}, {})
    if not stub:
        return []
    stub["source"] = f"from mmcl_book.teach import check\n\n\n{stub['source']}"
    return [statement, stub]


def write(root: Path, out: Path) -> list[str]:
    """Write the chapters into a folder; return the names of those that a reader has changed."""
    boxed, kept, record = Boxed(root), [], out / WRITTEN
    written = files.read_json(record) if record.is_file() else {}
    for name in project.chapters(root):
        path = out / "notebooks" / f"{name}.ipynb"
        if path.is_file() and files.sha256(path) != written.get(name):
            kept.append(name)
            continue
        content = chapter(root, name, boxed)
        files.write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        written[name] = files.sha256(path)
    files.write_json(record, written)
    return kept


def main() -> int:
    """Write them below `_build`, and say what was left alone."""
    root = project.root()
    out = root / "_build" / "lab"
    if kept := write(root, out):
        say(f"{count(len(kept), 'chapter')} with your changes left alone: {', '.join(kept)}")
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
