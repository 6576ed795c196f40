"""Settings of `learning_curves`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Coupled


@dataclass(frozen=True)
class Settings(Coupled):
    """What `run` reads, as it is at the profile `default`."""

    repeats: int = 1  # seeds in lockstep within one run
    encoder: str = "residual"  # residual, reference
    shared: bool = False
    learned: bool = True  # the temperature; else 1/tau stays at 1
    steps: int = 2048
    hidden_lr: float = 0.05  # 0: Adam alone, at a constant rate
    products: str = "float32"  # of matrices on CUDA: float32, tf32
    test_pairs: int = 16384


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {"repeats": 2, "d": 3, "width": 16, "steps": 8, "batch": 64, "test_pairs": 1024}
# The released code's recipe. The book's: encoder=residual learned=true centered=true lr=0.003
# hidden_lr=0.03 steps=40000; the released code's own world: shared=true private=0 steps=99328.
PAPER = {
    "encoder": "reference", "learned": False, "kappa": 1.0, "d": 10, "private": 5,
    "steps": 131072, "lr": 0.0001, "hidden_lr": 0.0, "batch": 6144, "products": "tf32",
    "test_pairs": 40960,
}  # fmt: skip
