"""Training a CLIP on a world: one run in one folder, which goes on exactly after a kill.

A state on disk holds weights, both optimizers and the log; batches and rates are functions of the
seed and the step alone. So a run that was stopped ends in the same bytes as one that wasn't, on
the same machine and as many threads.
"""

import contextlib
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmcl import files
from mmcl.clip import evaluation, model, pairs
from mmcl.clip.recipes import Recipe
from mmcl.clip.tokenizer import Tokenizer, tokenizer
from mmcl.errors import InputError, NotFinite
from mmcl.losses import info_nce
from mmcl.randomness import stream

STATE = "state.safetensors"
LARGEST = math.log(100)  # of the logarithm of 1 / temperature, as in Radford et al. (2021)
BETAS = (0.9, 0.98)
Say = Callable[[str], None]


class Run:
    """A CLIP in training: network, optimizers, step and log."""

    def __init__(self, recipe: Recipe, config: dict[str, Any], seed: int, device: str = "cpu"):
        self.recipe, self.config, self.seed, self.device = recipe, config, seed, device
        self.model: Any = model.fresh(config, stream(seed, "weights")).to(device)
        self.optimizers = optimizers(self.model, recipe)
        self.step = 0
        self.log: list[dict[str, Any]] = []
        self.seconds = 0.0  # of training, over all of the sittings

    def descend(self, images: Tensor, tokens: Tensor) -> float:
        """One step on a batch of pictures (bytes) and tokens; the loss in nats."""
        for optimizer, base in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = base * rate(self.step, self.recipe)
        with precision(self.recipe.precision, self.device):
            x, t, inverse = self.model(model.pictures(images.to(self.device)), tokens)
            loss = info_nce(x.float(), t.float(), similarity="cosine", temperature=1 / inverse)
            self.model.zero_grad(set_to_none=True)
            loss.backward()
        for optimizer, _ in self.optimizers:
            optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, LARGEST)
        self.step += 1
        return loss.item()

    def pack(self) -> bytes:
        """All that the rest of the run depends on."""
        from safetensors.torch import save

        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for place, (optimizer, _) in enumerate(self.optimizers):
            for key, state in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{place}.{key}.{n}": value for n, value in state.items()}
        about = {"step": self.step, "log": self.log, "seconds": self.seconds}
        tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        return save(tensors, {"mmcl": json.dumps(about)})

    def unpack(self, path: Path) -> None:
        """Go back to a state. Errors: ValueError for one that is damaged."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt") as content:
                about = json.loads(content.metadata()["mmcl"])
                tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise InputError(f"{path} is damaged ({error}); remove it to start again") from error
        states: list[dict[int, dict[str, Tensor]]] = [{} for _ in self.optimizers]
        weights = {}
        for name, value in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "model":
                weights[rest] = value
            else:
                place, key, what = rest.split(".")
                states[int(place)].setdefault(int(key), {})[what] = value
        self.model.load_state_dict(weights)
        for (optimizer, _), state in zip(self.optimizers, states, strict=True):
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        self.step, self.log, self.seconds = about["step"], about["log"], about["seconds"]


def optimizers(clip: nn.Module, recipe: Recipe) -> list[tuple[torch.optim.Optimizer, float]]:
    """Muon for the matrices inside both transformers, Adam for all else; each with its rate.

    Weights decay but for vectors, scales and embeddings.
    """
    named = dict(clip.named_parameters())
    hidden = [p for name, p in named.items() if ".resblocks." in name and p.ndim == 2]
    inner = {id(p) for p in hidden}
    others = [p for p in named.values() if id(p) not in inner]
    names = ("embedding",)
    plain = [p for n, p in named.items() if p.ndim < 2 or any(word in n for word in names)]
    spared = {id(p) for p in plain}
    groups = [
        {"params": [p for p in others if id(p) not in spared], "weight_decay": recipe.weight_decay},
        {"params": [p for p in others if id(p) in spared], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, lr=recipe.lr, betas=BETAS)
    muon = torch.optim.Muon(
        hidden,
        lr=recipe.hidden_lr,
        weight_decay=recipe.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    return [(adam, recipe.lr), (muon, recipe.hidden_lr)]


def rate(step: int, recipe: Recipe) -> float:
    """The share of the full rate at a step: up in a line, down as a cosine."""
    rises = max(1, int(recipe.warmup * recipe.steps))
    if step < rises:
        return (step + 1) / rises
    return (1 + math.cos(math.pi * (step - rises) / max(1, recipe.steps - rises))) / 2


@contextlib.contextmanager
def precision(name: str, device: str) -> Iterator[None]:
    """Products in bfloat16, sums and weights in float32; or all in float32.

    On a CPU torch's fused attention is slow backwards in bfloat16, slower than all that bfloat16
    gains; written out it isn't.
    """
    kind = torch.device(device).type
    if name == "fp32":
        yield
        return
    from torch.nn.attention import SDPBackend, sdpa_kernel

    fused = contextlib.nullcontext() if kind != "cpu" else sdpa_kernel(SDPBackend.MATH)
    with fused, torch.autocast(kind, torch.bfloat16):
        yield


def train(
    run: Run,
    known: pairs.Captioned,
    unseen: pairs.Captioned,
    folder: Path,
    *,
    say: Say = lambda message: None,
) -> Run:
    """Take a run to its end, from its state in the folder if there is one.

    Writes a state every `recipe.every` steps. say: told how it goes, at each state.
    Errors: FloatingPointError when the loss isn't finite; OSError for a full disk: the last state
    is kept, and the same call goes on from there.
    """
    path, recipe = folder / STATE, run.recipe
    if path.is_file():
        run.unpack(path)
        say(f"going on at step {run.step} of {recipe.steps}")
    words = tokenizer()
    tokens = words(known.captions).to(run.device)
    rows = pairs.order(len(known.images), recipe.batch, run.seed)
    started, before, losses = time.monotonic(), run.seconds, []
    while run.step < recipe.steps:
        chosen = rows(run.step)
        losses.append(run.descend(known.images[chosen], tokens[chosen]))
        if run.step % recipe.every == 0 or run.step == recipe.steps:
            if not all(map(math.isfinite, losses)):
                raise NotFinite(f"the loss is {losses[-1]} at step {run.step}; lower lr")
            run.seconds = before + time.monotonic() - started
            run.log.append(entry(run, losses, unseen, words))
            losses = []
            files.write_bytes(path, run.pack())
            say(line(run))
    return run


def entry(
    run: Run, losses: list[float], unseen: pairs.Captioned, words: Tokenizer
) -> dict[str, Any]:
    """A row of the log: the mean loss since the last one, and recall on unseen pairs."""
    n = min(len(unseen.images), 4 * evaluation.GROUP)
    codes = evaluation.encode(run.model, unseen.images[:n], unseen.captions[:n], words)
    return {
        "step": run.step,
        "loss": sum(losses) / len(losses),
        "temperature": math.exp(-run.model.logit_scale.item()),
        "recall": evaluation.recall(*codes)["mean"],
        "seconds": round(run.seconds, 1),
    }


def line(run: Run) -> str:
    """How far a run is."""
    row, steps = run.log[-1], run.recipe.steps
    left = run.seconds * (steps - run.step) / run.step
    return (
        f"step {run.step}/{steps}  loss {row['loss']:.3f}  recall@1 {row['recall']:.3f}  "
        f"temperature {row['temperature']:.4f}  "
        + (f"about {left:.0f} s left" if left else f"{run.seconds:.0f} s")
    )
