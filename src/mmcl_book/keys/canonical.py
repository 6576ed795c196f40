"""Sources as what counts of them: no prose, no names of modules, no order of imports.

A source becomes a text with holes. Import statements leave it; a name that an import bound leaves
a hole with the dotted name that it stands for, which `mmcl_book.keys.tree` fills with the digest of
the module there. Comments, docstrings, the version number and what is for type checkers alone
count nothing.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from mmcl_book.keys.scopes import Scopes, chain

# Calls of theirs may name what a source depends on.
KNOWN = ("mmcl", "mmcl_experiments", "importlib")


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
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        lines[0] = "#"
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if is_magic(line) else line
        for line in lines
    )


def is_magic(line: str) -> bool:
    """Whether a line of a cell is for IPython alone."""
    return line.lstrip()[:1] in ("%", "!")


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
    return writer.facts(tree, bare=is_package and hands_on(tree))


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
    return writer.facts(whole)._replace(cells=tuple(found))


def cell_tree(source: str) -> ast.Module:
    """A cell's syntax tree; what is no Python in it, and a semicolon at its end, is a text there.

    A text at its top is no docstring: the page shows it.
    """
    rest = [line for line in source.splitlines() if is_magic(line)]
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


def is_gone(node: Any) -> bool:
    """Whether a node has nothing left that counts."""
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
        elif name != "__all__" and not is_gone(node):
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
        self.imports: set[str] = set()
        self.holes: dict[ast.AST, Hole] = {}  # texts with which something imported is called
        self.called = set[ast.AST]()
        self.cell = 0

    def facts(self, tree: ast.Module, bare: bool = False) -> Facts:
        """What was found, of a whole tree."""
        top = self.scopes.module
        bound = {name: target for name in top.imports if (target := top.alone(name))}
        cells = [part for part in tree.body if isinstance(part, ast.Module)]
        body = [node for cell in cells for node in cell.body] or tree.body
        lists = [value for name, value in map(assigned, body) if name == "READS"]
        reads = tuple(text for each in lists for text in texts(each))
        seen = joined(self.parts), frozenset(self.imports), bound, tuple(self.calls)
        return Facts(*seen, tuple(self.uses), reads, bare)

    def write(self, node: Any) -> None:
        """Add a node, or what is in a field of one."""
        if isinstance(node, ast.Constant):
            hole = self.holes.get(node)
            self.parts.append(hole or f"{type(node.value).__name__}:{node.value!r}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.write_import(node)
        elif isinstance(node, ast.Name | ast.Attribute) and (path := self.named(node)):
            self.parts.append(Hole(path))
        elif isinstance(node, ast.AST):
            if isinstance(node, ast.Call):
                self.note_call(node)
            self.write_fields(node)
        elif isinstance(node, list):
            self.write_list(node)
        else:
            self.parts.append(repr(node))

    def named(self, node: ast.Name | ast.Attribute) -> str | None:
        """The dotted name behind an expression; one that isn't called here is remembered."""
        if node not in self.called:
            known = [path for path in self.scopes.paths(node) if path.split(".")[0] in KNOWN]
            self.calls += [Call(path, None, self.cell) for path in known]
        return self.scopes.path(node)

    def write_fields(self, node: ast.AST) -> None:
        """Add a node of the tree with its fields, in their order."""
        self.parts.append(f"{type(node).__name__}(")
        comma = ""
        for name, value in ast.iter_fields(node):
            if name in ("ctx", "kind", "type_comment") or value is None:
                continue
            if isinstance(value, list) and not (value := list(self.counting(value))):
                continue
            self.parts.append(f"{comma}{name}=")
            self.write(value)
            comma = ","
        self.parts.append(")")

    def write_list(self, nodes: list[Any]) -> None:
        """Add a list."""
        self.parts.append("[")
        for place, node in enumerate(nodes):
            if place:
                self.parts.append(",")
            self.write(node)
        self.parts.append("]")

    def counting(self, nodes: list[Any]) -> Iterator[Any]:
        """The nodes of a list without imports that leave nothing, which are only noted."""
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.note_import(node)
                if not self.scopes.doubtful(node):
                    continue
            if not is_gone(node):
                yield node

    def note_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Remember what is imported."""
        if isinstance(node, ast.Import):
            self.imports |= {alias.name for alias in node.names}
        else:
            self.imports |= {target for _, target in self.scopes.bindings(node)}

    def write_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Add bindings that are in doubt, as what they are."""
        for name, target in self.scopes.doubtful(node):
            self.parts += [f"Import({name}=", Hole(target), ")"]

    def note_call(self, node: ast.Call) -> None:
        """Remember a call of something imported; its first text, and those of `uses`, get holes."""
        self.called.add(node.func)
        first = node.args[0] if node.args else None
        uses = next((each.value for each in node.keywords if each.arg == "uses"), None)
        for path in self.scopes.paths(node.func):
            if path.split(".")[0] not in KNOWN:
                continue
            self.calls.append(Call(path, text_of(first), self.cell))
            given = uses.elts if isinstance(uses, ast.Tuple | ast.List) else []
            self.uses += [Hole(path, text) for text in texts(uses)]
            for each in [*([first] if first else []), *given]:
                if (text := text_of(each)) is not None:
                    self.holes[each] = Hole(path, text)
