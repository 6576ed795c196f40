"""Confirming an accepted sweep: after an edit of the code, some of its tasks are run again.

A tidied module changes the digest of the code and, most often, no number. Hours of computing
needn't be repeated to show that: where tasks of the same old code give the same numbers again, the
file says by which code and how many, and its tasks are no longer counted as stale.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from mmcl import files, provenance, results, tasks
from mmcl.book.sweep import work
from mmcl.errors import InputError
from mmcl.tasks import Content

TOLERANCE = 1e-6  # of numbers up to 1, and relative beyond: the order of sums may change


def confirm(
    root: Path, experiment: str, profile: str, count: int, say: Callable[[str], None]
) -> int:
    """Run `count` tasks of each older version of the code again; return for how many they speak.

    Every task of a version is marked as confirmed when all that ran gave the same numbers.
    Errors: ValueError when code isn't committed or any number differs, which it names; nothing is
    written then.
    """
    if type(count) is not int or count < 1:
        raise InputError(f"--confirm is {count!r}; give how many tasks to run again, 1 or more")
    contents = results.accepted(experiment, profile, root)
    old = sorted(results.stale(contents, root), key=lambda content: content["code"])
    if not old:
        return 0
    origin = provenance.origin()
    if origin["dirty"] is not False:
        raise InputError("only code that a commit holds can confirm a sweep; commit, and run again")
    code = work.code_of(experiment)
    for _, group in groupby(old, key=lambda content: content["code"]):
        version = list(group)
        chosen = spread(version, count)
        for place, content in enumerate(chosen, 1):
            say(f"{experiment}: {place}/{len(chosen)}, {varied(content, version)}")
            check_same(content, again(content, code))
        mark = {
            "code": code,
            "commit": origin["commit"],
            "again": len(chosen),
            "of": len(version),
        }
        for content in version:
            content["provenance"]["confirmed"] = mark
    files.write_text(results.sweep_path(root, profile, experiment), tasks.packed(contents))
    return len(old)


def spread(contents: Iterable[Content], count: int) -> list[Content]:
    """The tasks to run again: quick ones that between them have many values of the settings."""
    left, seen, chosen = list(contents), set[str](), []
    while left and len(chosen) < count:
        gains = [(len(values(each) - seen) / seconds(each), -seconds(each)) for each in left]
        best = left.pop(gains.index(max(gains)))
        seen |= values(best)
        chosen.append(best)
    return chosen


def seconds(content: Content) -> float:
    """How long a task took."""
    return max(content["provenance"]["wall_s"], 1e-3)


def values(content: Content) -> set[str]:
    """Each setting of a task with its value, and the seed."""
    return {f"{name}={tasks.as_text(value)}" for name, value in tasks.described(content).items()}


def varied(content: Content, contents: Iterable[Content]) -> str:
    """The settings and the seed in which a task differs from others."""
    common = set.intersection(*(values(each) for each in contents))
    return ", ".join(sorted(values(content) - common)) or "the only one"


def again(content: Content, code: str) -> list[dict[str, Any]]:
    """The rows of a task, run now. Errors: ValueError with the error that it raised."""
    reply = work.work(content["experiment"], content["settings"], content["seed"], code)
    if "error" in reply:
        raise InputError(f"{tasks.name_of(content)} no longer runs:\n{reply['error']}")
    return reply["rows"]


def check_same(content: Content, rows: list[dict[str, Any]]) -> None:
    """ValueError when rows aren't those of the task, up to rounding."""
    before = content["rows"]
    if len(rows) != len(before):
        raise InputError(f"{tasks.name_of(content)} has {len(rows)} rows now, not {len(before)}")
    for number, (new, old) in enumerate(zip(rows, before, strict=True), 1):
        names = sorted(name for name in new.keys() | old.keys()
                       if not same(new.get(name), old.get(name)))  # fmt: skip
        if names:
            found = ", ".join(f"{name} {old.get(name)!r} -> {new.get(name)!r}" for name in names)
            raise InputError(
                f"{tasks.name_of(content)}, row {number}: {found}. The code gives other numbers "
                f"now; run: {results.command(content['experiment'], content['profile'])}"
            )


def same(new: Any, old: Any) -> bool:
    """Whether two cells are equal, numbers up to rounding."""
    if isinstance(new, float) and isinstance(old, int | float):
        return abs(new - old) <= TOLERANCE * max(1.0, abs(old))
    return type(new) is type(old) and new == old
