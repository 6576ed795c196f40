"""Settings of `one_mixing`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.learners.settings import LARGE, SMALL, Rows


@dataclass(frozen=True)
class Settings(Rows):
    """What `run` reads, as it is at the profile `default`."""

    row: str = "Sp U v -> Sp v"  # a name as of `tables`
    private: int = 0  # there is nothing that one view alone has
    baselines: bool = False


SEEDS = {"smoke": 1, "default": 3, "paper": 3}
SMOKE = {**SMALL, "lr": 0.02}
PAPER = {
    **{name: value for name, value in LARGE.items() if name != "private"},
    "kappa": 1.0, "width": 64, "steps": 2000,
}  # fmt: skip
