"""Settings of `wrong_pairs`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, Rows


@dataclass(frozen=True)
class Settings(Rows):
    """What `run` reads, as it is at the profile `default`."""

    shares: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.33, 0.5, 0.67)
    codes: str = "box"  # their space; or unbounded
    turns: int = 5  # random rotations of exact codes
    turned_pairs: int = 4096
    turned_batch: int = 256


SEEDS = {"smoke": 1, "default": 1, "paper": 5}
SMOKE = {**SMALL, "shares": (0.0, 0.33), "turns": 1, "turned_pairs": 64, "turned_batch": 32}
PAPER: dict[str, object] = {}
