"""What a chapter depends on: the code that its cells can reach, and the key made of it.

A key changes when a rerun could give other numbers: with the code of the cells and of the modules
that they reach, the settings of the reached experiments, the profile, the seed, changed
parameters, and checksums of data and of results that they read. Code counts by its content: names
and places of modules, how imports are written, comments and docstrings are no part of it, nor is
what only shows or stores numbers (`tree.PRESS`). Dependencies are imported, or named by a text in
the call that needs them; where a chapter has a variable there, `Chapter(uses=...)` names them.
"""

import builtins
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from mmcl import files
from mmcl_book.keys.canonical import Call, Facts, Hole, facts_of, facts_of_cells
from mmcl_book.keys.tree import (
    CHAPTER,
    MEASURED,
    PACKAGES,
    RUNNERS,
    Tree,
    module_of,
    sha,
    snapshot,
)
from mmcl_book.notebooks import code_cells, parse, tags_of, text_of
from mmcl_experiments import rooms

PUBLISHED = ("mmcl_experiments.results.published",)
RECORDED = tuple(
    f"mmcl_experiments.results.{name}" for name in ("recorded", "recorded_or_none", "about")
)
CHECKPOINTS = ("mmcl_experiments.results.checkpoint",)
FILES = ("mmcl.data.load", "mmcl.data.path")
INSTALLED = Path(__file__).parents[2]
READERS = (*RUNNERS, *MEASURED, *PUBLISHED, *RECORDED, *CHECKPOINTS)


class Cells(NamedTuple):
    """A chapter's code: its facts, and the id and the tags of each cell."""

    facts: Facts
    marks: tuple[tuple[str, tuple[str, ...]], ...]


def source_folder(root: Path) -> Path:
    """Where the packages are: the project's own source, else where they are installed."""
    own = root / "src"
    return own if (own / "mmcl").is_dir() else INSTALLED


def tree_of(root: Path) -> Tree:
    """The modules that a project's chapters can reach, as they are now."""
    return snapshot(source_folder(root))


def installed() -> Tree:
    """The modules that this process can import, as their files are now."""
    return snapshot(INSTALLED)


# Chapters


def cells_of(notebook: Path) -> Cells:
    """What the code cells of a notebook say."""
    stat = notebook.stat()
    return _cells(notebook, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _cells(notebook: Path, modified: int, size: int) -> Cells:
    cells = code_cells(parse(files.read_text(notebook), notebook))
    marks = tuple((str(cell.get("id")), tuple(tags_of(cell))) for cell in cells)
    return Cells(facts_of_cells([text_of(cell) for cell in cells]), marks)


def outlines(sources: Iterable[str]) -> list[str]:
    """A text for each cell of what counts of it; of what it imports from here, only the name."""

    def name(hole: Hole) -> str:
        here = hole.path.split(".")[0] in PACKAGES
        return f"<{hole.path.rpartition('.')[2] if here else hole.path}:{hole.text}>"

    return [
        "".join(part if isinstance(part, str) else name(part) for part in cell)
        for cell in facts_of_cells(sources).cells
    ]


def named(tree: Tree, facts: Facts, readers: Iterable[str]) -> set[str]:
    """What calls of readers name by a text; where one has a variable, also what `uses` names."""
    calls = [call.text for call in facts.calls if tree.full(call.path) in readers]
    found = {text for text in calls if text is not None}
    return found | set(uses(tree, facts)) if None in calls else found


def uses(tree: Tree, facts: Facts) -> list[str]:
    """The names that a chapter gives as `Chapter(..., uses=(...))`."""
    return [str(hole.text) for hole in facts.uses if tree.full(hole.path) == CHAPTER]


def undeclared(tree: Tree, facts: Facts) -> list[tuple[Call, str]]:
    """Calls of readers that have a variable where no `uses` or READS names what it may be."""
    wanting = {*(() if uses(tree, facts) else READERS), *(() if facts.reads else FILES)}
    calls = [(call, tree.full(call.path)) for call in facts.calls if call.text is None]
    return [(call, reader) for call, reader in calls if reader in wanting]


def files_of(root: Path, facts: Facts) -> set[str]:
    """The outside files that a source, and the modules that it reaches, say they read."""
    tree = tree_of(root)
    everything = [facts, *map(tree.facts, tree.reached([facts]))]
    return {name for each in everything for name in (*each.reads, *named(tree, each, FILES))}


def settings_of(tree: Tree, modules: Iterable[str], profile: str) -> list[Any]:
    """The values that a profile has of the experiments among modules, each beside its digest."""
    settings = {name: f"{name.removesuffix('.run')}.settings" for name in modules}
    return sorted(
        [tree.digest(name), _values(tree, stated, profile)]
        for name, stated in settings.items()
        if name.endswith(".run") and stated in tree.files
    )


@lru_cache(maxsize=256)
def _values(tree: Tree, name: str, profile: str) -> str:
    """The settings that a module states for a profile, as far as they leave a trace, as JSON."""
    stated = _stated(tree, name)
    values = rooms.counted(stated, rooms.entry(stated, profile))
    return json.dumps(values, sort_keys=True)


def _stated(tree: Tree, name: str) -> dict[str, Any]:
    """What a module of settings defines; those that it inherits are of the same tree."""

    def load(wanted: str, *how: Any) -> Any:
        if wanted in tree.files and wanted.endswith(".settings"):
            return SimpleNamespace(**_stated(tree, wanted))
        return __import__(wanted, *how)

    stated = {"__name__": "settings", "__builtins__": {**vars(builtins), "__import__": load}}
    file, _, _ = tree.files[name]
    exec(compile(file.read_text(encoding="utf-8"), file, "exec"), stated)
    return stated


def results_of(root: Path, tree: Tree, facts: Facts) -> dict[str, str]:
    """Checksums of the files in results/ that a source reads by name: {file: SHA-256}."""
    given = (
        (PUBLISHED, "published/{}.yml"),
        (RECORDED, "*/sweeps/{}.json"),
        (CHECKPOINTS, "*/checkpoints/{}.safetensors"),
        (MEASURED, "default/sweeps/{}.json"),  # shown where outside files can't be had
    )
    found = {
        path
        for readers, place in given
        for name in named(tree, facts, readers)
        if name.isidentifier()  # readers take no other
        for path in (root / "results").glob(place.format(name))
    }
    return {path.relative_to(root).as_posix(): files.sha256(path) for path in sorted(found)}


def key(
    root: Path,
    notebook: Path,
    *,
    profile: str,
    seed: int,
    settings: Mapping[str, Any] | None = None,
    data: Mapping[str, str] | None = None,
) -> str:
    """The key of a chapter's run, a SHA-256 in hexadecimal.

    settings: parameters that differ from the notebook's own. data: {file name: checksum} of
    outside files that the chapter reads; results that it reads by name are found here.
    """
    tree, cells = tree_of(root), cells_of(notebook)
    modules = tree.reached([cells.facts])
    content = {
        "cells": cells.marks,
        "code": tree.digest_of(cells.facts),
        "entries": settings_of(tree, modules, profile),
        "profile": profile,
        "seed": seed,
        "settings": dict(settings or {}),
        "data": {**dict(data or {}), **results_of(root, tree, cells.facts)},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


# Experiments and benchmarks


def code_of(tree: Tree, experiment: str) -> str:
    """One digest of the code that an experiment reaches; of none, if there is no such one."""
    name = module_of(experiment)
    return tree.digest(name) if name in tree.files else sha()


def modules_of(tree: Tree, experiment: str) -> dict[str, str]:
    """The modules that an experiment reaches, each with a digest of its own file alone."""
    name = module_of(experiment)
    return {each: tree.own(each) for each in tree.reached([facts_of(f"import {name}")])}


def bench_key(root: Path, name: str) -> str:
    """The key of a benchmark such as `cpu/step`: its file, its helpers, and what they reach."""
    tree, folder = tree_of(root), root / "benchmarks"
    paths = [*sorted(folder.glob("_*.py")), folder / f"{name.split('/')[-1]}.py"]
    sources = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
    return sha(*(tree.digest_of(facts_of(source)) for source in sources))
