"""Settings of `lost_content`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Trained


@dataclass(frozen=True)
class Settings(Trained):
    """What `run` reads, as it is at the profile `default`."""

    content: int = 4  # as many code dimensions
    style: int = 4
    private: int = 1
    narrowest: float = 0.08  # standard deviations of content lie between it and 1
    steps: int = 1200
    told_steps: int = 600
    batch: int = 256
    rows: int = 1024
    test_pairs: int = 2048


SEEDS = {"smoke": 1, "default": 1, "paper": 36}
SMOKE = {
    "width": 16, "steps": 4, "told_steps": 4, "batch": 32, "rows": 128, "test_pairs": 256,
}  # fmt: skip
PAPER: dict[str, object] = {}
