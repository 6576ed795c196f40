"""Settings of `copied_to_coupled`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Trained


@dataclass(frozen=True)
class Settings(Trained):
    """What `run` reads, as it is at the profile `default`."""

    noises: tuple[float, ...] = (0.0, 0.2, 0.4, 0.7, 1.0, 1.5)
    content: int = 3
    style: int = 3
    style_noise: float = 1.0
    private: int = 2
    size: int = 3
    shuffled: bool = False
    steps: int = 600
    rows: int = 2048


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {
    "noises": (0.0, 0.7, 1.0), "width": 16, "steps": 4, "batch": 32, "test_pairs": 256, "rows": 256,
}  # fmt: skip
PAPER = {
    "noises": (0.0, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5), "content": 5, "style": 5, "private": 5,
    "size": 5, "width": 256, "steps": 10000, "batch": 4096, "test_pairs": 32768, "rows": 4096,
}  # fmt: skip
