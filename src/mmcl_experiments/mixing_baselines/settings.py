"""Settings of `mixing_baselines`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    private: int = 2
    slopes: tuple[float, ...] = (0.8, 0.2)
    steps: int = 400
    few_steps: int = 25
    batch: int = 256
    width: int = 64
    depth: int = 2
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {"steps": 6, "few_steps": 2, "batch": 64, "test_pairs": 1024}
PAPER = {
    "d": 10, "private": 5, "steps": 3000, "batch": 1024, "width": 256, "depth": 4,
    "test_pairs": 16384,
}  # fmt: skip
