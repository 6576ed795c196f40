"""What `mmcl probe` is given: files of features, labels, tests and words, all read and checked."""

import warnings
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmcl.errors import InputError, UsageError
from mmcl.features import arrays, resampled
from mmcl.features.probes import Labelled
from mmcl.metrics.repeats import RepeatedRows
from mmcl.randomness import stream
from mmcl_book.cli import words
from mmcl_book.terminal import say


class Given(NamedTuple):
    """Rows to draw shots from, tests by name, and class features (c, d) if there are words."""

    pool: Labelled
    tests: dict[str, Labelled]
    words: np.ndarray | None


def read(options: Namespace) -> Given:
    """Everything that was named; says what was left out, and why.

    Errors: UsageError for options that don't go together; ValueError for files that don't fit.
    """
    pool, about = labelled(options.features, options.labels)
    tests = {}
    for name, features, labels in tests_of(options):
        tests[name], other = labelled(features, labels)
        arrays.check_same(about, other)
    if not tests:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepeatedRows)  # it is said below
            pool, tests["held out"] = held_out(pool, stream(options.seed, "held out"))
    pool = apart(pool, tests)
    for name, test in tests.items():
        if new := sorted(set(test.labels.tolist()) - set(pool.labels.tolist())):
            text = f"{len(new)} labels of the test rows have no other row: {new[:5]}"
            where = "" if name == "held out" else f"{name}: "
            raise InputError(f"{where}{text}; give labels that repeat, or leave those rows out")
    classes = np.unique(pool.labels)
    if len(classes) < 2:
        raise InputError(f"there is one label, {classes.tolist()}; give two or more")
    return Given(pool, tests, worded(options, classes, about))


def held_out(rows: Labelled, rng: np.random.Generator) -> tuple[Labelled, Labelled]:
    """Half of each label's rows to draw from and half for the test, so that no label is lost.

    Equal rows are on one side; of an odd number, or of one, the first half has one more.
    Errors: InputError where each label has one row.
    """
    names, counts = np.unique(rows.labels, return_counts=True)
    if counts.max(initial=0) < 2:
        raise InputError(f"each of {len(names)} labels has one row; give labels that repeat")
    if once := names[counts == 1].tolist():
        say(f"{len(once)} labels have one row ({once[0]!r}): it is learned from, and not tested")
    parts = [resampled.held_out(rows[np.flatnonzero(rows.labels == name)], rng) for name in names]
    return joined([pool for pool, _ in parts]), joined([test for _, test in parts])


def joined(parts: Sequence[Labelled]) -> Labelled:
    """Rows of several as one."""
    features, labels = ([each.features for each in parts], [each.labels for each in parts])
    return Labelled(np.concatenate(features), np.concatenate(labels))


def apart(pool: Labelled, tests: Mapping[str, Labelled], where: str = "") -> Labelled:
    """Rows to learn from, each once and none that a test has; what goes is said."""
    kept, repeats, seen = resampled.apart(pool, tests)
    if repeats:
        say(f"{where}{repeats} rows repeat others with the same label: each counts once")
    if seen:
        say(f"{where}{seen} rows equal rows of a test: they are left out of those to learn from")
    if lost := sorted(set(pool.labels.tolist()) - set(kept.labels.tolist())):
        raise InputError(f"{where}all rows of the labels {lost[:5]} are in a test; give others")
    return kept


def tests_of(options: Namespace) -> list[tuple[str, str, str]]:
    """Name, features and labels of each test; UsageError for what is half or named twice."""
    if (options.test_features is None) != (options.test_labels is None):
        raise UsageError("--test-features and --test-labels go together: give both or neither")
    tests = [tuple(each) for each in options.tests or ()]
    if options.test_features is not None:
        tests.append(("test", options.test_features, options.test_labels))
    names = [name for name, _, _ in tests]
    if len(set(names)) < len(names) or "mean" in names:
        raise UsageError(f"--test names {', '.join(names)}; give different names, none 'mean'")
    return tests


def labelled(features: str, labels: str) -> tuple[Labelled, arrays.Table]:
    """Features and labels of two files, and what the first says of itself."""
    table, names = arrays.read(features), arrays.read_labels(labels)
    if len(table.values) != len(names):
        text = f"{features} has {len(table.values)} rows and {labels} {len(names)}"
        if len(names) == len(table.values) + 1:
            text += f" (is the first, {names.tolist()[0]!r}, a header?)"
        raise InputError(f"{text}; give one label for each row, in the same order")
    return Labelled(np.asarray(table.values, dtype=np.float64), names), table


def worded(options: Namespace, classes: np.ndarray, about: arrays.Table) -> np.ndarray | None:
    """Class features, where words are given."""
    if options.class_features is not None:
        return words.of_file(options, classes, about)
    if options.prompts is None:
        return None
    from mmcl.clip import weights

    words.written(options.prompts, classes)  # before weights are fetched
    source = weights.resolve(options.model, options.pretrained, precision=options.precision)
    found = words.of_prompts(options, classes, source)
    made: Mapping[str, object] = source.about
    arrays.check_same(about, arrays.Table(found, "--prompts", made))
    return found
