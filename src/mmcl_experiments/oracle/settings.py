"""Settings of `oracle`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    private: int = 2
    private_scale: float = 1.0
    layers: int = 3
    kappas: tuple[float, ...] = (1.0, 5.0, 20.0)
    batch: int = 1024
    batches: int = 100


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"batch": 256, "batches": 4}
PAPER = {"d": 10, "private": 5, "batch": 4096, "batches": 1000}
