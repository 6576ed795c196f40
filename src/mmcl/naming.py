"""Names that are given and names that there are."""

import difflib
from typing import Any

from mmcl.errors import InputError

SHOWN = 40  # names in a message


def nearest(given: Any, valid: list[str] | tuple[str, ...], what: str) -> str:
    """Return `given` if it is valid; else raise a ValueError that names the nearest valid one."""
    if given in valid:
        return given
    close = difflib.get_close_matches(str(given), valid, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    known = ", ".join(valid[:SHOWN]) + (" ..." if len(valid) > SHOWN else "")
    raise InputError(f"unknown {what} {given!r}{hint} Valid: {known}")
