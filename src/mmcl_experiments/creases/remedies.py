"""Three remedies for L1 with free codes, as a `Contrastive` that knows how far training is.

softened: sqrt(u^2 + e^2) stands for |u|, where e falls from `SOFT` to zero until half-time, in
units of the temperature. warm: squared L2 until half-time, L1 afterwards. turned: at half-time
all codes are turned by the rotation that the loss likes best, out of several searches.
No remedy sees a latent.
"""

from collections.abc import Callable
from typing import Any

import torch
from scipy.stats import ortho_group
from torch import Tensor

from mmcl.errors import InputError
from mmcl.losses import Heads, Similarity, info_nce, neg_squared_l2
from mmcl.model import Pairs
from mmcl.randomness import stream
from mmcl.training import Contrastive
from mmcl_experiments import nearest

REMEDIES = ("none", "softened", "warm", "turned")
SOFT = 4.0


def soft_l1(a: Tensor, b: Tensor, width: float | Tensor) -> Tensor:
    """(n, n) scores -sum_j sqrt((a_ij - b_kj)^2 + width^2): L1 without creases."""
    step = a[:, None] - b
    return -torch.sqrt(step.square() + width**2).sum(dim=2)


class Remedied(Contrastive):
    """A contrastive objective with one of the `REMEDIES`, over a known number of steps.

    watch: what the history keeps of the two encoders, beside the loss.
    Errors: InputError for an unknown remedy, or one that the score or the codes don't allow.
    """

    def __init__(
        self, plain: Contrastive, settings: dict[str, Any], seed: int, watch: Callable[..., Any]
    ):
        similarity, start = plain.similarity, float(plain.temperature.detach())
        both = plain.encoder_x, plain.encoder_t
        super().__init__(*both, similarity=similarity, temperature=start)
        self.remedy = nearest(settings["remedy"], REMEDIES, "remedy")
        if self.remedy != "none" and (settings["score"], settings["codes"]) != ("l1", "unbounded"):
            raise InputError(
                f"remedy {self.remedy!r} is for score 'l1' and codes 'unbounded', not for "
                f"{settings['score']!r} and {settings['codes']!r}; give remedy 'none'"
            )
        self.heads, self.d, self.seed = settings["heads"], settings["d"], seed
        self.turning, self.step, self.watch = max(1, settings["steps"] // 2), 0, watch

    def now(self) -> Similarity:
        """The similarity of this step."""
        left = 1 - self.step / self.turning
        if left <= 0 or self.remedy in ("none", "turned"):
            return self.similarity
        width = SOFT * left * self.temperature.detach()

        def soft(a: Tensor, b: Tensor) -> Tensor:
            return soft_l1(a, b, width)

        between: Similarity = soft if self.remedy == "softened" else neg_squared_l2
        return Heads(between) if self.heads else between

    def loss(self, codes_x: Tensor, codes_t: Tensor) -> Tensor:
        return info_nce(codes_x, codes_t, similarity=self.now(), temperature=self.temperature)

    def forward(self, pairs: Pairs) -> Tensor:
        if self.remedy == "turned" and self.step == self.half:
            self.turn(pairs)
        loss = super().forward(pairs)
        self.step += 1
        return loss

    def turn(self, pairs: Pairs) -> None:
        """Turn the codes of both encoders, in their last layers, as `best_turn` says."""
        with torch.no_grad():
            h_x, h_t = self.codes(pairs)

        def loss(turn: Tensor) -> Tensor:
            d = self.d
            both = (torch.cat([h[:, :d] @ turn, h[:, d:]], dim=1) for h in (h_x, h_t))
            return self.loss(*both)

        found = best_turn(loss, self.d, self.seed, h_x.device)
        with torch.no_grad():
            for read in (self.encoder_x.read, self.encoder_t.read):
                read.weight[: self.d] = found.T @ read.weight[: self.d]
                if read.bias is not None:
                    read.bias[: self.d] = found.T @ read.bias[: self.d]

    def measurements(self) -> dict[str, float]:
        return super().measurements() | self.watch(self)


def best_turn(
    loss: Callable[[Tensor], Tensor],
    d: int,
    seed: int,
    device: Any = "cpu",
    searches: int = 6,
    steps: int = 80,
) -> Tensor:
    """The rotation (d, d) with the lowest loss: no turn at all, or the end of one of the searches.

    A search starts at a random rotation and descends along the group of rotations.
    """
    rng = stream(seed, "turns")
    best = torch.eye(d, device=device)
    least = float(loss(best).detach())
    for _ in range(searches):
        start = torch.from_numpy(ortho_group.rvs(d, random_state=rng)).to(best)
        free = torch.zeros_like(best, requires_grad=True)
        optimizer = torch.optim.Adam([free], lr=0.05)
        for _ in range(steps):
            optimizer.zero_grad()
            loss(start @ torch.linalg.matrix_exp(free - free.T)).backward()
            optimizer.step()
        with torch.no_grad():
            turn = start @ torch.linalg.matrix_exp(free - free.T)
            value = float(loss(turn))
        if value < least:
            best, least = turn, value
    return best
