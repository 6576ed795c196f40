"""The file itself: no outputs, stable ids, no shell."""

import re
from collections import Counter

from mmcl_book.lint import Problems, Source

SHELL = re.compile(
    r"^\s*(!|%%?(pip|conda|mamba|uv|sh|bash|script|system|sx|cd|run|load|writefile|env)\b).*",
    re.MULTILINE,
)


def problems(source: Source) -> Problems:
    """What is wrong with the file, whatever it says."""
    counts = Counter(cell.raw.get("id") for cell in source.cells)
    for cell in source.cells:
        name = cell.raw.get("id")
        if not name:
            wanted = "give the cell an id (nbformat 4.5), which stays the same"
            yield cell, "ids", "the cell has no id", wanted
        elif counts[name] > 1:
            text = f"the id {name!r} is used {counts[name]} times"
            yield cell, "ids", text, "give each cell its own id"
        if cell.raw.get("outputs") or cell.raw.get("execution_count") is not None:
            text = "outputs or an execution count are stored in the source"
            yield cell, "outputs", text, "clear all outputs before saving"
    if source.minor < 5:
        text = f"the notebook's format is 4.{source.minor}"
        yield None, "ids", text, "save it as 4.5 or later, which has cell ids"
    for cell in source.of_kind("code"):
        if shell := SHELL.search(cell.source):
            wanted = "leave set-up to pyproject.toml, and files to the package"
            yield cell, "shell", f"the command {shell[0].strip()!r}", wanted
