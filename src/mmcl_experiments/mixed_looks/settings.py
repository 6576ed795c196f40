"""Settings of `mixed_looks`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass, field

from mmcl_experiments.task_axes.settings import Judged

AXES = {"choose__k": (4, 8), "fit__tol": (0.0001,)}


@dataclass(frozen=True)
class Settings(Judged):
    """What `run` reads, as it is at the profile `default`."""

    own: bool = True
    left_out: tuple[str, ...] = ("silhouette", "lines", "low-light")
    classes: tuple[str, ...] = ("x", "y", "size")
    pool: int = 1200
    heads: dict[str, dict[str, tuple[float, ...]]] = field(
        default_factory=lambda: {"tree": {"max_depth": (4, 8, 12)}, "axes": AXES}
    )


SEEDS = {"smoke": 1, "default": 3, "paper": 3}
SMOKE = {
    "own": False, "left_out": ("lines",), "test": 200, "pool": 500, "draws": 2, "shots": (4,),
    "k": 6, "strengths": (0.1, 1.0), "times": 50,
    "heads": {"tree": {"max_depth": (4,)}, "axes": {"choose__k": (4,), "fit__tol": (0.0001,)}},
}  # fmt: skip
PAPER = {"test": 5000, "pool": 20000, "draws": 100, "times": 5000}
