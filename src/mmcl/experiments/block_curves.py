"""Theorem 1 of Daunhawer et al. (2023) against the number of pairs, in one cell of their table.

`block_identifiability` on an accelerator: batches of the papers' size, `repeats` seeds in
lockstep, and a look at the codes after 256, 512, 1,024, ... steps.
"""

import logging
import os
from copy import deepcopy
from typing import Any

import pandas as pd

from mmcl import tiled
from mmcl.experiments import _lockstep, nearest
from mmcl.experiments._block import draw_model
from mmcl.experiments._fit import Fitted, Game
from mmcl.experiments.block_identifiability import interventions, own, predicted
from mmcl.lockstep import descend
from mmcl.losses import neg_squared_l2
from mmcl.randomness import stream

log = logging.getLogger(__name__)
RULES: dict[str, tiled.Rule] = {
    "same-modality": "same-modality",
    "cross-modal": "cross-modal distance",
}


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, block, direction (0), metric, value; step, pairs and seed.

    As of `block_identifiability`, of which only the rows are kept in which a side is asked for its
    own blocks. The looks are scored by MMCL_JOBS processes, one without it.
    """
    from joblib import Parallel, delayed

    rule = RULES[nearest(settings["loss"], list(RULES), "loss")]
    nearest(settings["encoder"], ["residual"], "encoder")
    seeds = list(range(seed, seed + settings["repeats"]))
    models = [draw_model(settings, each) for each in seeds]
    game = Game("unbounded", neg_squared_l2, size=settings["size"])
    lockstep, objectives, draw = _lockstep.prepared(models, game, settings, seeds, rule)
    worlds = list(zip(seeds, models, strict=True))
    tests = [m.sample(settings["test_pairs"], stream(s, "test")) for s, m in worlds]
    seen: list[tuple[int, int, Fitted]] = []

    def look(step: int) -> None:
        _lockstep.hand_back(lockstep, objectives)
        for (each, model), objective, test in zip(worlds, objectives, tests, strict=True):
            fitted = Fitted(model, deepcopy(objective), pd.DataFrame(), test)
            seen.append((step, each, fitted))
        log.info("step %d", step)

    descend(lockstep, draw, look, **_lockstep.budget(settings))
    jobs = int(os.environ.get("MMCL_JOBS") or 1)
    tables: Any = Parallel(n_jobs=jobs)(delayed(measure)(*each, settings) for each in seen)
    table = pd.concat(tables, ignore_index=True)
    return table.assign(pairs=table.step * settings["batch"])


def measure(step: int, seed: int, fitted: Fitted, settings: dict[str, Any]) -> pd.DataFrame:
    """The rows of one look at one seed's codes."""
    rows = predicted(fitted, settings, seed) + interventions(fitted, settings, seed)
    return own(pd.DataFrame(rows)).assign(step=step, seed=seed)
