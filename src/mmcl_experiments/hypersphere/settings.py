"""Settings of `hypersphere`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    private: int = 2
    private_scale: float = 1.0
    private_follows: str = "nothing"
    kappa: float = 5.0
    shuffled: bool = False
    baselines: bool = True
    layers: int = 3
    width: int = 64
    depth: int = 2
    steps: int = 1500
    lr: float = 0.02
    hidden_lr: float = 0.05
    centered: bool = False
    batch: int = 512
    test_pairs: int = 8192


SEEDS = {"smoke": 2, "default": 3, "paper": 5}
SMOKE = {"steps": 12, "batch": 64, "test_pairs": 1024}
PAPER = {
    "d": 10, "private": 5, "kappa": 1.0, "steps": 16000, "lr": 0.003, "hidden_lr": 0.03,
    "centered": True, "batch": 1024, "test_pairs": 40960,
}  # fmt: skip
