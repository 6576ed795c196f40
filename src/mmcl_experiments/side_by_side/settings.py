"""Settings of `side_by_side`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Encoders


@dataclass(frozen=True)
class Settings(Encoders):
    """What `run` reads, as it is at the profile `default`."""

    world: str = "multimodal-sphere"
    d: int = 3
    shuffled: bool = False
    steps: int = 800
    lr: float = 0.02
    rows: int = 2048


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {"width": 16, "steps": 4, "batch": 32, "test_pairs": 256, "rows": 256}
PAPER = {"d": 5, "width": 256, "steps": 10000, "batch": 4096, "test_pairs": 32768, "rows": 4096}
