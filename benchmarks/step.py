"""One training step at the papers' batch size: against reference forms, and against a floor.

The floor is what the step can't do without, each part timed in the same run at the same shapes
and precision: its matrix products, one exponential a score and a GELU, and the traffic of what
is neither input nor output of a product.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import _reference
from benchmarks._measure import Sheet, Times, in_turns, ratios, spread
from mmcl.encoders import Encoder
from mmcl.fast.blockwise import BLOCK
from mmcl.losses import Similarity, info_nce
from mmcl.randomness import stream, torch_generator
from mmcl.training import optimizers_of

SIZES: dict[str, dict[str, Any]] = {
    # the papers' batch and dimensions; the widest and the narrowest encoders of the paper profile
    "full": {"batch": 6144, "d": 10, "d_in": 15, "width": 256, "narrow": 64, "depth": 2,
             "repeats": 5, "reference_repeats": 2},
    "tiny": {"batch": 64, "d": 3, "d_in": 5, "width": 16, "narrow": 8, "depth": 1,
             "repeats": 2, "reference_repeats": 1},
}  # fmt: skip
SPACES: dict[str, tuple[Similarity, int, float]] = {
    # our similarity; the reference form's power, and its temperature over ours for equal losses
    "sphere": ("dot", 2, 2.0),  # |a - b|^2 = 2 - 2 a.b on the sphere
    "box": ("neg_l1", 1, 1.0),
}
TEMPERATURE = 0.2
NEWTON_SCHULZ = 3


def loss_of(form: str, space: str) -> Callable[[Tensor, Tensor], Tensor]:
    """A loss of two batches of codes: ours, or a reference form of the same loss."""
    similarity, power, scale = SPACES[space]
    if form == "ours":
        return lambda a, b: info_nce(a, b, similarity=similarity, temperature=TEMPERATURE)
    scores = {"broadcast": _reference.broadcast, "cdist": _reference.cdist}[form](power)
    return lambda a, b: _reference.info_nce(a, b, scores, scale * TEMPERATURE)


class Step:
    """A whole training step: two encoders forward and backward, the loss, the optimizers."""

    def __init__(self, size: dict[str, Any], space: str, device: str):
        generator = torch_generator(stream(0, "bench"))
        shape = (size["batch"], size["d_in"])
        self.x, self.t = (torch.randn(shape, generator=generator).to(device) for _ in "xt")
        kind: dict[str, Any] = {name: size[name] for name in ("width", "depth")}
        self.encoders = nn.ModuleList(
            Encoder(size["d_in"], size["d"], space=space, generator=generator, **kind)  # type: ignore[arg-type]
            for _ in "xt"
        ).to(device)
        self.optimizers = optimizers_of(self.encoders, 1e-4, 1e-4)

    def codes(self) -> tuple[Tensor, Tensor]:
        """The codes of both batches."""
        encoder_x, encoder_t = self.encoders
        return encoder_x(self.x), encoder_t(self.t)

    def whole(self, loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], None]:
        """The step with a form of the loss."""

        def work() -> None:
            self.encoders.zero_grad(set_to_none=True)
            loss(*self.codes()).backward()
            for optimizer in self.optimizers:
                optimizer.step()

        return work

    def loss_alone(self, loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], None]:
        """Loss and gradient of given codes."""
        leaves = [codes.detach().requires_grad_() for codes in self.codes()]

        def work() -> None:
            for leaf in leaves:
                leaf.grad = None
            loss(*leaves).backward()

        return work


def run(size: dict[str, Any], device: str) -> Sheet:
    """Measure steps and losses on the sphere and in the box, and the floor on the sphere."""
    sheet = Sheet("step", size, device)
    sheet.table("forms", FORMS, [row for space in SPACES for row in forms(sheet, space)])
    columns = {name: above_floor(sheet, name) for name in ("step", "narrow_step")}
    rows = [
        {
            "part": part,
            **{f"width {sized(size, name)['width']}": columns[name][part] for name in columns},
        }
        for part in columns["step"]
    ]
    sheet.table("floor", FLOOR, rows)
    return sheet


FORMS = "Seconds of a training step, and of the loss with its gradient"
FLOOR = "The floor of a step on the sphere, part by part, in seconds, for encoders of two widths"


def sized(size: dict[str, Any], what: str) -> dict[str, Any]:
    """The size with the encoders of a kind of step."""
    return {**size, "width": size["narrow"]} if what == "narrow_step" else size


def forms(sheet: Sheet, space: str) -> list[dict[str, str]]:
    """Time the three forms of a loss in steps with wide and narrow encoders, and alone."""
    rows = []
    for what in ("step", "narrow_step", "loss"):
        size = sized(sheet.parameters, what)
        step = Step(size, space, sheet.device)
        make = step.loss_alone if what == "loss" else step.whole
        works = {form: make(loss_of(form, space)) for form in ("ours", "cdist", "broadcast")}
        cold = ["cdist", "broadcast"]
        times = in_turns(works, size["reference_repeats"], sheet.device, cold=cold)
        for form in cold:
            sheet.note(f"{space}.{what}.{form}", ratios(times, form, "ours"))
        words = "loss alone" if what == "loss" else f"step, width {size['width']}"
        rows.append(row(f"{space}: {words}", times))
    return rows


def above_floor(sheet: Sheet, what: str) -> dict[str, str]:
    """Time our step on the sphere and each part of its floor; texts for the table."""
    size = sized(sheet.parameters, what)
    step = Step(size, "sphere", sheet.device)
    works = {**floor(size, sheet.device), "ours": step.whole(loss_of("ours", "sphere"))}
    times = in_turns(works, size["repeats"], sheet.device)
    ours = times.pop("ours")
    times = {**times, "floor": [sum(each) for each in zip(*times.values(), strict=True)]}
    times["ours"] = ours
    sheet.note(f"sphere.{what}.floor", ratios(times, "ours", "floor"))
    return {name: spread(found, 3) for name, found in times.items()}


def row(what: str, times: Times) -> dict[str, str]:
    """A row of the table of forms."""
    found = {"": what, **{form: spread(each) for form, each in times.items()}}
    for form in ("cdist", "broadcast"):
        found[f"{form} / ours"] = spread(ratios(times, form, "ours"), 1)
    return found


# The floor


def floor(size: dict[str, Any], device: str) -> dict[str, Callable[[], None]]:
    """The parts of the floor as work to be timed, with every result's memory at hand."""
    return {
        "encoders' products": encoder_products(size, device),
        "optimizer's products": optimizer_products(size, device),
        "loss: products and exponentials": loss_floor(size, device),
        "GELU: exponentials": gelu_exponentials(size, device),
        "traffic": traffic(size, device),
    }


def filled(device: str, *shape: int) -> Tensor:
    """A tensor of normal numbers."""
    generator = torch_generator(stream(0, "floor"))
    return torch.randn(shape, generator=generator).to(device)


def encoder_products(size: dict[str, Any], device: str) -> Callable[[], None]:
    """Forward, weight gradient and input gradient of each layer, of both encoders."""
    n, width = size["batch"], size["width"]
    shapes = [(size["d_in"], width), *[(width, width)] * 2 * size["depth"], (width, size["d"])]
    layers = []
    for place, (wide_in, wide_out) in enumerate(shapes):
        x, y = filled(device, n, wide_in), filled(device, n, wide_out)
        weight = filled(device, wide_out, wide_in)
        layers.append((x, weight, y, torch.empty_like(x) if place else None, weight.clone()))

    def work() -> None:
        for _ in "xt":
            for x, weight, y, to_x, to_weight in layers:
                torch.mm(x, weight.T, out=y)
                torch.mm(y.T, x, out=to_weight)
                if to_x is not None:  # observations get no gradient
                    torch.mm(y, weight, out=to_x)

    return work


def optimizer_products(size: dict[str, Any], device: str) -> Callable[[], None]:
    """Muon's three products a Newton-Schulz step, for the hidden matrices of both encoders."""
    count, width = 4 * size["depth"], size["width"]
    x = filled(device, count, width, width) / width
    gram, out = torch.empty_like(x), torch.empty_like(x)

    def work() -> None:
        for _ in range(NEWTON_SCHULZ):
            torch.bmm(x, x.mT, out=gram)
            torch.bmm(gram, gram, out=out)
            torch.bmm(gram, x, out=out)

    return work


def loss_floor(size: dict[str, Any], device: str) -> Callable[[], None]:
    """Each score once, its exponential once, and the two products of the gradient.

    A block at a time, so that the (n, n) matrix stays in the cache.
    """
    n, d = size["batch"], size["d"]
    a, b = filled(device, n, d) / d, filled(device, n, d) / d
    rows = max(1, min(n, BLOCK // n))
    block, thin = torch.empty(rows, n, device=device), torch.empty(d, n, device=device)
    few = torch.empty(d, rows, device=device)

    def work() -> None:
        for start in range(0, n - rows + 1, rows):
            torch.mm(a[start : start + rows], b.T, out=block)
            block.exp_()
            torch.mm(a[start : start + rows].T, block, out=thin)
            torch.mm(b.T, block.T, out=few)

    return work


def gelu_exponentials(size: dict[str, Any], device: str) -> Callable[[], None]:
    """One exponential for each GELU and one for its derivative, of both encoders."""
    values = filled(device, size["batch"], size["width"])
    out = torch.empty_like(values)

    def work() -> None:
        for _ in range(2 * 2 * size["depth"]):
            torch.exp(values, out=out)

    return work


def traffic(size: dict[str, Any], device: str) -> Callable[[], None]:
    """A copy for each of GELU and residual sum, forward and backward; four of all weights."""
    n, width, depth = size["batch"], size["width"], size["depth"]
    wide, weights = filled(device, n, width), filled(device, 4 * depth, width, width)
    wide_out, weights_out = torch.empty_like(wide), torch.empty_like(weights)

    def work() -> None:
        for _ in range(2 * 4 * depth):
            wide_out.copy_(wide)
        for _ in range(4):
            weights_out.copy_(weights)

    return work
