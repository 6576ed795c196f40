"""What a name stands for where it is used: lexical scopes, and what imports bind in each of them.

A name that one import alone binds in its scope stands for the dotted name behind it. One that
something else binds too (`try: import x` with `x = None` beside it, two branches with an import
each, a class that hides an import of its module) is in doubt; its imports then count in place.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager

Import = ast.Import | ast.ImportFrom
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
BINDING = {  # nodes that bind a name where they stand, and where they have it
    ast.FunctionDef: "name", ast.AsyncFunctionDef: "name", ast.ClassDef: "name",
    ast.ExceptHandler: "name", ast.MatchAs: "name", ast.MatchStar: "name", ast.MatchMapping: "rest",
}  # fmt: skip


class Scope:
    """A module, class, function or comprehension, and the names that it binds."""

    def __init__(self, kind: str, parent: "Scope | None" = None):
        self.kind, self.parent = kind, parent
        self.imports: dict[str, set[str]] = {}
        self.others: set[str] = set()
        self.globals: set[str] = set()

    @property
    def root(self) -> "Scope":
        """The module's scope."""
        return self if self.parent is None else self.parent.root

    def home(self, name: str) -> "Scope":
        """The scope in which a name is bound that gets a value here."""
        return self.root if name in self.globals else self

    def binding(self, name: str) -> "Scope | None":
        """The scope in which a name is bound that is used here; None for a builtin."""
        if name in self.globals:
            return self.root
        scope: Scope | None = self
        while scope is not None:
            seen = scope is self or scope.kind != "class"  # functions don't see names of classes
            if seen and (name in scope.imports or name in scope.others):
                return scope
            scope = scope.parent
        return None

    def alone(self, name: str) -> str | None:
        """What the only import that binds a name in this scope stands for, None in doubt."""
        targets = self.imports.get(name, ())
        sure = len(targets) == 1 and name not in self.others and self.kind != "class"
        return next(iter(targets)) if sure else None


class Scopes(ast.NodeVisitor):
    """The scopes of a source. base: the package from which its relative imports count."""

    def __init__(self, tree: ast.AST, base: str = ""):
        self.base = base
        self.module = self.scope = Scope("module")
        self.place: dict[ast.AST, Scope] = {}  # where names and imports stand
        self.imported = set[str]()  # dotted names, at any depth
        self.generic_visit(tree)
        for node, scope in self.place.items():
            if isinstance(node, ast.Name) and scope.kind == "class" and node.id in scope.others:
                outer = scope.parent and scope.parent.binding(node.id)
                if outer:  # a class may read it before it binds its own
                    outer.others.add(node.id)

    # What a name stands for

    def path(self, node: ast.AST) -> str | None:
        """The dotted name behind an expression such as `np.dot`; None in doubt, or for a value."""
        return next(iter(self.paths(node, sure=True)), None)

    def paths(self, node: ast.AST, sure: bool = False) -> list[str]:
        """All dotted names that may stand behind an expression; sure: the one in no doubt."""
        name, rest = chain(node)
        scope = name and self.place[name].binding(name.id)
        if not name or not scope or (sure and not scope.alone(name.id)):
            return []
        return sorted(".".join([target, *rest]) for target in scope.imports.get(name.id, ()))

    def bindings(self, node: Import) -> Iterator[tuple[str, str]]:
        """(name that it binds, dotted name that this stands for) of an import; "*" for a star."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                first = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
            else:
                place = self.origin(node)
                target = place if alias.name == "*" else f"{place}.{alias.name}"
                yield alias.asname or alias.name, target

    def origin(self, node: ast.ImportFrom) -> str:
        """The dotted name of what `from` names."""
        if not node.level:
            return node.module or ""
        parts = self.base.split(".")
        return ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])

    def doubtful(self, node: Import) -> list[tuple[str, str]]:
        """The bindings of an import that count in place, as their names alone don't tell."""
        scope = self.place[node]
        return [each for each in self.bindings(node) if scope.home(each[0]).alone(each[0]) is None]

    # Walking

    def visit(self, node: ast.AST) -> None:
        """Walk a node and what is in it."""
        if name := getattr(node, BINDING.get(type(node), ""), None):
            self.bind(name)
        super().visit(node)

    def bind(self, name: str) -> None:
        """A name that something other than an import binds here."""
        self.scope.home(name).others.add(name)

    @contextmanager
    def inside(self, kind: str) -> Iterator[None]:
        """Open a scope."""
        before, self.scope = self.scope, Scope(kind, self.scope)
        yield
        self.scope = before

    def visit_all(self, *nodes: ast.AST | None) -> None:
        """Visit nodes, but for what is missing."""
        for node in filter(None, nodes):
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.place[node] = self.scope
        if not isinstance(node.ctx, ast.Load):
            self.bind(node.id)

    def visit_Import(self, node: Import) -> None:
        self.place[node] = self.scope
        bindings, whole = list(self.bindings(node)), isinstance(node, ast.Import)
        self.imported |= {each.name for each in node.names} if whole else {t for _, t in bindings}
        for name, target in bindings:
            self.scope.home(name).imports.setdefault(name, set()).add(target)
            if name == "*":
                self.bind(name)

    visit_ImportFrom = visit_Import

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.globals.update(node.names)

    def visit_FunctionDef(self, node: Function) -> None:
        inputs = list(ast.iter_child_nodes(node.args))  # parameters, then their defaults
        self.visit_all(
            *inputs, *getattr(node, "decorator_list", ()), getattr(node, "returns", None)
        )
        with self.inside("function"):
            for each in inputs:
                if isinstance(each, ast.arg):
                    self.bind(each.arg)
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            self.visit_all(*getattr(node, "type_params", ()), *body)

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all(*node.decorator_list, *node.bases, *node.keywords)
        with self.inside("class"):
            self.visit_all(*getattr(node, "type_params", ()), *node.body)

    def visit_ListComp(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)  # belongs to the scope around it
        with self.inside("comprehension"):
            for each in node.generators:
                self.visit_all(each.target, None if each is first else each.iter, *each.ifs)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            self.visit_all(*parts)

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.place[node.target] = before = self.scope
        while self.scope.kind == "comprehension" and self.scope.parent:
            self.scope = self.scope.parent
        self.bind(node.target.id)
        self.scope = before


def chain(node: ast.AST) -> tuple[ast.Name | None, list[str]]:
    """The name with which an expression such as `a.b.c` begins, and its attributes."""
    rest: list[str] = []
    while isinstance(node, ast.Attribute):
        rest.insert(0, node.attr)
        node = node.value
    return (node, rest) if isinstance(node, ast.Name) else (None, [])
