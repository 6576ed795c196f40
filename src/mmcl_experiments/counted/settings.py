"""Settings of `counted`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, WIDE, Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    change: float = 1.0  # scale of what is added to a style coordinate that changes
    size: int = 8
    steps: int = 800
    shuffles: int = 200  # of the partners: what chance correlates
    resamples: int = 200  # of the held-out pairs
    neighbors: int = 20


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {**SMALL, "shuffles": 5, "resamples": 5}
PAPER = {**WIDE, "content": 5, "style": 5, "private": 5, "size": 15}
