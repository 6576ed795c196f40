"""Eight runs trained in lockstep as one batched computation, against one after another."""

from functools import partial
from typing import Any

from benchmarks._measure import Sheet, in_turns, ratios, spread
from mmcl.training import Contrastive, train, train_together
from mmcl_experiments import settings
from mmcl_experiments.hypersphere.run import GAME, draw_model
from mmcl_experiments.learners import fitting

SIZES: dict[str, dict[str, Any]] = {
    "full": {"runs": 8, "batches": [256, 512], "steps": 64, "repeats": 5},
    "tiny": {"runs": 2, "batches": [16], "steps": 2, "repeats": 2},
}


def run(size: dict[str, Any], device: str) -> Sheet:
    """The share of time that an ensemble needs, at each batch size; the default's encoders."""
    sheet = Sheet("together", size, device)
    rows = []
    for batch in size["batches"]:
        budget = {"steps": size["steps"], "batch": batch}
        worlds = [world(seed, device) for seed in range(size["runs"])]
        works = {
            "one after another": partial(one_after_another, worlds, **budget),
            "together": partial(in_lockstep, worlds, **budget),
        }
        times = in_turns(works, size["repeats"], device)
        share = ratios(times, "together", "one after another")
        sheet.note(f"batch{batch}.share", share)
        each = size["steps"] * size["runs"] / 1000
        steps = {name: spread([t / each for t in found], 1) for name, found in times.items()}
        rows.append({"batch": str(batch), **steps, "share": spread(share)})
    caption = f"Milliseconds a step and run, {size['runs']} runs of the default's size"
    sheet.table("runs", caption, rows)
    return sheet


def world(seed: int, device: str) -> tuple[Contrastive, Any]:
    """An objective at the default's size, and its source of pairs."""
    chosen = {**settings("hypersphere", baselines=False), "device": device}
    return fitting.prepared(draw_model(chosen, seed), GAME, chosen, seed)


def one_after_another(worlds: list[tuple[Contrastive, Any]], **budget: Any) -> None:
    """Train each objective by itself."""
    for objective, draw in worlds:
        train(objective, draw, **budget)


def in_lockstep(worlds: list[tuple[Contrastive, Any]], **budget: Any) -> None:
    """Train all objectives at once."""
    objectives, draws = zip(*worlds, strict=True)
    train_together(objectives, draws, **budget)
