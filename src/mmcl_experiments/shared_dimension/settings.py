"""Settings of `shared_dimension`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    world: str = "multimodal-block"
    content: int = 3
    style: int = 3
    private: int = 2
    p: float = 1.0
    covariances: str = "identity"
    causal: bool = False
    smooth: bool = False
    codes: str = "unbounded"
    # the elbow of the gain over them is the rival; the largest gives the answer
    sizes: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 12)
    threshold: float = 0.85
    neighbors: int = 20
    shuffled: bool = False
    layers: int = 3
    width: int = 64
    depth: int = 2
    steps: int = 800
    lr: float = 0.02
    batch: int = 512
    test_pairs: int = 8192


SEEDS = {"smoke": 1, "default": 5, "paper": 5}
SMOKE = {"sizes": (1, 2, 8), "width": 16, "steps": 4, "batch": 32, "test_pairs": 256}
PAPER = {
    "content": 5, "style": 5, "private": 5, "sizes": (1, 2, 3, 4, 5, 6, 8, 10, 15, 20),
    "width": 256, "steps": 10000, "batch": 4096, "test_pairs": 32768,
}  # fmt: skip
