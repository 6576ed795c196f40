"""Settings of `images_and_captions`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    dependence: str = "none"
    size: int = 12
    turns: float = 0.3
    side: int = 32
    pairs: int = 24000
    test_pairs: int = 2000
    channels: int = 16
    width: int = 128
    steps: int = 900
    told_steps: int = 600
    batch: int = 512
    lr: float = 0.005
    hidden_lr: float = 0.02
    rows: int = 2000


SEEDS = {"smoke": 1, "default": 1, "paper": 3}
SMOKE = {
    "side": 16, "pairs": 512, "test_pairs": 400, "channels": 4, "width": 16, "steps": 3,
    "told_steps": 3, "batch": 32, "rows": 400,
}  # fmt: skip
PAPER = {
    "turns": 0.0, "side": 64, "pairs": 125000, "test_pairs": 10000, "channels": 32, "steps": 100000,
    "told_steps": 100000, "batch": 256, "lr": 0.002, "rows": 10000,
}  # fmt: skip
