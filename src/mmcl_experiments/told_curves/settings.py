"""Settings of `told_curves`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, SMALL, Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    steps: int = 1000


SEEDS = {"smoke": 1, "default": 3, "paper": 3}
SMOKE = {**SMALL, "d": 3}
PAPER = LARGE  # the book's recipe for ten dimensions, of `tables`
