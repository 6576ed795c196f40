"""`mmcl probe`: few-shot accuracy on somebody's own features, with intervals."""

import itertools
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.errors import UsageError
from mmcl.features import heads, probes, resampled, tip
from mmcl.features.diagnose import rank
from mmcl.features.representations import NAMES
from mmcl.ica import ENOUGH
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl_book.cli import words
from mmcl_book.terminal import asked, say

TIMES = 2000  # samples of the bootstrap
METHODS = ("raw", "whitened", "rotated", "ica")
COMPONENTS = 64
OUT = "probe.csv"
HEADS = (*heads.HEADS, *tip.WORDED)
Answers = Mapping[str, np.ndarray]  # {test: (draws, rows)}, 1 where right


def run(options: Namespace) -> int:
    """Few-shot accuracy on given features, or of a paper's suite; the table on stdout."""
    if options.suite is not None:
        if options.data is None or options.features or options.labels:
            raise UsageError("--suite goes with --data FOLDER, and not with --features or --labels")
        from mmcl_book.cli import suite

        found = suite.table(options)
    elif options.features is None or options.labels is None:
        raise UsageError("give --features and --labels, or --suite and --data")
    else:
        found = table(options)
    print(found.round(4).to_string(index=False))
    return 0


def table(options: Namespace) -> pd.DataFrame:
    """Accuracy of each head on each representation at each number of shots, on rows held out.

    Without tests half of each label's rows are held out. Representations are fitted on all rows
    that aren't for a test, without their labels (leak-free); at each draw there are other shots,
    another start of ICA and another random rotation. Columns: shots, labels (of each class, with
    those that settings are chosen on), method, head, test, accuracy, low, high (95 % over draws and
    test rows), and difference, diff_low, diff_high to the first method with the same head and
    draws.
    Written as CSV after each number of shots, so that nothing finished is lost.
    Errors: UsageError for options; ValueError for files that don't fit; before anything is fitted.
    """
    from mmcl_book.cli import probe_files

    methods, seed = tuple(options.methods or METHODS), options.seed
    check(options, methods)
    out = writable(options.out or OUT, ".csv")
    pool, tests, named = probe_files.read(options)
    task = resampled.Few(pool, {}, tests, options.draws, seed, options.validation)
    k = COMPONENTS if options.k is None else options.k
    room = min(k, max(1, rank(pool.features))) if set(methods) - {"raw"} else k
    spaces = {name: resampled.Spaces(name, pool.features, room, seed) for name in methods}
    forewarn(task, options.shots, spaces, k)
    rows: list[dict[str, Any]] = []
    for count, head in turns(options):
        first: Answers | None = None
        for method in ["raw"] if head == "zero-shot" else methods:
            space = spaces.get(method) or resampled.Spaces("raw", pool.features, k, seed)
            found = resampled.answers(task, max(count, 1), space, head, named)
            answers = {test: each * 1.0 for test, each in found.items()}
            first = answers if first is None else first
            how = {"shots": count, "labels": count + task.told_at(count) if count else 0}
            how |= {"method": method, "head": head}
            rows += [{**how, **row} for row in summaries(answers, first, f"interval {count}", seed)]
            said = f"{rows[-1]['accuracy']:.3f} ({rows[-1]['low']:.3f} to {rows[-1]['high']:.3f})"
            say(f"{count} shots, {method}, {head}: accuracy {said}")
        files.write_text(out, pd.DataFrame(rows).to_csv(index=False))
    for method, space in spaces.items():
        if space.unfinished:
            count = f"{len(space.unfinished)} of {options.draws} draws"
            say(f"{method}: the search didn't converge at {count}; give a smaller --k")
    say(f"written to {out}")
    return pd.DataFrame(rows)


def turns(options: Namespace) -> Iterator[tuple[int, str]]:
    """Numbers of shots and heads, in the order of the table; zero-shot, which takes none, first."""
    if "zero-shot" in options.heads:
        yield 0, "zero-shot"
    learning = [head for head in options.heads if head != "zero-shot"]
    yield from itertools.product(options.shots, learning)


def forewarn(task: resampled.Few, shots: Sequence[int], spaces: Mapping[str, Any], k: int) -> None:
    """Say what the rows don't allow, before it is computed with what they do."""
    if few := task.scarce(max(shots)):
        text = f"{len(few)} classes have fewer than {max(shots)} rows to draw from ({few[0]!r})"
        say(f"{text}; all that they have are taken")
    used = {space.k for name, space in spaces.items() if name != "raw"}
    for size in used:
        rows = len(task.pool)
        if size < k:
            say(f"{rows} rows to learn from allow {size} components, not {k}")
        if rows < ENOUGH * size**2 and set(spaces) & set(resampled.TURNED):
            text = f"{rows} rows are few for {size} components (5 k^2 are {ENOUGH * size**2})"
            say(f"{text}: axes may follow single rows; a smaller --k or more rows would tell")


def check(
    options: Namespace, methods: Sequence[str], more: Mapping[str, tuple[int, int]] | None = None
) -> None:
    """UsageError for options that can't be meant. more: {option: (what it is, the least)}."""
    with asked():
        for method in methods:
            nearest(method, NAMES, "method")
        for head in options.heads:
            nearest(head, HEADS, "head")
    words.check(options)
    k = COMPONENTS if options.k is None else options.k
    least = {"--k": (k, 1), "--shots": (min(options.shots), 1), "--draws": (options.draws, 2)}
    told = 0 if options.validation is None else options.validation
    for name, (value, wanted) in {**least, "--validation": (told, 0), **(more or {})}.items():
        if value < wanted:
            raise UsageError(f"{name} is {value}; give whole numbers from {wanted} on")


def writable(out: str, kind: str) -> Path:
    """Where a table goes, once it is clear that it can; UsageError for another kind of file."""
    if not out.endswith(kind):
        raise UsageError(f"--out is {out!r}; give a name that ends in {kind}")
    return files.probed(files.expanded(out))


def summaries(
    answers: Answers,
    first: Answers,
    name: str,
    seed: int,
    means: Mapping[str, list[str]] | None = None,
    times: int = TIMES,
) -> list[dict[str, Any]]:
    """Accuracy and difference to the first method, with intervals, of each test and each mean.

    means: {name: tests}; else the mean of all where there are several.
    """
    if means is None:
        means = {"mean": list(answers)} if len(answers) > 1 else {}
    rows = []
    for test, parts in {**{test: [test] for test in answers}, **means}.items():
        values, others = ([each[part] for part in parts] for each in (answers, first))
        rngs = [stream(seed, name) for _ in range(2)]
        count = sum(value.shape[1] for value in values)
        rows.append({"test": test, "rows": count, **summary(values, others, rngs, times)})
    return rows


def summary(
    right: Sequence[np.ndarray],
    first: Sequence[np.ndarray],
    rngs: Sequence[np.random.Generator],
    times: int,
) -> dict[str, float]:
    """Accuracy and difference to the first method, means over tests, each with its interval.

    right, first: (draws, rows) for each test, 1 where right. rngs: of the two intervals.
    """
    gaps = [one - other for one, other in zip(right, first, strict=True)]
    accuracy = probes.interval(right, rng=rngs[0], times=times)
    difference = probes.interval(gaps, rng=rngs[1], times=times)
    names = ("accuracy", "low", "high", "difference", "diff_low", "diff_high")
    return dict(zip(names, (*accuracy, *difference), strict=True))
