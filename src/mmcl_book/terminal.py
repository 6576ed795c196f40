"""What commands say: lines on stderr, while numbers and paths go to stdout."""

import re
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def say(message: str) -> None:
    """One line of progress, written at once so that lines of several processes stay whole."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def uncolored(text: str) -> str:
    """Text without a terminal's colors."""
    return ANSI.sub("", text)


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
