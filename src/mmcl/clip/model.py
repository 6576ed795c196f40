"""CLIPs of our own: sizes, fresh weights, and checkpoints that can execute nothing."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmcl import files
from mmcl.clip.compatibility import open_clip
from mmcl.clip.tokenizer import Tokenizer
from mmcl.errors import InputError, MissingFile
from mmcl.naming import nearest

MODELS = Path(__file__).parent / "models"  # a file of open_clip's form for each size
NAMES = ("mmcl-smoke", "mmcl-default", "mmcl-paper")
FORMAT = "mmcl clip 1"
PREPROCESSING = {
    "mode": "RGB",
    "mean": [0.45, 0.45, 0.45],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


@cache
def registered() -> ModuleType:
    """open_clip, with the sizes of this package among its models."""
    module = open_clip()
    module.add_model_config(MODELS)
    return module


def config(name: str) -> dict[str, Any]:
    """The configuration of one of our sizes. Errors: ValueError for another name."""
    return registered().get_model_config(nearest(name, NAMES, "model"))


def fresh(config: dict[str, Any], rng: np.random.Generator) -> nn.Module:
    """A CLIP of this configuration with new weights; torch's own generator stays as it was."""
    module = registered()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        return module.CLIP(**config)


def pictures(images: Tensor) -> Tensor:
    """Bytes (n, 3, side, side) as the tower of pictures wants them."""
    mean, std = PREPROCESSING["mean"][0], PREPROCESSING["std"][0]  # the same for all colors
    return (images.float() / 255 - mean) / std


@dataclass(frozen=True)
class Checkpoint:
    """A trained CLIP: the network, its name, and where it comes from."""

    model: Any
    name: str
    config: dict[str, Any]
    source: dict[str, Any]
    tokenizer: Tokenizer
    sha256: str


def save(
    path: Path | str,
    model: nn.Module,
    *,
    name: str,
    config: dict[str, Any],
    source: dict[str, Any],
    tokenizer: Tokenizer,
) -> Path:
    """Write a checkpoint, whole or not at all. source: seed, recipe, whatever made it."""
    about = {
        "format": FORMAT,
        "name": name,
        "config": config,
        "preprocessing": PREPROCESSING,
        "words": list(tokenizer.words),
        "source": source,
    }
    return files.write_bytes(path, files.packed(model.state_dict(), about))


def about(path: Path | str) -> dict[str, Any] | None:
    """What a safetensors file says of itself, None if it isn't a checkpoint of ours.

    Errors: ValueError for a file that isn't safetensors or is damaged; FileNotFoundError.
    """
    if not Path(path).is_file():
        raise MissingFile(f"there is no file {path}; make one: mmcl clip train --out FOLDER")
    with files.safetensors(path) as (_, found):
        return found if found.get("format") == FORMAT else None


def load(path: Path | str) -> Checkpoint:
    """Read a checkpoint of ours, ready to encode.

    Errors: ValueError that names the file and what to do, for one that is damaged or not ours;
    FileNotFoundError. Nothing in the file is executed.
    """
    from safetensors.torch import load_file

    said = about(path)
    if said is None:
        raise InputError(
            f"{path} isn't a checkpoint of `mmcl clip train`; name its model: --model NAME"
        )
    try:
        model = registered().CLIP(**said["config"])
        model.load_state_dict(load_file(path))
    except (RuntimeError, TypeError) as error:
        raise InputError(f"{path} doesn't fit its own configuration: {error}") from error
    made = said["name"], said["config"], said["source"]
    return Checkpoint(model.eval(), *made, Tokenizer(said["words"]), files.sha256(path))
