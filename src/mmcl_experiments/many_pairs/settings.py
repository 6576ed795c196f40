"""Settings of `many_pairs`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    # kappa, d, smallest n of those that are doubled
    worlds: tuple[tuple[float, int, int], ...] = ((1.0, 5, 16), (5.0, 10, 32), (20.0, 5, 128))
    doublings: int = 3
    pairs: int = 131072


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"worlds": ((1.0, 5, 16), (5.0, 10, 16), (20.0, 5, 32)), "pairs": 2048}
PAPER = {"doublings": 4, "pairs": 1048576}
