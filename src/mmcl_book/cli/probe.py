"""`mmcl probe`: few-shot accuracy on somebody's own features, with intervals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.errors import InputError, UsageError
from mmcl.features import arrays, heads, probes
from mmcl.features.probes import Labelled
from mmcl.features.representations import NAMES
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl_book.terminal import say

TIMES = 2000  # samples of the bootstrap


def run(
    features: str,
    labels: str,
    *,
    test_features: str | None = None,
    test_labels: str | None = None,
    shots: Sequence[int] = (1, 2, 4, 8, 16),
    methods: Sequence[str] = ("raw", "whitened", "ica"),
    head: str = "l2",
    k: int = 64,
    draws: int = 20,
    seed: int = 0,
    out: Path | str | None = None,
) -> pd.DataFrame:
    """Accuracy of each method at each number of shots, over draws, on rows held out.

    Without test files half of the rows are held out. Representations are fitted on all rows that
    aren't for the test, without their labels (leak-free). Columns: shots, method, head, accuracy,
    low, high (95 % over draws and test rows), and difference, diff_low, diff_high to the first
    method at the same draws. out: a CSV file of the same.
    Errors: UsageError for options; ValueError for files that don't fit.
    """
    check(shots, methods, head, k, draws)
    train, test = data(features, labels, test_features, test_labels, seed)
    task = probes.FewShot(train, {}, {"test": test}, draws, seed)
    spaces = {method: probes.space_of(method, train.features, k, 2 * k, seed) for method in methods}
    fit = probes.crossvalidated(lambda d: heads.head(head, d=d, seed=seed), seed)
    rows = []
    for count in shots:
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
    table = pd.DataFrame(rows)
    if out is not None:
        files.write_text(out, table.to_csv(index=False))
        say(f"written to {out}")
    return table


def check(shots: Sequence[int], methods: Sequence[str], head: str, k: int, draws: int) -> None:
    """UsageError for options that can't be meant."""
    try:
        for method in methods:
            nearest(method, NAMES, "method")
        nearest(head, heads.HEADS, "head")
    except InputError as error:
        raise UsageError(str(error)) from error
    numbers = {"--k": [k], "--shots": list(shots), "--draws": [draws - 1]}
    for name, values in numbers.items():
        if not values or min(values) < 1:
            least = 2 if name == "--draws" else 1
            raise UsageError(f"{name}: give whole numbers from {least} on")


def data(
    features: str, labels: str, test_features: str | None, test_labels: str | None, seed: int
) -> tuple[Labelled, Labelled]:
    """Rows to draw shots from, and rows for the test; ValueError when files don't fit together."""
    if (test_features is None) != (test_labels is None):
        raise UsageError("--test-features and --test-labels go together: give both or neither")
    train, table = labelled(features, labels)
    if test_features is not None and test_labels is not None:
        test, other = labelled(test_features, test_labels)
        arrays.check_same(table, other)
        return known(train, test)
    order = stream(seed, "held out").permutation(len(train))
    return known(train[order[: len(order) // 2]], train[order[len(order) // 2 :]])


def known(train: Labelled, test: Labelled) -> tuple[Labelled, Labelled]:
    """Both, if every label of the test has rows to learn from; else ValueError names some."""
    new = sorted(set(test.labels.tolist()) - set(train.labels.tolist()))
    if new:
        raise InputError(
            f"{len(new)} labels of the test rows have no other row: {new[:5]}; give labels that "
            "repeat, or leave those rows out"
        )
    return train, test


def labelled(features: str, labels: str) -> tuple[Labelled, arrays.Table]:
    """Features and labels of two files, and what the first says of itself."""
    table, names = arrays.read(features), arrays.read_labels(labels)
    if len(table.values) != len(names):
        raise InputError(
            f"{features} has {len(table.values)} rows and {labels} {len(names)}; give one label "
            "for each row, in the same order"
        )
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
    accuracy, low, high = probes.interval(right, rng=rngs[0], times=times)
    difference, diff_low, diff_high = probes.interval(gaps, rng=rngs[1], times=times)
    return {
        "accuracy": accuracy, "low": low, "high": high,
        "difference": difference, "diff_low": diff_low, "diff_high": diff_high,
    }  # fmt: skip
