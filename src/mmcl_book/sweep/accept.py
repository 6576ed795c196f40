"""Accepting a sweep: its finished tasks become one file of results/, which the book reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.records import standing
from mmcl_book.sweep import store
from mmcl_experiments import PROFILES, names, nearest, results
from mmcl_experiments.recorded import tasks


@dataclass(frozen=True)
class Accepted:
    """What was done: tasks of the folder that are new, replace others or are older; all in file."""

    path: Path
    experiment: str
    profile: str
    new: int
    replaced: int
    unchanged: int
    total: int
    stale: int

    def __str__(self) -> str:
        counts = f"{self.new} tasks new, {self.replaced} replaced, {self.unchanged} unchanged"
        size = f"{self.total} in all, {self.path.stat().st_size / 1000:.0f} kB"
        old = f"; {self.stale} were run with other code than there is now" if self.stale else ""
        return f"{self.experiment} at {self.profile}: {counts}; {size}{old}"


def accept(
    root: Path, folder: Path | str, *, profile: str | None = None, dirty: bool = False
) -> Accepted:
    """Copy a sweep's finished tasks to results/, beside those accepted before; return what changed.

    Of tasks with the same settings and seed the one that finished last counts. profile: refuse
    tasks of another one. dirty: take tasks that were run with uncommitted code.
    Errors: ValueError says why the sweep can't stand for the book; nothing is written then.
    """
    found = tasks.latest(store.contents(files.expanded(folder)))
    experiment, size = identity(found, folder)
    if profile is not None and nearest(profile, PROFILES, "profile") != size:
        raise InputError(f"{folder} was run at {size}, not at {profile}; leave out --profile")
    if size == "smoke":
        raise InputError("sweeps at smoke say nothing about the claims; accept default or paper")
    check_commits(found, folder, dirty)
    nearest(experiment, names(), "experiment")
    path = results.sweep_path(root, size, experiment)
    before = results.read_sweep(path) if path.is_file() else []
    merged = tasks.latest([*before, *found])
    old = {tasks.name_of(each): each for each in before}
    changes = [each for each in found if old.get(tasks.name_of(each)) != each and each in merged]
    new = sum(tasks.name_of(each) not in old for each in changes)
    files.write_text(path, tasks.packed(merged))
    counts = {"new": new, "replaced": len(changes) - new, "unchanged": len(found) - len(changes)}
    stale = len(standing.stale(merged, root))
    return Accepted(path, experiment, size, **counts, total=len(merged), stale=stale)


def identity(found: Iterable[tasks.Content], folder: Path | str) -> tuple[str, str]:
    """The experiment and profile of tasks; ValueError when there are several."""
    kinds = {(each["experiment"], each["profile"]) for each in found}
    if len(kinds) > 1:
        text = ", ".join(" at ".join(kind) for kind in sorted(kinds))
        raise InputError(f"{folder} holds several sweeps: {text}; give each a folder of its own")
    return next(iter(kinds))


def check_commits(found: Iterable[tasks.Content], folder: Path | str, dirty: bool) -> None:
    """ValueError when tasks were run with code that no commit holds."""
    bad = [each for each in found if each["provenance"].get("dirty") is not False]
    if bad and not dirty:
        raise InputError(
            f"{folder}: {len(bad)} tasks were run with code that no commit holds; commit, and run "
            "the sweep again with --force (or pass --dirty to accept it as it is)"
        )
