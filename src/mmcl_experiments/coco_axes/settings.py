"""Settings of `coco_axes`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    source: str = "clip"


SEEDS = {"smoke": 1, "default": 1, "paper": 12}
SMOKE: dict[str, str] = {}
PAPER: dict[str, str] = {}
