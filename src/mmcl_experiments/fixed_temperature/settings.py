"""Settings of `fixed_temperature`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Encoders


@dataclass(frozen=True)
class Settings(Encoders):
    """What `run` reads, as it is at the profile `default`."""

    d: int = 5
    kappa: float = 5.0
    ratio: float = 3.0
    spare: int = 0
    steps: int = 250


SEEDS = {"smoke": 2, "default": 3, "paper": 5}
SMOKE = {"steps": 8, "batch": 64, "test_pairs": 1024}
PAPER = {"width": 256, "steps": 4000, "batch": 2048, "test_pairs": 40960}
