"""How large the house may be: lines of code, modules at a root, lines of a module and a function.

Lines count without blanks, comments and docstrings. A new topic raises the number of its package
here, in the commit that brings it; what goes lowers it.
"""

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

LINES = {"mmcl": 7_300, "mmcl_experiments": 12_450, "mmcl_book": 7_200}
AT_ROOT = {"mmcl": 16, "mmcl_experiments": 6, "mmcl_book": 6}  # modules, __init__ not counted
MODULE, FUNCTION = 300, 50  # lines, all of them
LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip
Definition = ast.FunctionDef | ast.AsyncFunctionDef


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
    src: Path,
    lines: Mapping[str, int] = LINES,
    at_root: Mapping[str, int] = AT_ROOT,
) -> Iterator[str]:
    """What is larger than it may be, each in a line."""
    for package, most in lines.items():
        modules = {path: path.read_text("utf-8") for path in sorted((src / package).rglob("*.py"))}
        if not modules:
            yield f"{package}: there is no such package"
        if (count := sum(map(code_lines, modules.values()))) > most:
            yield f"{package}: {count} lines of code, at most {most}"
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
