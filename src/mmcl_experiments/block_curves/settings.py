"""Settings of `block_curves`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    repeats: int = 1  # seeds in lockstep within one run
    shared_encoder: bool = False  # by both sides, as theirs where both see through one mixing
    loss: str = "same-modality"  # same-modality, cross-modal
    size: int = 3
    steps: int = 2048
    hidden_lr: float = 0.05
    products: str = "float32"  # of matrices on CUDA: float32, tf32
    rows: int = 1024
    look_rows: int = 512
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "repeats": 2, "content": 2, "style": 2, "size": 2, "width": 16, "steps": 8, "batch": 64,
    "rows": 128, "look_rows": 64,
    "test_pairs": 256,
}  # fmt: skip
PAPER = {
    "repeats": 3, "content": 5, "style": 5, "private": 5, "size": 5, "width": 128, "steps": 20000,
    "batch": 6144, "products": "tf32", "rows": 2048, "look_rows": 1024,
    "test_pairs": 8192,
}  # fmt: skip
