"""Settings of `few_shot`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass, field


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
    classes: tuple[str, ...] = ("shape", "size")
    test: int = 1000
    validation: int = 500
    pool: int = 2500
    draws: int = 20
    shots: tuple[int, ...] = (1, 2, 4, 8, 16)
    k: int = 16
    strengths: tuple[float, ...] = (0.001, 0.01, 0.1, 1.0)
    heads: dict[str, dict[str, tuple[float, ...]]] = field(
        default_factory=lambda: grids((0.1, 1.0, 10.0), (4, 8, 12), (4, 8))
    )
    times: int = 1000


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "test": 300, "validation": 300, "pool": 900, "draws": 2, "shots": (1, 4), "k": 8,
    "strengths": (0.1, 1.0), "heads": grids((1.0,), (4,), (4,)), "times": 50,
}  # fmt: skip
PAPER = {
    "test": 5000, "validation": 1000, "pool": 20000, "draws": 100,
    "strengths": (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0),
    "heads": grids((0.1, 1.0, 10.0), (2, 4, 8, 12), (2, 4, 8, 12)), "times": 5000,
}  # fmt: skip
