"""What the terminal gets: text that it can show, a quiet end, words for a fault of ours."""

import contextlib
import io
import os
import select
import sys
from typing import TextIO

from mmcl import __version__

REPORT = (
    "this is a fault of the program and not of what you gave it; please report it, with the lines "
    f"above, the command, its version (mmcl {__version__}) and what `mmcl doctor` says"
)
LOSSY = ("backslashreplace", "namereplace", "xmlcharrefreplace", "replace", "ignore")


def prepare() -> None:
    """Escape what the terminal's encoding lacks, such as 写真 in cp1252.

    Without it a command computes and writes everything, and fails at the last line that it says.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper) or stream.errors in LOSSY:
            continue
        utf8 = stream.encoding.lower().replace("-", "") == "utf8"
        if not (utf8 and stream.errors == "surrogateescape"):  # which gives names back as they are
            stream.reconfigure(errors="backslashreplace")


def closed(stream: TextIO) -> bool:
    """Whether nobody reads a stream any more, as when `head` has seen enough."""
    try:
        stream.flush()
        watch = select.poll()
        watch.register(stream.fileno(), 0)  # that the other end is closed is always told
        return any(state & select.POLLERR for _, state in watch.poll(0))
    except BrokenPipeError:
        return True
    except (AttributeError, OSError, ValueError):  # no poll, or no file
        return False


def hang_up() -> bool:
    """Whether a broken pipe was the terminal's; then what is still to be said goes nowhere."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if closed(stream)]
    for stream in gone:
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
    return bool(gone)
