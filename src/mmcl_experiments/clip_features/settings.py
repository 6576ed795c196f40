"""Settings of `clip_features`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    source: str = "clip"
    shares: tuple[float, ...] = (-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
    components: int = 20
    axes: tuple[int, ...] = (1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 300)
    shared: int = 40
    splits: int = 5
    sizes: tuple[int, ...] = (2, 4, 8, 16, 32, 64, 125, 250, 500)
    shown: int = 150


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "shares": (0.0, 1.0), "components": 8, "axes": (1, 10, 40, 100), "splits": 2,
    "sizes": (8, 64, 500),
}  # fmt: skip
PAPER = {"splits": 50}
