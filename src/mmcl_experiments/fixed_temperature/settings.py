"""Settings of `fixed_temperature`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    kappa: float = 5.0
    ratio: float = 3.0
    spare: int = 0
    width: int = 64
    depth: int = 2
    steps: int = 250
    batch: int = 512
    test_pairs: int = 8192


SEEDS = {"smoke": 2, "default": 3, "paper": 5}
SMOKE = {"steps": 8, "batch": 64, "test_pairs": 1024}
PAPER = {"width": 256, "steps": 4000, "batch": 2048, "test_pairs": 40960}
