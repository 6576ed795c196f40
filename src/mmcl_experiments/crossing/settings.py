"""Settings of `crossing`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    # kappa, n; the stronger the coupling, the more pairs the limit needs
    worlds: tuple[tuple[float, int], ...] = ((1.0, 256), (5.0, 1024), (20.0, 2048))
    d: int = 5
    pairs: int = 32768


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"worlds": ((1.0, 64), (5.0, 64), (20.0, 128)), "pairs": 2048}
PAPER = {"worlds": ((1.0, 1024), (5.0, 4096), (20.0, 4096)), "pairs": 65536}
