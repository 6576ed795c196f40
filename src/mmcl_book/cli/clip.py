"""`mmcl clip`: train a CLIP on the world, judge one, take features of pictures and captions."""

import dataclasses
import importlib.metadata
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.clip.recipes import RECIPES, Recipe
from mmcl.errors import InputError, MissingFile, UsageError
from mmcl_book.cli.world import Progress as WorldProgress
from mmcl_book.run.execute import say
from mmcl_book.sweep.progress import duration
from mmcl_experiments import nearest
from mmcl_experiments.provenance import provenance


def run(options: Namespace) -> int:
    """Train, evaluate, or take features."""
    return {"train": train, "evaluate": evaluate, "features": features}[options.action](options)


def train(options: Namespace) -> int:
    """Train a CLIP in a folder, or go on with it; write checkpoint, log, scores and card."""
    recipe = chosen(options)
    from mmcl.clip import folder
    from mmcl.world.render import check_device

    try:
        check_device(options.device)
        task = folder.prepare(Path(options.out), recipe, options.seed, options.world)
    except InputError as error:
        raise UsageError(str(error)) from error
    if task.done:
        say(f"{options.out} holds this CLIP, trained before")
    else:
        folder.train(task, device=options.device, say=say, progress=WorldProgress(),
                     provenance=made)  # fmt: skip
    print(task.folder / folder.CARD)
    return 0


def made(seconds: float) -> dict[str, Any]:
    """Where a checkpoint comes from: as a record does, with the version of open_clip."""
    found = provenance(seconds)
    found["versions"]["open_clip_torch"] = importlib.metadata.version("open_clip_torch")
    return found


def chosen(options: Namespace) -> Recipe:
    """The recipe of the options. Errors: UsageError."""
    try:
        nearest(options.profile, list(RECIPES), "profile")
        changes = {
            name: getattr(options, name)
            for name in ("steps", "pairs", "precision")
            if getattr(options, name) is not None
        }
        return dataclasses.replace(RECIPES[options.profile], **changes).check()
    except InputError as error:
        raise UsageError(str(error)) from error


def evaluate(options: Namespace) -> int:
    """Say how good a checkpoint is on pairs that no CLIP is trained on."""
    from mmcl.clip import evaluation, model, pairs

    ours = model.load(options.checkpoint)
    n = ours.source["recipe"]["test_pairs"] if options.pairs is None else options.pairs
    if n < evaluation.GROUP:
        raise UsageError(f"pairs is {n}; give {evaluation.GROUP} or more")
    say(f"{ours.name} on {n} pairs of the world that are held out")
    unseen = pairs.held_out(n, ours.config["vision_cfg"]["image_size"])
    scores = evaluation.scores(ours.model, unseen, ours.tokenizer)
    for line in lines(scores):
        print(line)
    if options.out is not None:
        print(files.write_json(options.out, scores))
    return 0


def lines(scores: dict[str, Any]) -> list[str]:
    """Scores in words."""
    found, best = scores["recall"], scores["ceiling"]
    told = [
        f"{name:<16} recall@1 among {scores['group']}: {found[name]:.3f}, at best {best[name]:.3f}"
        for name in found
    ]
    told.append(f"{'share':<16} {scores['share_of_ceiling']:.3f} of what captions allow")
    return told + [
        f"zero-shot {name:<6} accuracy {each['accuracy']:.3f}, by chance {each['chance']:.3f}"
        for name, each in scores["zero_shot"].items()
    ]


class Progress:
    """How many items are done and how long the others take, a line every few seconds."""

    def __init__(self, every: float = 2.0):
        self.every, self.started, self.said = every, time.monotonic(), float("-inf")

    def __call__(self, done: int, wanted: int) -> None:
        now = time.monotonic()
        if done < wanted and now - self.said < self.every:
            return
        self.said, passed = now, now - self.started
        left = (wanted - done) * passed / done if done else 0.0
        say(f"{done}/{wanted} items" + (f", about {duration(left)} left" if left else ""))


def features(options: Namespace) -> int:
    """Take features of pictures and captions into one file."""
    from mmcl.clip import features, inputs, weights
    from mmcl.world.render import check_device

    if not options.out.endswith(".safetensors"):
        raise UsageError(f"--out is {options.out!r}; give a name that ends in .safetensors")
    try:
        check_device(options.device)
        found = inputs.items(options.inputs)
    except (InputError, MissingFile) as error:
        raise UsageError(str(error)) from error
    say(f"{len(found)} items")
    source = weights.resolve(options.model, options.pretrained, precision=options.precision)
    say(f"model {source.about['model']}, weights {source.about['pretrained']}")
    path = features.extract(
        source,
        found,
        options.out,
        batch=options.batch,
        normalize=options.normalize,
        device=options.device,
        progress=Progress(),
    )
    print(path)
    return 0
