"""Settings of `turns`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    laws: tuple[str, ...] = ("laplace", "normal", "cubic")
    shares: tuple[float, ...] = (0.0, 0.1, 0.2, 0.333)
    degrees: tuple[int, ...] = (5, 15, 30, 45)
    scale: float = 0.05
    batch: int = 256
    batches: int = 16


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"batch": 64, "batches": 2}
PAPER = {"batch": 2048, "batches": 32}
