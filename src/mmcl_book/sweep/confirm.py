"""Confirming an accepted sweep: some of its tasks are run again, after an edit or elsewhere.

A tidied module changes the digest of the code and, most often, no number. Hours of computing
needn't be repeated to show that: where tasks of the same old code give the same numbers again, the
file says by which code and how many, and its tasks are no longer counted as stale. On another
processor than the one that made them, or with other versions of the libraries that compute, numbers
need only agree as `agreement.distant` says.
"""

import os
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.records import standing
from mmcl_book.sweep import agreement, work
from mmcl_book.terminal import say
from mmcl_experiments import provenance, results
from mmcl_experiments.recorded import tasks
from mmcl_experiments.recorded.tasks import Content

WORDS = {
    "exactly": "the same numbers",
    "in spread": "numbers within the spread over seeds, on another processor or other libraries",
}
COMPUTING = ("torch", "numpy", "scipy", "scikit-learn")


def confirm(
    root: Path, experiment: str, profile: str, count: int, *, current: bool = False
) -> int | None:
    """Run `count` tasks of each older version of the code again; return for how many they speak.

    None where there is no older version. Every task of a version is marked as confirmed when all
    that ran agree with what was recorded; one that another kind of device made is left as it is.
    current: run tasks of the code as it is now, too; their file needs no mark.
    Errors: ValueError when code isn't committed or numbers don't agree, which it names; nothing is
    written then.
    """
    if type(count) is not int or count < 1:
        raise InputError(f"--confirm is {count!r}; give how many tasks to run again, 1 or more")
    contents = results.accepted(experiment, profile, root)
    old = contents if current else standing.stale(contents, root)
    if not old:
        return None
    origin = provenance.origin()
    if origin["dirty"] is not False:
        raise InputError("only code that a commit holds can confirm a sweep; commit, and run again")
    code, spoken = work.code_of(experiment), 0
    for _, group in groupby(sorted(old, key=lambda each: each["code"]), lambda each: each["code"]):
        version, kinds = list(group), set[str]()
        if not (found := judged(version, contents)):
            say(f"{experiment}: {len(version)} tasks aren't run again, which another device made")
            continue
        chosen = spread(found, count)
        for place, content in enumerate(chosen, 1):
            say(f"{experiment}: {place}/{len(chosen)}, {varied(content, version)}")
            kinds.add(kind := agreed(content, again(content, code), contents))
            say(f"{experiment}: {place}/{len(chosen)}, {WORDS[kind]}")
        mark = {
            "code": code,
            "commit": origin["commit"],
            "again": len(chosen),
            "of": len(version),
            "agree": "exactly" if kinds == {"exactly"} else "in spread",
            "instructions": provenance.instructions(),
            "versions": provenance.versions(),
        }
        spoken += len(version)
        for content in version:
            if content["code"] != code:
                content["provenance"]["confirmed"] = mark
    if spoken and any(each["code"] != code for each in old):
        files.write_text(results.sweep_path(root, profile, experiment), tasks.packed(contents))
    return spoken


def judged(contents: list[Content], sweep: list[Content]) -> list[Content]:
    """Tasks that can be judged here: where sums are rounded otherwise, those with other seeds.

    None that another kind of device made, whose draws are others.
    """
    here = os.environ.get("MMCL_DEVICE", "cpu")
    alike = [each for each in contents if device_of(each) == here]
    found = [each for each in alike if not elsewhere(each) or agreement.spreads(each, sweep)[1] > 0]
    return found or alike


def device_of(content: Content) -> str:
    """What made a task: "cpu" or "cuda"."""
    return content["provenance"].get("device", "cpu").partition(",")[0]


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


def agreed(content: Content, rows: list[dict[str, Any]], sweep: Iterable[Content]) -> str:
    """How rows agree with those of a task: a name in WORDS. Errors: ValueError if they don't."""
    if (difference := agreement.unequal(rows, content["rows"])) is None:
        return "exactly"
    if elsewhere(content) and (difference := agreement.distant(rows, content, sweep)) is None:
        return "in spread"
    command = results.command(content["experiment"], content["profile"])
    text = f"{tasks.name_of(content)}, {difference}. The code gives other numbers now"
    raise InputError(f"{text}; run: {command}")


def elsewhere(content: Content) -> bool:
    """Whether a task may come from a processor, or from libraries, that round otherwise."""
    origin, mark, here = content["provenance"], standing.confirmed(content), provenance.versions()
    made = origin.get("versions", here)
    known = [rounding(origin.get("instructions"), made)]
    if mark.get("agree") == "exactly":
        known.append(rounding(mark.get("instructions"), mark.get("versions", made)))
    return rounding(provenance.instructions(), here) not in known


def rounding(instructions: str | None, versions: Mapping[str, str]) -> list[str | None]:
    """What decides the last digits: instructions of the processor, libraries that compute."""
    return [instructions, *(versions.get(name) for name in COMPUTING)]
