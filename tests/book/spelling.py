"""Words of the book's prose that no dictionary and no list of its own knows, and British ones."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from spellchecker import SpellChecker

from mmcl import files
from mmcl_book import notebooks, project
from mmcl_book.ledger import claims
from mmcl_book.lint import markdown

LIST = Path("book") / "words.txt"
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
PROSE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "book/teach/slides/*.md")
SPOKEN = ("book", "notebooks", "exercises", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
# typing errors that are known as such, and British spellings
COMMAND = (
    sys.executable, "-m", "codespell_lib", "--builtin", "clear,en-GB_to_en-US",
    "--skip", "*.svg,*.bib,*.js,*.css,*.json,reveal",
)  # fmt: skip


@cache
def dictionary() -> SpellChecker:
    """English words; read once."""
    return SpellChecker(distance=1)


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """What readers read: each source's name with its Markdown, and the sentences of claims."""
    for path in (*project.pages(root), *(p for each in PROSE for p in sorted(root.glob(each)))):
        yield path.relative_to(root).as_posix(), files.read_text(path)
    for name in project.chapters(root):
        cells = notebooks.read(project.notebook(root, name))["cells"]
        prose = [notebooks.text_of(cell) for cell in cells if cell["cell_type"] == "markdown"]
        yield f"notebooks/{name}.ipynb", "\n\n".join(prose)
    for claim in claims.load(root).values():
        yield f"book/claims, {claim.id}", claim.sentence


def own(root: Path) -> set[str]:
    """The book's own words: a line each; what is written small stands for any case."""
    lines = files.read_text(root / LIST).splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def unknown(named: Iterable[tuple[str, str]], listed: set[str]) -> dict[str, str]:
    """Words that nothing knows, each with the name of the first text that has it."""
    found: dict[str, str] = {}
    for name, text in named:
        for line in markdown.lines(text):
            for word in WORD.findall(line):
                stem = word.replace("’", "'").removesuffix("'s").removesuffix("'")
                if {stem, stem.lower()} & listed or stem.lower() in dictionary().word_frequency:
                    continue
                found.setdefault(stem, name)
    return found


def misspelled(paths: Iterable[Path | str], root: Path) -> list[str]:
    """Lines of files with a known typing error or a British spelling, with what is meant."""
    done = subprocess.run(
        [*COMMAND, *map(str, paths)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 65), done.stderr  # 65: there are findings
    return done.stdout.splitlines()
