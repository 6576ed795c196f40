"""Settings of `adversarial`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    private: int = 2
    kappa: float = 5.0
    layers: int = 3
    batch: int = 1024
    batches: int = 8
    shares: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"batch": 128, "batches": 2}
PAPER = {"d": 10, "private": 5, "batch": 4096, "batches": 32}
