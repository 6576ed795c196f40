"""What two paired sets of features allow to be said: assumptions, shared directions, components.

Works for any two modalities, row i of one belonging to row i of the other. Everything that is
fitted is judged on rows that had no part in it.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import norm
from sklearn.decomposition import PCA

from mmcl.errors import InputError
from mmcl.features.advice import advice
from mmcl.features.representations import WhitenedPCA
from mmcl.ica import ENOUGH, random_rotation
from mmcl.metrics import crossmodal
from mmcl.metrics.dimension import THRESHOLD, canonical
from mmcl.metrics.geometry import (
    best_temperature,
    losses,
    modality_gap,
    normalized,
    participation_ratio,
    recall_at_1,
    uniform_value,
    uniformity,
)
from mmcl.metrics.stability import choose_components, gaussianity, refitted, replicated

BATCH = 1024  # pairs among which a partner is sought
SOME = 2048  # rows of which all pairs are looked at
ROWS = 8192  # for searches that are repeated
SIZES = (3, 4, 6, 8, 12, 16, 24, 32, 40)  # numbers of components that are tried
SPLITS = 3  # into halves, for each number of components
TURNS = 40  # random rotations that components are compared with
LEAST = 40  # rows
Section = dict[str, Any]


class Given(NamedTuple):
    """One modality: its numbers (n, d), its name, and the model that made them, if known."""

    values: np.ndarray
    name: str
    model: str | None = None


def diagnose(a: Given, b: Given, *, k: int | None = None, rng: np.random.Generator) -> Section:
    """All sections of the report as plain numbers and texts.

    a.values (n, d_a), b.values (n, d_b). k: the number of components; without it the largest at
    which halves of the rows agree. Sections: warnings (list), modalities (list of two), pairs
    (None when the spaces differ), shared, components (list of two), across, advice (list).
    Errors: ValueError for other numbers of rows, NaN, fewer than 40 rows, nothing that varies, and
    for k above what the rows allow.
    Cost: O(n d^2), and some twenty searches for at most 40 components of 8,192 rows.
    """
    a, b, warnings = checked(a, b)
    fit, held = np.split(rng.permutation(len(a.values)), [len(a.values) // 2])
    spaces = not_one_space(a, b)
    modalities = [geometry(each.values) | {"name": each.name, "model": each.model}
                  for each in (a, b)]  # fmt: skip
    found: Section = {
        "rows": len(a.values),
        "warnings": warnings + ([spaces] if spaces else []),
        "modalities": modalities,
        "pairs": None if spaces else pairs(a.values, b.values, rng),
        "shared": shared(a.values, b.values, rng),
    }
    found["components"] = [components(each, fit, held, k, rng) for each in (a, b)]
    size = min(each["k"] for each in found["components"])
    for each in found["components"]:
        if each["k"] > each["most"]:
            found["warnings"].append(
                f"{each['k']} components are many for these rows (halves have fewer than 5 k^2 of "
                f"them from {each['most'] + 1} on): axes may follow single rows."
            )
    found["across"] = across(a.values, b.values, size, fit, held, rng)
    return found | {"advice": advice(found)}


def checked(a: Given, b: Given) -> tuple[Given, Given, list[str]]:
    """Both modalities in float64 without columns that don't vary, and what is to be said of it."""
    if len(a.values) != len(b.values):
        raise InputError(
            f"{a.name} has {len(a.values)} rows and {b.name} {len(b.values)}; give pairs: row i of "
            "one belongs to row i of the other"
        )
    if len(a.values) < LEAST:
        raise InputError(f"{len(a.values)} rows say nothing about features; give {LEAST} or more")
    warnings, kept = [], []
    for each in (a, b):
        values = np.asarray(each.values, dtype=np.float64)
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            raise InputError(
                f"{each.name} has NaN or infinity in {int(bad.sum())} rows, the first of them "
                f"{int(bad.argmax())} (counted from 0); leave these pairs out of both files"
            )
        varies = values.std(axis=0) > 1e-12 * max(float(np.abs(values).max()), 1e-300)
        if not varies.any():
            raise InputError(f"{each.name} is the same in all rows; was the encoder trained?")
        if not varies.all():
            count = int((~varies).sum())
            warnings.append(f"{each.name}: {count} constant columns are left out.")
        kept.append(each._replace(values=values[:, varies]))
    return kept[0], kept[1], warnings


def not_one_space(a: Given, b: Given) -> str | None:
    """Why cosines between the modalities mean nothing; None when they may."""
    if a.values.shape[1] != b.values.shape[1]:
        sizes = f"{a.values.shape[1]} and {b.values.shape[1]} columns"
        return f"The modalities have {sizes}: no common space, so no gap, cosine or retrieval."
    if a.model is not None and b.model is not None and a.model != b.model:
        return (
            f"{a.name} was made by {a.model} and {b.name} by {b.model}: two spaces, so no gap, "
            "cosine or retrieval between them."
        )
    return None


def geometry(values: np.ndarray) -> Section:
    """How one modality lies in its space: lengths, effective dimension, evenness of directions.

    uniformity is that of Wang and Isola (2020) on directions; `uniform` what the uniform sphere of
    as many dimensions has. mean_length: of the mean direction, 0 when directions point everywhere.
    """
    lengths, directions = np.linalg.norm(values, axis=1), normalized(values)
    some = directions[np.linspace(0, len(directions) - 1, min(len(directions), SOME)).astype(int)]
    return {
        "d": values.shape[1],
        "length": float(lengths.mean()),
        "length_spread": float(lengths.std() / lengths.mean()),
        "effective": participation_ratio(values),
        "mean_length": float(np.linalg.norm(directions.mean(axis=0))),
        "uniformity": uniformity(some),
        "uniform": uniform_value(values.shape[1]) if values.shape[1] > 1 else 0.0,
    }


def pairs(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> Section:
    """Cosines of partners and strangers, the modality gap, and how well partners are found.

    found: share whose partner has the largest cosine among `among`, the mean of both ways; nats:
    log(among) minus InfoNCE at its best temperature, a lower bound of the mutual information; both
    also after each modality was centered.
    """
    u, v = normalized(a), normalized(b)
    places = rng.permutation(len(u))[:BATCH]
    scores = {"": u[places] @ v[places].T}
    centered = [normalized(each - each.mean(axis=0))[places] for each in (a, b)]
    scores["_centered"] = centered[0] @ centered[1].T
    found: Section = {
        "gap": modality_gap(u, v),
        "matched": float((u * v).sum(axis=1).mean()),
        "strangers": float(u.mean(axis=0) @ v.mean(axis=0)),
        "among": len(places),
        "ceiling": math.log(len(places)),
    }
    for name, each in scores.items():
        temperature = best_temperature(each)
        found[f"found{name}"] = float(np.mean(recall_at_1(each)))
        found[f"nats{name}"] = math.log(len(places)) - float(np.mean(losses(each, temperature)))
        found[f"temperature{name}"] = temperature
    return found


def shared(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> Section:
    """Held-out canonical correlations, of as many principal axes of each as the rows allow.

    exact: how many are above the threshold from which a direction passes for copied; coupled: how
    many more are above what strangers reach (5 % for all axes together).
    """
    n = len(a)
    most = max(1, n // 20)
    x, t = (WhitenedPCA(min(most, rank(values))).fit_transform(values) for values in (a, b))
    found = np.sort(canonical(x, t, rng=rng).correlations)[::-1]
    noise = float(norm.isf(0.025 / len(found))) / math.sqrt(n - n // 2)
    exact = int((found > THRESHOLD).sum())
    return {
        "axes": [x.shape[1], t.shape[1]],
        "correlations": found.round(4).tolist(),
        "exact": exact,
        "coupled": int((found > noise).sum()) - exact,
        "noise": noise,
    }


def rank(values: np.ndarray) -> int:
    """How many directions vary."""
    return int(np.linalg.matrix_rank(values - values.mean(axis=0)))


def components(
    each: Given, fit: np.ndarray, held: np.ndarray, k: int | None, rng: np.random.Generator
) -> Section:
    """ICA of one modality on the fitting half: how many, whether they come back, and are they news.

    agreement, low: median and tenth percentile of the components' agreement between halves.
    chance: what `low` would be in one of twenty cases if halves gave axes turned at random.
    non_gaussian: how many are refuted as Gaussian on the held-out rows (Holm, 5 %).
    """
    rows = each.values[fit[:ROWS]]
    directions = rank(rows)
    room = min(directions, len(rows) // 2 - 2)
    most = max(1, min(room, math.isqrt(len(rows) // (2 * ENOUGH))))  # halves of them have 5 k^2
    if k is not None and not 1 <= k <= room:
        raise InputError(
            f"k is {k}, but {each.name} has {len(rows)} rows for fitting, of which halves are "
            f"compared, and {directions} directions; give 1 to {room}"
        )
    space = PCA(k or most, svd_solver="full").fit(rows)
    rows, new = space.transform(rows), space.transform(each.values[held])
    sizes = [size for size in SIZES if size <= most] or [most]
    size = choose_components(rows, sizes, splits=SPLITS, rng=rng) if k is None else k
    again = replicated(rows, [size], splits=SPLITS, rng=rng)
    ica = refitted(rows, rng, n_components=size)
    tests = gaussianity(ica.transform(new))
    return {
        "k": size,
        "most": most,
        "agreement": float(again.agreement.mean()),
        "low": float(again.low.mean()),
        "chance": by_chance(size, rng),
        "converged": ica.converged_,
        "non_gaussian": int((~tests.gaussian).sum()),
    }


def by_chance(k: int, rng: np.random.Generator, times: int = 200) -> float:
    """The `low` of axes that are turned at random: its 95th percentile. Near 1 for k of 1 or 2.

    In a plane any two pairs of axes are at most 45 degrees apart, so they always agree.
    """
    agreements = [np.abs(random_rotation(k, rng)) for _ in range(times * SPLITS)]
    lows = [np.quantile(each[linear_sum_assignment(-each)], 0.1) for each in agreements]
    return float(np.quantile(np.reshape(lows, (times, SPLITS)).mean(axis=1), 0.95))


def across(
    a: np.ndarray, b: np.ndarray, k: int, fit: np.ndarray, held: np.ndarray, rng: Any
) -> Section:
    """Do components of one modality have a partner in the other? Held-out matched correlations.

    ica: mean correlation of k components with their partners, matched on the fitting half, scored
    on the other. rotation: the same of random rotations of the same white spaces, the mean.
    cca: of canonical directions there, the most that linear maps reach. difference, low, high: ICA
    minus rotation, 95 % over the held-out pairs. ahead: share of rotations that ICA beats; that
    tells whether its axes are special, which the interval of the pairs doesn't.
    """
    white = crossmodal.whitened(a, b, k, fit, held)
    x, t = (refitted(each, rng).components_ for each in white.fit)
    own = crossmodal.matched(white.turned(x, t))
    others = crossmodal.rotations(white, TURNS, rng)
    weights = crossmodal.resampling(len(held), 400, rng)
    chance = np.mean([crossmodal.bootstrapped(each, weights) for each in others], axis=0)
    draws = crossmodal.bootstrapped(own, weights) - chance
    low, high = np.quantile(draws, [0.025, 0.975])
    scores = np.array([each.held_out for each in others])
    base = float(scores.mean())
    return {
        "k": k,
        "ica": own.held_out,
        "rotation": base,
        "cca": crossmodal.matched_directions(white).held_out,
        "difference": own.held_out - base,
        "low": float(low),
        "high": float(high),
        "ahead": float((own.held_out > scores).mean()),
    }
