"""The real book at smoke, with its solutions as cells: made anew only as far as something changed.

It is kept in `_build/tests` of the checkout. A folder is named after all that executes chapters
beside them: the packages, what is installed, the processor, the environment, results, these tests.
In it `mmcl run` executes chapters whose keys changed; the site is built, clean, unless all that it
is made of is as it was, and so is the site.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import sample_book
import solved_book
from filelock import FileLock

import mmcl
import mmcl_book
import mmcl_experiments
from mmcl import files
from mmcl_book.run import execute
from mmcl_book.site import build
from mmcl_experiments.provenance import device

SOURCES = (
    "CITATION.cff", "_config.yml", "_toc.yml", "book", "exercises", "notebooks", "results",
)  # fmt: skip
KEPT = 3  # books: for processors that round differently, as in `make portable`
ENVIRONMENT = ("MMCL_", "OMP_", "OPENBLAS_", "MKL_", "ATEN_", "LC_", "LANG")


def checksum(root: Path, paths: Iterable[Path]) -> str:
    """A checksum of files by name and content, those in folders included."""
    found = {each for path in paths for each in (path.rglob("*") if path.is_dir() else [path])}
    whole = hashlib.sha256()
    for path in sorted(found):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(root)} {files.sha256(path)}\n".encode())
    return whole.hexdigest()


def surroundings(project: Path) -> str:
    """A checksum of what executes chapters and builds pages; of the chapters and pages nothing."""
    parts = [str(package.__file__) for package in (mmcl, mmcl_experiments, mmcl_book)]
    code = [checksum(Path(part).parent, [Path(part).parent]) for part in parts]
    own = [project / "results", project / "constraints.txt", Path(__file__).parent]
    own += [path for path in (project / "book").rglob("*") if path.suffix != ".md"]
    packages = sorted(f"{d.name} {d.version}" for d in importlib.metadata.distributions())
    known = sorted(item for item in os.environ.items() if item[0].startswith(ENVIRONMENT))
    whole = [code, checksum(Path("/"), own), packages, known, sys.version, device()]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    """All files of a project by name, and the sources and records with time and size."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "_build", "__pyc"))]
        for path in (Path(folder) / name for name in names):
            counts = path.relative_to(root).parts[0] in ("notebooks", "results")
            found[str(path)] = (path.stat().st_mtime_ns, path.stat().st_size) if counts else (0, 0)
    return found


def copy(project: Path, root: Path) -> None:
    """Copy a project's sources, the solutions of exercises written to the ends of chapters."""
    for name in SOURCES:
        source, target = project / name, root / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif source.is_file():
            shutil.copy(source, target)
    for path in (root / "notebooks").glob("*.ipynb"):
        solved_book.solve(path)


def execute_chapters(root: Path) -> None:
    """Execute the chapters that changed; they write nothing into the project."""
    before = snapshot(sample_book.PROJECT)
    failed = [r for r in execute.run(root, profile="smoke") if r.status == "failed"]
    assert not failed, failed
    assert snapshot(sample_book.PROJECT) == before, "a chapter wrote into the project"


def build_site(root: Path) -> None:
    """Build all pages."""
    build.build(root, "smoke", clean=True)


def make(
    project: Path = sample_book.PROJECT,
    run: Callable[[Path], None] = execute_chapters,
    render: Callable[[Path], None] = build_site,
) -> Path:
    """Make what isn't there; the root of the book, whose site is in `_build/smoke/site`."""
    kept = project / "_build" / "tests"
    kept.mkdir(parents=True, exist_ok=True)
    root = kept / surroundings(project)[:16]
    base, built = root / "_build" / "smoke", root / "built.json"
    with FileLock(kept / ".lock"):
        root.mkdir(exist_ok=True)
        os.utime(root)
        books = sorted((path for path in kept.iterdir() if path.is_dir()), key=age)
        for old in books[:-KEPT]:
            shutil.rmtree(old)
        copy(project, root)
        run(root)
        made = [root / name for name in SOURCES] + [base / "executed", base / "records"]
        state = {"of": checksum(root, made), "site": checksum(root, [base / "site"])}
        if not built.is_file() or files.read_json(built) != state:
            built.unlink(missing_ok=True)
            render(root)
            shutil.rmtree(base / "doctrees", ignore_errors=True)
            files.write_json(built, {**state, "site": checksum(root, [base / "site"])})
    return root


def age(folder: Path) -> float:
    """When a book was last asked for."""
    return folder.stat().st_mtime
