"""Settings of `measures`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 4
    private: int = 2
    rows: int = 2048


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {"rows": 400}
PAPER = {"d": 10, "private": 5, "rows": 4096}
