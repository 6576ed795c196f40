"""Trained on photos, tested on other looks of the world: what ICA adds there, and style in axes.

The looks stand in for ImageNet's V2, Sketch, R and A. Nothing about a target look is used for
training or choosing: settings of heads are chosen on photos, and how many components to drop on the
looks that aren't the target.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from mmcl.clip import looks
from mmcl.features.heads import SEEING, head
from mmcl.features.probes import FewShot, Labelled, every, fixed, tried
from mmcl.features.representations import WhitenedPCA, representation
from mmcl.ica import LinearICA, random_rotation
from mmcl.randomness import stream
from mmcl.world.domains import DOMAINS
from mmcl.world.factors import FACTORS
from mmcl_experiments.domain_shift.axes import explained, participation, ranked, without_means
from mmcl_experiments.few_shot import protocols as _protocols
from mmcl_experiments.few_shot.shots import Then, clip_of, interval, row, scores, turned

PHOTO = "photo"
CONTENT = ("shape", "x", "y", "size", "hue")  # what captions tell
BINS = 8  # of hues
TURNS = 20  # random rotations that style and content are averaged over
ARMS = {arm: _protocols.ARMS[arm] for arm in ("as released", "leak-free", "leak-free, many rows")}
Rows = list[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: part, look, method, head, shots, component, factor, metric, value, low, high, seed.

    part "heads": "accuracy" on every look and "difference" of methods, with two-way bootstrap
    intervals; "l2" is the probe that sees no rotation, on raw and on white features; ICA and its
    rivals are fitted on unlabeled photos. part "protocols": heads on ICA, by the arms of `ARMS`;
    "l2" would answer the same on white features. part "style": for each axis of a white space of
    all looks the share of its variance between looks ("style") and between values of a factor
    ("content"); "style axes", how many hold style (participation number). part "dropped": the L2
    probe without the axes that tell other looks from photos best, per target look: "accuracy",
    "difference" to dropping none, and the number "dropped", chosen on the looks that aren't the
    target. arms "ica", "principal" and "rotated" axes, ranked in the same way; "random" (as many
    ICA axes as "ica" drops, whichever); "means" (the span of the other looks' means is projected
    out).
    Settings: own (the CLIP of the seed, not the one that is kept), classes, test, validation, pool
    (numbers of scenes), draws, shots, k, strengths, heads (grids), protocols (heads), drops,
    drop_shots, drop_strength, times.
    """
    sizes = [settings[name] for name in ("test", "validation", "pool")]
    seen = looks.coded(clip_of(settings, seed), list(DOMAINS), sum(sizes))
    label = looks.labels(seen.table, settings["classes"])
    rows = {look: Labelled(features, label) for look, features in seen.features.items()}
    world = Split(rows, seen.table, *np.cumsum(sizes))
    found = []
    with warnings.catch_warnings():  # scikit-learn takes few rows a class for a regression
        warnings.filterwarnings("ignore", message="The number of unique classes")
        for count in settings["shots"]:
            found += part("heads", count, heads(world, settings, count, seed))
            if settings["protocols"]:
                found += part("protocols", count, protocols(world, settings, count, seed))
        found += part("style", 0, style(world, settings, seed))
        for target in list(DOMAINS)[1:]:
            rows = dropped(world, target, settings, seed)
            found += part("dropped", settings["drop_shots"], rows)
    table = pd.DataFrame(found).fillna({"component": -1, "factor": ""}).assign(seed=seed)
    return table.astype({"component": int})


def part(name: str, shots: int, rows: Rows) -> Rows:
    """Rows of a part, with a number of shots."""
    return [{"part": name, "shots": shots, **each} for each in rows]


def at(look: str, rows: Rows) -> Rows:
    """Rows of a look."""
    return [{"look": look, **each} for each in rows]


class Split(NamedTuple):
    """Scenes in every look, the same rows in each: [0, test), [test, told), [told, end)."""

    rows: dict[str, Labelled]
    table: pd.DataFrame
    test: int
    told: int
    end: int

    def tests(self) -> dict[str, Labelled]:
        return {look: rows[: self.test] for look, rows in self.rows.items()}

    def validation(self, look: str) -> Labelled:
        return self.rows[look][self.test : self.told]

    def pool(self, look: str) -> Labelled:
        return self.rows[look][self.told :]

    def task(self, tests: dict[str, Labelled], draws: int, seed: int) -> FewShot:
        """Shots and validation rows are photos."""
        return FewShot(self.pool(PHOTO), {"validation": self.validation(PHOTO)}, tests, draws, seed)


def heads(world: Split, settings: dict[str, Any], count: int, seed: int) -> Rows:
    """All heads on all looks; every method sees the same shots and the same scenes."""
    task = world.task(world.tests(), settings["draws"], seed)
    k, rows, photos = settings["k"], [], task.pool.features
    white = WhitenedPCA(k).fit(photos)
    ica = representation("ica", k, random_state=seed).fit(photos)
    views = {"raw": fixed(representation("raw", k).fit(photos)), "whitened": fixed(white)}
    ridge = every(LogisticRegression(max_iter=2000), {"C": settings["strengths"]})
    probes = {name: tried(task, count, view, ridge) for name, view in views.items()}
    views = {"ica": fixed(ica), "rotated": turned(fixed(white), k, seed)}
    for look in task.tests:
        best = {name: each.chosen(look) for name, each in probes.items()}
        rows += at(look, scores(best, [("whitened", "raw")], "l2", settings["times"], seed))
    for name in [each for each in SEEING if each in settings["heads"]]:
        fit = every(head(name, d=k)[0], settings["heads"][name])
        answers = {method: tried(task, count, view, fit) for method, view in views.items()}
        for look in task.tests:
            best = {method: each.chosen(look) for method, each in answers.items()}
            times = settings["times"]
            rows += at(look, scores(best, [("ica", "rotated")], name, times, seed))
            gain = interval(best["ica"], probes["raw"].chosen(look), f"{name} raw", times, seed)
            rows += at(look, [row("ica - raw l2", name, "difference", **gain)])
    return rows


def protocols(world: Split, settings: dict[str, Any], count: int, seed: int) -> Rows:
    """Heads as released, and clean: ICA is fitted, and settings are chosen, at each draw.

    The rows of the test split that go into the fit and the choice are photos; the tests on other
    looks show the same scenes. "leak-free, many rows" is the ICA of `heads`, so it differs from the
    others in its search as well: `LinearICA`, not scikit-learn's FastICA.
    """
    task = world.task(world.tests(), settings["draws"], seed)
    k, rows = settings["k"], []
    whole = representation("ica", k, random_state=seed).fit(task.pool.features)
    grids = {"l2": {"C": settings["strengths"]}, **settings["heads"]}
    asked = {name: every(head(name, d=k)[0], grids[name]) for name in settings["protocols"]}
    found = _protocols.answers(
        task, PHOTO, lambda rows: _protocols.fastica(rows, k)[0], whole, asked, count, ARMS
    )
    pairs = [(arm, "leak-free") for arm in ARMS if arm != "leak-free"]
    for name, answers in found.items():
        for look in task.tests:
            one = {arm: each[look] for arm, each in answers.items()}
            rows += at(look, scores(one, pairs, name, settings["times"], seed))
    return rows


def style(world: Split, settings: dict[str, Any], seed: int) -> Rows:
    """Style and content of every axis of a white space of all looks, on scenes of the test.

    Axes are fitted on unlabeled pool scenes of all looks, and don't know which is which.
    """
    names, k = list(DOMAINS), settings["k"]
    pooled = np.vstack([world.pool(look).features for look in names])
    seen = np.vstack([world.rows[look].features[: world.test] for look in names])
    domain = np.repeat(np.arange(len(names)), world.test)
    table = world.table.iloc[: world.test]
    content = {f: table[f].to_numpy() for f in CONTENT if FACTORS[f].values}
    content["hue"] = np.floor(table["hue"].to_numpy() * BINS).astype(int) % BINS
    groups = {"look": domain} | {f: np.tile(v, len(names)) for f, v in content.items()}
    white = WhitenedPCA(k).fit(pooled)
    ica = LinearICA(k, random_state=seed).fit(pooled)
    turns = [random_rotation(k, stream(seed, f"style {i}")) for i in range(TURNS)]
    views = {"ica": [ica.transform(seen)], "whitened": [white.transform(seen)]}
    views["rotated"] = [white.transform(seen) @ turn.T for turn in turns]
    rows = []
    for method, each in views.items():
        shares = [{name: explained(Z, group) for name, group in groups.items()} for Z in each]
        held = np.mean([participation(one["look"]) for one in shares])
        rows.append(row(method, "", "style axes", held))
        both = [
            np.minimum(one["look"], np.max([one[f] for f in content], axis=0)).sum()
            / one["look"].sum()
            for one in shares
        ]
        rows.append(row(method, "", "mixed", np.mean(both)))
        for name, values in shares[0].items():
            metric = "style" if name == "look" else "content"
            rows += [
                row(method, "", metric, value, component=j, factor=name)
                for j, value in enumerate(values)
            ]
    return at("all", rows)


def dropped(world: Split, target: str, settings: dict[str, Any], seed: int) -> Rows:
    """The L2 probe with fewer axes, for one target look that nothing is chosen on."""
    others = [look for look in DOMAINS if look != target]
    pooled = np.vstack([world.pool(look).features for look in others])
    domain = np.repeat(np.arange(len(others)), world.end - world.told)
    k, drops = settings["k"], settings["drops"]
    white = WhitenedPCA(k).fit(pooled)
    spaces: dict[str, Any] = {
        "ica": LinearICA(k, random_state=seed).fit(pooled),
        "principal": white,
    }
    spaces["rotated"] = WhitenedPCA(k, rotated=True, random_state=seed).fit(pooled)
    tests = {target: world.rows[target][: world.test]}
    tests |= {look: world.validation(look) for look in others[1:]}  # the first is the photo
    task = world.task(tests, settings["draws"], seed)
    ridge = every(LogisticRegression(max_iter=2000), {"C": [settings["drop_strength"]]})

    def answers(space: Any) -> tuple[np.ndarray, float]:
        found = tried(task, settings["drop_shots"], fixed(space), ridge).answers
        told = np.mean([found[look][0].mean() for look in others[1:]])
        return found[target][0], float(told)

    best, rows, chosen = {}, [], {}
    best["none"], plain = answers(white)
    for name, space in spaces.items():
        order = ranked(space.transform(pooled), domain > 0)
        found = {0: (best["none"], plain)}
        found |= {n: answers(Then(space, np.sort(order[n:]))) for n in drops if n}
        chosen[name] = max(found, key=lambda n: found[n][1])
        best[name] = found[chosen[name]][0]
        rows += [row(name, "l2", "at number", found[n][0].mean(), component=n) for n in found]
        rows.append(row(name, "l2", "dropped", chosen[name]))
    any_k = stream(seed, f"dropped {target}").permutation(k)
    best["random"], _ = answers(Then(spaces["ica"], np.sort(any_k[chosen["ica"] :])))
    best["means"], _ = answers(Then(white, without_means(white.transform(pooled), domain)))
    pairs = [(name, "none") for name in best if name != "none"] + [
        ("ica", "rotated"),
        ("ica", "principal"),
    ]
    return at(target, rows + scores(best, pairs, "l2", settings["times"], seed))
