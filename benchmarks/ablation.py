"""What each ingredient of the recipe is worth: one changed at a time, on the same worlds.

Adam's rate is chosen for each variant that uses it, on a seed that isn't reported.
"""

from dataclasses import replace
from typing import Any

from benchmarks._measure import Sheet, median, spread
from benchmarks._recipe import CLOSED, Curve, Recipe, Run, World

SIZES: dict[str, dict[str, Any]] = {
    "full": {"seeds": [0, 1, 2], "tuning_seed": 100, "rates": [1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
             "steps": 1500, "batch": 512, "test_pairs": 8192, "every": 25},
    "tiny": {"seeds": [0], "tuning_seed": 100, "rates": [1e-3, 1e-2], "steps": 6, "batch": 16,
             "test_pairs": 512, "every": 3},
}  # fmt: skip


def variants(batch: int) -> dict[str, tuple[str, Recipe, float]]:
    """What is changed, in words; the recipe; its number of steps over the book's."""
    ours = Recipe(batch=batch)
    return {
        "recipe": ("nothing", ours, 1),
        "plain": ("leaky ReLU, no residuals", replace(ours, encoder="plain"), 1),
        "adam": ("Adam for all weights", replace(ours, optimizer="adam"), 1),
        "both": ("both of these", replace(ours, encoder="plain", optimizer="adam"), 1),
        "definition": ("loss by its definition", replace(ours, fused=False), 1),
        "constant": ("constant rates", replace(ours, constant=True), 1),
        "averaged": ("weights averaged", replace(ours, average=0.98), 1),
        "constant_averaged": (
            "weights averaged, constant rates",
            replace(ours, constant=True, average=0.99),
            1,
        ),
        "short": ("half the steps", ours, 0.5),
        "short_averaged": ("weights averaged, half the steps", replace(ours, average=0.98), 0.5),
        "bfloat16": ("encoders in bfloat16", replace(ours, half=True), 1),
        "small_batch": ("half the batch, twice the steps", replace(ours, batch=batch // 2), 2),
        "large_batch": ("twice the batch, half the steps", replace(ours, batch=2 * batch), 0.5),
        "growing": ("batch grows fourfold, twice the steps", replace(ours, growing=True), 2),
    }


def run(size: dict[str, Any], device: str) -> Sheet:
    """Steps and seconds to score of every variant."""
    sheet = Sheet("ablation", size, device)
    tuning = World(size, size["tuning_seed"], device)
    worlds = [World(size, seed, device) for seed in size["seeds"]]
    rows: list[dict[str, str]] = []
    base: list[tuple[int, float] | None] = []
    for name, (words, recipe, factor) in variants(size["batch"]).items():
        steps = int(factor * size["steps"])
        if recipe.optimizer == "adam":
            rates = [replace(recipe, lr=lr) for lr in size["rates"]]
            recipe = max(rates, key=lambda each: curve(each, tuning, steps, steps).last[2])
        every = max(1, int(factor * size["every"]))
        curves = [curve(recipe, world, steps, every) for world in worlds]
        words += f" (rate {recipe.lr:g})" if recipe.optimizer == "adam" else ""
        rows.append(described(words, curves))
        solved = [each.closed() for each in curves]
        base = base or solved
        sheet.note(f"{name}.share", [each.last[2] for each in curves])
        sheet.note(f"{name}.solved", sum(each is not None for each in solved))
        if all(solved):
            sheet.note(f"{name}.steps", [float(each[0]) for each in solved if each])
            sheet.note(f"{name}.seconds", [each[1] for each in solved if each])
        if all(solved) and all(base):
            both = zip(solved, base, strict=True)
            sheet.note(f"{name}.times", [a[1] / b[1] for a, b in both if a and b])
    caption = f"The recipe with one thing changed: until {100 * CLOSED:.0f} % of the gap is closed"
    sheet.table("variants", caption, rows)
    return sheet


def curve(recipe: Recipe, world: World, steps: int, every: int) -> Curve:
    """A whole run of a variant."""
    return Run(recipe, world, steps).until_closed(every)


def described(name: str, curves: list[Curve]) -> dict[str, str]:
    """A variant's row."""
    solved = [each.closed() for each in curves]
    none = f"not on {sum(each is None for each in solved)} of {len(solved)} seeds"
    whole = [each for each in solved if each]
    step = [1000 * seconds / steps for steps, seconds, _ in (each.last for each in curves)]
    return {
        "changed": name,
        "steps": spread([each[0] for each in whole], 0) if all(solved) else none,
        "seconds": spread([each[1] for each in whole], 1) if all(solved) else "",
        "ms a step": f"{median(step):.1f}",
        "share in the end": spread([each.last[2] for each in curves], 3),
    }
