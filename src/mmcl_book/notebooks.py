"""Reading notebook files: cells, their text and their tags."""

import json
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError

Notebook = dict[str, Any]
Cell = dict[str, Any]


def parse(text: str, place: Path | str) -> Notebook:
    """A notebook from its JSON text; ValueError names the file when it is no notebook."""
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{place} is not a notebook: line {error.lineno}: {error.msg}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise InputError(f"{place} is not a notebook: it has no list of cells")
    return notebook


def read(path: Path) -> Notebook:
    """A notebook from its file. Errors: MissingFile, FileError, InputError for no notebook."""
    return parse(files.read_text(path), path)


def code_cells(notebook: Notebook) -> list[Cell]:
    """The cells that a kernel runs."""
    return [cell for cell in notebook["cells"] if cell.get("cell_type") == "code"]


def text_of(cell: Cell) -> str:
    """A cell's source as one string; notebooks store a string or a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(cell: Cell) -> list[str]:
    """The cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))
