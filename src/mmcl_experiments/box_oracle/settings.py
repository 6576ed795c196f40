"""Settings of `box_oracle`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    scales: tuple[float, ...] = (0.05, 0.2, 0.5)
    ds: tuple[int, ...] = (2, 5, 5)
    private: int = 2
    layers: int = 3
    batch: int = 1024
    batches: int = 40


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"batch": 64, "batches": 4}
PAPER = {"batch": 4096, "batches": 200}
