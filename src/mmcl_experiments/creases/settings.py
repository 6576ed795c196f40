"""Settings of `creases`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    score: str = "l1"  # minus the L1 distance, or "l2": minus the squared L2 distance
    codes: str = "unbounded"  # free vectors, or "box"
    heads: bool = False  # a term of each side alone
    law: str = "laplace"  # of z_t around z_x; or "cubic"
    scale: float = 0.05  # of the law
    coupling: str = "conditional"
    temperature: float = 1.0  # at the start; it is learned
    remedy: str = "none"  # softened, warm or turned: see remedies.py
    starts: int = 1  # networks trained, of which the training loss keeps one
    steps: int = 1000


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {"steps": 10, "batch": 64, "test_pairs": 256}
PAPER = {  # the papers' d, for a part of their steps
    "d": 10, "private": 5, "steps": 4000, "lr": 0.005, "hidden_lr": 0.03,
}  # fmt: skip
