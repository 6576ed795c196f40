"""What commands say: lines on stderr, while numbers and paths go to stdout; wrong usage."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mmcl.errors import InputError, MissingFile, UsageError

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def say(message: str) -> None:
    """One line of progress, written at once so that lines of several processes stay whole."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


@contextmanager
def asked() -> Iterator[None]:
    """Nothing has run yet: what can't be used of what was given is wrong usage (UsageError)."""
    try:
        yield
    except (InputError, MissingFile) as error:
        raise UsageError(str(error)) from error


def uncolored(text: str) -> str:
    """Text without a terminal's colors."""
    return ANSI.sub("", text)


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """Seconds for people: 0.4 s, 25 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """Says how much is done and how long the rest takes, more and more rarely, up to 30 s.

    what: that is counted, such as pairs. every: seconds between two lines at first.
    """

    def __init__(self, what: str = "", every: float = 2.0, say: Callable[[str], None] = say):
        self.what, self.every, self.say = what, every, say
        self.started, self.said = time.monotonic(), float("-inf")

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Say it, unless a line was said just now; before anything is done, say what there is."""
        now = time.monotonic()
        passed, what = now - self.started, self.what
        if not done:
            self.say(f"{total} {what} to make" if total else f"all {what} were made before")
        elif done == total or now - self.said >= min(30.0, max(self.every, passed / 10)):
            self.said = now
            left = f"about {duration((total - done) * passed / done)} left"
            rate = f", {done / max(passed, 1e-9):.0f} a second" if what else ""
            end = left if done < total else duration(passed) + rate
            self.say(f"{done}/{total} {what}".strip() + f", {end} {note}".rstrip())
