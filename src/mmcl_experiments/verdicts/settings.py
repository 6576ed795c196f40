"""Settings of `verdicts`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    cases: tuple[str, ...] = (
        "few Laplace", "Laplace", "Gaussian", "sphere", "copied block", "shifted", "fresh weights",
        "captions",
    )  # fmt: skip
    share: float = 1.0  # of each case's rows


SEEDS = {"smoke": 1, "default": 20, "paper": 20}
SMOKE = {"share": 0.2}
PAPER: dict[str, float] = {}
