"""Settings of `own_axes`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.clip_factors.settings import FEW, MANY, Coded


@dataclass(frozen=True)
class Settings(Coded):
    """What `run` reads, as it is at the profile `default`."""

    networks: tuple[int, ...] = (0, 1, 2)  # seeds of the CLIPs that are compared
    components: int = 12
    starts: int = 16
    rotations: int = 5


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {**FEW, "networks": (0, 1), "components": 8, "starts": 2, "rotations": 2}
PAPER = {**MANY, "networks": (0, 1, 2, 3, 4, 5), "starts": 50, "rotations": 50}
