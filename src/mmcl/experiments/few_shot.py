"""What ICA adds to a probe with few labels: for heads that see rotations, and for one that doesn't.

The features are those of a CLIP of ours on held-out scenes of our world; a class is a combination
of factors. Hazards of the released code (Liu et al.; CoOp's linear probe before it) are arms of
their own: validation images that are test images, and ICA fitted on a handful of rows.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid

from mmcl.clip import looks
from mmcl.experiments._shots import Task, Tried, fixed, interval, settings_of, tried, turned
from mmcl.heads import SEEING, Cache, ZeroShot
from mmcl.probes import Labelled, draw_shots
from mmcl.randomness import stream
from mmcl.representations import WhitenedPCA, representation

VALIDATION = {1: 1, 2: 2, 4: 4, 8: 4, 16: 4}  # shots a class -> validation rows, as released


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: part, method, head, shots, metric, value, low, high, strength, seed.

    Intervals: 95 %, two-way bootstrap over draws and test images. metric "accuracy", and
    "difference" where the method is "a - b". Settings of heads (strength, depth, how many axes)
    are chosen on validation rows, apart from the test.
    part "strength": the L2 probe at each strength C; "whitening": at the chosen one.
    "equality": largest difference between ICA and whitened PCA: "probability", "predictions".
    "heads": those that see rotations, on ICA, whitened principal axes, and axes turned at random
    at each draw; "raw l2" is the L2 probe on features as they come. With one shot a class there is
    no variance within classes to choose axes by, so "axes" starts at two. "few rows": trees with
    ICA fitted as released, on shots and validation rows, and the share that "converged".
    "protocol": what validation rows from the test split are worth. "reference": zero-shot, cache.
    Settings: models (see `mmcl.clip.looks`), classes, test, validation, pool (numbers of
    scenes), draws, shots, k, strengths, heads (their grids), times (of the bootstrap).
    """
    path = looks.checkpoint_path(settings["models"], seed)
    task = few_shot_task(path, settings, seed)
    k, rows = settings["k"], task.pool.features
    spaces = {name: representation(name, k, random_state=seed).fit(rows)
              for name in ("raw", "pca", "whitened", "ica")}  # fmt: skip
    spaces["whitened, all"] = WhitenedPCA(rows.shape[1]).fit(rows)
    texts = looks.prompts(path, settings["classes"])
    found = []
    with warnings.catch_warnings():  # scikit-learn takes few rows a class for a regression
        warnings.filterwarnings("ignore", message="The number of unique classes")
        for count in settings["shots"]:
            rows, probe = whitening(task, spaces, settings, count)
            parts = {
                "whitening": rows,
                "equality": equality(task, spaces, count),
                "heads": heads(task, spaces, settings, count, probe),
                "few rows": few_rows(task, settings, count),
                "protocol": protocol(task, spaces["whitened"], settings, count),
                "reference": reference(task, spaces["raw"], texts, settings, count),
            }
            for part, some in parts.items():
                found += [{"part": part, "shots": count, **each} for each in some]
    return pd.DataFrame(found).assign(seed=seed)


def few_shot_task(path: Any, settings: dict[str, Any], seed: int) -> Task:
    """Photos as rows to test on, to choose on, and to draw from."""
    sizes = [settings[name] for name in ("test", "validation", "pool")]
    seen = looks.coded(path, ["photo"], sum(sizes))
    rows = Labelled(seen.features["photo"], looks.labels(seen.table, settings["classes"]))
    ends = np.cumsum(sizes)
    test, validation, pool = (rows[e - n : e] for e, n in zip(ends, sizes, strict=True))
    return Task(pool, validation, {"photo": test}, settings["draws"], seed)


def row(
    method: str, head: str, metric: str, value: Any, *, low: Any = None, high: Any = None,
    strength: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One measurement; low and high are the value where there is no interval."""
    bounds = [float(value if bound is None else bound) for bound in (low, high)]
    return {
        "method": method, "head": head, "metric": metric, "value": float(value),
        "low": bounds[0], "high": bounds[1],
        "strength": float("nan") if strength is None else float(strength),
    }  # fmt: skip


def scores(
    found: dict[str, np.ndarray], pairs: list[tuple[str, str]], head: str, times: int, seed: int
) -> list[dict[str, Any]]:
    """Accuracy of each method's answers (draws, rows), and differences of pairs of them."""
    rows = [
        row(name, head, "accuracy", **interval(a, np.zeros_like(a), name, times, seed))
        for name, a in found.items()
    ]
    return rows + [
        row(f"{a} - {b}", head, "difference", **interval(found[a], found[b], head, times, seed))
        for a, b in pairs
    ]


def whitening(
    task: Task, spaces: dict[str, Any], settings: dict[str, Any], count: int
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """The L2 probe on four spaces: at every strength, and at the one that validation chooses.

    Also its answers (draws, rows) on the features as they come.
    """
    rows, best = [], {}
    ridge = LogisticRegression(max_iter=2000)
    grid = [{"C": c} for c in settings["strengths"]]
    for name in ("raw", "pca", "whitened, all", "whitened"):
        found = tried(task, fixed(spaces[name]), ridge, grid, count)
        for place, c in enumerate(settings["strengths"]):
            accuracy = found.right["photo"][place].mean()
            rows.append(row(name, "l2", "at strength", accuracy, strength=c))
        best[name] = found.chosen("photo")
        rows.append(row(name, "l2", "chosen strength", grid[found.best]["C"]))
    pairs = [(name, "raw") for name in best if name != "raw"]
    pairs.append(("whitened", "pca"))
    return rows + scores(best, pairs, "l2", settings["times"], task.seed), best["raw"]


def equality(task: Task, spaces: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The L2 probe of `mmcl.heads` on ICA and on whitened PCA, at every draw, at C = 1."""
    estimator, _ = settings_of("l2", {}, 1)
    (test,), apart, same = task.tests.values(), [], []
    for draw in range(task.draws):
        shots, answers = task.shots(count, draw), []
        for name in ("whitened", "ica"):
            fitted = estimator.set_params(C=1.0).fit(
                spaces[name].transform(shots.features), shots.labels
            )
            answers.append(fitted.predict_proba(spaces[name].transform(test.features)))
        apart.append(np.abs(answers[0] - answers[1]).max())
        same.append((answers[0].argmax(axis=1) == answers[1].argmax(axis=1)).all())
    return [
        row("ica - whitened", "l2", "probability", max(apart)),
        row("ica - whitened", "l2", "predictions", np.mean(same)),
    ]


def heads(
    task: Task, spaces: dict[str, Any], settings: dict[str, Any], count: int, probe: np.ndarray
) -> list[dict[str, Any]]:
    """Heads that see rotations on three choices of axes in one white space.

    probe: answers of the L2 probe on raw features, to compare ICA with.
    """
    white, k, rows, times = spaces["whitened"], settings["k"], [], settings["times"]
    views = {
        "ica": fixed(spaces["ica"]),
        "rotated": turned(white, k, task.seed),
        "whitened": fixed(white),
    }
    for name in SEEING:
        if name not in settings["heads"] or (name == "axes" and count == 1):
            continue
        estimator, choices = settings_of(name, settings["heads"][name], k)
        found: dict[str, Tried] = {
            method: tried(task, view, estimator, choices, count) for method, view in views.items()
        }
        best = {method: each.chosen("photo") for method, each in found.items()}
        pairs = [("ica", "rotated"), ("ica", "whitened")]
        rows += scores(best, pairs, name, times, task.seed)
        gain = interval(best["ica"], probe, f"{name} raw", times, task.seed)
        rows.append(row("ica - raw l2", name, "difference", **gain))
    return rows


def few_rows(task: Task, settings: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Trees on FastICA as released: fitted at every draw on shots and validation rows alone."""
    k, fits = settings["k"], {}
    ends = []

    def fitted(draw: int, shots: Labelled) -> FastICA:
        if draw not in fits:
            rng = stream(task.seed, f"validation {count} {draw}")
            more = task.validation[draw_shots(task.validation.labels, VALIDATION[count], rng)]
            fits[draw], ended = as_released(np.vstack([shots.features, more.features]), k)
            ends.append(ended)
        return fits[draw]

    estimator, choices = settings_of("tree", settings["heads"]["tree"], k)
    best = {
        "ica": tried(task, fitted, estimator, choices, count).chosen("photo"),
        "rotated": tried(
            task,
            lambda draw, shots: turned(fitted(draw, shots), k, task.seed)(draw, shots),
            estimator,
            choices,
            count,
        ).chosen("photo"),
    }
    rows = scores(best, [("ica", "rotated")], "tree", settings["times"], task.seed)
    return [*rows, row("ica", "", "converged", np.mean(ends))]


def as_released(rows: np.ndarray, k: int) -> tuple[FastICA, bool]:
    """FastICA with scikit-learn's own settings, and whether it converged.

    The released code suppresses the warning that says so.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        found = FastICA(n_components=k, random_state=0, whiten="unit-variance").fit(rows)
    return found, not any(issubclass(each.category, ConvergenceWarning) for each in said)


PROTOCOLS = {  # arm: what whitening is fitted on, and what the strength is chosen on
    "as released": ("test", "test"),
    "fitted on test rows": ("test", "train"),
    "chosen on test rows": ("train", "test"),
    "leak-free": ("train", "train"),
    "leak-free, many rows": ("all", "train"),
}


def protocol(task: Task, white: Any, settings: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The L2 probe on white features, with validation rows from the test split or not.

    FastICA instead of whitening would give the same answers. "as released" tests on all test rows,
    those that it has chosen on among them.
    """
    (test,) = task.tests.values()
    answers = {arm: np.zeros((task.draws, len(test)), bool) for arm in PROTOCOLS}
    grid = list(ParameterGrid({"C": settings["strengths"]}))
    for draw in range(task.draws):
        shots = task.shots(count, draw)
        rng = stream(task.seed, f"validation {count} {draw}")
        told = {
            "train": task.validation[draw_shots(task.validation.labels, VALIDATION[count], rng)],
            "test": test[draw_shots(test.labels, VALIDATION[count], rng)],
        }
        right, said = {}, {}
        for fit in ("train", "test", "all"):
            space = white
            if fit != "all":
                both = np.vstack([shots.features, told[fit].features])
                space = WhitenedPCA(min(settings["k"], len(both) - 2)).fit(both)
            Z = [space.transform(each.features) for each in (shots, test, *told.values())]
            for place, setting in enumerate(grid):
                probe = LogisticRegression(max_iter=2000, **setting).fit(Z[0], shots.labels)
                right[fit, place] = probe.predict(Z[1]) == test.labels
                for (name, each), X in zip(told.items(), Z[2:], strict=True):
                    said[fit, name, place] = (probe.predict(X) == each.labels).mean()
        for arm, (fit, choose) in PROTOCOLS.items():
            place = int(np.argmax([said[fit, choose, p] for p in range(len(grid))]))
            answers[arm][draw] = right[fit, place]
    pairs = [(arm, "leak-free") for arm in PROTOCOLS if arm != "leak-free"]
    return scores(answers, pairs, "l2", settings["times"], task.seed)


def reference(
    task: Task, raw: Any, texts: np.ndarray, settings: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """Zero-shot from captions, and a cache of shots beside it, on the features as they come."""
    cache = list(ParameterGrid({"weight": [1.0, 10.0, 100.0], "sharpness": [1.0, 5.5, 20.0]}))
    found = {
        "zero-shot": tried(task, fixed(raw), ZeroShot(texts), [{}], count).chosen("photo"),
        "cache": tried(task, fixed(raw), Cache(texts), cache, count).chosen("photo"),
    }
    return scores(found, [("cache", "zero-shot")], "", settings["times"], task.seed)
