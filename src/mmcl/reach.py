"""What a chapter depends on: the modules its code can reach, and the key made of them.

A key changes when a rerun could give other numbers: with the code cells, the package's files
that they reach (comments and docstrings aside), the settings of the reached experiments, the
profile, the seed, changed parameters, and checksums of data and of results that they read.
Prose is no part of it.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from mmcl import files
from mmcl.notebooks import code_cells, read, tags_of, text_of

READERS = ("published", "recorded", "recorded_or_none", "about")  # of mmcl.results


class Facts(NamedTuple):
    """What one Python source says: a digest, names it may import, and its short strings."""

    digest: str
    imports: frozenset[str]
    strings: frozenset[str]


def python_of(source: str) -> str:
    """A cell's source as plain Python: lines of magics and shell commands become comments."""
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        lines[0] = "#"
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if line.lstrip()[:1] in ("%", "!") else line
        for line in lines
    )


def package_folder(root: Path) -> Path:
    """Where `mmcl` lives: the project's own source, else the installed package."""
    own = root / "src" / "mmcl"
    return own if own.is_dir() else Path(__file__).parent


def module_file(package: Path, name: str) -> Path | None:
    """The file of a dotted name such as `mmcl.book.lint`, None when there is no such module."""
    base = package.joinpath(*name.split(".")[1:])
    for file in (base / "__init__.py", base.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def canonical(node: Any) -> str:
    """A syntax tree as text that is the same for every version of Python."""
    if isinstance(node, ast.Constant):
        return f"{type(node.value).__name__}:{node.value!r}"
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={canonical(value)}"
            for name, value in ast.iter_fields(node)
            if value is not None and value != [] and name not in ("ctx", "kind", "type_comment")
        ]
        return f"{type(node).__name__}({','.join(fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(canonical, node))}]"
    return repr(node)


def without_prose(tree: ast.Module) -> ast.Module:
    """Drop docstrings and the package's version number from a tree (in place)."""
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and (ast.get_docstring(node, clean=False) is not None):
            node.body = node.body[1:]
    tree.body = [
        node
        for node in tree.body
        if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__")
    ]
    return tree


def imported(tree: ast.Module, module: str, is_package: bool) -> Iterator[str]:
    """Dotted names below `mmcl` that a source may import, at any depth of its functions.

    `from mmcl import x` gives both `mmcl` and `mmcl.x`, which may be a module or a value.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                keep = len(parts) - node.level + is_package
                base = ".".join([*parts[:keep], *([base] if base else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def facts_of(source: str, module: str = "__main__", is_package: bool = False) -> Facts:
    """Digest, imports and strings of a source; one that isn't Python has only a digest."""
    try:
        tree = without_prose(ast.parse(source))
    except SyntaxError:
        return Facts(hashlib.sha256(source.encode()).hexdigest(), frozenset(), frozenset())
    names = (n for n in imported(tree, module, is_package) if n.split(".")[0] == "mmcl")
    digest = hashlib.sha256(canonical(tree).encode()).hexdigest()
    return Facts(digest, frozenset(names), frozenset(texts_of(tree)))


@lru_cache(maxsize=1024)
def _facts_of_file(file: Path, module: str, modified: int, size: int) -> Facts:
    source = file.read_text(encoding="utf-8")
    return facts_of(source, module, file.name == "__init__.py")


def named_by(package: Path, strings: Iterable[str]) -> Iterator[str]:
    """Modules that strings name: an experiment by its short name, any module by its dotted one."""
    for text in strings:
        if text.isidentifier() and (package / "experiments" / f"{text}.py").is_file():
            yield f"mmcl.experiments.{text}"
        elif text.startswith("mmcl."):
            yield text


def reached(package: Path, sources: Iterable[str]) -> dict[str, str]:
    """The package's modules that sources reach, through all they import: {name: digest}."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for source in sources:
        facts = facts_of(python_of(source))
        waiting += [*facts.imports, *named_by(package, facts.strings)]
    while waiting:
        parts = waiting.pop().split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            if name in found or (file := module_file(package, name)) is None:
                continue
            stat = file.stat()
            facts = _facts_of_file(file, name, stat.st_mtime_ns, stat.st_size)
            found[name] = facts.digest
            waiting += facts.imports
            if name.startswith("mmcl.experiments."):
                waiting += named_by(package, facts.strings)
    return dict(sorted(found.items()))


def modules_of(package: Path, experiment: str) -> dict[str, str]:
    """The modules that an experiment reaches: {name: digest}."""
    return reached(package, [f"import mmcl.experiments.{experiment}"])


def digest_of(modules: Mapping[str, str]) -> str:
    """One digest of several modules' code."""
    return hashlib.sha256(json.dumps(dict(modules)).encode()).hexdigest()


def settings_of(package: Path, modules: Iterable[str], profile: str) -> dict[str, Any]:
    """The profile's entries of the experiments among `modules`."""
    prefix = "mmcl.experiments."
    names = [module.removeprefix(prefix) for module in modules if module.startswith(prefix)]
    file = package / "profiles" / f"{profile}.yml"
    if not names or not file.is_file():
        return {}
    entries = files.read_yaml(file) or {}
    return {name: entries[name] for name in names if name in entries}


def results_of(root: Path, sources: Iterable[str]) -> dict[str, str]:
    """Checksums of the files in results/ that sources read by name: {file: SHA-256}.

    A call of a reader counts with all texts that stand in it; where its name is no text but a
    variable, all short texts of all sources count.
    """
    named, everything, open_call = set[str](), set[str](), False
    for source in sources:
        try:
            tree = ast.parse(python_of(source))
        except SyntaxError:
            continue
        everything |= texts_of(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in READERS:
                named |= texts_of(node)
                open_call |= not (node.args and isinstance(node.args[0], ast.Constant))
    found = {}
    for name in sorted(everything if open_call else named):
        if name.isidentifier():
            places = [f"published/{name}.yml", f"*/sweeps/{name}.json"]
            found |= {
                path.relative_to(root).as_posix(): files.sha256(path)
                for place in places
                for path in sorted((root / "results").glob(place))
            }
    return found


def texts_of(tree: ast.AST) -> set[str]:
    """The short texts in a syntax tree."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 80
    }


def called(node: ast.Call) -> str:
    """The last part of a called function's name: `recorded` of `results.recorded(...)`."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


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
    package = package_folder(root)
    cells = code_cells(read(notebook))
    sources = [text_of(cell) for cell in cells]
    modules = reached(package, sources)
    content = {
        "cells": [[cell.get("id"), tags_of(cell), text_of(cell)] for cell in cells],
        "modules": modules,
        "entries": settings_of(package, modules, profile),
        "profile": profile,
        "seed": seed,
        "settings": dict(settings or {}),
        "data": {**dict(data or {}), **results_of(root, sources)},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def bench_key(root: Path, name: str) -> str:
    """The key of a benchmark such as `cpu/step`: its file, its helpers, and what they reach."""
    folder = root / "benchmarks"
    paths = [*sorted(folder.glob("_*.py")), folder / f"{name.split('/')[-1]}.py"]
    sources = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
    found = [facts_of(source).digest for source in sources]
    return digest_of({**reached(package_folder(root), sources), "benchmarks": str(found)})
