"""What ICA adds to a probe with few labels: for heads that see rotations, and for one that doesn't.

The features are those of a CLIP of ours on held-out scenes of our world; a class is a combination
of factors. Hazards of the released code (Liu et al.; CoOp's linear probe before it) are arms of
their own: validation images that are test images, and ICA fitted on a handful of rows.
"""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import FastICA
from sklearn.linear_model import LogisticRegression

from mmcl.clip import looks
from mmcl.features.heads import SEEING, Cache, ZeroShot, head
from mmcl.features.probes import FewShot, Fit, Labelled, every, fixed, tried
from mmcl.features.representations import WhitenedPCA, representation
from mmcl_experiments.few_shot import protocols as _protocols
from mmcl_experiments.few_shot.shots import clip_of, interval, row, scores, turned


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
    Settings: own (the CLIP of the seed, not the kept one), classes, test, validation, pool (numbers
    of scenes), draws, shots, k, strengths, heads (their grids), times (of the bootstrap).
    """
    path = clip_of(settings, seed)
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


def few_shot_task(path: Any, settings: dict[str, Any], seed: int) -> FewShot:
    """Photos as rows to test on, to choose on, and to draw from."""
    sizes = [settings[name] for name in ("test", "validation", "pool")]
    seen = looks.coded(path, ["photo"], sum(sizes))
    rows = Labelled(seen.features["photo"], looks.labels(seen.table, settings["classes"]))
    ends = np.cumsum(sizes)
    test, validation, pool = (rows[e - n : e] for e, n in zip(ends, sizes, strict=True))
    return FewShot(pool, {"validation": validation}, {"photo": test}, settings["draws"], seed)


def whitening(
    task: FewShot, spaces: dict[str, Any], settings: dict[str, Any], count: int
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """The L2 probe on four spaces: at every strength, and at the one that validation chooses.

    Also its answers (draws, rows) on the features as they come.
    """
    rows, best = [], {}
    for name in ("raw", "pca", "whitened, all", "whitened"):
        found = tried(task, count, fixed(spaces[name]), ridge(settings["strengths"]))
        for c, answers in zip(settings["strengths"], found.answers["photo"], strict=True):
            rows.append(row(name, "l2", "at strength", answers.mean(), strength=c))
        best[name] = found.chosen("photo")
        rows.append(row(name, "l2", "chosen strength", settings["strengths"][found.best]))
    pairs = [(name, "raw") for name in best if name != "raw"]
    pairs.append(("whitened", "pca"))
    return rows + scores(best, pairs, "l2", settings["times"], task.seed), best["raw"]


def ridge(strengths: list[float]) -> Fit:
    """The L2 probe at each strength."""
    return every(LogisticRegression(max_iter=2000), {"C": strengths})


def equality(task: FewShot, spaces: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The L2 probe of `mmcl.features.heads` on ICA and on whitened PCA, at every draw, at C = 1."""
    estimator, _ = head("l2", d=1)
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
    task: FewShot, spaces: dict[str, Any], settings: dict[str, Any], count: int, probe: np.ndarray
) -> list[dict[str, Any]]:
    """Heads that see rotations on three choices of axes in one white space.

    probe: answers of the L2 probe on raw features, to compare ICA with.
    """
    white, k, rows, times = spaces["whitened"], settings["k"], [], settings["times"]
    views = {
        "ica": fixed(spaces["ica"]),
        "rotated": turned(fixed(white), k, task.seed),
        "whitened": fixed(white),
    }
    for name in SEEING:
        if name not in settings["heads"] or (name == "axes" and count == 1):
            continue
        fit = every(head(name, d=k)[0], settings["heads"][name])
        best = {method: tried(task, count, view, fit).chosen("photo")
                for method, view in views.items()}  # fmt: skip
        pairs = [("ica", "rotated"), ("ica", "whitened")]
        rows += scores(best, pairs, name, times, task.seed)
        gain = interval(best["ica"], probe, f"{name} raw", times, task.seed)
        rows.append(row("ica - raw l2", name, "difference", **gain))
    return rows


def few_rows(task: FewShot, settings: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Trees on FastICA as released: fitted at every draw on shots and validation rows alone."""
    k, ends = settings["k"], []

    @cache
    def fitted(draw: int) -> FastICA:
        (more,) = _protocols.validation(task, count, draw)
        rows = np.vstack([task.shots(count, draw).features, more.features])
        ica, ended = _protocols.fastica(rows, k)
        ends.append(ended)
        return ica

    fit = every(head("tree", d=k)[0], settings["heads"]["tree"])
    views = {"ica": fitted, "rotated": turned(fitted, k, task.seed)}
    best = {method: tried(task, count, view, fit).chosen("photo") for method, view in views.items()}
    rows = scores(best, [("ica", "rotated")], "tree", settings["times"], task.seed)
    return [*rows, row("ica", "", "converged", np.mean(ends))]


def protocol(
    task: FewShot, white: Any, settings: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """The L2 probe on white features, with validation rows from the test split or not.

    FastICA instead of whitening would give the same answers. "as released" tests on all test rows,
    those that it has chosen on among them.
    """

    def fit(rows: np.ndarray) -> WhitenedPCA:
        return WhitenedPCA(min(settings["k"], len(rows) - 2)).fit(rows)

    found = _protocols.answers(
        task, "photo", fit, white, {"l2": ridge(settings["strengths"])}, count
    )["l2"]
    answers = {arm: each["photo"] for arm, each in found.items()}
    pairs = [(arm, "leak-free") for arm in answers if arm != "leak-free"]
    return scores(answers, pairs, "l2", settings["times"], task.seed)


def reference(
    task: FewShot, raw: Any, texts: np.ndarray, settings: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """Zero-shot from captions, and a cache of shots beside it, on the features as they come."""
    grid = {"weight": [1.0, 10.0, 100.0], "sharpness": [1.0, 5.5, 20.0]}
    fits = {"zero-shot": every(ZeroShot(texts), {}), "cache": every(Cache(texts), grid)}
    found = {
        name: tried(task, count, fixed(raw), fit).chosen("photo") for name, fit in fits.items()
    }
    return scores(found, [("cache", "zero-shot")], "", settings["times"], task.seed)
