"""Settings of `tables`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    row: str = "Sp U v -> Sp v"  # a name of TABLE_A or TABLE_B in run.py
    d: int = 3
    private: int = 1
    kappa: float = 5.0
    scale: float = 0.05
    wide: float = 0.25  # scale of a box's marginal that isn't uniform
    baselines: bool = True
    layers: int = 3
    width: int = 32
    depth: int = 2
    steps: int = 600
    lr: float = 0.007
    hidden_lr: float = 0.05
    centered: bool = False
    batch: int = 256
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {"width": 16, "steps": 4, "lr": 0.02, "batch": 32, "test_pairs": 256}
PAPER = {
    "d": 10, "private": 5, "kappa": 1.0, "width": 64, "steps": 16000, "lr": 0.003,
    "hidden_lr": 0.03, "centered": True, "batch": 1024, "test_pairs": 32768,
}  # fmt: skip
