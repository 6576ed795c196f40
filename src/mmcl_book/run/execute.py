"""Executes chapters with papermill: in parallel, only what changed, never half a result."""

import json
import math
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from mmcl import files
from mmcl.errors import FileError, InputError, UserError
from mmcl_book import notebooks
from mmcl_book.records import store as records
from mmcl_book.run import worker
from mmcl_book.run.plan import Job, plan
from mmcl_book.terminal import say, uncolored

LOOK = 20.0  # seconds between two lines on a chapter's progress


@dataclass(frozen=True)
class Result:
    """How a chapter went; `seconds` is the time of the run that its files come from."""

    chapter: str
    status: Literal["ran", "reused", "failed"]
    seconds: float
    error: str = ""


def default_jobs() -> int:
    """As many chapters at a time as there are cores for this process."""
    from joblib import cpu_count

    return cpu_count()


def run(
    root: Path,
    chapters: Iterable[str] = (),
    *,
    profile: str = "default",
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    out: Path | str | None = None,
    force: bool = False,
    live: bool = False,
) -> list[Result]:
    """Execute chapters (all when none is named), reusing what is unchanged unless `force`.

    live: compute what chapters read from accepted sweeps; with `force`, also what they remember.
    Errors: UsageError before anything runs; KeyboardInterrupt leaves finished chapters in place.
    A chapter that raises gives a Result "failed"; the others finish.
    """
    jobs = default_jobs() if jobs is None else jobs
    options: dict[str, Any] = {"settings": settings, "jobs": jobs, "out": out, "live": live}
    planned = plan(root, chapters, profile=profile, seed=seed, **options)
    results: dict[str, Result] = {}
    todo: list[Job] = []
    for job in planned:
        seconds = None if force else job.previous_seconds()
        if seconds is None:
            todo.append(job)
        else:
            results[job.chapter] = Result(job.chapter, "reused", seconds)
            say(f"{job.chapter}: unchanged, reused (its run took {seconds:.1f} s)")
    if todo:
        if files.home() is None:
            raise FileError("Jupyter needs a home folder; set HOME to one that you may write to")
        todo.sort(key=lambda job: expected_seconds(root, job.chapter), reverse=True)
        remove_leftovers(todo[0].base / ".staging")
        results.update(execute(todo, jobs, force=force))
    return [results[job.chapter] for job in planned]


def expected_seconds(root: Path, chapter: str) -> float:
    """How long a chapter took when its record was accepted; endless if there is none.

    Chapters that take long start first, so that none of them is left to run alone at the end.
    """
    try:
        accepted = records.load(records.accepted_path(root, "default", chapter))
        return float(accepted["provenance"]["wall_s"])
    except UserError:
        return math.inf


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left in the staging folder."""
    for leftover in folder.glob("*-*"):
        pid = leftover.name.split("-")[0]
        if not (pid.isdigit() and alive(int(pid))):
            shutil.rmtree(leftover, ignore_errors=True)


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody waited for does not."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def execute(todo: list[Job], jobs: int, *, force: bool = False) -> dict[str, Result]:
    """Execute jobs in parallel processes, which end when this process does.

    What `jobs` allows beyond one process a chapter goes to the chapters' own runs over seeds.
    """
    workers = min(jobs, len(todo))
    context = get_context("spawn")
    watched, held = context.Pipe(duplex=False)  # workers see the end of `watched` when we are gone
    results: dict[str, Result] = {}
    staging = todo[0].base / ".staging"
    imports = worker.imported_once([job.notebook for job in todo], workers)
    executor = ProcessPoolExecutor(
        workers, context, worker.start, (watched, staging, jobs // workers, force, imports)
    )
    try:
        waiting: dict[Future[Result], Job] = {executor.submit(work, job): job for job in todo}
        for future in as_completed(waiting):
            job = waiting[future]
            try:
                result = future.result()
            except BrokenProcessPool:
                reason = "its process was killed; did the machine run out of memory?"
                result = Result(job.chapter, "failed", 0.0, reason)
            results[job.chapter] = result
            report(result, len(results), len(todo), job)
        executor.shutdown()
    except BaseException:
        held.close()
        executor.shutdown(cancel_futures=True)
        raise
    finally:
        held.close()
        watched.close()
    return results


def report(result: Result, number: int, total: int, job: Job) -> None:
    """Say how a chapter ended, with its traceback when it failed."""
    if result.status == "failed":
        error = result.error if sys.stderr.isatty() else uncolored(result.error)
        say(f"{result.chapter}: FAILED after {result.seconds:.1f} s ({number}/{total})\n{error}")
        if job.failed.is_file():
            say(f"{result.chapter}: its cells up to the failure are in {job.failed}")
    else:
        say(f"{result.chapter}: finished in {result.seconds:.1f} s ({number}/{total})")


def work(job: Job) -> Result:
    """Execute one chapter in a staging folder, and move its files into place when it is whole."""
    say(f"{job.chapter}: started")
    started = time.perf_counter()
    staging = job.staging
    copy = staging / "executed.ipynb"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        with progress(job.chapter, copy):
            run_papermill(job, staging, copy)
        seconds = round(time.perf_counter() - started, 1)
        install(job, staging, copy, seconds)
        return Result(job.chapter, "ran", seconds)
    except Exception as error:
        from mmcl_book.run.kernel import described

        if copy.is_file():
            job.failed.parent.mkdir(parents=True, exist_ok=True)
            copy.replace(job.failed)
        return Result(job.chapter, "failed", time.perf_counter() - started, described(error))
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def progress(chapter: str, copy: Path) -> Iterator[None]:
    """Now and then, say how many of a chapter's code cells papermill has finished."""
    done, started = threading.Event(), time.perf_counter()

    def look() -> None:
        while not done.wait(LOOK):
            try:
                cells = notebooks.code_cells(notebooks.read(copy))
            except UserError:  # papermill is writing it just now
                continue
            ended = [c for c in cells if c["metadata"]["papermill"]["status"] == "completed"]
            seconds = time.perf_counter() - started
            say(f"{chapter}: {len(ended)} of {len(cells)} cells, {seconds:.0f} s so far")

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()


def run_papermill(job: Job, staging: Path, copy: Path) -> None:
    """Execute a chapter's notebook into `copy`, its record into `staging`/records."""
    import papermill

    from mmcl_book.run.kernel import manager

    os.environ["MMCL_KEY"] = job.key
    os.environ["MMCL_SETTINGS"] = json.dumps(job.settings)
    os.environ["MMCL_LIVE"] = "1" * job.live
    os.environ["MMCL_MEMORY"] = str(job.base / "sweeps")
    os.environ["MMCL_CODE"] = json.dumps(dict(job.codes))
    own = {"PROFILE": job.profile, "SEED": job.seed, "OUT": str(staging)}
    papermill.execute_notebook(
        job.notebook,
        copy,
        parameters={**job.settings, **own},
        kernel_name="python3",
        language="python",
        cwd=str(job.notebook.parent),
        progress_bar=False,
        kernel_manager_class=manager(fork=bool(os.environ.get("MMCL_IMPORTS"))),
    )


def install(job: Job, staging: Path, copy: Path, seconds: float) -> None:
    """Move a finished run into place; the state file, written last, makes it count.

    Errors: ValueError when the chapter wrote no record, or one of another run.
    """
    record = staging / "records" / f"{job.chapter}.json"
    if not record.is_file():
        raise InputError(
            f"{job.chapter} wrote no record; its last cell must call save() of "
            f"Chapter({job.chapter!r}, profile=PROFILE, seed=SEED, out=OUT)"
        )
    content = records.load(record)
    if (content["profile"], content["seed"]) != (job.profile, job.seed):
        raise InputError(f"{job.chapter} ignored PROFILE or SEED: pass both to Chapter(...)")
    job.state.unlink(missing_ok=True)
    for source, target in ((copy, job.executed), (record, job.record)):
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)
    state = {
        "key": job.key,
        "live": job.live,
        "seconds": seconds,
        "executed": files.sha256(job.executed),
        "record": files.sha256(job.record),
    }
    files.write_json(job.state, state)
    job.failed.unlink(missing_ok=True)
