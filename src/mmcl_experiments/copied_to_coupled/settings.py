"""Settings of `copied_to_coupled`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, WIDE, Trained


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


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {**SMALL, "noises": (0.0, 0.7, 1.0), "rows": 256}
PAPER = {
    **WIDE, "noises": (0.0, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5), "content": 5, "style": 5,
    "private": 5, "size": 5, "rows": 4096,
}  # fmt: skip
