"""`mmcl probe --suite`: the papers' experiments on data sets that lie on this machine."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from mmcl_book.cli import probe, probe_files, words
from mmcl_book.terminal import Progress, asked, say
from mmcl_experiments.suites import PROTOCOLS, ROUNDS, attributes, celeba, coop, imagenet
from mmcl_experiments.suites.judge import AsCoOp, Setting, right, scarce
from mmcl_experiments.suites.pictures import Extractor, Pictures, pool

RELEASED = ("raw", "whitened", "rotated", "fastica", "pca+ica")  # Liu et al.'s, with their rivals
AXES = ("raw", "pca", "ica", "rotated")  # of which single axes are asked
# What is said of a run, without folders of this machine.
SAID = ("shots", "heads", "protocols", "k", "draws", "seed", "precision", "methods", "pool",
        "prompts")  # fmt: skip
POOLS = {"imagenet": 64, "few-shot": 64, "celeba": 10_000}  # pictures of a class; CelebA: in all
HAZARDS = {
    "imagenet": "as released, the representation is fitted and the penalty chosen with pictures "
    "of the validation part, which is also the test: their gain is part of those numbers",
    "few-shot": "as released, the representation is fitted with validation pictures, whose labels "
    "choose the penalty: up to twice the labels that the number of shots says",
    "celeba": "attributes come together (beard and male), so that one axis may read several",
}


Keep = Callable[[list[dict[str, Any]], Iterable[str]], None]  # writes the rows that are finished


def table(options: Namespace) -> pd.DataFrame:
    """Accuracies (CelebA: AUC) as a table; as CSV, and as JSON with all settings, where `out` says.

    Both are written after each setting, so that nothing finished is lost.
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
    out = probe.writable(options.out or f"{options.suite}.json", ".json")
    source = weights.resolve(options.model, options.pretrained, precision=options.precision)
    say(f"model {source.about['model']}, weights {source.about['pretrained']}")
    content = {
        "suite": options.suite, "settings": {name: getattr(options, name) for name in SAID},
        "encoder": source.about, "hazard": HAZARDS[options.suite],
    }  # fmt: skip

    def keep(rows: list[dict[str, Any]], missing: Iterable[str]) -> None:
        files.write_json(out, {**content, "missing": list(missing), "rows": rows})
        files.write_text(out.with_suffix(".csv"), pd.DataFrame(rows).to_csv(index=False))

    parts = {"imagenet": relatives, "few-shot": few_shot, "celeba": axes}
    found = parts[options.suite](options, root, source, keep)
    say(f"written to {out} and {out.with_suffix('.csv').name}")
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
    if options.tests or options.test_features or options.validation is not None:
        raise UsageError("a suite has its own tests and protocols; leave out --test, --validation")
    if options.class_features is not None:
        raise UsageError("--suite takes its words from --prompts: its features have one model")
    if single and "pca+ica" in options.methods:
        raise UsageError("--suite celeba compares equal numbers of components; leave out 'pca+ica'")
    if options.pretrained is None:
        raise UsageError("--suite takes features itself; give --pretrained WEIGHTS, and --model")
    if not single and options.pool < most:
        raise UsageError(f"--pool is {options.pool}, but --shots goes to {most}")
    if single and (options.prompts or options.heads != ["l2"]):
        raise UsageError("--suite celeba has its own heads; leave out --head and --prompts")


def extractor(options: Namespace, source: Any, *more: str) -> Extractor:
    """The model, with the folder in which features of one data set are kept."""
    tag = source.about["source"].get("sha256", "")[:8]
    place = files.expanded(options.cache) / f"{source.about['model']}-{tag}"
    return Extractor(source, place.joinpath(options.suite, *more), options.batch, options.device,
                   Progress("items"))  # fmt: skip


def named(options: Namespace, part: str, some: Pictures) -> Pictures:
    """Some pictures of a part, by a name that says which, as their features are kept by name."""
    return some.renamed(f"{part}-{options.pool}-{options.seed}")


def relatives(options: Namespace, root: Path, source: Any, keep: Keep) -> pd.DataFrame:
    """ImageNet's validation part and the shifted sets, and the mean over the latter."""
    found = imagenet.read(root, say)
    for name in found.missing:
        places = " or ".join(imagenet.TARGETS[name])
        say(f"left out, since it isn't there: {name} ({places})")
    texts = worded(options, {"imagenet": found.train.labels}, source)
    some = pool(found.train, options.pool, stream(options.seed, "pool"))
    takes = extractor(options, source)
    train = takes.labelled(named(options, "train", some))
    tests = {name: takes.labelled(part) for name, part in found.tests.items()}
    shifted = [name for name in tests if name != "val"]
    known, train = {"validation": tests["val"]}, probe_files.apart(train, tests, "imagenet: ")
    task = AsCoOp(train, known, tests, options.draws, options.seed, "imagenet")
    means = {"mean of shifted": shifted} if shifted else {}
    return judged(options, [task], means, texts, lambda rows: keep(rows, found.missing))


def few_shot(options: Namespace, root: Path, source: Any, keep: Keep) -> pd.DataFrame:
    """Each data set that is there, and their mean."""
    tasks, sets = [], coop.read(root, say)
    texts = worded(options, {each.name: each.train.labels for each in sets}, source)
    for each in sets:
        say(f"{each.name}: {len(each.train)}, {len(each.val)}, {len(each.test)} pictures")
        takes = extractor(options, source, each.name)
        some = pool(each.train, options.pool, stream(options.seed, f"pool {each.name}"))
        train, test = takes.labelled(named(options, "train", some)), takes.labelled(each.test)
        told = test if each.val is each.test else takes.labelled(each.val)
        known, tests = {"validation": told}, {each.name: test}
        train = probe_files.apart(train, tests, f"{each.name}: ")
        tasks.append(AsCoOp(train, known, tests, options.draws, options.seed, each.name))
    names = [task.name for task in tasks]
    missing = sorted({*coop.IMAGES, coop.AIRCRAFT, "stanford_cars", "imagenet"} - set(names))
    means = {"mean": names} if len(names) > 1 else {}
    return judged(options, tasks, means, texts, lambda rows: keep(rows, missing))


def worded(
    options: Namespace, labels: Mapping[str, np.ndarray], source: Any
) -> dict[str, np.ndarray | None]:
    """Class features of each data set, where prompts are given."""
    if options.prompts is None:
        return dict.fromkeys(labels)
    found = {}
    for name, each in labels.items():
        classes = np.unique(each)
        templates = any(words.HOLE in prompt for prompt in options.prompts)
        if templates and imagenet.WNID.fullmatch(str(classes[0])):
            raise UsageError(
                f"{name} names its classes as WordNet does, {classes[0]}, which are no words; "
                "give --prompts FILE, a .csv of label, prompt"
            )
        found[name] = words.of_prompts(options, classes, source)
    return found


def judged(
    options: Namespace,
    tasks: Sequence[AsCoOp],
    means: Mapping[str, list[str]],
    named: Mapping[str, np.ndarray | None],
    keep: Callable[[list[dict[str, Any]]], None],
) -> pd.DataFrame:
    """A row for each protocol, number of shots, head, method and test, and for means of tests."""
    most = max(options.shots)
    for task in tasks:
        if few := scarce(task.pool.labels, most):
            text = f"{few} classes have fewer than {most} pictures to learn from"
            say(f"{task.name}: {text}; all that they have are taken")
    rows: list[dict[str, Any]] = []
    for protocol, (shots, head) in settings(options):
        first = None
        for method in ["raw"] if head == "zero-shot" else options.methods:
            setting = Setting(method, head, protocol, options.k)
            answers = {
                test: found.astype(np.float32)
                for task in tasks
                for test, found in right(setting, task, max(shots, 1), named[task.name]).items()
            }
            first = answers if first is None else first
            found = probe.summaries(answers, first, "interval", options.seed, means, ROUNDS)
            how = {"suite": options.suite, "protocol": protocol, "shots": shots, "method": method}
            rows += [{**how, "head": head, **row} for row in found]
            said = ", ".join(f"{row['test']} {row['accuracy']:.3f}" for row in found)
            say(f"{protocol}, {shots} shots, {method}, {head}: {said}")
            keep(rows)
    return pd.DataFrame(rows)


def settings(options: Namespace) -> Iterator[tuple[str, tuple[int, str]]]:
    """Protocols, numbers of shots and heads; zero-shot once, as it learns nothing."""
    for place, protocol in enumerate(options.protocols):
        for shots, head in probe.turns(options):
            if shots or not place:
                yield protocol, (shots, head)


def axes(options: Namespace, root: Path, source: Any, keep: Keep) -> pd.DataFrame:
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
    table = attributes.table(scores, names, options.seed)
    table.insert(0, "suite", options.suite)
    keep(table.to_dict(orient="records"), rare)
    return table
