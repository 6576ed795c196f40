"""The protocol of the released code beside a clean one: what test rows are worth.

In the code of Liu et al., as in CoOp's linear probe before it, ICA is fitted on the shots and on
validation rows, strengths are chosen on the latter, and those are drawn from the test split.
"""

import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from mmcl.features.probes import FewShot, Fit, Labelled, Space, draw_shots, fixed, tried
from mmcl.randomness import stream

VALIDATION = 4  # rows a class at most, else as many as shots
ARMS = {  # what the representation is fitted on, and what settings of a head are chosen on
    "as released": ("test", "test"),
    "fitted on test rows": ("test", "train"),
    "chosen on test rows": ("train", "test"),
    "leak-free": ("train", "train"),
    "leak-free, many rows": ("all", "train"),
}

Answers = dict[str, dict[str, dict[str, np.ndarray]]]


def validation(task: FewShot, count: int, draw: int, *more: Labelled) -> list[Labelled]:
    """As many rows of each class for a draw of `count` shots: of the task's validation rows, and of
    more."""
    rng, each = stream(task.seed, f"validation {count} {draw}"), min(count, VALIDATION)
    both = task.validation["validation"], *more
    return [rows[draw_shots(rows.labels, each, rng)] for rows in both]


def fastica(rows: np.ndarray, k: int) -> tuple[FastICA, bool]:
    """FastICA with scikit-learn's own settings, and whether it converged.

    The released code suppresses the warning that says so.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        found = FastICA(n_components=k, random_state=0, whiten="unit-variance").fit(rows)
    return found, not any(issubclass(each.category, ConvergenceWarning) for each in said)


def answers(
    task: FewShot,
    source: str,
    fit: Callable[[np.ndarray], Any],
    whole: Any,
    heads: Mapping[str, Fit],
    count: int,
    arms: Mapping[str, tuple[str, str]] = ARMS,
) -> Answers:
    """{head: {arm: {test: (draws, rows)}}}, true where right.

    source: the test whose rows are what the released code validates on; fit: a representation of
    rows (n, d); whole: one that was fitted on many unlabelled rows, for "all". A setting is chosen
    at each draw.
    """

    def known(draw: int) -> dict[str, Labelled]:
        both = validation(task, count, draw, task.tests[source])
        return dict(zip(("train", "test"), both, strict=True))

    def fitted(kind: str) -> Space:
        """Fitted at each draw on the shots and what is known; once, for all heads."""
        return cache(lambda draw: fit(
            np.vstack([task.shots(count, draw).features, known(draw)[kind].features])
        ))  # fmt: skip

    kinds = dict.fromkeys(kind for kind, _ in arms.values())
    spaces = {kind: fixed(whole) if kind == "all" else fitted(kind) for kind in kinds}
    found: Answers = {}
    for name, head in heads.items():
        each = {kind: tried(task, count, space, head, known=known)
                for kind, space in spaces.items()}  # fmt: skip
        found[name] = {
            arm: {test: each[kind].chosen_anew(test, told) for test in task.tests}
            for arm, (kind, told) in arms.items()
        }
    return found
