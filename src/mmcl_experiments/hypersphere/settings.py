"""Settings of `hypersphere`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    private_scale: float = 1.0
    private_follows: str = "nothing"
    shuffled: bool = False
    baselines: bool = True
    steps: int = 1500


SEEDS = {"smoke": 2, "default": 3, "paper": 5}
SMOKE = {"steps": 12, "batch": 64, "test_pairs": 1024}
PAPER = {**LARGE, "kappa": 1.0, "test_pairs": 40960}
