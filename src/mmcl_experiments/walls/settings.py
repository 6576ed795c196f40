"""Settings of `walls`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    scales: tuple[float, ...] = (0.05, 0.1, 0.2, 0.5)
    cells: int = 200
    steps: int = 200


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"cells": 50, "steps": 20}
PAPER = {"cells": 400, "steps": 400}
