"""Settings of `side_by_side`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, WIDE, Encoders


@dataclass(frozen=True)
class Settings(Encoders):
    """What `run` reads, as it is at the profile `default`."""

    world: str = "multimodal-sphere"
    d: int = 3
    shuffled: bool = False
    steps: int = 800
    lr: float = 0.02
    rows: int = 2048


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {**SMALL, "rows": 256}
PAPER = {**WIDE, "d": 5, "rows": 4096}
