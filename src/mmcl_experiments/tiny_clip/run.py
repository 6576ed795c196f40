"""A tiny CLIP that learns while one watches: loss, retrieval, gap and dimensions, step by step.

The training is that of `mmcl clip train`, step for step (`mmcl.clip.training.Run`); the network,
the pictures and the budget are smaller, so that a chapter can train it anew.
"""

from typing import Any

import numpy as np
import pandas as pd

from mmcl.clip import evaluation, model, pairs, training
from mmcl.clip.pairs import Captioned
from mmcl.clip.recipes import Recipe
from mmcl.clip.tokenizer import tokenizer
from mmcl.metrics.geometry import modality_gap, participation_ratio
from mmcl.world import store


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: step, metric, value, seed; rows at step 0, every `every` steps, and the last.

    metric, on unseen pairs: "recall" at 1 among 256 (the mean of both directions), "gap" (the
    distance between the means of both modalities) and "dimensions" (the participation ratio of
    images). "loss", in nats: the mean over the batches since the row before, so none at step 0.
    "ceiling", at step 0 alone: the recall that captions allow (`evaluation.ceiling`).
    Settings: those of `recipe` and of `network`, every, test_pairs.
    Cost: at `default` about 20 seconds of one core.
    """
    how, side = recipe(settings), settings["side"]
    known, unseen = drawn(how.pairs, side, seed), pairs.held_out(how.test_pairs, side)
    clip = training.Run(how, network(settings), seed, settings["device"])
    tokens = tokenizer()(known.captions).to(clip.device)
    rows, losses = pairs.order(how.pairs, how.batch, seed), []
    ceiling = evaluation.ceiling(unseen.table, unseen.captions)["mean"]
    found = [{"step": 0, "ceiling": ceiling, **seen(clip, unseen)}]
    while clip.step < how.steps:
        chosen = rows(clip.step)
        losses.append(clip.descend(known.images[chosen], tokens[chosen]))
        if clip.step % how.every == 0 or clip.step == how.steps:
            found.append({"step": clip.step, "loss": np.mean(losses), **seen(clip, unseen)})
            losses = []
    table = pd.DataFrame(found).melt("step", var_name="metric").dropna(ignore_index=True)
    return table.assign(seed=seed)


def recipe(settings: dict[str, Any]) -> Recipe:
    """How it is trained. Errors: ValueError for what can't be, as `Recipe.check`."""
    names = ("pairs", "steps", "batch", "test_pairs", "lr", "hidden_lr", "every")
    chosen = {name: settings[name] for name in names}
    return Recipe("tiny", precision="fp32", **chosen).check()


def network(settings: dict[str, Any]) -> dict[str, Any]:
    """The kept CLIP's configuration with towers of fewer and narrower layers, for small pictures.

    Settings: side (of pictures), patch, image_layers, image_width, text_layers, text_width.
    """
    like = model.config("mmcl-default")
    image = {"image_size": settings["side"], "patch_size": settings["patch"]}
    image |= {"layers": settings["image_layers"], "width": settings["image_width"]}
    text = {"layers": settings["text_layers"], "width": settings["text_width"]}
    towers = {
        "vision_cfg": {**like["vision_cfg"], **image},
        "text_cfg": {**like["text_cfg"], **text},
    }
    return {**like, **towers}


def drawn(n: int, side: int, seed: int) -> Captioned:
    """The first n pairs of the world of a seed, as `mmcl world` draws them; kept in no file."""
    spec = store.Spec(seed=seed, size=side)
    counts = [min(store.BLOCK, n - start) for start in range(0, n, store.BLOCK)]
    return pairs.joined([store.block(spec, place, count) for place, count in enumerate(counts)])


def seen(clip: training.Run, unseen: Captioned) -> dict[str, float]:
    """What codes of unseen pairs are like by now."""
    x, t = evaluation.encode(clip.model, unseen.images, unseen.captions, tokenizer())
    return {
        "recall": evaluation.recall(x, t)["mean"],
        "gap": modality_gap(x, t),
        "dimensions": participation_ratio(x),
    }
