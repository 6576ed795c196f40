"""Sources as what counts of them: no prose, no names of modules, no order of imports.

A source becomes a text with holes. Import statements leave it; a name that an import bound leaves
a hole with the dotted name that it stands for, which `mmcl_book.keys.tree` fills with the digest of
the module there. Comments, docstrings, the version number and what is for type checkers alone
count nothing.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from mmcl_book.keys.scopes import Scopes, chain

# Calls of theirs may name what a source depends on.
KNOWN = ("mmcl", "mmcl_experiments", "importlib")
MAGIC = re.compile(r"^([^\S\n]*)[%!].*$", re.MULTILINE)  # a line of a cell for IPython alone


class Hole(NamedTuple):
    """A dotted name in a source; with a text, the text with which a function of it is called."""

    path: str
    text: str | None = None


class Call(NamedTuple):
    """A call of something imported, its first argument if that is a text, and its cell.

    Where a function is handed on, as in `map(run, names)`, it may be called with anything.
    """

    path: str
    text: str | None
    cell: int


Part = str | Hole


class Facts(NamedTuple):
    """What one source says."""

    parts: tuple[Part, ...]
    imports: frozenset[str]  # dotted names that it imports, at any depth
    bound: Mapping[str, str]  # names that an import alone binds at its top: {name: dotted name}
    calls: tuple[Call, ...]
    uses: tuple[Hole, ...]  # texts of an argument `uses=(...)`, and what is called with it
    reads: tuple[str, ...]  # texts of a constant READS at its top
    bare: bool  # no code of its own: it imports names to hand them on, or nothing
    cells: tuple[tuple[Part, ...], ...] = ()


def python_of(source: str) -> str:
    """A cell's source as plain Python: lines of magics and shell commands become comments."""
    return MAGIC.sub(r"\1pass", re.sub(r"\A%%.*", "#", source))


def facts_of(source: str, module: str = "__main__", is_package: bool = False) -> Facts:
    """The facts of a file. Text that is no Python counts as it is."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return Facts((source,), frozenset(), {}, (), (), (), False)
    if ast.get_docstring(tree, clean=False) is not None:
        tree.body = tree.body[1:]
    tree.body = [node for node in tree.body if assigned(node)[0] != "__version__"]
    scopes = Scopes(without_prose(tree), module if is_package else module.rpartition(".")[0])
    writer = Writer(scopes)
    writer.write(tree)
    return writer.facts(tree.body, bare=is_package and hands_on(tree))


def facts_of_cells(sources: Iterable[str]) -> Facts:
    """The facts of a notebook's code cells, which are one source in their order."""
    cells = [cell_tree(source) for source in sources]
    whole = ast.Module(body=[*cells], type_ignores=[])  # type: ignore  # modules in a module
    writer, parts, found = Writer(Scopes(without_prose(whole))), list[Part](), []
    for number, cell in enumerate(cells, 1):
        writer.cell, writer.parts = number, []
        writer.write(cell)
        found.append(joined(writer.parts))
        parts += [*writer.parts, "\n"]
    writer.parts = parts
    top = [node for cell in cells for node in cell.body]
    return writer.facts(top)._replace(cells=tuple(found))


def cell_tree(source: str) -> ast.Module:
    """A cell's syntax tree; what is no Python in it, and a semicolon at its end, is a text there.

    A text at its top is no docstring: the page shows it.
    """
    rest = [line[0] for line in MAGIC.finditer(source)]
    try:
        tree = ast.parse(python_of(source))
    except SyntaxError:
        tree, rest = ast.Module(body=[], type_ignores=[]), [source]
    if source.rstrip().endswith(";"):
        rest.append(";")
    tree.body += [ast.Expr(ast.Constant(line)) for line in rest]
    return tree


def without_prose(tree: ast.Module) -> ast.Module:
    """Drop docstrings of classes and functions, and code for type checkers, from a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
        if isinstance(node, ast.If) and for_checkers(node.test):
            node.body = []
    return tree


def for_checkers(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    name, rest = chain(test)
    return name is not None and [name.id, *rest][-1] == "TYPE_CHECKING"


def is_empty(node: Any) -> bool:
    """Whether a node is an `if` of which `without_prose` left nothing."""
    return isinstance(node, ast.If) and not node.body and not node.orelse


def assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """The name that a statement such as `READS = (...)` gives a value, and that value."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name):
            return target.id, node.value
    return "", None


def texts(node: ast.AST | None) -> tuple[str, ...]:
    """The texts of a literal tuple or list; none of anything else."""
    found = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    return tuple(text for each in found if (text := text_of(each)) is not None)


def text_of(node: ast.AST | None) -> str | None:
    """A literal text."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def hands_on(tree: ast.Module) -> bool:
    """Whether a package's own file only imports names that it hands on, or is empty.

    An import of anything that it doesn't hand on may be there for what it does.
    """
    given = [assigned(node) for node in tree.body]
    listed = [texts(value) for name, value in given if name == "__all__"]
    for node, (name, _) in zip(tree.body, given, strict=True):
        if isinstance(node, ast.ImportFrom):
            names = {alias.asname or alias.name for alias in node.names}
            if "*" in names or (listed and not names <= set(listed[0])):
                return False
        elif name != "__all__" and not is_empty(node):
            return False
    return True


def joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts with neighboring texts put together."""
    found: list[Part] = []
    for are_texts, group in groupby(parts, lambda part: isinstance(part, str)):
        several = list(group)
        found += ["".join(map(str, several))] if are_texts else several
    return tuple(found)


class Writer:
    """Writes a syntax tree as parts that are the same for every version of Python."""

    def __init__(self, scopes: Scopes):
        self.scopes = scopes
        self.parts: list[Part] = []
        self.calls: list[Call] = []
        self.uses: list[Hole] = []
        self.holes: dict[ast.AST, Hole] = {}  # texts with which something imported is called
        self.called = set[ast.AST]()
        self.cell = 0

    def facts(self, body: Iterable[ast.stmt], bare: bool = False) -> Facts:
        """What was found. body: the statements at the top."""
        top = self.scopes.module
        bound = {name: target for name in top.imports if (target := top.alone(name))}
        lists = [value for name, value in map(assigned, body) if name == "READS"]
        reads = tuple(text for each in lists for text in texts(each))
        seen = joined(self.parts), frozenset(self.scopes.imported), bound, tuple(self.calls)
        return Facts(*seen, tuple(self.uses), reads, bare)

    def write(self, node: Any) -> None:
        """Add a node, or what is in a field of one."""
        if isinstance(node, ast.Constant):
            hole = self.holes.get(node)
            self.parts.append(hole or f"{type(node.value).__name__}:{node.value!r}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, target in self.scopes.doubtful(node):
                self.parts += [f"Import({name}=", Hole(target), ")"]
        elif isinstance(node, ast.Name | ast.Attribute) and (path := self.named(node)):
            self.parts.append(Hole(path))
        elif isinstance(node, ast.AST):
            if isinstance(node, ast.Call):
                self.note_call(node)
            self.write_all(f"{type(node).__name__}(", self.fields(node), ")")
        elif isinstance(node, list):
            self.write_all("[", [("", each) for each in node], "]")
        else:
            self.parts.append(repr(node))

    def named(self, node: ast.Name | ast.Attribute) -> str | None:
        """The dotted name behind an expression; one that isn't called here is remembered."""
        if node not in self.called:
            self.calls += [Call(path, None, self.cell) for path in self.known(node)]
        return self.scopes.path(node)

    def known(self, node: ast.expr) -> list[str]:
        """The dotted names behind an expression that may say what a source depends on."""
        return [path for path in self.scopes.paths(node) if path.split(".")[0] in KNOWN]

    def write_all(self, head: str, given: Iterable[tuple[str, Any]], tail: str) -> None:
        """Add what is given, each behind its label, between brackets."""
        comma = ""
        self.parts.append(head)
        for label, value in given:
            self.parts.append(f"{comma}{label}")
            self.write(value)
            comma = ","
        self.parts.append(tail)

    def fields(self, node: ast.AST) -> Iterator[tuple[str, Any]]:
        """What counts of a node: its fields in their order, without those that leave nothing.

        Imports leave their list where the names that they bind stand for them.
        """
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                value = [each for each in value if not self.is_gone(each)] or None
            if value is not None and name not in ("ctx", "kind", "type_comment"):
                yield f"{name}=", value

    def is_gone(self, node: Any) -> bool:
        """Whether a node of a list has nothing left that counts."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            return not self.scopes.doubtful(node)
        return is_empty(node)

    def note_call(self, node: ast.Call) -> None:
        """Remember a call of something imported; its first text, and those of `uses`, get holes."""
        self.called.add(node.func)
        first = node.args[0] if node.args else None
        uses = next((each.value for each in node.keywords if each.arg == "uses"), None)
        for path in self.known(node.func):
            self.calls.append(Call(path, text_of(first), self.cell))
            given = uses.elts if isinstance(uses, ast.Tuple | ast.List) else []
            self.uses += [Hole(path, text) for text in texts(uses)]
            for each in [*([first] if first else []), *given]:
                if (text := text_of(each)) is not None:
                    self.holes[each] = Hole(path, text)
