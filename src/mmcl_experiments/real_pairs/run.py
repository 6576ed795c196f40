"""Published pairs of three networks, trained and not: their looks, and whether ICA's axes meet.

Axes of each modality come from one half of the pairs, and so do partners; scores from the other.
All ways of choosing axes share one white space of k principal axes. Equal rows, such as a report
that belongs to several images, stay in one half.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mmcl.features.meeting import Moments, canonical, scores
from mmcl.metrics import crossmodal, geometry
from mmcl.metrics.repeats import Objects, RepeatedRows, objects
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.rotations import contrast, gradient, random_rotations, rotate
from mmcl_experiments.clip_features.run import cosines, dimension, gap
from mmcl_experiments.real_pairs.sources import pairs

NEAR, PATIENCE = 1e-4, 1000  # gradient at which a search is over; iterations at most
LEVEL = 0.95
SPLITS, DRAWS = 10, 50  # halvings for shared directions; draws of pairs among which to look
LEADS = {"ICA - rotation": "rotation", "ICA - PCA": "PCA"}
LOOKS = {  # of `clip_features`: what is asked for, by metric and arm
    ("mean", "images"), ("mean", "texts"), ("mean", "strangers"), ("mean", "partners"),
    ("distance", ""), ("participation", ""), ("axes", ""),
}  # fmt: skip


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: source, rows, prepared, k, metric, arm, value, low, high, halving, seed.

    k 0, what `clip_features` measures: mean cosines, the gap ("distance"), "participation" ratio,
    "axes" by likelihood, shared "directions"; and "pairs", "objects" (pairs without their copies);
    "recall" and "nats" (at the best temperature) among `among` pairs without copies, means of both
    ways and of many draws.
    Other k, arm "ICA" (mean over starts), "best of starts" (by contrast), "PCA", "rotation", "CCA":
    metric "held out", the mean matched correlation, over halvings; its interval resamples halvings
    and inside each starts and rotations. arms of LEADS: "difference", with the same interval, and
    "other pairs", with Student's for other pairs of the kind (Nadeau and Bengio, 2003: halvings of
    the same pairs repeat each other, so the mean of many varies like more than one of them).
    "difference" at a halving from 0 on is that of one. arm "ICA": "converged", a share of searches.
    Settings: source (`sources.PAIRS`), rows, prepared ("as they are", or "centered": each modality
    centered, and length one again), sizes, halvings, starts, rotations, times, among, axes.
    """
    x, t = prepared(*pairs(settings["source"]), settings["prepared"])
    if settings["rows"]:
        kept = stream(seed, "rows").permutation(len(x))[: settings["rows"]]
        x, t = x[kept], t[kept]
    with warnings.catch_warnings():  # the table tells how many repeat
        warnings.simplefilter("ignore", RepeatedRows)
        rows = [*looks(x, t, settings, seed), *meetings(x, t, settings, seed)]
    told = {name: settings[name] for name in ("source", "rows", "prepared")}
    return pd.DataFrame(rows).assign(**told, seed=seed)


def row(
    k: int, metric: str, arm: str, value: Any, low: Any = 0.0, high: Any = 0.0, halving: int = -1
) -> dict[str, Any]:
    """One measurement; low and high where there is an interval, a halving where it is of one."""
    return {
        "k": k, "metric": metric, "arm": arm, "value": float(value), "low": float(low),
        "high": float(high), "halving": halving,
    }  # fmt: skip


def prepared(x: np.ndarray, t: np.ndarray, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Both sides as `how` says."""
    if nearest(how, ("as they are", "centered"), "preparation") == "as they are":
        return x, t
    x, t = (geometry.normalized(a - a.mean(axis=0)) for a in (x, t))
    return x, t


# Looks


def looks(
    x: np.ndarray, t: np.ndarray, settings: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """The rows of k 0; of both modalities or several splits, their mean."""
    own, axes = objects(x, t), [k for k in settings["axes"] if k < len(x) // 2]
    found = pd.DataFrame([*cosines(x, t), *gap(x, t, []), *dimension(x, t, axes, seed)])
    means = found.groupby(["metric", "arm"]).value.mean()
    rows = [row(0, *name, value) for name, value in means.items() if name in LOOKS]  # type: ignore
    shared = [directions(x, t, own, stream(seed, f"shared {each}")) for each in range(SPLITS)]
    for name, value in {
        "pairs": len(x),
        "objects": own.count,
        "directions": np.mean(shared),
    }.items():
        rows.append(row(0, name, "", value))
    recalls, nats, rng = [], [], stream(seed, "among")
    tau = geometry.best_temperature(x @ t.T)
    for _ in range(DRAWS):  # one row of each object: equal rows can't be told apart
        some = own.rows(rng.permutation(own.count)) if own.of is None else np.array(
            [rng.choice(own.of[i]) for i in rng.permutation(own.count)])  # fmt: skip
        between = x[some[: settings["among"]]] @ t[some[: settings["among"]]].T
        recalls.append(np.mean(geometry.recall_at_1(between)))
        nats.append(np.log(len(between)) - np.mean(geometry.losses(between, tau)))
    return [*rows, row(0, "recall", "", np.mean(recalls)), row(0, "nats", "", np.mean(nats))]


def directions(x: np.ndarray, t: np.ndarray, own: Objects, rng: np.random.Generator) -> int:
    """Held-out canonical correlations above what the best of strangers reaches, of one halving.

    A direction a modality for each six fitting pairs."""
    fit, held = own.halves(rng)
    found = crossmodal.matched_directions(crossmodal.whitened(x, t, len(fit) // 6, fit, held))
    values = crossmodal.paired_correlations(found.x, found.t)
    null = [crossmodal.paired_correlations(found.x, rng.permutation(found.t)).max()
            for _ in range(200)]  # fmt: skip
    return int((values > np.quantile(null, LEVEL)).sum())


# Axes


def meetings(
    x: np.ndarray, t: np.ndarray, settings: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """The rows of all sizes that the pairs allow."""
    own, rng, each = objects(x, t), stream(seed, "halvings"), {}
    for _ in range(settings["halvings"]):
        fit, held = own.halves(rng)
        sizes = [k for k in settings["sizes"] if k <= len(fit) // 2]
        white = crossmodal.whitened(x, t, max(sizes), fit, held)
        for k in sizes:
            each.setdefault(k, []).append(once(white.first(k), settings, rng))
    rows = []
    for k, several in each.items():
        found = {arm: np.array([one[arm] for one in several]) for arm in several[0]}
        rows.append(row(k, "converged", "ICA", found.pop("converged").mean()))
        rows += summed(k, found, settings["times"], stream(seed, f"resampled {k}"))
    return rows


def once(
    white: crossmodal.White, settings: dict[str, Any], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """One halving: held-out matched correlations of each arm, one a start or a rotation."""
    k = white.fit[0].shape[1]
    moments = Moments.of(*white.fit), Moments.of(*white.held)
    ends, best, left = [], [], []
    for side in white.fit:
        starts = random_rotations(settings["starts"], k, rng)
        found = np.array([rotate(side, start, "picard", PATIENCE, NEAR)[0] for start in starts])
        ends.append(found)
        best.append(found[contrast(side, found).argmax()])
        left += [np.abs(gradient(side @ each.T)).max() for each in found]
    turns = [random_rotations(settings["rotations"], k, rng) for _ in range(2)]
    plain = np.eye(k)
    return {
        "ICA": scores(ends[0], ends[1], *moments),
        "best of starts": scores(best[0], best[1], *moments)[None],
        "PCA": scores(plain, plain, *moments)[None],
        "rotation": scores(turns[0], turns[1], *moments),
        "CCA": np.array([canonical(*moments, k)]),
        "converged": np.array([np.mean(np.array(left) <= NEAR)]),
    }


def summed(
    k: int, found: dict[str, np.ndarray], times: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Means over halvings and their intervals. found: values (halvings, m) of each arm."""
    count = len(found["PCA"])
    drawn = rng.integers(count, size=(times, count))
    again = {arm: resampled(values, drawn, rng) for arm, values in found.items()}
    rows = [row(k, "held out", arm, found[arm].mean(), *middle(again[arm])) for arm in found]
    for lead, rival in LEADS.items():
        gaps = found["ICA"].mean(axis=1) - found[rival].mean(axis=1)
        interval = middle(again["ICA"] - again[rival])
        rows.append(row(k, "difference", lead, gaps.mean(), *interval))
        rows.append(row(k, "other pairs", lead, gaps.mean(), *elsewhere(gaps)))
        rows += [row(k, "difference", lead, gap, halving=h) for h, gap in enumerate(gaps)]
    return rows


def resampled(values: np.ndarray, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means (times,) of values (halvings, m): halvings as drawn, and m of each anew."""
    m = values.shape[1]
    if m == 1:
        return values[drawn, 0].mean(axis=1)
    inside = rng.integers(m, size=(*drawn.shape, m))
    return values[drawn[..., None], inside].mean(axis=(1, 2))


def middle(values: np.ndarray) -> tuple[float, float]:
    """The central LEVEL of values."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def elsewhere(gaps: np.ndarray) -> tuple[float, float]:
    """Student's interval of the mean of differences (halvings,) for other pairs of the kind.

    As many pairs score as fit, so the variance of the mean is (1 / halvings + 1) of that of one.
    Source: Nadeau and Bengio, "Inference for the generalization error" (2003).
    """
    error = gaps.std(ddof=1) * np.sqrt(1 / len(gaps) + 1)
    reach = stats.t.ppf((1 + LEVEL) / 2, len(gaps) - 1) * error
    return float(gaps.mean() - reach), float(gaps.mean() + reach)
