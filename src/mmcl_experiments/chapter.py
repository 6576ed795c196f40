"""What a chapter notes: its numbers with their intervals, and sentences that hold or don't.

A chapter's last cell calls `save`, which writes its record. The store of accepted records is
`mmcl_book.records.store`; this module knows nothing of it, so that an edit there makes no number
stale.
"""

import json
import math
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError, MissingFile, reason, todo
from mmcl_experiments import PROFILES, checked_seed, nearest
from mmcl_experiments import names as experiments
from mmcl_experiments.notices import Check, show
from mmcl_experiments.provenance import provenance
from mmcl_experiments.recorded.live import measured
from mmcl_experiments.recorded.places import project_root, published_names

__all__ = ["Chapter", "measured"]

SCHEMA = 1
CHAPTER = re.compile(r"\d{2}_[a-z0-9_]+")
NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")

Value = float | int | bool | str


class Chapter:
    """Collects the numbers of one run of a chapter; `save` writes them as a record.

    uses: names of experiments and published tables that the chapter reads by a variable, as a
    tuple of texts: its key can't find them elsewhere.
    Errors: ValueError for a wrong chapter name, profile, seed, folder or use, before any work.
    """

    def __init__(
        self,
        name: str,
        *,
        profile: str = "default",
        seed: int = 0,
        out: Any = None,
        uses: tuple[str, ...] = (),
    ):
        if not isinstance(name, str) or not CHAPTER.fullmatch(name):
            raise InputError(f"chapter is {name!r}; give its file's name, such as '04_hypersphere'")
        self.name, self.seed = name, checked_seed(seed)
        self.profile = nearest(profile, PROFILES, "profile")
        self.uses = checked_uses(uses)
        self.path = None if out is None else writable(Path(out) / "records") / f"{name}.json"
        self.values: dict[str, dict[str, Any]] = {}
        self._started = time.perf_counter()

    def note(
        self,
        name: str,
        value: Any,
        *,
        low: Any = None,
        high: Any = None,
        n: int | None = None,
        source: Any = "",
    ) -> None:
        """Record a number, boolean or short string, with an interval and a count if there are any.

        Several numbers (an array or Series, one a seed) are recorded as their mean, with the
        lowest, the highest and how many there are. source: the table of `measured` or `recorded`
        that it was read from, or such a sweep's name, "default/hypersphere"; computed here, if
        there is none.
        Errors: ValueError for a name used twice, NaN, infinity, or a value of another kind.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise InputError(
                f"note got the name {name!r}; give dotted words such as 'holds.r2.mean'"
            )
        if name in self.values:
            raise InputError(
                f"{name!r} is noted twice in {self.name}; give each value its own name"
            )
        if getattr(value, "ndim", 0) == 1 and len(value):
            value, low, high, n = value.mean(), value.min(), value.max(), len(value)
        entry = {"value": noted(value, name)}
        for part, bound in {"low": low, "high": high, "n": n}.items():
            if bound is not None:
                entry[part] = noted(bound, f"{name} ({part})")
        if origin := source if isinstance(source, str) else source.attrs.get("source"):
            entry["source"] = noted(origin, f"{name} (source)")
        self.values[name] = entry

    def expect(self, name: str, condition: Any, sentence: str = "", *, source: Any = "") -> None:
        """Record whether a sentence holds, and show it. A false one is judged by the ledger.

        source: as in `note`. Errors: ValueError when the condition is no boolean.
        """
        truth = noted(condition, name)
        if not isinstance(truth, bool):
            raise InputError(f"expect({name!r}) got {condition!r}; give True or False")
        self.note(name, truth, source=source)
        verdict = "holds" if truth else "does not hold"
        show(
            Check(
                (sentence or name).rstrip("."),
                "not judged at this size" if self.profile == "smoke" else verdict,
            )
        )

    def reading(self, source: Any) -> tuple[Callable[..., None], Callable[..., None]]:
        """`note` and `expect` for numbers that are read from a table, as `source` in `note`."""
        return partial(self.note, source=source), partial(self.expect, source=source)

    def save(self) -> Path | None:
        """Write the record, and return its path; with no folder to write to, do nothing.

        Errors: ValueError when nothing was noted, OSError when the folder can't be written.
        """
        if not self.values:
            raise InputError(f"{self.name} has nothing to save; note a value first")
        if self.path is None:
            return None
        record = {
            "schema": SCHEMA,
            "chapter": self.name,
            "profile": self.profile,
            "seed": self.seed,
            "parameters": json.loads(os.environ.get("MMCL_SETTINGS", "{}")),
            "values": self.values,
            "key": os.environ.get("MMCL_KEY"),
            "provenance": provenance(time.perf_counter() - self._started),
        }
        return files.write_json(self.path, record)


def checked_uses(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if each is of an experiment or of a published table; else a ValueError."""
    if not isinstance(names, tuple):
        raise InputError(f"uses is {names!r}; give a tuple of names, such as ('hypersphere',)")
    if not names:
        return ()
    known = experiments()
    with suppress(MissingFile):  # no book here
        known += published_names(project_root())
    return tuple(nearest(name, known, "experiment or published table") for name in names)


def noted(value: Any, name: str) -> Value:
    """A value as a plain Python bool, int, float or string; ValueError for anything else."""
    value = files.plain(value)
    if isinstance(value, str) and len(value) <= 200:
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InputError(
        f"{name} is {value!r}; give a finite number, True or False, or up to 200 characters"
    )


def writable(folder: Path) -> Path:
    """Make a folder and return it; InputError when it can't be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't write to {folder}: {reason(error)}; {todo(error)}") from error
    if not os.access(folder, os.W_OK):
        raise InputError(f"can't write to {folder}; give a folder that you may write to")
    return folder
