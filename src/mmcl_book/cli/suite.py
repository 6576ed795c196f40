"""`mmcl probe --suite`: the papers' experiments on data sets that lie on this machine."""

import itertools
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.clip import weights
from mmcl.errors import InputError, MissingFile, UsageError
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.world.render import check_device
from mmcl_book.cli import probe
from mmcl_book.terminal import Progress, asked, say
from mmcl_experiments.suites import PROTOCOLS, ROUNDS, attributes, celeba, coop, imagenet
from mmcl_experiments.suites.judge import AsCoOp, Setting, right, scarce
from mmcl_experiments.suites.pictures import Extractor, Pictures, pool

RELEASED = ("raw", "fastica", "pca+ica")  # methods of Liu et al.
AXES = ("raw", "pca", "ica", "rotated")  # of which single axes are asked
# What is said of a run, without folders of this machine.
SAID = ("shots", "head", "protocols", "k", "draws", "seed", "precision", "methods", "pool")
POOLS = {"imagenet": 64, "few-shot": 64, "celeba": 10_000}  # pictures of a class; CelebA: in all
HAZARDS = {
    "imagenet": "as released, the representation is fitted and the penalty chosen with pictures "
    "of the validation part, which is also the test: their gain is part of those numbers",
    "few-shot": "as released, the representation is fitted with validation pictures, whose labels "
    "choose the penalty: more labels than the number of shots says",
    "celeba": "attributes come together (beard and male), so that one axis may read several",
}


def table(options: Namespace) -> pd.DataFrame:
    """Accuracies (CelebA: AUC) as a table, and as JSON with all settings where `out` says.

    Errors: UsageError for options; ValueError and OSError for data or weights, in words.
    """
    with asked():
        nearest(options.suite, tuple(POOLS), "suite")
    options.methods = options.methods or (AXES if options.suite == "celeba" else RELEASED)
    options.pool = options.pool or POOLS[options.suite]
    check(options)
    root = files.expanded(options.data)
    if not root.is_dir():
        raise MissingFile(f"there is no folder {root}; give the one that holds the data sets")
    parts = {"imagenet": relatives, "few-shot": few_shot, "celeba": axes}
    source = weights.resolve(options.model, options.pretrained, precision=options.precision)
    say(f"model {source.about['model']}, weights {source.about['pretrained']}")
    found, missing = parts[options.suite](options, root, source)
    found.insert(0, "suite", options.suite)
    if options.out is not None:
        settings = {name: getattr(options, name) for name in SAID}
        content = {
            "suite": options.suite, "settings": settings, "encoder": source.about,
            "missing": list(missing), "hazard": HAZARDS[options.suite],
            "rows": found.to_dict(orient="records"),
        }  # fmt: skip
        say(f"written to {files.write_json(options.out, content)}")
    return found


def check(options: Namespace) -> None:
    """UsageError for options that can't be meant."""
    single, most = options.suite == "celeba", max(options.shots)
    least = {"--pool": (options.pool, 40 if single else 1), "--batch": (options.batch, 1)}
    probe.check(options, options.methods, least)
    with asked():
        for protocol in options.protocols:
            nearest(protocol, PROTOCOLS, "protocol")
        check_device(options.device)
    if options.out is not None and not options.out.endswith(".json"):
        raise UsageError(f"--out is {options.out!r}; a suite's results go to a .json file")
    if single and "pca+ica" in options.methods:
        raise UsageError("--suite celeba compares equal numbers of components; leave out 'pca+ica'")
    if options.pretrained is None:
        raise UsageError("--suite takes features itself; give --pretrained WEIGHTS, and --model")
    if not single and options.pool < most:
        raise UsageError(f"--pool is {options.pool}, but --shots goes to {most}")


def extractor(options: Namespace, source: Any, *more: str) -> Extractor:
    """The model, with the folder in which features of one data set are kept."""
    tag = source.about["source"].get("sha256", "")[:8]
    place = files.expanded(options.cache) / f"{source.about['model']}-{tag}"
    return Extractor(source, place.joinpath(options.suite, *more), options.batch, options.device,
                   Progress("items"))  # fmt: skip


def named(options: Namespace, part: str, some: Pictures) -> Pictures:
    """Some pictures of a part, by a name that says which, as their features are kept by name."""
    return some.renamed(f"{part}-{options.pool}-{options.seed}")


def relatives(options: Namespace, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """ImageNet's validation part and the shifted sets, and the mean over the latter."""
    found = imagenet.read(root, say)
    for name in found.missing:
        places = " or ".join(imagenet.TARGETS[name])
        say(f"left out, since it isn't there: {name} ({places})")
    some = pool(found.train, options.pool, stream(options.seed, "pool"))
    takes = extractor(options, source)
    train = takes.labelled(named(options, "train", some))
    tests = {name: takes.labelled(part) for name, part in found.tests.items()}
    shifted = [name for name in tests if name != "val"]
    known = {"validation": tests["val"]}
    task = AsCoOp(train, known, tests, options.draws, options.seed, "imagenet")
    return judged(options, [task], {"mean of shifted": shifted} if shifted else {}), found.missing


def few_shot(options: Namespace, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """Each data set that is there, and their mean."""
    tasks = []
    for each in coop.read(root, say):
        say(f"{each.name}: {len(each.train)}, {len(each.val)}, {len(each.test)} pictures")
        takes = extractor(options, source, each.name)
        some = pool(each.train, options.pool, stream(options.seed, f"pool {each.name}"))
        train, test = takes.labelled(named(options, "train", some)), takes.labelled(each.test)
        told = test if each.val is each.test else takes.labelled(each.val)
        known, tests = {"validation": told}, {each.name: test}
        tasks.append(AsCoOp(train, known, tests, options.draws, options.seed, each.name))
    names = [task.name for task in tasks]
    missing = sorted({*coop.IMAGES, coop.AIRCRAFT, "stanford_cars", "imagenet"} - set(names))
    return judged(options, tasks, {"mean": names} if len(names) > 1 else {}), missing


def judged(
    options: Namespace, tasks: Sequence[AsCoOp], means: Mapping[str, list[str]]
) -> pd.DataFrame:
    """A row for each protocol, number of shots, method and test, and for means of tests."""
    most = max(options.shots)
    for task in tasks:
        if few := scarce(task.pool.labels, most):
            text = f"{few} classes have fewer than {most} pictures to learn from"
            say(f"{task.name}: {text}; all that they have are taken")
    rows = []
    for protocol, shots in itertools.product(options.protocols, options.shots):
        first = None
        for method in options.methods:
            setting = Setting(method, options.head, protocol, options.k)
            answers = {
                test: found.astype(np.float32)
                for task in tasks
                for test, found in right(setting, task, shots).items()
            }
            first = answers if first is None else first
            found = summaries(answers, first, means, options.seed)
            how = {"protocol": protocol, "shots": shots, "method": method, "head": options.head}
            rows += [{**how, **row} for row in found]
            said = ", ".join(f"{row['test']} {row['accuracy']:.3f}" for row in found)
            say(f"{protocol}, {shots} shots, {method}: {said}")
    return pd.DataFrame(rows)


def summaries(
    answers: Mapping[str, np.ndarray],
    first: Mapping[str, np.ndarray],
    means: Mapping[str, list[str]],
    seed: int,
) -> list[dict[str, Any]]:
    """Accuracy and difference to the first method, with intervals, of each test and each mean."""
    rows = []
    for name, parts in {**{name: [name] for name in answers}, **means}.items():
        values, others = ([each[part] for part in parts] for each in (answers, first))
        rngs = [stream(seed, "interval") for _ in range(2)]
        pictures = sum(value.shape[1] for value in values)
        found = probe.summary(values, others, rngs, ROUNDS)
        rows.append({"test": name, "pictures": pictures, **found})
    return rows


def axes(options: Namespace, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """A linear probe and a single axis for each of CelebA's attributes."""
    found, takes = celeba.read(root), extractor(options, source)
    rng, sides = stream(options.seed, "pool"), []
    for part in (found.train, found.test):
        some = part[np.sort(rng.permutation(len(part))[: options.pool])]
        sides.append((takes.take(named(options, part.name, some)), some.labels))
    kept = attributes.common(sides[0][1], sides[1][1])
    names = [name for name, good in zip(found.attributes, kept, strict=True) if good]
    rare = [name for name in found.attributes if name not in names]
    if not names:
        raise InputError("no attribute is there and absent often enough; give a larger --pool")
    train, test = ((values, labels[:, kept]) for values, labels in sides)
    k = options.k or 64
    scores = {
        method: [attributes.scored(method, k, train, test, options.seed, draw)
                 for draw in range(options.draws)]
        for method in options.methods
    }  # fmt: skip
    return attributes.table(scores, names, options.seed), rare
