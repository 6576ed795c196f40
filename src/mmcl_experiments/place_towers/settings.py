"""Settings of `place_towers`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    most: int = 20  # photographs of a block, among which a picture may choose
    pairs: int = 1000  # of neighbors, across an edge of the map and elsewhere
    sea: int = 2000  # points at sea


SEEDS = {"smoke": 1, "default": 1, "paper": 10}
SMOKE = {"most": 1, "pairs": 50, "sea": 400}
PAPER = {"pairs": 10000}
