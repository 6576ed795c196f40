"""Settings of `winding`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import Blocks


@dataclass(frozen=True)
class Settings(Blocks):
    """What `run` reads, as it is at the profile `default`."""

    content: int = 2
    style: int = 2
    private: int = 1
    size: int = 2
    smooth: bool = True
    loss: str = "max-entropy"  # the theorem's own; cross-modal
    weight: float = 5.0  # at which alignment's weight ends
    start: int = 0  # how often the code winds where training starts; 0: at random
    start_steps: int = 800
    steps: int = 600
    batch: int = 384
    rows: int = 1024
    test_pairs: int = 4096


SEEDS = {"smoke": 1, "default": 1, "paper": 20}
SMOKE = {
    "width": 16, "start_steps": 4, "steps": 4, "batch": 32, "rows": 128, "test_pairs": 256,
}  # fmt: skip
PAPER: dict[str, object] = {}
