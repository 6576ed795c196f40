"""Settings of `block_identifiability`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    repeats: int = 3  # seeds in lockstep within one run
    shared_encoder: bool = False
    loss: str = "cross-modal"  # cross-modal, same-modality, max-entropy
    size: int = 3
    weight: float = 5.0
    baselines: bool = False
    steps: int = 1600
    told_steps: int = 600
    batch: int = 384
    rows: int = 1024
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 1, "paper": 3}
SMOKE = {
    "repeats": 1, "width": 32, "steps": 8, "told_steps": 8, "batch": 64, "rows": 128,
    "test_pairs": 256,
}  # fmt: skip
PAPER = {
    "repeats": 1, "content": 5, "style": 5, "private": 5, "size": 5, "width": 128, "steps": 4000,
    "told_steps": 2000, "batch": 512, "rows": 2048, "test_pairs": 8192,
}  # fmt: skip
