"""The CLIPs that this book trains, by recipe and seed: the one that it keeps, else trained here.

`results/clip/RECIPE-SEED` is kept with the book. Others are trained as by `mmcl clip train
--profile RECIPE --seed SEED --out _build/clip/RECIPE-SEED`, and stay there.
"""

from pathlib import Path

import numpy as np

from mmcl.clip import evaluation, folder, model
from mmcl.clip.model import Checkpoint
from mmcl.clip.pairs import Captioned
from mmcl.clip.recipes import RECIPES
from mmcl.errors import MissingFile
from mmcl.naming import nearest
from mmcl.randomness import stream

ROOT = Path(__file__).parents[3]
PLACES = ("results/clip", "_build/clip")
TOWERS = ("image", "text")


def path(recipe: str, seed: int) -> Path:
    """The checkpoint of a recipe and a seed, below the current folder, one above, or the package's.

    Errors: ValueError for an unknown recipe; FileNotFoundError says how to make it.
    """
    name, here = f"{nearest(recipe, list(RECIPES), 'recipe')}-{seed}", Path.cwd().resolve()
    for root in (here, *here.parents, ROOT):
        for place in PLACES:
            found = root / place / name / folder.CHECKPOINT
            if found.is_file():
                return found
    out = f"{PLACES[-1]}/{name}"
    raise MissingFile(
        f"there is no checkpoint {name} in {' or '.join(PLACES)}; "
        f"make it: mmcl clip train --profile {recipe} --seed {seed} --out {out}"
    )


def trained(recipe: str, seed: int, *, device: str = "cpu") -> Checkpoint:
    """The CLIP of a recipe and a seed; trains it if it isn't there: minutes at `default`.

    Errors: ValueError for an unknown recipe or a folder with another CLIP; as `folder.train`.
    """
    try:
        found = path(recipe, seed)
    except MissingFile:
        task = folder.prepare(ROOT / PLACES[-1] / f"{recipe}-{seed}", RECIPES[recipe], seed)
        folder.train(task, device=device)
        found = task.folder / folder.CHECKPOINT
    return model.load(found)


def untrained(of: Checkpoint) -> Checkpoint:
    """The same network with the weights with which its training began."""
    fresh = model.fresh(of.config, stream(of.source["seed"], "weights")).eval()
    return Checkpoint(fresh, of.name, of.config, of.source, of.tokenizer, "")


def codes(of: Checkpoint, pairs: Captioned) -> dict[str, np.ndarray]:
    """Features (n, d) of both towers, each of length one."""
    both = evaluation.encode(of.model, pairs.images, pairs.captions, of.tokenizer)
    return {name: each.numpy().astype(float) for name, each in zip(TOWERS, both, strict=True)}
