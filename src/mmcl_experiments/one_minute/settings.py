"""Settings of `one_minute`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import SMALL, Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    d: int = 2
    private: int = 1
    kappas: tuple[float, ...] = (0.0, 0.2, 0.5, 1.0, 5.0, 20.0)  # on the circle
    sigmas: tuple[float, ...] = (100.0, 0.6, 0.4, 0.25, 0.1, 0.05)  # in the box of side 1
    coupling: str = "conditional"
    heads: bool = False
    shuffled: bool = False
    scale: float = 0.05  # of a law that neither world has
    width: int = 32
    steps: int = 400
    batch: int = 256
    test_pairs: int = 4096
    drawn: int = 100  # points of the picture


SEEDS = {"smoke": 1, "default": 3, "paper": 5}
SMOKE = {**SMALL, "kappas": (0.0, 5.0), "sigmas": (100.0, 0.1), "drawn": 20}
PAPER = {"steps": 4000, "batch": 512}
