"""`mmcl probe`: few-shot accuracy on somebody's own features, with intervals."""

from argparse import Namespace
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.errors import InputError, UsageError
from mmcl.features import arrays, heads, probes
from mmcl.features.probes import Labelled
from mmcl.features.representations import NAMES
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl_book.terminal import asked, say

TIMES = 2000  # samples of the bootstrap
METHODS = ("raw", "whitened", "ica")
COMPONENTS = 64


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
    """Accuracy of each method at each number of shots, over draws, on rows held out.

    Without test files half of the rows are held out. Representations are fitted on all rows that
    aren't for the test, without their labels (leak-free). Columns: shots, method, head, accuracy,
    low, high (95 % over draws and test rows), and difference, diff_low, diff_high to the first
    method at the same draws. Where `out` says, a CSV file of the same.
    Errors: UsageError for options; ValueError for files that don't fit.
    """
    methods, head, seed = options.methods or METHODS, options.head, options.seed
    k = COMPONENTS if options.k is None else options.k
    check(options, methods)
    train, test = data(options)
    task = probes.FewShot(train, {}, {"test": test}, options.draws, seed)
    spaces = {method: probes.space_of(method, train.features, k, 2 * k, seed) for method in methods}
    fit = probes.crossvalidated(lambda d: heads.head(head, d=d, seed=seed), seed)
    rows = []
    for count in options.shots:
        answers = {
            method: [probes.tried(task, count, probes.fixed(space), fit).answers["test"][0] * 1.0]
            for method, space in spaces.items()
        }
        for method in methods:
            rng = stream(seed, f"interval {count}")
            row = summary(answers[method], answers[methods[0]], (rng, rng), TIMES)
            rows.append({"shots": count, "method": method, "head": head, **row})
            said = f"{row['accuracy']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            say(f"{count} shots, {method}, {head}: accuracy {said}")
    found = pd.DataFrame(rows)
    if options.out is not None:
        say(f"written to {files.write_text(options.out, found.to_csv(index=False))}")
    return found


def check(
    options: Namespace, methods: Sequence[str], more: Mapping[str, tuple[int, int]] | None = None
) -> None:
    """UsageError for options that can't be meant. more: {option: (what it is, the least)}."""
    with asked():
        for method in methods:
            nearest(method, NAMES, "method")
        nearest(options.head, heads.HEADS, "head")
    k = COMPONENTS if options.k is None else options.k
    least = {"--k": (k, 1), "--shots": (min(options.shots), 1), "--draws": (options.draws, 2)}
    for name, (value, wanted) in {**least, **(more or {})}.items():
        if value < wanted:
            raise UsageError(f"{name} is {value}; give whole numbers from {wanted} on")


def data(options: Namespace) -> tuple[Labelled, Labelled]:
    """Rows to draw shots from, and rows for the test; ValueError when files don't fit together."""
    if (options.test_features is None) != (options.test_labels is None):
        raise UsageError("--test-features and --test-labels go together: give both or neither")
    train, about = labelled(options.features, options.labels)
    if options.test_features is not None:
        test, other = labelled(options.test_features, options.test_labels)
        arrays.check_same(about, other)
    else:
        order = stream(options.seed, "held out").permutation(len(train))
        half = len(order) // 2
        train, test = train[order[:half]], train[order[half:]]
    if new := sorted(set(test.labels.tolist()) - set(train.labels.tolist())):
        text = f"{len(new)} labels of the test rows have no other row: {new[:5]}"
        raise InputError(f"{text}; give labels that repeat, or leave those rows out")
    return train, test


def labelled(features: str, labels: str) -> tuple[Labelled, arrays.Table]:
    """Features and labels of two files, and what the first says of itself."""
    table, names = arrays.read(features), arrays.read_labels(labels)
    if len(table.values) != len(names):
        text = f"{features} has {len(table.values)} rows and {labels} {len(names)}"
        raise InputError(f"{text}; give one label for each row, in the same order")
    return Labelled(np.asarray(table.values, dtype=np.float64), names), table


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
