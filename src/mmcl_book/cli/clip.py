"""`mmcl clip`: train a CLIP on the world, judge one, take features of pictures and captions."""

import dataclasses
import importlib.metadata
from argparse import Namespace
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.clip.recipes import RECIPES, Recipe
from mmcl.errors import UsageError
from mmcl_book.terminal import Progress, asked, say
from mmcl_experiments.provenance import provenance


def run(options: Namespace) -> int:
    """Train, evaluate, or take features."""
    return {"train": train, "evaluate": evaluate, "features": features}[options.action](options)


def train(options: Namespace) -> int:
    """Train a CLIP in a folder, or go on with it; write checkpoint, log, scores and card."""
    recipe = chosen(options)
    if options.without is not None:
        return mixed(options, recipe)
    from mmcl.clip import folder
    from mmcl.world.render import check_device

    with asked():
        check_device(options.device)
        task = folder.prepare(Path(options.out), recipe, options.seed, options.world)
    if task.done:
        say(f"{options.out} holds this CLIP, trained before")
    else:
        folder.train(task, device=options.device, say=say, progress=Progress("pairs"),
                     provenance=made)  # fmt: skip
    print(task.folder / folder.CARD)
    return 0


def mixed(options: Namespace, recipe: Recipe) -> int:
    """Train a CLIP on all looks but one: steps and pairs are those of `mixed.RECIPE`."""
    if options.world is not None:
        raise UsageError("--without makes its own pictures; leave out --world or --without")
    from mmcl.clip import mixed as looks

    if options.profile == "default":
        given = {name: getattr(options, name) for name in ("steps", "pairs")}
        short = {name: getattr(looks.RECIPE, name) for name, value in given.items() if not value}
        recipe = dataclasses.replace(recipe, **short).check()
    out = Path(options.out)
    with asked():
        path = looks.train(out, options.without, options.seed, recipe, provenance=made, say=say)
    print(path)
    return 0


def made(seconds: float) -> dict[str, Any]:
    """Where a checkpoint comes from: as a record does, with the version of open_clip."""
    found = provenance(seconds)
    found["versions"]["open_clip_torch"] = importlib.metadata.version("open_clip_torch")
    return found


def chosen(options: Namespace) -> Recipe:
    """The recipe of the options. Errors: UsageError."""
    changes = {name: getattr(options, name) for name in ("steps", "pairs", "precision")}
    changes = {name: value for name, value in changes.items() if value is not None}
    with asked():
        return dataclasses.replace(RECIPES[options.profile], **changes).check()


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


def features(options: Namespace) -> int:
    """Take features of pictures and captions into one file."""
    from mmcl.clip import features, inputs, weights
    from mmcl.world.render import check_device

    if not options.out.endswith(".safetensors"):
        raise UsageError(f"--out is {options.out!r}; give a name that ends in .safetensors")
    with asked():
        check_device(options.device)
        found = inputs.items(options.inputs, say)
    say(f"{len(found)} items")
    source = weights.resolve(options.model, options.pretrained, precision=options.precision)
    say(f"model {source.about['model']}, weights {source.about['pretrained']}")
    if cut := features.cut(source, found):
        length = getattr(source.tokenizer, "context_length", 0)
        say(f"{len(cut)} captions are longer than the {length} tokens that the text tower reads, "
            f"and are cut, such as {cut[0]}")  # fmt: skip
    how = {name: getattr(options, name) for name in ("batch", "normalize", "device")}
    print(features.extract(source, found, options.out, progress=Progress("items"), **how))
    return 0
