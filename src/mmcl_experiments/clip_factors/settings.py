"""Settings of `clip_factors`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    recipe: str = "default"
    components: int = 12
    rotations: int = 10
    trees: int = 20
    fit: int = 2000
    validation: int = 1000
    test: int = 1000
    box_steps: int = 600
    box_batch: int = 128


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {
    "recipe": "smoke", "components": 8, "rotations": 2, "trees": 5, "fit": 200, "validation": 100,
    "test": 400, "box_steps": 5, "box_batch": 32,
}  # fmt: skip
PAPER = {
    "recipe": "paper", "rotations": 100, "trees": 50, "fit": 20000, "validation": 5000,
    "test": 10000, "box_steps": 10000,
}  # fmt: skip
