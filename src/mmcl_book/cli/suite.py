"""`mmcl probe --suite`: the papers' experiments on data sets that lie on this machine."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.errors import InputError, MissingFile, UsageError
from mmcl.features.heads import HEADS
from mmcl.features.representations import NAMES
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl_book.cli.probe import summary
from mmcl_book.terminal import say
from mmcl_experiments.suites import PROTOCOLS, ROUNDS

SUITES = ("imagenet", "few-shot", "celeba")
RELEASED = ("raw", "fastica", "pca+ica")  # methods of Liu et al.
AXES = ("raw", "pca", "ica", "rotated")  # of which single axes are asked
POOLS = {"imagenet": 64, "few-shot": 64, "celeba": 10_000}
HAZARDS = {
    "imagenet": "as released, the representation is fitted and the penalty chosen with pictures "
    "of the validation part, which is also the test: their gain is part of those numbers",
    "few-shot": "as released, the representation is fitted with validation pictures, whose labels "
    "choose the penalty: more labels than the number of shots says",
    "celeba": "attributes come together (beard and male), so that one axis may read several",
}


@dataclass(frozen=True)
class Options:
    """What a user chose; None means the suite's own."""

    suite: str
    data: str
    model: str | None = None
    pretrained: str | None = None
    cache: str = "features"
    shots: Sequence[int] = (1, 2, 4, 8, 16)
    methods: Sequence[str] | None = None
    head: str = "l2"
    protocols: Sequence[str] = PROTOCOLS
    k: int | None = None
    draws: int = 20
    pool: int | None = None
    seed: int = 0
    batch: int = 64
    device: str = "cpu"
    precision: str = "fp32"
    out: str | None = None

    @property
    def chosen(self) -> Sequence[str]:
        """The methods."""
        return self.methods or (AXES if self.suite == "celeba" else RELEASED)

    @property
    def kept(self) -> int:
        """Training pictures whose features are taken: of a class, or of CelebA altogether."""
        return self.pool or POOLS[self.suite]


def run(options: Options) -> pd.DataFrame:
    """Accuracies (CelebA: AUC) as a table, and as JSON with all settings where `out` says.

    Errors: UsageError for options; ValueError and OSError for data or weights, in words.
    """
    check(options)
    from mmcl.clip import weights
    from mmcl.world.render import check_device

    try:
        check_device(options.device)
    except InputError as error:
        raise UsageError(str(error)) from error
    root = files.expanded(options.data)
    if not root.is_dir():
        raise MissingFile(f"there is no folder {root}; give the one that holds the data sets")
    parts = {"imagenet": imagenet, "few-shot": few_shot, "celeba": celeba}
    source = weights.resolve(options.model, str(options.pretrained), precision=options.precision)
    say(f"model {source.about['model']}, weights {source.about['pretrained']}")
    table, missing = parts[options.suite](options, root, source)
    table.insert(0, "suite", options.suite)
    if options.out is not None:
        content = {
            "suite": options.suite, "settings": settings(options), "encoder": source.about,
            "missing": list(missing), "hazard": HAZARDS[options.suite],
            "rows": table.to_dict(orient="records"),
        }  # fmt: skip
        say(f"written to {files.write_json(options.out, content)}")
    return table


def check(options: Options) -> None:
    """UsageError for options that can't be meant."""
    try:
        nearest(options.suite, SUITES, "suite")
        for method in options.chosen:
            nearest(method, NAMES, "method")
        for protocol in options.protocols:
            nearest(protocol, PROTOCOLS, "protocol")
        nearest(options.head, HEADS, "head")
    except InputError as error:
        raise UsageError(str(error)) from error
    if options.out is not None and not options.out.endswith(".json"):
        raise UsageError(f"--out is {options.out!r}; a suite's results go to a .json file")
    celeba = options.suite == "celeba"
    if celeba and "pca+ica" in options.chosen:
        raise UsageError("--suite celeba compares equal numbers of components; leave out 'pca+ica'")
    if options.pretrained is None:
        raise UsageError("--suite takes features itself; give --pretrained WEIGHTS, and --model")
    least = {"--draws": (options.draws, 2), "--pool": (options.kept, 40 if celeba else 1),
             "--k": (options.k or 1, 1), "--batch": (options.batch, 1),
             "--shots": (min(options.shots, default=0), 1)}  # fmt: skip
    for name, (value, wanted) in least.items():
        if value < wanted:
            raise UsageError(f"{name} is {value}; give whole numbers from {wanted} on")
    if not celeba and options.kept < max(options.shots):
        raise UsageError(f"--pool is {options.kept}, but --shots goes to {max(options.shots)}")


def settings(options: Options) -> dict[str, Any]:
    """What has to be said of a run, without folders of this machine."""
    names = ("shots", "head", "protocols", "k", "draws", "seed", "precision")
    return {name: getattr(options, name) for name in names} | {
        "methods": list(options.chosen),
        "pool": options.kept,
    }


def extractor(options: Options, source: Any, *more: str) -> Any:
    """The model, with the folder in which features of one data set are kept."""
    from mmcl_book.terminal import Progress
    from mmcl_experiments.suites.pictures import Extractor

    weights = source.about["source"].get("sha256", "")[:8]
    place = files.expanded(options.cache) / f"{source.about['model']}-{weights}"
    return Extractor(source, place.joinpath(options.suite, *more), options.batch, options.device,
                   Progress("items"))  # fmt: skip


def imagenet(options: Options, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """ImageNet's validation part and the shifted sets, and the mean over the latter."""
    from mmcl_experiments.suites import imagenet
    from mmcl_experiments.suites.judge import AsCoOp
    from mmcl_experiments.suites.pictures import pool

    found = imagenet.read(root)
    for name in found.missing:
        places = " or ".join(imagenet.TARGETS[name])
        say(f"left out, since it isn't there: {name} ({places})")
    some = pool(found.train, options.kept, stream(options.seed, "pool"))
    takes = extractor(options, source)
    train = takes.labelled(some.renamed(f"train-{options.kept}-{options.seed}"))
    tests = {name: takes.labelled(part) for name, part in found.tests.items()}
    shifted = [name for name in tests if name != "val"]
    task = AsCoOp(
        train, {"validation": tests["val"]}, tests, options.draws, options.seed, "imagenet"
    )
    return judged(options, [task], {"mean of shifted": shifted} if shifted else {}), found.missing


def few_shot(options: Options, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """Each data set that is there, and their mean."""
    from mmcl_experiments.suites import coop
    from mmcl_experiments.suites.judge import AsCoOp
    from mmcl_experiments.suites.pictures import pool

    tasks = []
    for each in coop.read(root):
        say(f"{each.name}: {len(each.train)}, {len(each.val)}, {len(each.test)} pictures")
        takes = extractor(options, source, each.name)
        some = pool(each.train, options.kept, stream(options.seed, f"pool {each.name}"))
        train = takes.labelled(some.renamed(f"train-{options.kept}-{options.seed}"))
        test = takes.labelled(each.test)
        told = test if each.val is each.test else takes.labelled(each.val)
        known, tests = {"validation": told}, {each.name: test}
        tasks.append(AsCoOp(train, known, tests, options.draws, options.seed, each.name))
    names = [task.name for task in tasks]
    missing = sorted({*coop.IMAGES, coop.AIRCRAFT, "stanford_cars", "imagenet"} - set(names))
    return judged(options, tasks, {"mean": names} if len(names) > 1 else {}), missing


def judged(options: Options, tasks: Sequence[Any], means: Mapping[str, list[str]]) -> pd.DataFrame:
    """A row for each protocol, number of shots, method and test, and for means of tests."""
    from mmcl_experiments.suites.judge import Setting, right, scarce

    for task in tasks:
        most = max(options.shots)
        if few := scarce(task.pool.labels, most):
            text = f"{few} classes have fewer than {most} pictures to learn from"
            say(f"{task.name}: {text}; all that they have are taken")
    rows = []
    for protocol, shots in itertools.product(options.protocols, options.shots):
        first = None
        for method in options.chosen:
            setting = Setting(method, options.head, protocol, options.k)
            answers = {
                test: found for task in tasks for test, found in right(setting, task, shots).items()
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
        values = [answers[part].astype(np.float32) for part in parts]
        others = [first[part].astype(np.float32) for part in parts]
        rngs = [stream(seed, "interval") for _ in range(2)]
        pictures = sum(value.shape[1] for value in values)
        found = summary(values, others, rngs, ROUNDS)
        rows.append({"test": name, "pictures": pictures, **found})
    return rows


def celeba(options: Options, root: Path, source: Any) -> tuple[pd.DataFrame, Iterable[str]]:
    """A linear probe and a single axis for each of CelebA's attributes."""
    from mmcl_experiments.suites import attributes, celeba

    found, takes = celeba.read(root), extractor(options, source)
    rng, sides = stream(options.seed, "pool"), []
    for part in (found.train, found.test):
        some = part[np.sort(rng.permutation(len(part))[: options.kept])]
        name = f"{part.name}-{options.kept}-{options.seed}"
        sides.append((takes.take(some.renamed(name)), some.labels))
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
        for method in options.chosen
    }  # fmt: skip
    return attributes.table(scores, names, options.seed), rare
