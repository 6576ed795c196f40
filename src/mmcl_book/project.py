"""The project: where it is, which pages and chapters it has."""

from pathlib import Path
from typing import Any

from mmcl import files
from mmcl_experiments import nearest
from mmcl_experiments.recorded import places

root = places.project_root


def docnames(root: Path) -> list[str]:
    """The pages of the table of contents, without suffixes, in order."""

    def walk(node: Any) -> list[str]:
        inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node[key] for key in ("root", "file") if isinstance(node, dict) and key in node]
        return own + [name for each in inside for name in walk(each)]

    names = walk(files.read_yaml(root / "_toc.yml"))
    return [name.removesuffix(".md").removesuffix(".ipynb") for name in names]


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
