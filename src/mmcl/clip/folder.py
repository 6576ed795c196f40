"""The folder of a trained CLIP: what is asked for, what is there, and what it ends as.

recipe.json         what is trained: written first, and a folder holds one alone
world/              the pairs that it is trained on, unless another world was named
state.safetensors   where the training is; removed at the end
model.safetensors   the checkpoint
log.csv             loss, temperature and held-out recall along the way
scores.json         held-out scores, seed, recipe, command and provenance
card.md             the same for people
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.clip import card, evaluation, model, pairs, training
from mmcl.clip.recipes import RECIPES, Recipe
from mmcl.clip.tokenizer import tokenizer
from mmcl.errors import InputError
from mmcl.randomness import stream
from mmcl.world import store

RECIPE, CHECKPOINT, LOG, SCORES, CARD = (
    "recipe.json", "model.safetensors", "log.csv", "scores.json", "card.md",
)  # fmt: skip
WORLD = "world"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Training:
    """A CLIP to train. world: the folder of its pairs; own: whether it is made for this CLIP."""

    folder: Path
    recipe: Recipe
    seed: int
    config: dict[str, Any]
    world: Path
    own: bool

    @property
    def done(self) -> bool:
        """Whether everything is there."""
        return all((self.folder / name).is_file() for name in (CHECKPOINT, LOG, SCORES, CARD))

    @property
    def side(self) -> int:
        """Pixels of a side of the pictures."""
        return self.config["vision_cfg"]["image_size"]


def prepare(folder: Path, recipe: Recipe, seed: int, world: Path | str | None = None) -> Training:
    """Check what is asked for against what is there. Writes recipe.json.

    Errors: ValueError for another CLIP in this folder, a seed that can't be or that is held out, or
    a world that is missing, too small, of another size, or held out.
    """
    stream(seed, "weights")
    if seed >= pairs.HELD_OUT:
        raise InputError(f"seed is {seed}; give one below {pairs.HELD_OUT}, which is held out")
    config = model.config(recipe.model)
    task = Training(folder, recipe, seed, config, Path(world or folder / WORLD), world is None)
    if not task.own:
        check_world(task)
    wanted = {"recipe": recipe.as_dict(), "seed": seed, "config": config}
    path = folder / RECIPE
    if path.is_file():
        there = files.read_json(path)
        other = store.differences(there, wanted)
        if other:
            raise InputError(
                f"{folder} holds another CLIP: {'; '.join(other)}; give another folder"
            )
    else:
        files.write_json(path, wanted)
    return task


def check_world(task: Training) -> None:
    """ValueError unless a world that was named can be used."""
    content = store.read_index(task.world)
    spec, n = content["world"], content["n"]
    if spec["size"] != task.side:
        raise InputError(
            f"{task.world} has pictures of {spec['size']} pixels and {task.recipe.model} takes "
            f"{task.side}; make it with --size {task.side}"
        )
    if spec["seed"] >= pairs.HELD_OUT:
        raise InputError(f"{task.world} has the seed {spec['seed']}, which is held out")
    if n < task.recipe.pairs:
        raise InputError(
            f"{task.world} has {n} pairs and {task.recipe.pairs} are wanted; give --pairs {n}"
        )


def train(
    task: Training,
    *,
    device: str = "cpu",
    provenance: Callable[[float], dict[str, Any]] = lambda seconds: {},
    say: Say = lambda message: None,
    progress: Callable[[int, int], None] = lambda done, wanted: None,
) -> dict[str, Any]:
    """Train the CLIP of a task to its end and write what it ends as; its scores.

    say, progress: told how it goes. provenance: what the card says of code and machine, given the
    seconds. Errors: as `training.train`.
    """
    started, recipe = time.monotonic(), task.recipe
    if task.own:
        store.make(task.world, store.Spec(seed=task.seed, size=task.side), recipe.pairs,
                   device=device, say=say, progress=progress)  # fmt: skip
    known = first(pairs.of_world(task.world), recipe.pairs)
    unseen = pairs.held_out(recipe.test_pairs, task.side)
    run = training.Run(recipe, task.config, task.seed, device)
    training.train(run, known, unseen, task.folder, say=say)
    world = store.read_index(task.world)["world"]
    source = {"seed": task.seed, "recipe": recipe.as_dict(), "world": world}
    model.save(task.folder / CHECKPOINT, run.model, name=recipe.model, config=task.config,
               source=source, tokenizer=tokenizer())  # fmt: skip
    run.model.to("cpu")
    found = {
        "model": recipe.model,
        **source,
        "command": command(task),
        "parameters": sum(p.numel() for p in run.model.parameters()),
        "sha256": files.sha256(task.folder / CHECKPOINT),
        "scores": evaluation.scores(run.model, unseen, tokenizer()),
        "training_s": round(run.seconds, 1),
        "provenance": provenance(time.monotonic() - started),
    }
    files.write_text(task.folder / LOG, card.table(run.log))
    files.write_json(task.folder / SCORES, found)
    files.write_text(task.folder / CARD, card.text(found))
    (task.folder / training.STATE).unlink(missing_ok=True)
    return found


def first(known: pairs.Captioned, n: int) -> pairs.Captioned:
    """The first n pairs."""
    return pairs.Captioned(known.images[:n], known.captions[:n], known.table.iloc[:n])


def command(task: Training) -> str:
    """The command that trains this CLIP, but for its folder."""
    named = next((name for name, each in RECIPES.items() if each.model == task.recipe.model))
    words = [f"mmcl clip train --profile {named} --seed {task.seed}"]
    for name in ("steps", "pairs", "precision"):
        if getattr(task.recipe, name) != getattr(RECIPES[named], name):
            words.append(f"--{name} {getattr(task.recipe, name)}")
    if not task.own:
        words.append("--world FOLDER")
    return " ".join([*words, "--out FOLDER"])
