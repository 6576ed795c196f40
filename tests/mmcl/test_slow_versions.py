"""A slow version judges a fast one: it shares no line with it, and calls nothing of the package."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALONE = 16  # characters: a shorter line, such as a loop's head, says nothing
DRAWS = {"stream"}  # the same random numbers are no shared answer
FILES = sorted(path for path in HERE.glob("test_*.py") if "def slow_" in path.read_text())


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if len(line.strip()) >= ALONE}


PACKAGE = lines("\n".join(p.read_text() for p in (HERE.parents[1] / "src/mmcl").rglob("*.py")))


def slow_versions(text: str) -> Iterator[tuple[ast.FunctionDef, str]]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("slow_"):
            yield node, ast.get_source_segment(text, node) or ""


def borrowed(text: str) -> list[str]:
    """Lines that stand in the package too, and names that slow versions import from it."""
    imports = [each for each in ast.parse(text).body if isinstance(each, ast.ImportFrom)]
    ours = [each for each in imports if (each.module or "").split(".")[0] == "mmcl"]
    functions = {name.name for each in ours for name in each.names if name.name.islower()} - DRAWS
    found = []
    for node, source in slow_versions(text):
        shared = lines(source) & PACKAGE
        named = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} & functions
        found += [f"{node.name}: {each}" for each in sorted(shared | named)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_slow_version_shares_nothing_with_the_fast_one(path):
    assert borrowed(path.read_text()) == []


def test_a_slow_version_that_does_is_seen():
    text = (
        "from mmcl.metrics import matching\n"
        "def slow_one(z, h):\n"
        "    rows, columns = linear_sum_assignment(-np.abs(matching))\n"
        "def slow_other(z, h):\n"
        "    return matching.correlations(z, h)\n"
    )
    line = "rows, columns = linear_sum_assignment(-np.abs(matching))"
    assert borrowed(text) == ["slow_one: matching", f"slow_one: {line}", "slow_other: matching"]


def test_each_room_of_measures_has_slow_versions():
    assert {"test_losses.py", "test_blockwise.py", "test_metrics.py"} <= {p.name for p in FILES}
