"""Settings of `places`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    points: str = "photographs"  # or "towns", on which all was tried out
    labels: str = "others"  # or "common": the 40 countries with most towns
    most: int = 20  # points of a block
    sizes: tuple[int, ...] = (20, 10, 30)  # components; the first is the primary claim's
    starts: int = 10  # of ICA, of which that with the best contrast is kept
    rotations: int = 5
    times: int = 500  # resamples
    classes: int = 10  # climates, or countries, that few shots tell apart
    shots: tuple[int, ...] = (1, 2, 4, 8, 16)
    draws: int = 5
    rows: int = 60  # towns of each climate on each continent


SEEDS = {"smoke": 2, "default": 10, "paper": 20}  # ten were stated
SMOKE = {
    "most": 3, "sizes": (8,), "starts": 2, "rotations": 1, "times": 5, "classes": 3, "shots": (2,),
    "draws": 2, "rows": 6,
}  # fmt: skip
PAPER = {"rotations": 20, "times": 2000, "draws": 20}
