"""Settings of `interventions`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Trained


@dataclass(frozen=True)
class Settings(Trained):
    """What `run` reads, as it is at the profile `default`."""

    content: int = 3
    style: int = 3
    private: int = 2
    strength: float = 4.0  # of content's effect on style, whose own noise has variance 1
    change: float = 1.0  # variance of what the other side adds to style
    networks: int = 4  # of each kind in a world
    steps: int = 1200
    told_steps: int = 600
    batch: int = 256
    rows: int = 1024
    test_pairs: int = 2048


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {
    "width": 16, "networks": 2, "steps": 4, "told_steps": 4, "batch": 32, "rows": 128,
    "test_pairs": 256,
}  # fmt: skip
PAPER: dict[str, object] = {}
