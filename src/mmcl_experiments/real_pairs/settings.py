"""Settings of `real_pairs`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    source: str = "CLIP"
    rows: int = 0  # pairs that are kept, drawn once; 0 keeps all
    prepared: str = "as they are"
    sizes: tuple[int, ...] = (5, 10, 20, 40, 80)  # at most half of the fitting pairs
    halvings: int = 12
    starts: int = 4
    rotations: int = 40
    times: int = 2000  # resamples of halvings, starts and rotations
    among: int = 99  # pairs among which partners are looked for
    axes: tuple[int, ...] = (1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 130, 160, 200)


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "sizes": (5, 10), "halvings": 3, "starts": 2, "rotations": 5, "times": 50, "axes": (1, 5, 10),
}  # fmt: skip
PAPER = {"halvings": 100, "starts": 20, "rotations": 200}
