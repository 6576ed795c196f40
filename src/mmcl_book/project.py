"""The project: where it is, which pages and chapters it has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl_experiments import nearest, results

root = results.project_root


def docnames(root: Path) -> list[str]:
    """The pages of the table of contents, without suffixes, in order."""

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for name, value in node.items():
                if name in ("root", "file") and isinstance(value, str):
                    yield value.removesuffix(".md").removesuffix(".ipynb")
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for item in node:
                yield from walk(item)

    return list(walk(files.read_yaml(root / "_toc.yml")))


def chapters(root: Path) -> list[str]:
    """The chapters of the table of contents, such as `04_hypersphere`, in order."""
    return [name.split("/", 1)[1] for name in docnames(root) if name.startswith("notebooks/")]


def notebook(root: Path, chapter: str) -> Path:
    """A chapter's source file."""
    return root / "notebooks" / f"{chapter}.ipynb"


def chapter(root: Path, given: str) -> str:
    """A chapter by its name with or without the number, by its number alone, or by its file.

    Errors: ValueError names the nearest valid one.
    """
    valid = chapters(root)
    name = Path(given).name.removesuffix(".ipynb")
    short = [each for each in valid if name.zfill(2) in each.split("_", 1)]
    return short[0] if len(short) == 1 else nearest(name, valid, "chapter")


def pages(root: Path) -> list[Path]:
    """The prose pages: Markdown files of the table of contents."""
    return [file for name in docnames(root) if (file := root / f"{name}.md").is_file()]
