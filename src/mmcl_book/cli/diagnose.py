"""`mmcl diagnose A B`: a report on two files of features, as one HTML page and as JSON."""

from argparse import Namespace

from mmcl.errors import UsageError
from mmcl.features import arrays, report
from mmcl.features.diagnose import Given, diagnose
from mmcl.randomness import stream
from mmcl_book.terminal import say


def run(options: Namespace) -> int:
    """Diagnose two files and write OUT.html and OUT.json.

    Errors: UsageError for k below 1; ValueError for files that can't be read or don't fit; both,
    and FileError for a place where nothing can be written, before anything is computed.
    """
    if options.k is not None and options.k < 1:
        raise UsageError(f"--k is {options.k}; give a whole number >= 1")
    report.writable(options.out)
    tables = [arrays.read(name) for name in (options.a, options.b)]
    a, b = given = [Given(t.values, t.name, t.model) for t in tables]
    say(f"{options.a}: {a.values.shape}, {options.b}: {b.values.shape}; looking at them")
    found = diagnose(*given, k=options.k, rng=stream(options.seed, "diagnose"))
    for line in (*found["warnings"], *found["advice"]):
        print(f"- {line}")
    page, _ = report.write(found, options.out)
    say(f"open this page: {page}")
    return 0
