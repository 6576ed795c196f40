"""Settings of `tiny_clip`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    side: int = 16
    patch: int = 8
    image_layers: int = 2
    image_width: int = 96
    text_layers: int = 1
    text_width: int = 64
    pairs: int = 6000
    steps: int = 300
    batch: int = 128
    lr: float = 0.003
    hidden_lr: float = 0.008
    test_pairs: int = 512
    every: int = 20


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {
    "image_layers": 1, "image_width": 32, "text_width": 32, "pairs": 200, "steps": 6, "batch": 32,
    "test_pairs": 256, "every": 2,
}  # fmt: skip
PAPER = {"pairs": 40000, "steps": 3000, "test_pairs": 2560, "every": 100}
