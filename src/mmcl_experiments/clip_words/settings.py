"""Settings of `clip_words`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    components: int = 20
    top: int = 8
    times: int = 10
    rotations: int = 200
    choices: tuple[int, ...] = (5, 10, 20, 40)


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"times": 2, "rotations": 10, "choices": (5,)}
PAPER = {"times": 100, "rotations": 1000, "choices": (5, 10, 20, 40, 80)}
