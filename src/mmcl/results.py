"""Results that a page reads: what papers published, and what this book recorded at their size.

`results/published/<name>.yml` was typed once, each value with how well it is known.
`results/<profile>/sweeps/<experiment>.json` is an accepted sweep; it changes only through
`mmcl record accept --sweep`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import files, reach, records, tasks
from mmcl.experiments import PROFILES, names, nearest

EVIDENCE = {  # how well a published value is known
    "V": "primary source",
    "S": "secondary source",
    "D": "derived here",
    "R": "recalled, unverified",
}
MARKS = ("_toc.yml", "book/claims.yml")
NUMBERS = ("value", "spread", "low", "high")  # of a published row; the others are labels
OTHERS = ("evidence", "source")


def project_root(start: Path | None = None) -> Path:
    """The project's folder: the nearest one above `start` (the current one), else the checkout.

    Errors: FileNotFoundError when there is neither.
    """
    start = (start or Path.cwd()).resolve()
    checkout = Path(__file__).resolve().parents[2]
    for folder in (start, *start.parents, checkout):
        if all((folder / mark).is_file() for mark in MARKS):
            return folder
    raise FileNotFoundError(
        f"no book at {start} or above (wanted: {' and '.join(MARKS)}); "
        "go to the folder that you cloned"
    )


# Published


def published_path(root: Path, name: str) -> Path:
    """Where a paper's numbers stand."""
    return root / "results" / "published" / f"{name}.yml"


def published(name: str, *, root: Path | None = None) -> pd.DataFrame:
    """A paper's results as they were printed, one row for each.

    Columns: the labels of the file, then value, spread, low and high (NaN where unknown),
    evidence (V, S, D or R), source, and `printed`: the value as a page should show it.
    Errors: FileNotFoundError, or ValueError that names the file, the row and what is wrong.
    """
    root = root or project_root()
    if not name.isidentifier():  # chapters' keys find the names of files in this form alone
        raise ValueError(f"published got {name!r}; give a name such as 'liu_synthetic'")
    path = published_path(root, name)
    if not path.is_file():
        known = sorted(each.stem for each in path.parent.glob("*.yml"))
        raise FileNotFoundError(f"there is no {path.name} in {path.parent}; there are: {known}")
    try:
        return published_table(files.read_yaml(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def published_table(content: Any) -> pd.DataFrame:
    """The table of a file's content; ValueError says which row is wrong and why."""
    wanted = {"labels": list, "sources": dict, "rows": list}
    if not isinstance(content, dict) or any(
        not isinstance(content.get(name), kind) or not content[name]
        for name, kind in wanted.items()
    ):
        raise ValueError("it lacks labels (a list), sources (by evidence) or rows (a list)")
    labels, rows, seen = content["labels"], [], set()
    for number, row in enumerate(content["rows"], 1):
        try:
            whole = published_row(row, labels, content["sources"])
            identity = tuple(whole[label] for label in labels)
            if identity in seen:
                raise ValueError("another row has the same labels")
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from error
        seen.add(identity)
        rows.append({**whole, "printed": printed(whole)})
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(NUMBERS, float))


def published_row(row: Any, labels: list[str], sources: Mapping[str, str]) -> dict[str, Any]:
    """A row with all its columns; ValueError for what is missing, unknown or of a wrong kind."""
    if not isinstance(row, dict):
        raise ValueError(f"it is {row!r}; give a mapping")
    for name in row:
        nearest(name, [*labels, *NUMBERS, *OTHERS], "column")
    lacks = [name for name in (*labels, "value", "evidence") if name not in row]
    if lacks:
        raise ValueError(f"it lacks {', '.join(lacks)}; write null for what isn't known")
    tag = nearest(row["evidence"], tuple(EVIDENCE), "evidence")
    source = row.get("source", sources.get(tag))
    if not isinstance(source, str) or not source.strip():
        raise ValueError(f"evidence {tag} has no source; add one to the row or to sources")
    for label in labels:
        if not isinstance(row[label], str | None):
            raise ValueError(f"{label} is {row[label]!r}; give text, or null")
    found = {name: row.get(name) for name in NUMBERS}
    for name, value in found.items():
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (known and math.isfinite(value)):
            raise ValueError(f"{name} is {value!r}; give a number, or null")
    return {**{label: row[label] for label in labels}, **found, "evidence": tag, "source": source}


def printed(row: Mapping[str, Any]) -> str:
    """A value as a page shows it: with its spread, and with a word where nobody has checked it."""
    value, spread, low, high = (row[name] for name in NUMBERS)
    numbers = [each for each in (value, spread, low, high) if each is not None]
    digits = max((len(str(each).partition(".")[2]) for each in numbers), default=0)
    if value is not None:
        text = f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread is not None else "")
    elif low is not None and high is not None:
        text = f"{low:.{digits}f} to {high:.{digits}f}"
    else:
        return "not found"
    return f"{text} (unverified)" if row["evidence"] == "R" else text


# Recorded


def sweep_path(root: Path, profile: str, experiment: str) -> Path:
    """Where an accepted sweep is."""
    return root / "results" / profile / "sweeps" / f"{experiment}.json"


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
        raise FileNotFoundError(
            f"there is no accepted sweep {path.relative_to(root).as_posix()}; "
            f"run: {command(experiment, profile)}, and then: mmcl record accept "
            f"--sweep FOLDER/sweeps/{experiment}"
        )
    return read_sweep(path)


def command(experiment: str, profile: str) -> str:
    """The command that runs a sweep at a profile's size."""
    return f"mmcl sweep {experiment} --profile {profile} --out FOLDER"


def recorded(experiment: str, *, profile: str = "paper", root: Path | None = None) -> pd.DataFrame:
    """The rows of an accepted sweep, as `mmcl.book.sweep.load` gives those of a folder.

    Errors: FileNotFoundError with the command that makes it; ValueError for an unknown name or
    for a file that isn't whole.
    """
    return tasks.table(accepted(experiment, profile, root))


def recorded_or_none(
    experiment: str, *, profile: str = "paper", root: Path | None = None
) -> pd.DataFrame | None:
    """The same where there is an accepted sweep; else None, and the page says what is missing.

    A chapter skips what it would show and note; the ledger then shows those claims as missing.
    """
    try:
        return recorded(experiment, profile=profile, root=root)
    except FileNotFoundError as error:
        records.show(Notice(f"Not recorded yet: {error}."))
        return None


@dataclass(frozen=True)
class Notice:
    """A sentence that stands out on a page."""

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<p class="mmcl-recorded">{escape(self.text)}</p>'

    __repr__ = __str__


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
        "dirty": sum(each.get("dirty") is not False for each in origins),
    }
    return About(sentence(**facts), **facts)


def stale(contents: list[tasks.Content], root: Path) -> list[tasks.Content]:
    """The tasks that were run with other code of their experiment than there is now."""
    package, current = reach.package_folder(root), {}
    for name in {content["experiment"] for content in contents}:
        current[name] = reach.digest_of(reach.modules_of(package, name))
    return [content for content in contents if content["code"] != current[content["experiment"]]]


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
    if not (about["stale"] or about["dirty"]):
        parts.append("made with the code as it is now")
    return ", ".join(parts) + "."
