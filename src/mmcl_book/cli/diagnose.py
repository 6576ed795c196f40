"""`mmcl diagnose A B`: a report on two files of features, as one HTML page and as JSON."""

from pathlib import Path
from typing import Any

from mmcl.errors import UsageError
from mmcl.features import arrays, report
from mmcl.features.diagnose import Given, diagnose
from mmcl.randomness import stream
from mmcl_book.terminal import say


def run(
    a: str, b: str, *, out: Path | str = "diagnosis", k: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Diagnose two files and write OUT.html and OUT.json.

    Errors: UsageError for k below 1; ValueError for files that can't be read or don't fit.
    """
    if k is not None and k < 1:
        raise UsageError(f"--k is {k}; give a whole number >= 1")
    tables = [arrays.read(name) for name in (a, b)]
    given = [Given(t.values, t.name, t.model) for t in tables]
    say(f"{a}: {given[0].values.shape}, {b}: {given[1].values.shape}; looking at them")
    found = diagnose(*given, k=k, rng=stream(seed, "diagnose"))
    page, _ = report.write(found, out)
    for line in (*found["warnings"], *found["advice"]):
        print(f"- {line}")
    say(f"open this page: {page}")
    return found
