"""Settings of `clip_factors`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Coded:
    """Pictures and captions that a CLIP of this recipe codes, and the trees that read codes."""

    recipe: str = "default"
    trees: int = 20
    fit: int = 2000
    validation: int = 1000
    test: int = 1000


@dataclass(frozen=True)
class Settings(Coded):
    """What `run` reads, as it is at the profile `default`."""

    components: int = 12
    rotations: int = 10
    box_steps: int = 600
    box_batch: int = 128


FEW = {"recipe": "smoke", "trees": 5, "fit": 200, "validation": 100, "test": 400}
MANY = {"recipe": "paper", "trees": 50, "fit": 20000, "validation": 5000, "test": 10000}
SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {**FEW, "components": 8, "rotations": 2, "box_steps": 5, "box_batch": 32}
PAPER = {**MANY, "rotations": 100, "box_steps": 10000}
