"""How large the house may be: lines of code, modules at a root, lines of a module and a function.

Lines count without blanks, comments and docstrings. `house.yml` beside this states them: what
each package has of the one that was before, and a budget for each topic since, in modules of its
own and in older ones.
"""

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

AT_ROOT = {"mmcl": 16, "mmcl_experiments": 6, "mmcl_book": 6}  # modules, __init__ not counted
MODULE, FUNCTION = 300, 50  # lines, all of them
LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip
Definition = ast.FunctionDef | ast.AsyncFunctionDef
Lines = dict[str, int]  # of a package, a folder or a module, as below src


class Budget(NamedTuple):
    """Lines that packages had, and what each topic since has in modules and in older ones."""

    existed: Lines
    topics: Mapping[str, Lines]

    @classmethod
    def stated(cls) -> "Budget":
        """As `house.yml` has it."""
        text = Path(__file__).with_suffix(".yml").read_text("utf-8")
        return cls(**yaml.safe_load(text))

    def own(self) -> Iterator[tuple[str, str, int]]:
        """Topic, module or folder, and its lines: what is a topic's alone."""
        for topic, parts in self.topics.items():
            for part, lines in parts.items():
                if part not in self.existed:
                    yield topic, part, lines

    def older(self, package: str) -> int:
        """Lines that a package may have in modules that are no topic's alone."""
        return self.existed[package] + sum(parts.get(package, 0) for parts in self.topics.values())


def code_lines(text: str) -> int:
    """The lines of a module that hold code."""
    words: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | Definition) and ast.get_docstring(node):
            first = node.body[0]
            words |= {*range(first.lineno, (first.end_lineno or first.lineno) + 1)}
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            code |= {*range(token.start[0], token.end[0] + 1)}
    return len(code - words)


def faults(
    src: Path, budget: Budget | None = None, at_root: Mapping[str, int] = AT_ROOT
) -> Iterator[str]:
    """What is larger than it may be, each in a line. budget: `house.yml`, unless given."""
    budget = budget or Budget.stated()
    for package in budget.existed:
        modules = {path: path.read_text("utf-8") for path in sorted((src / package).rglob("*.py"))}
        counts = {path: code_lines(text) for path, text in modules.items()}
        if not modules:
            yield f"{package}: there is no such package"
        for topic, part, most in budget.own():
            if part.split("/")[0] == package:
                found = [path for path in counts if (src / part) in (path, *path.parents)]
                if not found:
                    yield f"{part}, of the topic {topic!r}: there is no such module or folder"
                if (count := sum(counts.pop(path) for path in found)) > most:
                    yield f"{part}: {count} lines of code, at most {most} ({topic})"
        if (count := sum(counts.values())) > (most := budget.older(package)):
            yield f"{package}: {count} lines of code that are no topic's alone, at most {most}"
        root = [path for path in modules if path.parent == src / package]
        if (count := len(root) - (src / package / "__init__.py" in modules)) > at_root[package]:
            yield f"{package}: {count} modules at its root, at most {at_root[package]}"
        for path, text in modules.items():
            name = path.relative_to(src).as_posix()
            if (count := len(text.splitlines())) > MODULE:
                yield f"{name}: {count} lines, at most {MODULE}"
            yield from (f"{name}: {each}" for each in long_functions(text))


def long_functions(text: str) -> Iterator[str]:
    """Functions of more than FUNCTION lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Definition):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if count > FUNCTION:
                yield f"{node.name} has {count} lines, at most {FUNCTION}"
