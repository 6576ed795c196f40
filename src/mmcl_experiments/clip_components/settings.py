"""Settings of `clip_components`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    source: str = "clip"
    sizes: tuple[int, ...] = (5, 10, 20, 40, 80)
    most: int = 40
    rotations: int = 200
    times: int = 1000
    permutations: int = 200
    choices: tuple[int, ...] = (2, 3, 5, 8, 12)


SEEDS = {"smoke": 1, "default": 1, "paper": 12}
SMOKE = {"sizes": (5, 10), "rotations": 20, "times": 50, "permutations": 20, "choices": (2, 3)}
PAPER = {"rotations": 1000, "times": 5000, "permutations": 1000}
