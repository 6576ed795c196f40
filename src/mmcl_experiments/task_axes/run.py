"""Few labels in tasks of one factor, of two, and of random mixtures of factors.

What fits axes to a task is computed from many labels and no head (`alignment`); what heads gain
from axes is measured with few. Starts of ICA and random rotations are drawn anew at each draw of
shots, and settings of heads are chosen on at most as many labels a class as there are shots.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from mmcl.clip import looks, mixed, ours
from mmcl.features.heads import SEEING, head
from mmcl.features.probes import Fit, Labelled, Space, every, fixed, tried
from mmcl.features.representations import WhitenedPCA, representation
from mmcl.features.resampled import Few, Spaces
from mmcl.randomness import stream
from mmcl.world.factors import FACTORS
from mmcl_experiments.few_shot.shots import row, scores
from mmcl_experiments.task_axes.alignment import alignment, between, by_chance, mixture

MIXTURE = "mixture"
Rows = list[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: task, kind, part, method, head, shots, metric, value, low, high, seed.

    kind: "one" factor, "two", or "mixture". part "alignment" (shots 0, no head): that of "ica" (the
    mean over the starts of all draws), "whitened" (principal axes), and "chance". part "heads":
    those that see rotations on the same three, "rotated" for chance: metric "accuracy", and
    "difference" where the method is "a - b". part "l2": the probe that sees no rotation on "raw",
    "pca", "whitened" (any ICA) and "whitened, all". part "reference": "zero-shot", where a caption
    can say the task. Intervals: 95 %, two-way bootstrap over draws (shots, labels to choose on,
    starts, rotations) and test scenes; one CLIP. With one shot single axes can't be chosen.
    Settings: own (the photo CLIP of the seed, see `mmcl.clip.mixed`, not the kept one), tasks
    (factors, or "mixture 7"), test, pool (scenes), draws, shots, told (labels a class to choose
    on, at most), k, strengths, heads (grids), times (of the bootstrap).
    """
    path = mixed.path(None, seed) if settings["own"] else ours.path("default", 0)
    seen = looks.coded(path, ["photo"], settings["test"] + settings["pool"])
    codes, cut = seen.features["photo"], settings["test"]
    spaces = fitted(codes[cut:], settings["k"], seed)
    found = []
    with warnings.catch_warnings():  # scikit-learn takes few rows a class for a regression
        warnings.filterwarnings("ignore", message="The number of unique classes")
        for name in settings["tasks"]:
            labels, kind = labels_of(seen.table, name), kind_of(name)
            rows = Labelled(codes, labels)
            task = Few(rows[cut:], {}, {"photo": rows[:cut]}, settings["draws"], seed,
                       told=settings["told"])  # fmt: skip
            some = aligned(spaces, rows[cut:], settings["draws"])
            some += reference(path, name, seen.table[:cut], codes[:cut], task)  # pyright: ignore
            for count in settings["shots"]:
                each = blind(task, spaces, settings, count) + seeing(task, spaces, settings, count)
                some += [{"shots": count, **one} for one in each]
            found += [{"task": name, "kind": kind, **one} for one in some]
    return pd.DataFrame(found).assign(seed=seed)


def kind_of(task: str) -> str:
    """What a task is made of."""
    return MIXTURE if task.startswith(MIXTURE) else ("one", "two")[task.count(" ")]


def labels_of(table: pd.DataFrame, task: str) -> np.ndarray:
    """The labels (n,) of a task: values of the named factors, or "mixture N" drawn by N."""
    if task.startswith(MIXTURE):
        return mixture(table, stream(int(task.split()[1]), MIXTURE))
    return looks.labels(table, task.split())


def fitted(rows: np.ndarray, k: int, seed: int) -> dict[str, Space]:
    """Representations by draw, fitted on unlabeled rows (n, d); those with k axes are white."""
    found: dict[str, Space] = {name: Spaces(name, rows, k, seed) for name in ("ica", "rotated")}
    for name in ("raw", "pca", "whitened"):
        found[name] = fixed(representation(name, k).fit(rows))
    return {**found, "whitened, all": fixed(WhitenedPCA(rows.shape[1]).fit(rows))}


def aligned(spaces: dict[str, Space], rows: Labelled, draws: int) -> Rows:
    """Alignment of a task with ICA's axes, principal axes, and by chance."""
    white = spaces["whitened"](0).transform(rows.features)
    matrix = between(white, rows.labels)
    starts = [alignment(matrix, spaces["ica"](draw).matrix) for draw in range(draws)]
    values = {"ica": starts, "whitened": [alignment(matrix)], "chance": [by_chance(matrix)]}
    told = {"shots": 0, "part": "alignment"}
    return [{**told, **row(name, "", "alignment", np.mean(each), low=min(each), high=max(each))}
            for name, each in values.items()]  # fmt: skip


def reference(path: Path, name: str, table: pd.DataFrame, codes: np.ndarray, task: Few) -> Rows:
    """Zero-shot accuracy, from captions that say the task; none for a mixture.

    Where captions could say the shape and not the size, those of each size stand for a shape, and
    the best of all wins: a mean over sizes points at none of them.
    """
    if kind_of(name) == MIXTURE:
        return []
    asked = name.split()
    said = [*asked, "size"] if "shape" in asked and "size" not in asked else asked
    best = (codes @ looks.prompts(path, said).T).argmax(axis=1)
    best = best // (len(FACTORS["size"].values) if said != asked else 1)
    right = best == looks.labels(table, asked)
    half = 1.96 * right.std() / np.sqrt(len(right))
    told = row("zero-shot", "", "accuracy", right.mean(),
               low=right.mean() - half, high=right.mean() + half)  # fmt: skip
    return [{"shots": 0, "part": "reference", **told}]


def answered(task: Few, count: int, space: Space, fit: Fit) -> np.ndarray:
    """Which test rows are right (draws, rows); a setting is chosen at each draw."""
    found = tried(task, count, space, fit,
                  known=lambda draw: {"validation": task.drawn(count, draw)[1]})  # fmt: skip
    return found.chosen_anew("photo", "validation")


def blind(task: Few, spaces: dict[str, Space], settings: dict[str, Any], count: int) -> Rows:
    """The L2 probe on four spaces."""
    fit = every(LogisticRegression(max_iter=2000), {"C": settings["strengths"]})
    names = ("raw", "pca", "whitened, all", "whitened")
    best = {name: answered(task, count, spaces[name], fit) for name in names}
    pairs = [(name, "raw") for name in names[1:]]
    return [{"part": "l2", **each} for each in scores(best, pairs, "l2", settings["times"], 0)]


def seeing(task: Few, spaces: dict[str, Space], settings: dict[str, Any], count: int) -> Rows:
    """Heads that see rotations on ICA, principal axes and axes turned at random."""
    found, pairs = [], [("ica", "rotated"), ("whitened", "rotated"), ("ica", "whitened")]
    for name in SEEING:
        if name not in settings["heads"] or (name == "axes" and count == 1):
            continue
        fit = every(head(name, d=settings["k"])[0], settings["heads"][name])
        best = {method: answered(task, count, spaces[method], fit)
                for method in ("ica", "whitened", "rotated")}  # fmt: skip
        found += scores(best, pairs, name, settings["times"], 0)
    return [{"part": "heads", **each} for each in found]
