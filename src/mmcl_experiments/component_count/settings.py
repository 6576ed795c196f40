"""Settings of `component_count`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    recipe: str = "default"
    sizes: tuple[int, ...] = (4, 6, 8, 10, 12, 14, 16, 20, 24, 32)
    rotations: int = 5
    trees: int = 20
    splits: int = 3
    fit: int = 2000
    validation: int = 1000
    test: int = 1000


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {
    "recipe": "smoke", "sizes": (4, 8), "rotations": 1, "trees": 5, "splits": 1, "fit": 200,
    "validation": 100, "test": 400,
}  # fmt: skip
PAPER = {
    "recipe": "paper", "sizes": (4, 8, 12, 16, 20, 24, 32, 48, 64), "rotations": 20, "trees": 50,
    "splits": 5, "fit": 20000, "validation": 5000, "test": 10000,
}  # fmt: skip
