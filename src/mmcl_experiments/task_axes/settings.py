"""Settings of `task_axes`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass, field

TASKS = (
    "shape", "x", "y", "size",
    "x y", "x size", "y size", "shape size",
    "mixture 0", "mixture 1", "mixture 2", "mixture 3",
)  # fmt: skip


def grids(
    strengths: tuple[float, ...], depths: tuple[int, ...], counts: tuple[int, ...]
) -> dict[str, dict[str, tuple[float, ...]]]:
    """What each head may choose from: strengths of L1, depths of a tree, numbers of axes."""
    axes = {"choose__k": counts, "fit__tol": (0.0001,)}
    return {"l1": {"estimator__C": strengths}, "tree": {"max_depth": depths}, "axes": axes}


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    own: bool = False
    tasks: tuple[str, ...] = TASKS
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


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "tasks": ("size", "x size", "mixture 0"), "test": 200, "pool": 400, "draws": 2,
    "shots": (1, 4), "k": 6, "strengths": (0.1, 1.0), "heads": grids((1.0,), (4,), (2,)),
    "times": 50,
}  # fmt: skip
PAPER = {"test": 5000, "pool": 20000, "draws": 100, "times": 5000}
