"""How a CLIP is trained at each profile: sizes and budgets, never seconds."""

from dataclasses import asdict, dataclass
from typing import Any

from mmcl.errors import InputError

PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Recipe:
    """One way to train. model: a file of `models`; lr: Adam's, hidden_lr: Muon's.

    The rates rise over the first `warmup` share of the steps and fall as a cosine to zero.
    every: steps between two states on disk, and between two scores of the log.
    """

    model: str
    pairs: int
    steps: int
    batch: int
    test_pairs: int = 2560
    lr: float = 0.002
    hidden_lr: float = 0.004
    weight_decay: float = 0.1
    warmup: float = 0.1
    precision: str = "bf16"
    every: int = 100

    def check(self) -> "Recipe":
        """The recipe, if it can be. Errors: ValueError that names what can't."""
        for name in ("pairs", "steps", "batch", "test_pairs", "every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; give an integer >= 1")
        if not 2 <= self.batch <= self.pairs:
            raise InputError(f"batch is {self.batch}; give 2 to {self.pairs}, all pairs")
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}; give {' or '.join(PRECISIONS)}")
        return self

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain numbers and words."""
        return asdict(self)


# `default` was tuned on seed 100: about 7 minutes of one core with bfloat16.
RECIPES = {
    "smoke": Recipe("mmcl-smoke", pairs=256, steps=6, batch=32, test_pairs=256, every=3,
                    precision="fp32"),
    "default": Recipe("mmcl-default", pairs=40_000, steps=1_200, batch=256),
    "paper": Recipe("mmcl-paper", pairs=400_000, steps=30_000, batch=1_024, every=1_000),
}  # fmt: skip
