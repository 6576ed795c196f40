"""Settings of `stories`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    kappa: float = 3.0
    share: float = 0.5
    ds: tuple[int, ...] = (2, 3, 5)
    draws: int = 100000
    scales: tuple[float, ...] = (0.05, 0.2, 0.5)
    counts: tuple[int, ...] = (1, 3, 10, 30, 100, 300, 1000, 3000)
    repeats: int = 400


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {"draws": 4000, "counts": (1, 10, 100), "repeats": 20}
PAPER = {"ds": (2, 3, 5, 10), "draws": 1000000, "repeats": 2000}
