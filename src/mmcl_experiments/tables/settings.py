"""Settings of `tables`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, SMALL, Rows


@dataclass(frozen=True)
class Settings(Rows):
    """What `run` reads, as it is at the profile `default`."""

    row: str = "Sp U v -> Sp v"  # a name of TABLE_A or TABLE_B in run.py


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {**SMALL, "lr": 0.02}
PAPER = {**LARGE, "kappa": 1.0, "width": 64}
