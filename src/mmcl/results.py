"""Results that a page reads: what papers published, and what this book recorded at their size.

`results/published/<name>.yml` was typed once, each value with how well it is known.
`results/<profile>/sweeps/<experiment>.json` is an accepted sweep; it changes only through
`mmcl record accept --sweep`.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import files, published_rows, reach, tasks
from mmcl.errors import InputError, MissingFile
from mmcl.experiments import PROFILES, names, nearest
from mmcl.notices import Notice, show
from mmcl.places import project_root, published_names, published_path, sweep_path

# Published


def published(name: str, *, root: Path | None = None) -> pd.DataFrame:
    """A paper's results as they were printed, one row for each.

    Columns: the labels of the file, then value, spread, low and high (NaN where unknown),
    evidence (V, S, D or R), source, and `printed`: the value as a page should show it.
    Errors: FileNotFoundError, or ValueError that names the file, the row and what is wrong.
    """
    root = root or project_root()
    if not name.isidentifier():  # chapters' keys find the names of files in this form alone
        raise InputError(f"published got {name!r}; give a name such as 'liu_synthetic'")
    path = published_path(root, name)
    if not path.is_file():
        known = published_names(root)
        raise MissingFile(f"there is no {path.name} in {path.parent}; there are: {known}")
    try:
        return published_rows.table(files.read_yaml(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


# Recorded


def read_sweep(path: Path) -> list[tasks.Content]:
    """The tasks of an accepted sweep. Errors: FileNotFoundError, ValueError."""
    return tasks.unpacked(files.read_json(path), path)


def accepted(experiment: str, profile: str, root: Path | None) -> list[tasks.Content]:
    """The tasks of an accepted sweep; FileNotFoundError says how to make one."""
    nearest(experiment, names(), "experiment")
    nearest(profile, PROFILES, "profile")
    root = root or project_root()
    path = sweep_path(root, profile, experiment)
    if not path.is_file():
        raise MissingFile(
            f"there is no accepted sweep {path.relative_to(root).as_posix()}; "
            f"run: {command(experiment, profile)}, and then: mmcl record accept "
            f"--sweep FOLDER/sweeps/{experiment}"
        )
    return read_sweep(path)


def command(experiment: str, profile: str) -> str:
    """The command that runs a sweep at a profile's size."""
    return f"mmcl sweep {experiment} --profile {profile} --out FOLDER"


def renewal(experiment: str, profile: str) -> str:
    """What to do about tasks of older code."""
    return (
        f"if only its form changed: mmcl sweep {experiment} --profile {profile} --confirm 3; "
        f"else: {command(experiment, profile)}"
    )


def recorded(experiment: str, *, profile: str = "paper", root: Path | None = None) -> pd.DataFrame:
    """The rows of an accepted sweep, as `mmcl.book.sweep.load` gives those of a folder.

    Where they are of several versions of the code a page says so.
    Errors: FileNotFoundError with the command that makes it; ValueError for an unknown name or
    for a file that isn't whole.
    """
    found = accepted(experiment, profile, root)
    with warnings.catch_warnings():  # which would print where the kernel has this cell
        warnings.filterwarnings("ignore", message=r".*versions of the code")
        rows = tasks.table(found)
    if (count := rows.code_key.nunique()) > 1:
        text = f"The rows of {experiment} at {profile} size come from {count} versions of the code"
        show(Notice(f"{text}: see the column code_key."))
    return rows


def recorded_or_none(
    experiment: str, *, profile: str = "paper", root: Path | None = None
) -> pd.DataFrame | None:
    """The same where there is an accepted sweep; else None, and the page says what is missing.

    A chapter skips what it would show and note; the ledger then shows those claims as missing.
    """
    try:
        return recorded(experiment, profile=profile, root=root)
    except MissingFile as error:
        show(Notice(f"Not recorded yet: {error}."))
        return None


@dataclass(frozen=True)
class About(Notice):
    """Where recorded numbers come from; `text` is the sentence for a page."""

    experiment: str
    profile: str
    tasks: int
    seeds: tuple[int, ...]
    commits: tuple[str, ...]
    devices: tuple[str, ...]
    finished: str  # the day of the last task
    hours: float  # of one core, or of one process on an accelerator
    stale: int  # tasks that were run with other code than there is now
    confirmed: tuple[int, int] | None  # of so many tasks of older code, so many were run again
    exactly: bool  # those gave the same numbers, not only numbers within the spread over seeds
    dirty: int  # tasks that were run with code that no commit holds

    __repr__ = Notice.__str__


def about(experiment: str, *, profile: str = "paper", root: Path | None = None) -> About:
    """The provenance of an accepted sweep in short; shown as one line on a page.

    Errors: as `recorded`.
    """
    root = root or project_root()
    found = accepted(experiment, profile, root)
    origins = [content["provenance"] for content in found]
    facts: dict[str, Any] = {
        "experiment": experiment,
        "profile": profile,
        "tasks": len(found),
        "seeds": tuple(sorted({content["seed"] for content in found})),
        "commits": tuple(sorted({(each.get("commit") or "no commit")[:7] for each in origins})),
        "devices": tuple(sorted({each.get("device") or "unknown" for each in origins})),
        "finished": max(tasks.finished(content) for content in found)[:10],
        "hours": sum(each["wall_s"] * (each.get("threads") or 1) for each in origins) / 3600,
        "stale": len(stale(found, root)),
        "confirmed": again(found, root),
        "exactly": all(confirmed(each).get("agree") != "in spread" for each in found),
        "dirty": sum(each.get("dirty") is not False for each in origins),
    }
    return About(sentence(**facts), **facts)


def stale(contents: list[tasks.Content], root: Path) -> list[tasks.Content]:
    """The tasks that were run with other code of their experiment than there is now.

    Not those of which `mmcl sweep --confirm` found that the code of now gives the same numbers.
    """
    now = {name: code_now(name, root) for name in {each["experiment"] for each in contents}}
    return [
        content
        for content in contents
        if now[content["experiment"]] not in (content["code"], confirmed(content).get("code"))
    ]


def code_now(experiment: str, root: Path) -> str:
    """One digest of the code that an experiment reaches, as the files are now."""
    return reach.code_of(reach.tree_of(root), experiment)


def confirmed(content: tasks.Content) -> dict[str, Any]:
    """What a task's provenance says of a later code that gave the same numbers, if any."""
    return content["provenance"].get("confirmed", {})


def again(contents: list[tasks.Content], root: Path) -> tuple[int, int] | None:
    """How many tasks of older code were run again with that of now, of how many; None for none."""
    now = code_now(contents[0]["experiment"], root)
    old = {each["code"]: confirmed(each) for each in contents if each["code"] != now}
    marks = [mark for mark in old.values() if mark.get("code") == now]
    return (sum(m["again"] for m in marks), sum(m["of"] for m in marks)) if marks else None


def sentence(**facts: Any) -> str:
    """A sweep's provenance in one sentence."""
    about = facts
    count = f"{about['tasks']} task{'s' if about['tasks'] > 1 else ''}"
    places = [name.removeprefix("cpu, ").removeprefix("cuda, ") for name in about["devices"]]
    unit = "core-hours" if all(name.startswith("cpu") for name in about["devices"]) else "hours"
    parts = [
        f"Recorded sweep {about['experiment']} at {about['profile']} size: {count}",
        f"{about['hours']:.2g} {unit} on {' and '.join(places)}",
        f"finished {about['finished']}",
        f"commit {', '.join(about['commits'])}",
    ]
    for number, words in (
        (about["dirty"], "with uncommitted changes"),
        (about["stale"], "with older code, to be run again"),
    ):
        if number:
            parts.append(words if number == about["tasks"] else f"{number} of them {words}")
    if about["confirmed"]:
        run = "{} of {} run again with the code as it is now".format(*about["confirmed"])
        same = "the same numbers" if about["exactly"] else "numbers within the spread over seeds"
        parts.append(f"{run}, with {same}")
    elif not (about["stale"] or about["dirty"]):
        parts.append("made with the code as it is now")
    return ", ".join(parts) + "."
