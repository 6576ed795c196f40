"""Settings of `linear_flow`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    content: tuple[float, ...] = (1.0, 0.5, 0.25, 0.12, 0.06)  # standard deviations
    style: tuple[float, ...] = (1.0, 1.0, 1.0)  # and of their changes
    size: int = 5  # code dimensions
    steepest: float = 0.0  # the largest singular value that codes may have; 0: any
    batch: int = 0  # pairs a step; 0: N to infinity, by the exact expectation
    steps: int = 10000
    lr: float = 0.003
    looks: int = 40


SEEDS = {"smoke": 1, "default": 1, "paper": 3}
SMOKE = {"steps": 20, "looks": 4}
PAPER = {"steps": 20000}
