"""Are ICA's axes the world's or the training's? Components of several of this book's CLIPs.

All see the same pictures, on which none was trained; the image tower alone. Every way of choosing
axes of a network turns the same white space of its leading principal axes.
"""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mmcl.clip import evaluation, folder, model, ours
from mmcl.clip.model import Checkpoint
from mmcl.clip.recipes import RECIPES
from mmcl.features.meeting import Moments, canonical, scores
from mmcl.metrics import factorwise
from mmcl.metrics.crossmodal import whitened
from mmcl.metrics.disentanglement import dci_scores
from mmcl.metrics.factorwise import Latents
from mmcl.metrics.geometry import normalized
from mmcl.randomness import stream
from mmcl.rotations import contrast, gradient, random_rotations, rotate
from mmcl_experiments.clip_factors.run import SHARED, drawn, latents

TOL, PATIENCE = 1e-5, 1000  # gradient at which a search is over; iterations at most
FEW = 2  # starts where they are no question of their own
Rows = list[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: part, state, one, other, prepared, arm, metric, start, value, weights, seed.

    one, other: seeds of CLIPs, -1 where there is none; weights: of `one`'s file. state: "trained",
    or "untrained", the same networks before.
    part "across": axes of `one` with those of `other`, partners chosen on the fitting pictures, the
    mean correlation of partners on test pictures. metric "same pictures": both found their axes in
    the same ones; "other pictures": each in another half; `other` is `one`: how far a network
    agrees with itself. arms "ICA" (of several starts the one of best contrast), "PCA", "rotation"
    (mean of many) and "CCA", canonical directions, which no axes can beat but by chance.
    part "axes": DCI disentanglement of test pictures by forests ("forest") and by shares of
    variance ("shares", see `told`), of PCA, rotations and each start of ICA; of starts also
    "contrast", on fitting pictures, and "gradient". prepared: "length one", codes as the loss sees
    them; "as they come", before that; "centered", centered and of length one again.
    Settings: recipe, pairs, steps (of each training), networks, components, starts, rotations,
    trees, fit, validation, test.
    """
    clips = [trained(settings, each) for each in settings["networks"]]
    pairs, parts = drawn(settings, clips[0].config["vision_cfg"]["image_size"])
    asked = latents(pairs.table.iloc[parts["test"]], SHARED)
    fit, test = (np.arange(len(pairs.table))[parts[each]] for each in ("fit", "test"))
    rows: Rows = []
    for state in ("trained", "untrained"):
        found = {}
        for number, clip in zip(settings["networks"], clips, strict=True):
            of = clip if state == "trained" else ours.untrained(clip)
            codes = evaluation.encode_images(of.model, pairs.images, normalize=False)
            codes, rng = codes.numpy().astype(float), stream(seed, f"{state} {number}")
            about = {"state": state, "one": number, "weights": clip.sha256}
            for how in PREPARED if state == "trained" else ("length one",):
                first = state == "trained" and how == "length one"
                few = settings if first else {**settings, "starts": min(settings["starts"], FEW)}
                own = axes_of(PREPARED[how](codes), fit, test, few, rng)
                found.setdefault(number, own)  # the first is of length one
                scored = disentangled(own, asked, settings["trees"], seed)
                rows += [{**about, "prepared": how, **each} for each in scored]
        rows += across(found, fit, test, settings, stream(seed, f"across {state}"), state)
    table = pd.DataFrame(rows).fillna({"other": -1, "prepared": "length one", "start": -1})
    weights = dict(zip(settings["networks"], (clip.sha256 for clip in clips), strict=True))
    table = table.astype({"other": int, "start": int}).assign(weights=table.one.map(weights))
    return table.assign(seed=seed).round({"value": 6})


def trained(settings: dict[str, Any], seed: int) -> Checkpoint:
    """A CLIP of the recipe, but for its pairs and steps; trains it if it isn't there."""
    budget = {name: settings[name] for name in ("pairs", "steps")}
    recipe = replace(RECIPES[settings["recipe"]], **budget)
    name = f"{settings['recipe']}-{recipe.pairs}-{recipe.steps}-{seed}"
    place = ours.ROOT / ours.PLACES[-1] / name
    if not (place / folder.CHECKPOINT).is_file():
        folder.train(folder.prepare(place, recipe, seed), device=settings["device"])
    return model.load(place / folder.CHECKPOINT)


PREPARED = {
    "length one": normalized,
    "as they come": lambda codes: codes,
    "centered": lambda codes: normalized(codes - codes.mean(axis=0)),
}


# Axes of one network


def axes_of(
    codes: np.ndarray, fit: np.ndarray, test: np.ndarray, settings: dict[str, Any],
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    """White fitting and test rows, whole and as found in each half of the fitting rows; rotations
    of each: ICA's starts, the best of them, and random ones."""
    k, found = settings["components"], {}
    for name, some in {"all": fit, "first": fit[::2], "second": fit[1::2]}.items():
        every = np.concatenate([fit, test])
        # the same twice: `whitened` takes two modalities
        white = whitened(codes, codes, k, some, every).held[0]
        inside = white[np.isin(every, some)]
        count = settings["starts"] if name == "all" else min(settings["starts"], FEW)
        starts = random_rotations(count, k, rng)
        ends = np.array([rotate(inside, each, "picard", PATIENCE, TOL)[0] for each in starts])
        far = contrast(inside, ends)
        found[name] = {
            "fit": white[: len(fit)], "test": white[len(fit) :], "ends": ends, "contrast": far,
            "best": ends[far.argmax()], "turns": random_rotations(settings["rotations"], k, rng),
            "gradient": [np.abs(gradient(inside @ each.T)).max() for each in ends],
        }  # fmt: skip
    return found


def disentangled(own: dict[str, Any], asked: Latents, trees: int, seed: int) -> Rows:
    """Rows of the part "axes"."""
    one = own["all"]
    arms = [("PCA", np.eye(len(one["best"]))[None]), ("rotation", one["turns"])]
    rows: Rows = []
    for arm, turns in [*arms, ("ICA", one["ends"])]:
        for start, turn in enumerate(turns):
            sources = one["test"] @ turn.T
            forest, _ = factorwise.importances(asked, sources, seed, trees)
            values = {
                "forest": dci_scores(forest)[0],
                "shares": dci_scores(told(asked, sources))[0],
            }
            if arm == "ICA":
                values |= {name: one[name][start] for name in ("contrast", "gradient")}
            where = {"part": "axes", "arm": arm, "start": start}
            rows += [{**where, "metric": m, "value": float(v)} for m, v in values.items()]
    return rows


def told(asked: Latents, sources: np.ndarray) -> np.ndarray:
    """Importances (k, factors) that don't prefer axes: each factor's share of a source's variance.

    The share that lies between the factor's labels, less what chance puts there; columns sum to
    one. Of white sources the sum over all is the same after any turn, so that no choice of axes
    tells more of a factor, unlike a forest, whose splits stand square to axes.
    """
    columns = []
    for latent in asked.values():
        labels, n = np.unique(latent.labels, return_inverse=True)[1], len(sources)  # type: ignore
        counts = np.bincount(labels)
        means = np.array([sources[labels == each].mean(axis=0) for each in range(len(counts))])
        inside = ((sources - means[labels]) ** 2).sum(axis=0) / (n - len(counts))
        share = 1 - inside / sources.var(axis=0, ddof=1)
        columns.append(np.maximum(share, 0) / max(np.maximum(share, 0).sum(), 1e-12))
    return np.column_stack(columns)


# Axes of two networks


def across(
    found: dict[int, dict[str, Any]], fit: np.ndarray, test: np.ndarray, settings: dict[str, Any],
    rng: np.random.Generator, state: str,
) -> Rows:  # fmt: skip
    """Rows of the part "across"."""
    rows: Rows = []
    couples = [*combinations(found, 2), *((each, each) for each in found)]
    for one, other in couples:
        parts = {"other pictures": ("first", "second")}
        if one != other:
            parts["same pictures"] = ("all", "all")
        for metric, names in parts.items():
            x, t = found[one][names[0]], found[other][names[1]]
            for arm, value in met(x, t).items():
                where = {"part": "across", "state": state, "one": one, "other": other}
                rows.append({**where, "arm": arm, "metric": metric, "value": value})
    return rows


def met(x: dict[str, Any], t: dict[str, Any]) -> dict[str, float]:
    """Held-out matched correlations of two networks' axes, by arm."""
    moments = Moments.of(x["fit"], t["fit"]), Moments.of(x["test"], t["test"])
    plain = np.eye(len(x["best"]))
    found = {
        "ICA": scores(x["best"], t["best"], *moments),
        "PCA": scores(plain, plain, *moments),
        "rotation": scores(x["turns"], t["turns"], *moments).mean(),
        "CCA": canonical(*moments, len(plain)),
    }
    return {arm: float(value) for arm, value in found.items()}
