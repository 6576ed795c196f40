"""Chapters with the solutions of their exercises as cells."""

import json
import re
from pathlib import Path

from mmcl_book import notebooks

PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def solutions(path: Path) -> list[str]:
    """The Python in a chapter's text, which is in the solutions of its exercises."""
    cells = notebooks.read(path)["cells"]
    texts = [notebooks.text_of(cell) for cell in cells if cell["cell_type"] == "markdown"]
    return [block for text in texts for block in PYTHON.findall(text)]


def solve(path: Path) -> None:
    """Write the solutions to the end of a chapter, as cells."""
    notebook = notebooks.read(path)
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"] += [
        {**empty, "id": f"s{i}", "source": block} for i, block in enumerate(solutions(path))
    ]
    path.write_text(json.dumps(notebook), encoding="utf-8")
