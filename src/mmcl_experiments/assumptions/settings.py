"""Settings of `assumptions`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, SMALL, Rows


@dataclass(frozen=True)
class Settings(Rows):
    """What `run` reads, as it is at the profile `default`."""

    repeats: int = 10  # seeds trained in lockstep, from the seed on
    rows: tuple[str, ...] = ("sphere: nothing",)  # names of `rows()` in run.py
    draws: int = 2048  # pairs of states by which a world's information is measured


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {**SMALL, "repeats": 1, "lr": 0.02, "draws": 64}
PAPER = {**LARGE, "repeats": 5, "width": 64}
