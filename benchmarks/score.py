"""Time to a score: the book's recipe against the reference recipe, tuned.

The world is that of chapter 04 at the default's size. Solved means: 95 % of the gap between
linear R2 from raw observations and a supervised encoder is closed. The reference recipe is a
six-layer leaky-ReLU encoder under Adam at a constant rate; its rate and batch are chosen by
successive halving on another seed, and it has the book's loss, learned temperature and
standardized inputs, so that only encoder and optimizer differ.
"""

import itertools
from typing import Any

from benchmarks._measure import Sheet
from benchmarks._recipe import CLOSED, Recipe, Run, World

SIZES: dict[str, dict[str, Any]] = {
    "full": {"seeds": [0, 1, 2], "tuning_seed": 100, "rates": [1e-4, 3e-4, 1e-3, 3e-3],
             "batches": [256, 512, 1024, 6144], "first_budget": 1.5, "censored_at": 25.0,
             "scores": 60, "steps": 1500, "batch": 512, "test_pairs": 8192},
    "tiny": {"seeds": [0], "tuning_seed": 100, "rates": [1e-3, 3e-3], "batches": [16],
             "first_budget": 0.5, "censored_at": 1.0, "scores": 2, "steps": 6, "batch": 16,
             "test_pairs": 512},
}  # fmt: skip


def run(size: dict[str, Any], device: str) -> Sheet:
    """The ratio of times to score on every reporting seed, and how the reference was chosen."""
    sheet = Sheet("score", size, device)
    tuning = World(size, size["tuning_seed"], device)
    ours = our_time(tuning, size)
    recipe, ladder = successive_halving(tuning, size, ours)
    sheet.table("ladder", "Successive halving: share of the gap closed after each budget", ladder)
    sheet.note("reference.lr", recipe.lr)
    sheet.note("reference.batch", recipe.batch)
    rows, ratios, censored = [], [], 0
    for seed in size["seeds"]:
        world = World(size, seed, device)
        own = our_time(world, size)
        limit = size["censored_at"] * own
        other = Run(recipe, world, steps=10**9)
        closed, last = time_to_score(other, every=limit / (2 * size["scores"]), limit=limit)
        censored += closed is None
        ratios.append((limit if closed is None else closed) / own)
        text = f"not within {limit:.1f}" if closed is None else f"{closed:.1f}"
        rows.append({"seed": seed, "ours": f"{own:.2f}", "reference": text,
                     "reference's share then": f"{last:.3f}"})  # fmt: skip
    caption = f"Seconds until {100 * CLOSED:.0f} % of the gap is closed"
    sheet.table("seconds", caption, rows)
    sheet.note("ratio", ratios)
    sheet.note("ours.seconds", [float(row["ours"]) for row in rows])
    sheet.note("censored", censored)
    return sheet


def our_time(world: World, size: dict[str, Any]) -> float:
    """Seconds until the book's recipe has closed the gap; of the whole run if it doesn't."""
    run = Run(Recipe(batch=size["batch"]), world, size["steps"])
    curve = run.until_closed(every=max(1, size["steps"] // size["scores"]))
    closed = curve.closed()
    return curve.last[1] if closed is None else closed[1]


def time_to_score(run: Run, *, every: float, limit: float) -> tuple[float | None, float]:
    """Seconds until a run has closed the gap, None if not within the limit; and its last share."""
    share = -1.0
    while run.seconds < limit:
        spend(run, min(run.seconds + every, limit))
        share = run.share()
        if share >= CLOSED:
            return run.seconds, share
    return None, share


def spend(run: Run, until: float) -> None:
    """Train until the run's clock stands there."""
    while run.seconds < until:
        run.advance(1 if run.step < 8 else 4)


def successive_halving(
    world: World, size: dict[str, Any], ours: float
) -> tuple[Recipe, list[dict[str, str]]]:
    """The reference recipe with the largest share; half of them go on each time, for twice as long.

    Budgets are in multiples of our time to score. Returns the recipe and a row for each.
    """
    choices = itertools.product(size["rates"], size["batches"])
    recipes = [
        Recipe("reference", "adam", lr=lr, batch=batch, constant=True) for lr, batch in choices
    ]
    runs = [Run(recipe, world, steps=10**9) for recipe in recipes]
    found: dict[Recipe, dict[str, str]] = {
        each: {"learning rate": f"{each.lr:g}", "batch": str(each.batch)} for each in recipes
    }
    budget = size["first_budget"]
    while runs:
        for run in runs:
            spend(run, budget * ours)
        scores = {run.recipe: run.share() for run in runs}
        print(f"{len(runs)} references have had {budget:g} times our time", flush=True)
        for recipe in found:
            found[recipe][f"{budget:g} times"] = f"{scores[recipe]:.3f}" if recipe in scores else ""
        runs.sort(key=lambda run: scores[run.recipe], reverse=True)
        if len(runs) == 1:
            break
        runs, budget = runs[: len(runs) // 2], 2 * budget
    return runs[0].recipe, list(found.values())
