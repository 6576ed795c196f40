"""Settings of `component_count`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.clip_factors.settings import FEW, MANY, Coded


@dataclass(frozen=True)
class Settings(Coded):
    """What `run` reads, as it is at the profile `default`."""

    sizes: tuple[int, ...] = (4, 6, 8, 10, 12, 14, 16, 20, 24, 32)
    rotations: int = 5
    splits: int = 3


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {**FEW, "sizes": (4, 8), "rotations": 1, "splits": 1}
PAPER = {**MANY, "sizes": (4, 8, 12, 16, 20, 24, 32, 48, 64), "rotations": 20, "splits": 5}
