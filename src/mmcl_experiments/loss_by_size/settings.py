"""Settings of `loss_by_size`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, WIDE, Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    content: int = 5
    sizes: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)  # of the code
    tables: tuple[int, ...] = (16, 64, 512, 4096)  # candidates in a held-out table
    steps: int = 400
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 1, "paper": 3}
SMOKE = {**SMALL, "sizes": (1, 2), "tables": (16, 64)}
PAPER = {**WIDE, "style": 5, "private": 5, "sizes": (1, 3, 5, 7, 9, 11, 13, 15)}
