"""The gates that every chapter and page passes; each finding says where, what, and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import notebooks, project
from mmcl_book.ledger import claims
from mmcl_book.ledger.claims import Claim


@dataclass(frozen=True)
class Finding:
    """Something that breaks a rule. `cell` counts from 1; 0 means the whole file."""

    file: str
    cell: int
    rule: str
    found: str
    wanted: str

    def __str__(self) -> str:
        where = f"{self.file}: cell {self.cell}" if self.cell else self.file
        return f"{where}: {self.found}; {self.wanted} [{self.rule}]"


@dataclass(frozen=True)
class Cell:
    """A cell of a chapter, with its number from 1."""

    number: int
    kind: str
    source: str
    raw: Mapping[str, Any]

    @property
    def tags(self) -> list[str]:
        return notebooks.tags_of(dict(self.raw))


@dataclass(frozen=True)
class Source:
    """A chapter or page to look at, with the ledger; a page is one Markdown cell."""

    path: Path
    cells: tuple[Cell, ...]
    ledger: Mapping[str, Claim]
    minor: int = 5
    classes: Mapping[str, str] = field(default_factory=dict)  # of its sentences, see `sentences`

    def of_kind(self, kind: str) -> list[Cell]:
        """The cells of a kind: markdown or code."""
        return [cell for cell in self.cells if cell.kind == kind]


# Where (None: in the whole file), rule, what was found, what is wanted.
Problem = tuple[Cell | None, str, str, str]
Problems = Iterator[Problem]


def as_findings(file: str, problems: Iterable[Problem]) -> list[Finding]:
    """The problems of a file, in the order of its cells."""
    found = [Finding(file, cell.number if cell else 0, *rest) for cell, *rest in problems]
    return sorted(found, key=lambda finding: finding.cell)


def notebook_findings(
    path: Path,
    ledger: Mapping[str, Claim],
    file: str = "",
    classes: Mapping[str, str] = MappingProxyType({}),
) -> list[Finding]:
    """What is wrong with a chapter. `file` is the name to show, `classes` its sentences'."""
    from mmcl_book.lint import anatomy, code, figures, prose, sentences, sources

    content = notebooks.read(path)
    cells = tuple(
        Cell(number, raw.get("cell_type", ""), notebooks.text_of(raw), raw)
        for number, raw in enumerate(content["cells"], 1)
    )
    minor = content.get("nbformat_minor", 0)
    source = Source(path, cells, ledger, minor, classes)
    modules = (sources, anatomy, code, figures, prose, sentences)
    return as_findings(file or path.name, (p for each in modules for p in each.problems(source)))


def page_findings(path: Path, ledger: Mapping[str, Claim], file: str = "") -> list[Finding]:
    """What is wrong with a Markdown page."""
    from mmcl_book.lint import prose

    cell = Cell(0, "markdown", files.read_text(path), {})
    return as_findings(file or path.name, prose.problems(Source(path, (cell,), ledger)))


def project_findings(root: Path) -> list[Finding]:
    """What is wrong with the chapters and pages of the table of contents.

    Errors: ValueError when a listed chapter is missing or the ledger is malformed.
    """
    from mmcl_book.lint import sentences

    ledger, classes = claims.load(root), sentences.load(root)
    found = []
    for name in project.chapters(root):
        path = project.notebook(root, name)
        if not path.is_file():
            raise InputError(f"_toc.yml names notebooks/{name}, but there is no {path.name}")
        name = f"notebooks/{path.name}"
        found += notebook_findings(path, ledger, name, classes.get(path.stem, {}))
    for path in project.pages(root):
        found += page_findings(path, ledger, path.relative_to(root).as_posix())
    return found
