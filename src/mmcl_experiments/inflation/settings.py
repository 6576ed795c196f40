"""Settings of `inflation`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 4
    rows: tuple[int, ...] = (512, 2048, 8192)
    dimensions: tuple[int, ...] = (4, 8, 16, 32, 64, 120)
    draws: int = 20


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"rows": (512, 2048), "dimensions": (4, 16, 120), "draws": 2}
PAPER = {"draws": 200}
