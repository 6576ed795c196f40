"""Settings of `own_axes`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.clip_factors.settings import FEW, MANY, Coded


@dataclass(frozen=True)
class Settings(Coded):
    """What `run` reads, as it is at the profile `default`."""

    networks: tuple[int, ...] = (1, 2, 3)  # seeds of the CLIPs that are compared
    pairs: int = 10_000  # on which each was trained
    steps: int = 200
    components: int = 12
    starts: int = 12
    rotations: int = 3


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    **FEW,
    "networks": (0, 1),
    "pairs": 256,
    "steps": 6,
    "components": 8,
    "starts": 2,
    "rotations": 2,
}
PAPER = {
    **MANY,
    "networks": (1, 2, 3, 4, 5),
    "pairs": 400_000,
    "steps": 30_000,
    "starts": 50,
    "rotations": 50,
}
