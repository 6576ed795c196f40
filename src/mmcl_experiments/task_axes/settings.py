"""Settings of `task_axes`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass, field

from mmcl_experiments.few_shot.settings import grids

TASKS = (
    "shape", "x", "y", "size",
    "x y", "x size", "y size", "shape size",
    "mixture 0", "mixture 1", "mixture 2", "mixture 3",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """Heads on few labels, their settings chosen on at most `told` labels a class."""

    own: bool = False
    test: int = 600
    pool: int = 2000
    draws: int = 6
    shots: tuple[int, ...] = (1, 2, 4, 8, 16)
    told: int = 4
    k: int = 16
    strengths: tuple[float, ...] = (0.01, 0.1, 1.0)
    heads: dict[str, dict[str, tuple[float, ...]]] = field(
        default_factory=lambda: grids((0.1, 1.0, 10.0), (2, 4, 8), (2, 4, 8))
    )
    times: int = 300


@dataclass(frozen=True)
class Settings(Judged):
    """What `run` reads, as it is at the profile `default`."""

    tasks: tuple[str, ...] = TASKS


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "tasks": ("size", "x size", "mixture 0"), "test": 200, "pool": 400, "draws": 2,
    "shots": (1, 4), "k": 6, "strengths": (0.1, 1.0), "heads": grids((1.0,), (4,), (2,)),
    "times": 50,
}  # fmt: skip
PAPER = {"test": 5000, "pool": 20000, "draws": 100, "times": 5000}
