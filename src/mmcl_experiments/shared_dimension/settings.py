"""Settings of `shared_dimension`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, WIDE, Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    codes: str = "unbounded"
    # the elbow of the gain over them is the rival; the largest gives the answer
    sizes: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 12)
    threshold: float = 0.85
    neighbors: int = 20
    shuffled: bool = False
    steps: int = 800


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {**SMALL, "sizes": (1, 2, 8)}
PAPER = {
    **WIDE, "content": 5, "style": 5, "private": 5, "sizes": (1, 2, 3, 4, 5, 6, 8, 10, 15, 20),
}  # fmt: skip
