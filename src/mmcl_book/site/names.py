"""The names that a reader may use, read from the sources: nothing is imported.

What chapters use comes in the order in which they use it first; `mmcl_book.keys` knows what each
name in a cell stands for.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from mmcl import files
from mmcl_book import keys, project
from mmcl_book.keys.canonical import Hole
from mmcl_book.keys.tree import Tree

Definition = ast.FunctionDef | ast.ClassDef
GIVEN = re.compile(r" = (?:field|Field)\(.*")  # how a default is made is no business of a reader's


class Name(NamedTuple):
    """A public function or class, with the public methods of the latter."""

    path: str  # such as mmcl.losses.info_nce
    kind: str  # function, class or method
    signature: str
    doc: str
    members: tuple["Name", ...] = ()


def is_public(node: ast.AST) -> bool:
    """Whether a statement defines a function or a class without an underscore before its name."""
    return isinstance(node, Definition) and not node.name.startswith("_")


def of_module(tree: Tree, module: str) -> dict[str, Name]:
    """The public names that a module defines, by their own names, in its order."""
    file, modified, _ = tree.files[module]
    return _of_file(file, modified, module)


@lru_cache(maxsize=1024)
def _of_file(file: Path, modified: int, module: str) -> dict[str, Name]:
    nodes = ast.parse(files.read_text(file)).body
    return {node.name: described(node, module) for node in nodes if is_public(node)}  # type: ignore


def described(node: Definition, place: str) -> Name:
    """A definition as a reader sees it. place: the module, or the class with its module."""
    path, doc = f"{place}.{node.name}", ast.get_docstring(node) or ""
    if isinstance(node, ast.FunctionDef):
        inside = place.rpartition(".")[2][:1].isupper()
        return Name(path, "method" if inside else "function", signature(node, inside), doc)
    members = tuple(
        described(each, path)
        for each in node.body
        if isinstance(each, ast.FunctionDef) and is_public(each)
    )
    return Name(path, "class", made_with(node), doc, members)


def signature(node: ast.FunctionDef, inside: bool) -> str:
    """Arguments and what comes back. inside: a method, whose first argument nobody gives."""
    words = {decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)}
    own = node.args.posonlyargs + node.args.args
    given = ast.unparse(node.args)
    if inside and own and "staticmethod" not in words:
        given = given.removeprefix(ast.unparse(own[0])).removeprefix(", ")
    back = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({given}){back}"


def made_with(node: ast.ClassDef) -> str:
    """What a class is made with: the arguments of `__init__`, else its fields."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            return signature(each, True).removesuffix(" -> None")
    fields = [
        GIVEN.sub(" = ...", ast.unparse(each))
        for each in node.body
        if isinstance(each, ast.AnnAssign) and not ast.unparse(each.target).startswith("_")
    ]
    return f"({', '.join(fields)})"


def found(tree: Tree, path: str) -> Name | None:
    """The function or class that a dotted name stands for, or whose part it names."""
    module, name = tree.resolved(path)
    if module is None:
        return None
    return of_module(tree, module).get(name.split(".")[0])


def walk(root: Path) -> dict[str, list[Name]]:
    """What each chapter is the first to use of the packages: {chapter: names}, in order."""
    tree, seen = keys.tree_of(root), set[str]()
    order: dict[str, list[Name]] = {}
    for chapter in project.chapters(root):
        here = order.setdefault(chapter, [])
        for part in keys.cells_of(project.notebook(root, chapter)).facts.parts:
            name = found(tree, part.path) if isinstance(part, Hole) else None
            if name is not None and name.path not in seen:
                seen.add(name.path)
                here.append(name)
    return order


def rest(root: Path, package: str = "mmcl") -> Iterator[tuple[str, list[Name]]]:
    """The modules of a package, each with its public names that no chapter uses, if it has any."""
    tree = keys.tree_of(root)
    used = {name.path for names in walk(root).values() for name in names}
    for module in sorted(tree.files):
        if module.split(".")[0] == package:
            names = [name for name in of_module(tree, module).values() if name.path not in used]
            if names:
                yield module, names
