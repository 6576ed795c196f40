"""Settings of `diagnosis`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    case: str = "tones"
    n: int = 2000


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {"n": 80}
PAPER = {"n": 20000}
