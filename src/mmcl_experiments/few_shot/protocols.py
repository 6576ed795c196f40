"""The protocol of the released code beside a clean one: what test rows are worth.

In the code of Liu et al., as in CoOp's linear probe before it, ICA is fitted on the shots and on
validation rows, strengths are chosen on the latter, and those are drawn from the test split.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from mmcl.features.probes import Labelled, draw_shots
from mmcl.randomness import stream
from mmcl_experiments.few_shot.shots import Task, given

VALIDATION = 4  # rows a class at most, else as many as shots
ARMS = {  # what the representation is fitted on, and what settings of a head are chosen on
    "as released": ("test", "test"),
    "fitted on test rows": ("test", "train"),
    "chosen on test rows": ("train", "test"),
    "leak-free": ("train", "train"),
    "leak-free, many rows": ("all", "train"),
}

Head = tuple[Any, list[dict[str, Any]]]  # unfitted, and its settings to choose from
Answers = dict[str, dict[str, dict[str, np.ndarray]]]


def validation(task: Task, count: int, draw: int, *more: Labelled) -> list[Labelled]:
    """As many rows of each class for a draw of `count` shots: of the task's validation rows, and of
    more."""
    rng, each = stream(task.seed, f"validation {count} {draw}"), min(count, VALIDATION)
    return [rows[draw_shots(rows.labels, each, rng)] for rows in (task.validation, *more)]


def fastica(rows: np.ndarray, k: int) -> tuple[FastICA, bool]:
    """FastICA with scikit-learn's own settings, and whether it converged.

    The released code suppresses the warning that says so.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        found = FastICA(n_components=k, random_state=0, whiten="unit-variance").fit(rows)
    return found, not any(issubclass(each.category, ConvergenceWarning) for each in said)


def answers(
    task: Task,
    source: str,
    fit: Callable[[np.ndarray], Any],
    whole: Any,
    heads: Mapping[str, Head],
    count: int,
    arms: Mapping[str, tuple[str, str]] = ARMS,
) -> Answers:
    """{head: {arm: {test: (draws, rows)}}}, true where right.

    source: the test whose rows are what the released code validates on; fit: a representation of
    rows (n, d); whole: one that was fitted on many unlabelled rows, for "all". A setting is chosen
    at each draw.
    """
    tests = task.tests.items()
    found: Answers = {
        name: {arm: {test: np.zeros((task.draws, len(rows)), bool) for test, rows in tests}
               for arm in arms} for name in heads
    }  # fmt: skip
    for draw in range(task.draws):
        shots = task.shots(count, draw)
        both = validation(task, count, draw, task.tests[source])
        told: dict[str, Labelled] = dict(zip(("train", "test"), both, strict=True))
        for kind in dict.fromkeys(fitted for fitted, _ in arms.values()):
            space = whole
            if kind != "all":
                space = fit(np.vstack([shots.features, told[kind].features]))
            X, seen = space.transform(shots.features), transformed(space, task.tests)
            known = transformed(space, told)
            for name, (estimator, grid) in heads.items():
                tries = [given(estimator, each).fit(X, shots.labels) for each in grid]
                for arm in [each for each in arms if arms[each][0] == kind]:
                    best = most_right(tries, known[arms[arm][1]])
                    for test, rows in seen.items():
                        found[name][arm][test][draw] = best.predict(rows.features) == rows.labels
    return found


def transformed(space: Any, several: Mapping[str, Labelled]) -> dict[str, Labelled]:
    """Rows by name, as a representation gives them."""
    return {n: Labelled(space.transform(rows.features), rows.labels) for n, rows in several.items()}


def most_right(tries: list[Any], rows: Labelled) -> Any:
    """The classifier with the best accuracy on rows, the first of several."""
    return tries[int(np.argmax([(t.predict(rows.features) == rows.labels).mean() for t in tries]))]
