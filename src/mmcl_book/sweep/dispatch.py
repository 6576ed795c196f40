"""Hands tasks to workers, which have one at a time, and gives each one's result exactly once."""

import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mmcl_book.sweep import work
from mmcl_book.sweep.cluster import ClusterError
from mmcl_book.sweep.grid import Grid, Task
from mmcl_book.terminal import count

if TYPE_CHECKING:
    from distributed import Client

LOOK = 5.0  # seconds between two looks at which workers there are
WAIT = 0.01  # seconds between two looks for results


class Dispatcher:
    """Runs tasks on a cluster. `say` gets lines about workers; `tick` is called often."""

    def __init__(
        self,
        client: "Client",
        grid: Grid,
        say: Callable[[str], None],
        tick: Callable[[], None] = lambda: None,
    ):
        self.client, self.grid, self.say, self.tick = client, grid, say, tick
        self.workers: dict[str, int] = {}
        self.looked = -LOOK

    def results(self, tasks: list[Task]) -> Generator[tuple[Task, dict[str, Any]]]:
        """Each task with the worker's reply: its `rows` and `provenance`, or its `error`.

        A task whose worker dies is run again elsewhere. One that was there at several deaths may
        be the cause, or was beside it: it is run again alone, and only then counts as failed.
        Errors: ClusterError when the scheduler is gone or a worker has other code.
        """
        suspects = []
        for task, reply in self.some(tasks):
            if reply is None:
                suspects.append(task)
            else:
                yield task, reply
        for suspect in suspects:
            for task, reply in self.some([suspect]):
                text = "its process was killed each time; did the machine run out of memory?"
                yield task, reply or {"error": text}

    def some(self, tasks: list[Task]) -> Iterator[tuple[Task, dict[str, Any] | None]]:
        """Tasks with replies in the order in which they end; None when workers died of it."""
        from distributed import as_completed

        running: dict[Any, Task] = {}
        for task in tasks:
            what = (self.grid.experiment, dict(task.settings), task.seed, self.grid.code)
            running[self.client.submit(work.work, *what, pure=False)] = task
        how = {"loop": self.client.loop, "with_results": True, "raise_errors": False}
        finished = as_completed(running, **how)
        try:
            while running:
                self.look()
                batch = finished.next_batch(block=False)
                for future, result in batch:
                    yield running.pop(future), self.reply(future, result)
                if not batch:
                    self.tick()
                    time.sleep(WAIT)
        finally:
            if running:  # interrupted: drop what hasn't begun
                with suppress(Exception):  # the scheduler may be gone
                    self.client.cancel(list(running))

    def reply(self, future: Any, result: Any) -> dict[str, Any] | None:
        """What a worker returned; None when it died. Errors: ClusterError for anything else."""
        from distributed.scheduler import KilledWorker

        if future.status == "finished" and isinstance(result, dict):
            if "stale" in result:
                raise ClusterError(
                    f"a worker has other code for {self.grid.experiment} than this process (or was "
                    "it edited meanwhile?); bring both to the same commit, and run again to go on"
                )
            return result
        error = result[1] if isinstance(result, tuple) else result
        if isinstance(error, KilledWorker):
            return None
        if isinstance(error, CancelledError):
            raise ClusterError("the connection to the scheduler was lost; run again to go on")
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ClusterError(f"the cluster could not run a task ({text}); run again to go on")

    def look(self) -> None:
        """Now and then, see which workers there are, and say what changed."""
        if time.monotonic() - self.looked < LOOK:
            return
        try:
            now: Any = self.client.nthreads()
        except (OSError, TimeoutError) as error:
            raise ClusterError("the scheduler doesn't answer; run again to go on") from error
        lost = len(self.workers.keys() - now.keys())
        if lost:
            rest = f"{len(now)} there" if now else "waiting for another"
            self.say(f"{count(lost, 'worker')} lost, {rest}; what was begun runs again")
        self.workers, self.looked = now, time.monotonic()
