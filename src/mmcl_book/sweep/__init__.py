"""`mmcl sweep`: an experiment over settings and seeds, on Dask, resumable.

One task per combination of settings and seed. Workers return rows; this process alone writes.
"""

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.run.execute import default_jobs
from mmcl_book.sweep import cluster, grid, store, summary
from mmcl_book.sweep.dispatch import Dispatcher
from mmcl_book.sweep.grid import Grid, Task
from mmcl_book.sweep.progress import Progress
from mmcl_book.sweep.store import load
from mmcl_book.terminal import asked, say
from mmcl_experiments import results
from mmcl_experiments.chapter import writable

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Outcome", "load", "run"]


@dataclass(frozen=True)
class Outcome:
    """How a sweep went: where its files are, and names of tasks that failed with their errors."""

    folder: Path
    summary: Path | None
    ran: int
    reused: int
    failed: Mapping[str, str]


def run(
    experiment: str,
    *,
    out: Path | str,
    profile: str = "default",
    seeds: str | None = None,
    settings: Mapping[str, str] | None = None,
    scheduler: str | None = None,
    jobs: int | None = None,
    force: bool = False,
) -> Outcome:
    """Run what isn't done yet of an experiment's sweep, all of it with `force`.

    Accepted tasks of results/ with the same key are done.

    out: the folder in which sweeps/<experiment>/ is made. seeds: "A:B", B not included.
    settings: {name: "VALUE[,VALUE...]"}. scheduler: the address of an existing one; without it,
    `jobs` processes of this machine.
    Errors: UsageError before anything runs; ClusterError (an OSError) when there are no workers
    with the same code; KeyboardInterrupt leaves finished tasks in place.
    """
    with asked():
        jobs = checked_jobs(jobs, scheduler)
        planned = grid.plan(experiment, profile=profile, seeds=seeds, settings=settings)
        folder = writable(files.expanded(out).absolute() / "sweeps" / experiment)
    store.remove_leftovers(folder)
    taken = 0 if force else take_over(folder, planned)
    todo = [task for task in planned.tasks if force or not store.is_done(folder, task)]
    reused = len(planned.tasks) - len(todo)
    there = f", {reused} of them done before" if reused else ""
    there += f" ({taken} are accepted ones of results/)" if taken else ""
    say(f"{experiment}: {len(planned.tasks)} tasks{there}")
    failed: Mapping[str, str] = {}
    if todo:
        with cluster.connected(scheduler, min(jobs, len(todo))) as client:
            say(f"{experiment}: {cluster.check_workers(client, experiment)}")
            failed = carry_out(client, planned, todo, folder)
    found = summarize(folder, planned, [t for t in planned.tasks if t.name not in failed])
    return Outcome(folder, found, len(todo) - len(failed), reused, failed)


def take_over(folder: Path, planned: Grid) -> int:
    """Copy accepted tasks with the keys of planned ones into the folder; return how many.

    What the book has recorded with the code as it is needn't run again, on any machine.
    """
    try:
        contents = results.accepted(planned.experiment, planned.profile, None)
    except FileNotFoundError:  # no such sweep, or no book
        return 0
    known = {content["key"]: content for content in contents}
    new = [t for t in planned.tasks if t.key in known and not store.path_of(folder, t).exists()]
    for task in new:
        files.write_json(store.path_of(folder, task), known[task.key])
    return len(new)


def checked_jobs(jobs: int | None, scheduler: str | None) -> int:
    """How many processes to start here: one on an accelerator, else one a core, unless given."""
    if scheduler is not None:
        if not cluster.ADDRESS.fullmatch(scheduler):
            wanted = "give its address, such as tcp://host:8786"
            raise InputError(f"scheduler is {scheduler!r}; {wanted}")
        if jobs is not None:
            raise InputError("--jobs is for processes of this machine; leave out it or --scheduler")
    if jobs is None:
        return default_jobs() if os.environ.get("MMCL_DEVICE", "cpu") == "cpu" else 1
    if type(jobs) is not int or jobs < 1:
        raise InputError(f"jobs is {jobs!r}; give an integer >= 1")
    return jobs


def carry_out(client: "Client", planned: Grid, todo: list[Task], folder: Path) -> Mapping[str, str]:
    """Run tasks and write each result as it comes; return the errors of those that failed."""
    progress = Progress(planned.experiment, len(todo))
    dispatcher = Dispatcher(client, planned, progress.say, progress.tick)
    try:
        with closing(dispatcher.results(todo)) as results:
            for task, reply in results:
                if "error" in reply:
                    progress.failure(task, reply["error"])
                else:
                    store.write(folder, planned, task, reply)
                    progress.finished(task, reply["provenance"]["wall_s"])
    except KeyboardInterrupt:
        progress.say(f"interrupted at {progress.done}/{progress.total}; this takes some seconds")
        raise
    return progress.failed


def summarize(folder: Path, planned: Grid, tasks: list[Task]) -> Path | None:
    """Write the means over seeds beside the tasks' files, and show them."""
    rows = summary.table((store.path_of(folder, task) for task in tasks), planned.varied)
    if rows.empty:
        return None
    say(f"\n{summary.as_text(rows)}\n")
    text = rows.to_csv(index=False, lineterminator="\n")
    return files.write_text(folder / "summary.csv", text)
