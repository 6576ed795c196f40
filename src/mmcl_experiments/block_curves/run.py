"""Theorem 1 of Daunhawer et al. (2023) against the number of pairs, in one cell of their table.

`block_identifiability` on an accelerator: batches of the papers' size, `repeats` seeds in
lockstep, and a look at the codes after 256, 512, 1,024, ... steps.
"""

import logging
import os
from copy import deepcopy
from typing import Any

import pandas as pd
from torch import Tensor

from mmcl.device import tiled
from mmcl.device.lockstep import descend
from mmcl.losses import neg_squared_l2
from mmcl.randomness import stream
from mmcl_experiments import nearest
from mmcl_experiments.block_identifiability.learner import (
    blocks,
    codes_of,
    draw_model,
    moved,
    redrawn,
    scores,
)
from mmcl_experiments.block_identifiability.run import row
from mmcl_experiments.learners.fitting import Fitted, Game
from mmcl_experiments.learners.lockstep import budget, hand_back, prepared

log = logging.getLogger(__name__)
RULES: dict[str, tiled.Rule] = {
    "same-modality": "same-modality",
    "cross-modal": "cross-modal distance",
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, block, direction (0), metric, value; step, pairs and seed.

    As of `block_identifiability`, but each side is asked for content and its own style and private
    block alone. code: "contrastive"; "content redrawn", codes after that intervention; "content
    alone" (step 0). Looks are scored by MMCL_JOBS processes, one without it.
    Errors: ValueError for an unknown loss, or for an encoder other than "residual".
    """
    from joblib import Parallel, delayed, parallel_config

    rule = RULES[nearest(settings["loss"], list(RULES), "loss")]
    nearest(settings["encoder"], ["residual"], "encoder")
    seeds = list(range(seed, seed + settings["repeats"]))
    models = [draw_model(settings, each) for each in seeds]
    game = Game("unbounded", neg_squared_l2, size=settings["size"])
    lockstep, objectives, draw = prepared(models, game, settings, seeds, rule)
    worlds = list(zip(seeds, models, strict=True))
    tests = [m.sample(settings["test_pairs"], stream(s, "test")) for s, m in worlds]
    seen: list[tuple[int, int, Fitted]] = []

    def look(step: int) -> None:
        hand_back(lockstep, objectives)
        for (each, model), objective, test in zip(worlds, objectives, tests, strict=True):
            fitted = Fitted(model, deepcopy(objective), pd.DataFrame(), test)
            seen.append((step, each, fitted))
        log.info("step %d", step)

    descend(lockstep, draw, look, **budget(settings))
    jobs = int(os.environ.get("MMCL_JOBS") or 1)
    tasks = [delayed(measure)(*each, settings) for each in seen]
    tasks += [delayed(content_alone)(f, settings, s) for step, s, f in seen if step == seen[0][0]]
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=1):
        tables: Any = Parallel()(tasks)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(pairs=table.step * settings["batch"])


def measure(step: int, seed: int, fitted: Fitted, settings: dict[str, Any]) -> pd.DataFrame:
    """The rows of one look at one seed's codes: each side is asked for its own blocks."""
    before = codes_of(fitted, fitted.test)
    rows = [each for side in "xt" for each in told(fitted, before, side, settings, seed)]
    names = ("content", "style", "private") if max(fitted.model.private) else ("content", "style")
    for name in names:
        pairs = redrawn(fitted, name, stream(seed, "redrawn"))
        after = codes_of(fitted, pairs)
        for side in "xt":
            share = moved(before[side], after[side])
            rows.append(row("contrastive", side, name, "moved", share))
            if name == "content":
                again = fitted._replace(test=pairs)
                rows += told(again, after, side, settings, seed, code="content redrawn")
    return pd.DataFrame(rows).assign(step=step, seed=seed)


def told(
    fitted: Fitted,
    codes: dict[str, Tensor],
    side: str,
    settings: dict[str, Any],
    seed: int,
    code: str = "contrastive",
) -> list[dict[str, Any]]:
    """R2 of content, and of a side's own style and private block, from the side's codes."""
    latents = blocks(fitted.test, fitted.model.content)
    wanted = ("content", f"style {side}", f"private {side}")
    return [
        row(code, side, name.split()[0], metric, value)
        for name in wanted
        if name in latents
        for metric, value in scores(latents[name], codes[side], settings["rows"], seed).items()
    ]


def content_alone(fitted: Fitted, settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """What the true content tells of each side's style: what a perfect code would."""
    content = dict.fromkeys("xt", blocks(fitted.test, fitted.model.content)["content"])
    rows = [
        each
        for side in "xt"
        for each in told(fitted, content, side, settings, seed, code="content alone")
        if each["block"] == "style"
    ]
    return pd.DataFrame(rows).assign(step=0, seed=seed)
