"""Theorem 1 of Daunhawer et al. (2023): which blocks of latents do contrastive codes hold?

One run trains encoders in one cell of the grid (chance of change, covariances, causal dependence)
or one variant of the game, at `repeats` seeds in lockstep. It asks of each block whether the codes
predict it, whether content alone predicts it as well, and whether redrawing it moves the codes.
"""

from typing import Any

import pandas as pd
from torch import Tensor

from mmcl.alignment import sym_align_max_ent
from mmcl.randomness import stream
from mmcl_experiments.block_identifiability.learner import (
    blocks,
    by_direction,
    codes_of,
    fit,
    moved,
    redrawn,
    scores,
    told,
)
from mmcl_experiments.learners import fitting
from mmcl_experiments.learners.fitting import Fitted

VARIED = ("world", "p", "covariances", "causal", "smooth", "shared_encoder", "loss", "size")
Rows = list[dict[str, Any]]


def run(settings: dict[str, Any], seed: int) -> pd.DataFrame:
    """Columns: code, modality, block, direction, metric, value; the settings that vary, and seed.

    code: "contrastive"; "content alone", the true content in place of a code; "told all", an
    encoder that was told every latent; "content redrawn", codes after the intervention.
    direction: 0 for a whole block, 1, 2, ... for its principal directions, the largest first.
    """
    tables = []
    for each, fitted in enumerate(fit(settings, seed), seed):
        rows = predicted(fitted, settings, each) + directions(fitted, settings, each)
        rows += interventions(fitted, settings, each) + losses(fitted, settings)
        tables.append(pd.DataFrame(rows).assign(seed=each))
    varied = {name: settings[name] for name in VARIED}
    return pd.concat(tables, ignore_index=True).assign(**varied)


def row(
    code: str, modality: str, block: str, metric: str, value: float | Tensor, direction: int = 0
) -> dict[str, Any]:
    """One measurement of the table."""
    return {**fitting.row(code, modality, metric, value), "block": block, "direction": direction}


def predicted(fitted: Fitted, settings: dict[str, Any], seed: int) -> Rows:
    """R2 of each block from both codes, from content alone, and from an encoder told all."""
    latents = blocks(fitted.test, fitted.model.content)
    asked: list[tuple[str, str, Tensor, list[str]]] = [
        ("contrastive", side, codes, list(latents))
        for side, codes in codes_of(fitted, fitted.test).items()
    ]
    asked.append(("content alone", "both", latents["content"], ["style x", "style t"]))
    if settings["baselines"]:
        known = [name for name in latents if not name.endswith(" t")]
        asked.append(("told all", "x", told(fitted, settings, seed), known))
    return [
        row(code, side, name, metric, value)
        for code, side, codes, names in asked
        for name in names
        for metric, value in scores(latents[name], codes, settings["rows"], seed).items()
    ]


def directions(fitted: Fitted, settings: dict[str, Any], seed: int) -> Rows:
    """Variance and R2 from x's code for each principal direction of content and of style."""
    latents, rows = blocks(fitted.test, fitted.model.content), []
    codes = codes_of(fitted, fitted.test)["x"]
    for name in ("content", "style x"):
        found = by_direction(latents[name], codes, settings["rows"], seed)
        for place, (size, score) in enumerate(found, 1):
            rows.append(row("contrastive", "x", name, "variance", size, place))
            rows.append(row("contrastive", "x", name, "direction_r2", score, place))
    return rows


def interventions(fitted: Fitted, settings: dict[str, Any], seed: int) -> Rows:
    """How far codes move when a block is redrawn, and what they tell after content was."""
    rows, before = [], codes_of(fitted, fitted.test)
    names = ("content", "style", "private") if max(fitted.model.private) else ("content", "style")
    for name in names:
        pairs = redrawn(fitted, name, stream(seed, "redrawn"))
        latents = blocks(pairs, fitted.model.content)
        for side, codes in codes_of(fitted, pairs).items():
            rows.append(row("contrastive", side, name, "moved", moved(before[side], codes)))
            for block in ("content", f"style {side}") if name == "content" else ():
                found = scores(latents[block], codes, settings["rows"], seed)
                rows += [row("content redrawn", side, block, *each) for each in found.items()]
    return rows


def losses(fitted: Fitted, settings: dict[str, Any]) -> Rows:
    """The training loss at the end, in nats; for codes in a box, the theorem's loss held out."""
    rows = [row("contrastive", "both", "all", "loss", fitted.history.loss.iloc[-5:].mean())]
    if settings["loss"] == "max-entropy":
        codes = (h[: settings["rows"]] for h in codes_of(fitted, fitted.test).values())
        rows.append(row("contrastive", "both", "all", "theorem_loss", sym_align_max_ent(*codes)))
    return rows
