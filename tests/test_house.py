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


def test_what_existed_is_within_what_was_wanted_of_three_packages():
    existed = house.Budget.stated().existed
    assert existed["mmcl"] <= 5_500
    assert existed["mmcl_experiments"] <= 6_500
    assert existed["mmcl_book"] <= 4_300
    assert sum(existed.values()) <= 15_951


def test_each_room_is_a_topic_s_once():
    parts = [part for _, part, _ in house.Budget.stated().own()]
    assert len(parts) == len({*parts}) > 50
    inside = [(a, b) for a in parts for b in parts if b.startswith(f"{a}/")]
    assert inside == []


def of_room(existed, **topics):
    return house.Budget(
        {"room": existed}, {name.replace("_", " "): topics[name] for name in topics}
    )


def test_what_is_just_small_enough_passes(package):
    for budget in (
        of_room(10),
        of_room(5, a_topic={"room/one.py": 5}),
        of_room(3, a_topic={"room/one.py": 5, "room": 1}, another={"room": 1}),
    ):
        assert [*house.faults(package, budget, {"room": 1})] == []


@pytest.mark.parametrize(
    ("budget", "at_root", "said"),
    [
        (of_room(9), 1, "room: 10 lines of code that are no topic's alone, at most 9"),
        (of_room(10), 0, "room: 1 modules at its root, at most 0"),
        (
            of_room(5, a_topic={"room/one.py": 4}),
            1,
            "room/one.py: 5 lines of code, at most 4 (a topic)",
        ),
        (
            of_room(3, a_topic={"room/one.py": 9, "room": 1}),
            1,
            "room: 5 lines of code that are no topic's alone, at most 4",
        ),
        (
            of_room(10, a_topic={"room/two": 5}),
            1,
            "room/two, of the topic 'a topic': there is no such module or folder",
        ),
    ],
)
def test_what_is_larger_is_named(package, budget, at_root, said):
    assert [*house.faults(package, budget, {"room": at_root})] == [said]


def test_lines_of_a_topic_are_not_lent_to_what_is_older(package):
    assert [*house.faults(package, of_room(4, a_topic={"room/one.py": 50}), {"room": 1})] == [
        "room: 5 lines of code that are no topic's alone, at most 4"
    ]


def test_a_long_module_and_a_long_function_are_named(package):
    body = "def long():\n" + "    x = 1\n" * 50
    (package / "room" / "one.py").write_text("#\n" * 250 + body)
    assert [*house.faults(package, of_room(99), {"room": 1})] == [
        "room/one.py: 301 lines, at most 300", "room/one.py: long has 51 lines, at most 50",
    ]  # fmt: skip
    (package / "room" / "one.py").write_text("#\n" * 250 + body[: -len("    x = 1\n")])
    assert [*house.faults(package, of_room(99), {"room": 1})] == []


def test_a_package_that_is_not_there_is_named(tmp_path):
    assert [*house.faults(tmp_path, of_room(1), {"room": 1})] == ["room: there is no such package"]
