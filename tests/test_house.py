"""The house stays as small as it says, and the gate finds what doesn't."""

from pathlib import Path

import pytest

from tests import house

ROOT = Path(__file__).parents[1]
MODULE = '''"""Words
of two lines."""

# why
x = 1


def f():
    """One line."""
    return {
        1,
    }
'''


@pytest.fixture
def package(tmp_path):
    """A package `room` of two modules with five lines of code each, and what may be said of it."""
    (tmp_path / "room").mkdir()
    for name in ("__init__", "one"):
        (tmp_path / "room" / f"{name}.py").write_text(MODULE)
    return tmp_path


def test_the_house_stays_small():
    assert [*house.faults(ROOT / "src")] == []


def test_lines_of_code_are_those_without_blanks_comments_and_docstrings():
    assert house.code_lines(MODULE) == 5
    assert house.code_lines("") == 0


def test_what_is_just_small_enough_passes(package):
    assert [*house.faults(package, {"room": 10}, {"room": 1})] == []


@pytest.mark.parametrize(
    ("lines", "at_root", "said"),
    [
        (9, 1, "room: 10 lines of code, at most 9"),
        (10, 0, "room: 1 modules at its root, at most 0"),
    ],
)
def test_what_is_larger_is_named(package, lines, at_root, said):
    assert [*house.faults(package, {"room": lines}, {"room": at_root})] == [said]


def test_a_long_module_and_a_long_function_are_named(package):
    body = "def long():\n" + "    x = 1\n" * 50
    (package / "room" / "one.py").write_text("#\n" * 250 + body)
    assert [*house.faults(package, {"room": 99}, {"room": 1})] == [
        "room/one.py: 301 lines, at most 300", "room/one.py: long has 51 lines, at most 50",
    ]  # fmt: skip
    (package / "room" / "one.py").write_text("#\n" * 250 + body[: -len("    x = 1\n")])
    assert [*house.faults(package, {"room": 99}, {"room": 1})] == []


def test_a_package_that_is_not_there_is_named(tmp_path):
    assert [*house.faults(tmp_path, {"room": 1}, {"room": 1})] == ["room: there is no such package"]
