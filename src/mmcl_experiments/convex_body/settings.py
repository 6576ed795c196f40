"""Settings of `convex_body`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    case: str = "box, L1"
    d: int = 5
    private: int = 2
    scale: float = 0.05
    sigma: float = 0.1
    kappa: float = 5.0
    coupling: str = "conditional"
    heads: bool = False
    shuffled: bool = False
    baselines: bool = False
    layers: int = 3
    width: int = 64
    depth: int = 2
    steps: int = 1000
    lr: float = 0.02
    hidden_lr: float = 0.05
    centered: bool = False
    batch: int = 512
    test_pairs: int = 8192


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {"steps": 40, "batch": 128, "test_pairs": 512}
PAPER = {
    "d": 10, "private": 5, "steps": 16000, "lr": 0.003, "hidden_lr": 0.03, "centered": True,
    "batch": 1024, "test_pairs": 32768,
}  # fmt: skip
