"""Results that a page reads: what papers published, and what this book recorded at their size.

`results/published/<name>.yml` was typed once, each value with how well it is known.
`results/<profile>/sweeps/<experiment>.json` is an accepted sweep; it changes only through
`mmcl record accept --sweep`. `results/<profile>/checkpoints/<experiment>.safetensors` are weights
with which one of its tasks ended; they come from `mmcl record accept --checkpoint`.
"""

import warnings
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mmcl import files
from mmcl.errors import InputError, MissingFile
from mmcl.naming import nearest
from mmcl_experiments.notices import Notice, show
from mmcl_experiments.recorded import published as published_rows
from mmcl_experiments.recorded import tasks
from mmcl_experiments.recorded.places import (
    checkpoint_path,
    published_names,
    published_path,
    results_root,
    sweep_path,
)
from mmcl_experiments.rooms import PROFILES, names

# Published


def published(name: str, *, root: Path | None = None) -> pd.DataFrame:
    """A paper's results as they were printed, one row for each.

    Columns: the labels of the file, then value, spread, low and high (NaN where unknown),
    evidence (V, S, D or R), source, and `printed`: the value as a page should show it.
    Errors: FileNotFoundError, or ValueError that names the file, the row and what is wrong.
    """
    root = root or results_root()
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
    root = root or results_root()
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


def recorded(experiment: str, *, profile: str = "paper", root: Path | None = None) -> pd.DataFrame:
    """The rows of an accepted sweep, as `mmcl_book.sweep.load` gives those of a folder.

    Where they are of several versions of the code a page says so. `attrs["source"]` names the
    sweep, for `Chapter.note(..., source=)`.
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
    rows.attrs["source"] = f"{profile}/{experiment}"
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


def about(experiment: str, *, profile: str = "paper", root: Path | None = None) -> Notice:
    """The provenance of an accepted sweep in one sentence for a page.

    It counts hours of one core, or of one process on an accelerator, and says how many tasks were
    run with code that no commit holds. Whether the code has changed since is judged when the page
    is rendered, which adds a sentence.
    Errors: as `recorded`.
    """
    found = accepted(experiment, profile, root)
    origins = [content["provenance"] for content in found]
    devices = sorted({each.get("device") or "unknown" for each in origins})
    places = [name.removeprefix("cpu, ").removeprefix("cuda, ") for name in devices]
    unit = "core-hours" if all(name.startswith("cpu") for name in devices) else "hours"
    hours = sum(each["wall_s"] * (each.get("threads") or 1) for each in origins) / 3600
    commits = sorted({(each.get("commit") or "no commit")[:7] for each in origins})
    count = f"{len(found)} task{'s' if len(found) > 1 else ''}"
    parts = [
        f"Recorded sweep {experiment} at {profile} size: {count}",
        f"{hours:.2g} {unit} on {' and '.join(places)}",
        f"finished {max(tasks.finished(content) for content in found)[:10]}",
        f"commit {', '.join(commits)}",
    ]
    if dirty := sum(each.get("dirty") is not False for each in origins):
        some = "" if dirty == len(found) else f"{dirty} of them "
        parts.append(f"{some}with uncommitted changes")
    return Notice(", ".join(parts) + ".", f"{profile}/{experiment}")


# Checkpoints


class Checkpoint(NamedTuple):
    """Weights by name with which a recorded task ended, and the task's settings and seed."""

    weights: dict[str, Any]
    settings: dict[str, Any]
    seed: int


def checkpoint(
    experiment: str, *, profile: str = "default", root: Path | None = None
) -> Checkpoint:
    """The weights that the book keeps of an experiment. Nothing in the file is executed.

    Errors: FileNotFoundError with the command that makes it; ValueError for a file that is damaged.
    """
    nearest(experiment, names(), "experiment")
    nearest(profile, PROFILES, "profile")
    root = root or results_root()
    path = checkpoint_path(root, profile, experiment)
    again = f"make it again: mmcl record accept --checkpoint {experiment}"
    if not path.is_file():
        raise MissingFile(f"there is no {path.relative_to(root).as_posix()}; {again}")
    with files.safetensors(path, todo=again) as (content, about):
        if not {"settings", "seed"} <= about.keys():
            raise InputError(f"{path} doesn't say of what task it is; {again}")
        weights = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    return Checkpoint(weights, about["settings"], about["seed"])
