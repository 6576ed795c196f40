"""A look that training left out: CLIPs of photos alone beside CLIPs of every look but that one.

The labeled scenes are photos, and axes are found on photos without labels, as in `domain_shift`.
What differs is the encoder's training: the looks it saw, with the same scenes, captions, recipe and
seed. Nothing of the left-out look is fitted or chosen on.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from mmcl.clip import evaluation, looks, mixed, ours, pairs
from mmcl.features.heads import SEEING, head
from mmcl.features.probes import Fit, Labelled, Space, every, tried
from mmcl.features.resampled import Few
from mmcl.randomness import stream
from mmcl_experiments.few_shot.shots import interval, row, scores
from mmcl_experiments.task_axes.run import fitted

PHOTO = "photo"
ENDS = (0.025, 0.975)  # of intervals
Answers = dict[str, np.ndarray]  # by look: which scenes are right (draws, rows)
Rows = list[dict[str, Any]]


class Seen(NamedTuple):
    """Scenes in some looks: features {look: (n, d)}, labels (n,), prompts (c, d) of the classes."""

    features: dict[str, np.ndarray]
    labels: np.ndarray
    prompts: np.ndarray


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: left_out, training, look, method, head, shots, metric, value, low, high, seed.

    left_out: a look; training: "photos", or "mixed", all looks but that one; look: "photo" or the
    one left out. metric "accuracy", "difference" where the method is "a - b", and "kept": the share
    of the accuracy on photos that the left-out look keeps. Heads: "l2" on "raw" and "whitened"
    features, those of `SEEING` on "ica" and "rotated" axes; at 0 shots "zero-shot", from captions.
    Intervals: 95 %, two-way bootstrap over draws (shots, labels to choose on, starts, rotations)
    and test scenes; one CLIP.
    Settings: own (the CLIPs of the seed, see `mmcl.clip.mixed`, not the kept one for all),
    left_out, classes, test, pool (scenes), draws, shots, told (labels a class to choose on, at
    most), k, strengths, heads (grids), times (of the bootstrap).
    """
    found = []
    with warnings.catch_warnings():  # scikit-learn takes few rows a class for a regression
        warnings.filterwarnings("ignore", message="The number of unique classes")
        for training, left_out, path in encoders(settings, seed):
            seen = coded(path, [PHOTO, *left_out], settings)
            for count, answers in answered(seen, settings, seed):
                for look in left_out:
                    told = {"left_out": look, "training": training, "shots": count}
                    found += [{**told, **one} for one in judged(answers, look, settings, seed)]
    return pd.DataFrame(found).assign(seed=seed)


def encoders(settings: dict[str, Any], seed: int) -> Iterator[tuple[str, list[str], Path]]:
    """What a CLIP saw, the left-out looks that it is tested on, and its checkpoint."""
    kept = None if settings["own"] else ours.path("default", 0)
    yield "photos", settings["left_out"], kept or mixed.path(None, seed)
    for look in settings["left_out"]:
        yield "mixed", [look], kept or mixed.path(look, seed)


def coded(path: Path, names: list[str], settings: dict[str, Any]) -> Seen:
    """The first scenes of the held-out world in these looks, as a CLIP codes them."""
    n, clip = settings["test"] + settings["pool"], looks.loaded(path)
    size, found, labels = clip.config["vision_cfg"]["image_size"], {}, np.array([])
    for look in names:
        shown = pairs.held_out(n, size, look)
        codes = evaluation.encode_images(clip.model, shown.images, normalize=False)
        found[look] = codes.double().numpy()
        labels = looks.labels(shown.table, settings["classes"])
    return Seen(found, labels, looks.prompts(path, settings["classes"]))


def answered(
    seen: Seen, settings: dict[str, Any], seed: int
) -> Iterator[tuple[int, dict[tuple[str, str], Answers]]]:
    """At each number of shots, 0 first: {(head, method): answers on every look}."""
    cut, draws = settings["test"], settings["draws"]
    rows = {look: Labelled(codes, seen.labels) for look, codes in seen.features.items()}
    zero = {look: (part.features[:cut] @ seen.prompts.T).argmax(axis=1) == part.labels[:cut]
            for look, part in rows.items()}  # fmt: skip
    yield 0, {("", "zero-shot"): {look: np.tile(each, (draws, 1)) for look, each in zero.items()}}
    tests = {look: part[:cut] for look, part in rows.items()}
    task = Few(rows[PHOTO][cut:], {}, tests, draws, seed, told=settings["told"])
    spaces = fitted(task.pool.features, settings["k"], seed)
    ridge = every(LogisticRegression(max_iter=2000), {"C": settings["strengths"]})
    for count in settings["shots"]:
        found = {("l2", name): on_all(task, count, spaces[name], ridge)
                 for name in ("raw", "whitened")}  # fmt: skip
        for name in (each for each in SEEING if each in settings["heads"]):
            if name == "axes" and count == 1:
                continue  # nothing varies within classes, so there is nothing to choose by
            fit = every(head(name, d=settings["k"])[0], settings["heads"][name])
            for method in ("ica", "rotated"):
                found[name, method] = on_all(task, count, spaces[method], fit)
        yield count, found


def on_all(task: Few, count: int, space: Space, fit: Fit) -> Answers:
    """Answers on every look; a setting is chosen at each draw, on photos."""
    found = tried(task, count, space, fit,
                  known=lambda draw: {"validation": task.drawn(count, draw)[1]})  # fmt: skip
    return {look: found.chosen_anew(look, "validation") for look in task.tests}


def judged(
    answers: Mapping[tuple[str, str], Answers], left_out: str, settings: dict[str, Any], seed: int
) -> Rows:
    """Accuracy, differences and shares kept, of one CLIP on photos and on one other look."""
    times, found = settings["times"], []
    for name in dict.fromkeys(each for each, _ in answers):
        of = {method: right for (each, method), right in answers.items() if each == name}
        pairs_of = [(a, b) for a, b in (("whitened", "raw"), ("ica", "rotated")) if a in of]
        for look in (PHOTO, left_out):
            right = {method: each[look] for method, each in of.items()}
            some = scores(right, pairs_of, name, times, seed)
            if "ica" in of:
                gain = interval(right["ica"], answers["l2", "raw"][look], name, times, seed)
                some.append(row("ica - raw l2", name, "difference", **gain))
            found += [{"look": look, **one} for one in some]
        for method, each in of.items():
            share = kept(each[PHOTO], each[left_out], stream(seed, f"kept {name}"), times)
            found.append({"look": left_out, **row(method, name, "kept", **share)})
    return found


def kept(
    photo: np.ndarray, other: np.ndarray, rng: np.random.Generator, times: int
) -> dict[str, float]:
    """value, low, high of accuracy on another look over that on photos: draws and scenes resampled.

    photo, other: (draws, rows), true where right, of the same draws and the same scenes.
    """
    draws, rows = photo.shape
    each = rng.multinomial(draws, np.full(draws, 1 / draws), size=times)
    scenes = rng.multinomial(rows, np.full(rows, 1 / rows), size=times)
    told, asked = (((each @ values) * scenes).sum(axis=1) for values in (photo, other))
    low, high = np.quantile(asked / told, ENDS)
    return {"value": other.mean() / photo.mean(), "low": low, "high": high}
