"""Settings of `domain_shift`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.few_shot.settings import PAPER as LARGE
from mmcl_experiments.few_shot.settings import SMOKE as SMALL
from mmcl_experiments.few_shot.settings import Settings as FewShot


@dataclass(frozen=True)
class Settings(FewShot):
    """What `run` reads, as it is at the profile `default`."""

    classes: tuple[str, ...] = ("x", "y", "size")
    test: int = 800
    validation: int = 400
    pool: int = 1500
    shots: tuple[int, ...] = (4, 16)
    protocols: tuple[str, ...] = ("l2", "l1", "tree", "axes")
    drops: tuple[int, ...] = (0, 1, 2, 3, 4, 6, 8)
    drop_shots: int = 16
    drop_strength: float = 0.1


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    **SMALL, "test": 150, "validation": 150, "pool": 300, "shots": (4,),
    "protocols": ("l2", "tree"), "drops": (0, 2), "drop_shots": 4,
}  # fmt: skip
PAPER = {**LARGE, "shots": (1, 2, 4, 8, 16), "drops": (0, 1, 2, 3, 4, 5, 6, 8, 10, 12)}
