"""Settings that several experiments have in common, and what other profiles change in them.

A room's own `settings.py` inherits them, adds its own and states what differs. An edit here is an
edit there: it makes other tasks of all experiments that inherit.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoders:
    """Two networks of one shape, and the pairs that they see."""

    width: int = 64
    depth: int = 2
    batch: int = 512
    test_pairs: int = 8192


@dataclass(frozen=True)
class Trained(Encoders):
    """They learn from observations that as many layers mix."""

    layers: int = 3
    lr: float = 0.02


@dataclass(frozen=True)
class Coupled(Trained):
    """A world of latents that a law couples; hidden layers learn at a rate of their own."""

    d: int = 5
    private: int = 2
    kappa: float = 5.0
    hidden_lr: float = 0.05
    centered: bool = False  # codes lose their mean before they enter their space


@dataclass(frozen=True)
class Blocks(Trained):
    """A world whose modalities share content and differ in style."""

    world: str = "multimodal-block"
    content: int = 3
    style: int = 3
    private: int = 2
    p: float = 1.0
    covariances: str = "identity"
    causal: bool = False
    smooth: bool = False


@dataclass(frozen=True)
class Rows(Coupled):
    """Small worlds and networks, one for each row of a table: see `mmcl_experiments.learners.rows`.

    Rows that differ in their laws alone are trained alike.
    """

    d: int = 3
    private: int = 1
    scale: float = 0.05
    wide: float = 0.25  # scale of a box's marginal that isn't uniform
    baselines: bool = True
    width: int = 32
    steps: int = 600
    lr: float = 0.007
    batch: int = 256
    test_pairs: int = 4096


# What differs at other profiles
SMALL = {"width": 16, "steps": 4, "batch": 32, "test_pairs": 256}
WIDE = {"width": 256, "steps": 10000, "batch": 4096, "test_pairs": 32768}
LARGE = {
    "d": 10, "private": 5, "steps": 16000, "lr": 0.003, "hidden_lr": 0.03, "centered": True,
    "batch": 1024, "test_pairs": 32768,
}  # fmt: skip
