"""The lines that a running sweep shows."""

import time

from mmcl_book.sweep.grid import Task
from mmcl_book.terminal import say

SHOWN = 5  # different errors that are shown in full
QUIET = 60.0  # seconds without a finished task after which a line says that it goes on


class Progress:
    """Counts tasks and says so: every second at first, then more and more rarely, up to 30 s."""

    def __init__(self, name: str, total: int):
        self.name, self.total = name, total
        self.done = 0
        self.failed: dict[str, str] = {}
        self.started = time.monotonic()
        self.said = self.started - 1.0

    def say(self, message: str) -> None:
        """A line about this sweep."""
        say(f"{self.name}: {message}")

    def finished(self, task: Task, seconds: float) -> None:
        """A task is done and written."""
        self.done += 1
        self.line(f"{task.name} took {duration(seconds)}")

    def failure(self, task: Task, error: str) -> None:
        """A task failed; each error is shown in full once."""
        self.done += 1
        known = set(self.failed.values())
        self.failed[task.name] = error
        if error not in known and len(known) < SHOWN:
            self.say(f"FAILED: {task.name}\n{indented(error)}")
        else:
            self.line(f"{task.name} FAILED")

    def line(self, what: str) -> None:
        """Say how far it is, unless a line was said just now."""
        now = time.monotonic()
        passed = now - self.started
        if now - self.said < min(30.0, max(1.0, passed / 10)) and self.done < self.total:
            return
        self.said = now
        left = (self.total - self.done) * passed / self.done
        end = f"about {duration(left)} left" if self.done < self.total else duration(passed)
        self.say(f"{self.done}/{self.total}, {end} ({what})")

    def tick(self) -> None:
        """Called often: after a minute of silence, say that it goes on."""
        now = time.monotonic()
        if now - self.said > QUIET:
            self.said = now
            self.say(f"{self.done}/{self.total}, {duration(now - self.started)} so far")


def duration(seconds: float) -> str:
    """Seconds for people: 0.4 s, 25 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def indented(text: str) -> str:
    """A text of several lines, set in."""
    return "\n".join(f"    {line}" for line in text.splitlines())
