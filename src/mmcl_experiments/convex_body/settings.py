"""Settings of `convex_body`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    case: str = "box, L1"
    scale: float = 0.05
    sigma: float = 0.1
    coupling: str = "conditional"
    heads: bool = False
    shuffled: bool = False
    baselines: bool = False
    steps: int = 1000


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {"steps": 40, "batch": 128, "test_pairs": 512}
PAPER = LARGE
