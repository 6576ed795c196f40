"""Theorem 1 of Daunhawer et al. (2023) against the number of pairs, in one cell of their table.

`block_identifiability` on an accelerator: batches of the papers' size, `repeats` seeds in
lockstep, and a look at the codes after 256, 512, 1,024, ... steps.
"""

import logging
import os
from copy import deepcopy
from typing import Any

import pandas as pd
from torch import nn

from mmcl.device import tiled
from mmcl.device.lockstep import Lockstep, descend
from mmcl.encoders import Stack
from mmcl.randomness import stream
from mmcl.training import Together
from mmcl_experiments import nearest
from mmcl_experiments.block_identifiability.learner import draw_model, game_of
from mmcl_experiments.block_identifiability.run import interventions, predicted
from mmcl_experiments.learners.fitting import Fitted
from mmcl_experiments.learners.lockstep import budget, prepared

log = logging.getLogger(__name__)
RULES: dict[str, tiled.Rule] = {
    "same-modality": "same-modality",
    "cross-modal": "cross-modal distance",
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, block, direction (0), metric, value; step, pairs and seed.

    code: as of `block_identifiability`. Looks before the last are scored on look_rows pairs, by
    MMCL_JOBS processes, one without it.
    Errors: ValueError for an unknown loss.
    """
    from joblib import Parallel, delayed, parallel_config

    rule = RULES[nearest(settings["loss"], list(RULES), "loss")]
    how = {**settings, "encoder": "residual", "baselines": False}
    seeds = list(range(seed, seed + settings["repeats"]))
    models = [draw_model(settings, each) for each in seeds]
    lockstep, own, draws = prepared(models, game_of(settings), how, seeds, rule)
    if settings["shared_encoder"]:
        share(lockstep, own, settings["device"])
    worlds = list(zip(seeds, models, strict=True))
    tests = [m.sample(settings["test_pairs"], stream(s, "test")) for s, m in worlds]
    seen: list[tuple[int, int, Fitted]] = []

    def look(step: int) -> None:
        own.hand_back()
        for (each, model), objective, test in zip(worlds, own.members, tests, strict=True):
            fitted = Fitted(model, deepcopy(objective), pd.DataFrame(), test)
            seen.append((step, each, fitted))
        log.info("step %d", step)

    descend(lockstep, draws, look, **budget(settings))
    with parallel_config("loky", inner_max_num_threads=1):
        jobs = int(os.environ.get("MMCL_JOBS") or 1)
        sooner = {**how, "rows": settings["look_rows"]}
        tables: Any = Parallel(n_jobs=jobs)(
            delayed(measure)(step, each, fitted, how if step == settings["steps"] else sooner)
            for step, each, fitted in seen
        )
    table = pd.concat(tables, ignore_index=True)
    return table.assign(pairs=table.step * settings["batch"])


def share(lockstep: Lockstep, own: Together, device: str) -> None:
    """Let x's encoder of each member be t's as well."""
    for member in own.members:
        member.encoder_t = member.encoder_x
    own.stacks = nn.ModuleList([Stack([member.encoder_x for member in own.members])])
    lockstep.stack = own.stacks[0].to(device)


def measure(step: int, seed: int, fitted: Fitted, settings: dict[str, Any]) -> pd.DataFrame:
    """The rows of one look at one seed's codes."""
    rows = predicted(fitted, settings, seed) + interventions(fitted, settings, seed)
    return pd.DataFrame(rows).assign(step=step, seed=seed)
