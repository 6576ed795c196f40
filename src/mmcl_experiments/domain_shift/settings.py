"""Settings of `domain_shift`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass, field

HEADS = {
    "l1": {"estimator__C": (1.0,)},
    "tree": {"max_depth": (4, 8, 12)},
    "axes": {"choose__k": (4, 8), "fit__tol": (0.0001,)},
}


@dataclass(frozen=True)
class Settings:
    """What `run` reads, as it is at the profile `default`."""

    own: bool = False
    classes: tuple[str, ...] = ("x", "y", "size")
    test: int = 800
    validation: int = 400
    pool: int = 1500
    draws: int = 20
    shots: tuple[int, ...] = (4, 16)
    k: int = 16
    strengths: tuple[float, ...] = (0.001, 0.01, 0.1, 1.0)
    heads: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=lambda: HEADS)
    protocols: tuple[str, ...] = ("l2", "l1", "tree", "axes")
    drops: tuple[int, ...] = (0, 1, 2, 3, 4, 6, 8)
    drop_shots: int = 16
    drop_strength: float = 0.1
    times: int = 1000


SEEDS = {"smoke": 1, "default": 1, "paper": 1}
SMOKE = {
    "test": 300, "validation": 300, "pool": 500, "draws": 2, "shots": (4,), "k": 8,
    "strengths": (0.1, 1.0),
    "heads": {
        "l1": {"estimator__C": (1.0,)}, "tree": {"max_depth": (4,)},
        "axes": {"choose__k": (4,), "fit__tol": (0.0001,)},
    },
    "protocols": ("l2", "tree"), "drops": (0, 2), "drop_shots": 4, "times": 50,
}  # fmt: skip
PAPER = {
    "test": 5000, "validation": 1000, "pool": 20000, "draws": 100, "shots": (1, 2, 4, 8, 16),
    "strengths": (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0),
    "heads": {
        "l1": {"estimator__C": (0.1, 1.0, 10.0)}, "tree": {"max_depth": (2, 4, 8, 12)},
        "axes": {"choose__k": (2, 4, 8, 12), "fit__tol": (0.0001,)},
    },
    "drops": (0, 1, 2, 3, 4, 5, 6, 8, 10, 12), "times": 5000,
}  # fmt: skip
