"""The lines that a running sweep shows."""

import textwrap
import time

from mmcl_book.sweep.grid import Task
from mmcl_book.terminal import Progress as Line
from mmcl_book.terminal import duration, say

SHOWN = 5  # different errors that are shown in full
QUIET = 60.0  # seconds without a finished task after which a line says that it goes on


class Progress:
    """Counts tasks and says so; each error is shown in full once."""

    def __init__(self, name: str, total: int):
        self.name, self.total = name, total
        self.done = 0
        self.failed: dict[str, str] = {}
        self.line = Line(every=1.0, say=self.say)

    def say(self, message: str) -> None:
        """A line about this sweep."""
        say(f"{self.name}: {message}")

    def finished(self, task: Task, seconds: float) -> None:
        """A task is done and written."""
        self.done += 1
        self.line(self.done, self.total, f"({task.name} took {duration(seconds)})")

    def failure(self, task: Task, error: str) -> None:
        """A task failed."""
        self.done += 1
        known = set(self.failed.values())
        self.failed[task.name] = error
        if error not in known and len(known) < SHOWN:
            self.say(f"FAILED: {task.name}\n{textwrap.indent(error, '    ')}")
        else:
            self.line(self.done, self.total, f"({task.name} FAILED)")

    def tick(self) -> None:
        """Called often: after a minute of silence, say that it goes on."""
        now = time.monotonic()
        if now - max(self.line.said, self.line.started) > QUIET:
            self.line.said = now
            passed = duration(now - self.line.started)
            self.say(f"{self.done}/{self.total}, {passed} so far")
