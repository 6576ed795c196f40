"""CLIPs that saw many looks: each scene in one of them, with one look left out of training.

Trained as by `mmcl clip train --without LOOK`. A rival has the same recipe, seed, scenes and
captions, and saw photos alone. `RECIPE` is that of `default` with a third of the steps and half of
the pairs, so that many can be trained.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmcl import files
from mmcl.clip import card, evaluation, folder, model, pairs, training
from mmcl.clip.ours import PLACES, ROOT
from mmcl.clip.pairs import Captioned
from mmcl.clip.recipes import RECIPES, Recipe
from mmcl.clip.tokenizer import tokenizer
from mmcl.errors import InputError, MissingFile
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.world import captions, factors, store
from mmcl.world.domains import DOMAINS
from mmcl.world.render import render

RECIPE = replace(RECIPES["default"], steps=400, pairs=20_000)
PHOTO = "photo"
LOOKS = "looks.json"  # which looks a CLIP saw, beside its recipe


def looks_but(left_out: str) -> tuple[str, ...]:
    """All looks but one. Errors: ValueError for an unknown one."""
    nearest(left_out, tuple(DOMAINS), "look")
    return tuple(look for look in DOMAINS if look != left_out)


def shown(looks: Sequence[str]) -> tuple[str, ...]:
    """Looks to deal out in turn: photos as often as all others together.

    With as many of each, training had hardly begun after half of the steps of `RECIPE`.
    """
    others = [look for look in looks if look != PHOTO]
    return tuple(look for look in looks if look == PHOTO for _ in others[1:]) + tuple(looks)


def block(seed: int, size: int, looks: Sequence[str], place: int, rows: int) -> store.Shard:
    """The first pairs of a block of `mmcl.world.store`, each drawn in one of the looks.

    Scenes and captions are those that a world of photos of this seed has. A whole block deals out
    `shown`, give or take one; which scene has which look is random.
    """
    names = ("factors", "captions", "noise", "looks")
    rngs = {name: stream(seed, f"{name} {place}") for name in names}
    table = factors.draw(store.BLOCK, rngs["factors"])
    texts = captions.captions(table, rngs["captions"])[:rows]
    dealt = shown(looks)
    which = rngs["looks"].permutation(np.arange(store.BLOCK) % len(dealt))[:rows]
    table, images = table.iloc[:rows], np.empty((rows, size, size, 3), dtype=np.uint8)
    for look in looks:
        chosen = np.flatnonzero([dealt[place] == look for place in which])
        if len(chosen):
            part = render(table.iloc[chosen], size=size, domain=look, rng=rngs["noise"])
            images[chosen] = part.numpy()
    return store.Shard(images, texts, table)


def drawn(n: int, seed: int, size: int, looks: Sequence[str]) -> Captioned:
    """The first n pairs of a world of many looks; kept in no file. Cost: about 1 ms each at 32."""
    counts = [min(store.BLOCK, n - start) for start in range(0, n, store.BLOCK)]
    return pairs.joined([block(seed, size, looks, place, c) for place, c in enumerate(counts)])


def train(
    out: Path,
    left_out: str,
    seed: int,
    recipe: Recipe = RECIPE,
    *,
    provenance: Callable[[float], dict[str, Any]] = lambda seconds: {},
    say: training.Say = lambda message: None,
) -> Path:
    """Train a CLIP on all looks but one, or go on with it; its checkpoint.

    Writes log and scores beside it, the latter of held-out photos. Errors: as `folder.prepare` and
    `training.train`, and ValueError for a folder of a CLIP that saw other looks.
    """
    looks, new = looks_but(left_out), not (out / folder.RECIPE).is_file()
    task = folder.prepare(out, recipe, seed)
    if new:
        files.write_json(out / LOOKS, looks)
    saw = files.read_json(out / LOOKS) if (out / LOOKS).is_file() else [PHOTO]
    if saw != list(looks):
        raise InputError(f"{out} holds a CLIP of {', '.join(saw)}; give another folder")
    path = out / folder.CHECKPOINT
    if path.is_file():
        return path
    known = drawn(recipe.pairs, seed, task.side, looks)
    unseen = pairs.held_out(recipe.test_pairs, task.side)
    run = training.Run(recipe, task.config, seed)
    training.train(run, known, unseen, out, say=say)
    world = {**asdict(store.Spec(seed=seed, size=task.side)), "domain": ", ".join(looks)}
    source = {"seed": seed, "recipe": recipe.as_dict(), "world": world}
    scores = evaluation.scores(run.model, unseen, tokenizer())
    told = {**source, "scores": scores, "training_s": round(run.seconds, 1)}
    files.write_json(out / folder.SCORES, {**told, "provenance": provenance(run.seconds)})
    files.write_text(out / folder.LOG, card.table(run.log))
    model.save(path, run.model, name=recipe.model, config=task.config, source=source,
               tokenizer=tokenizer())  # fmt: skip
    (out / training.STATE).unlink(missing_ok=True)
    return path


def path(left_out: str | None, seed: int) -> Path:
    """The checkpoint of a CLIP that saw all looks but one, or photos alone (None).

    Found in `_build/clip`, below the current folder, one above, or the package's.
    Errors: ValueError for an unknown look; FileNotFoundError says how to make it.
    """
    name, how = f"photo-{seed}", f"--steps {RECIPE.steps} --pairs {RECIPE.pairs}"
    if left_out is not None:
        looks_but(left_out)
        name, how = f"without-{left_out}-{seed}", f"--without {left_out}"
    here, below = Path.cwd().resolve(), f"{PLACES[-1]}/{name}"
    for root in (here, *here.parents, ROOT):
        if (found := root / below / folder.CHECKPOINT).is_file():
            return found
    raise MissingFile(
        f"there is no checkpoint {name} in {PLACES[-1]}; make it: "
        f"mmcl clip train --profile default {how} --seed {seed} --out {below}"
    )
