"""Features of pictures and captions by a CLIP, in one file that says what they are.

A safetensors file with the tensors "image" and "text", (n, d) in float32, a row for each item, or
one of them. Its metadata says which model made them, with which weights, precision and
preprocessing, whether they are normalized, and the items' names.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmcl import files
from mmcl.clip.inputs import Item, digest
from mmcl.clip.training import precision
from mmcl.clip.weights import Source
from mmcl.errors import InputError, MissingFile

FORMAT = "mmcl features 1"
PART = 1024  # items between two files of what is finished
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FeatureFile:
    """What a file holds. image, text: (n, d) or None. about: what it says of itself."""

    image: np.ndarray | None
    text: np.ndarray | None
    names: list[str]
    about: dict[str, Any]

    @property
    def normalized(self) -> bool:
        """Whether all rows have length one."""
        return bool(self.about["normalized"])


def extract(
    source: Source,
    items: Sequence[Item],
    out: Path | str,
    *,
    batch: int = 64,
    normalize: bool = False,
    device: str = "cpu",
    progress: Progress = lambda done, wanted: None,
) -> Path:
    """Take features of all items into one file; go on where an earlier call stopped.

    What is finished lies in `OUT.parts` until all is. Each part is named by its items and the
    model, so that only what is still right is used again.
    Errors: ValueError for an unreadable picture or a file with other features; OSError for a full
    disk: what was finished is kept.
    """
    out = Path(out)
    if not items:
        raise InputError("there is nothing to take features of; give pictures or captions")
    if batch < 1:
        raise InputError(f"batch is {batch}; give an integer >= 1")
    about = {"format": FORMAT, **source.about, "normalized": normalize}
    whole = digest(items, json.dumps(about, sort_keys=True))
    if out.exists():
        if read(out).about["items"] == whole:
            progress(len(items), len(items))
            return out
        raise InputError(f"{out} holds other features; give another file, or remove it")
    folder = out.with_name(out.name + ".parts")
    source.model.to(device)
    parts = []
    for start in range(0, len(items), PART):
        some = items[start : start + PART]
        path = folder / f"{digest(some, json.dumps(about, sort_keys=True))[:32]}.safetensors"
        found = kept(path)
        if found is None:
            progress(start, len(items))
            found = encoded(source, some, batch, normalize, device)
            write(path, found, {})
        parts.append(found)
    tensors = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    write(out, tensors, {**about, "items": whole, "names": [item.name for item in items]})
    shutil.rmtree(folder)
    progress(len(items), len(items))
    return out


@torch.no_grad()
def encoded(
    source: Source, items: Sequence[Item], batch: int, normalize: bool, device: str
) -> dict[str, Tensor]:
    """Features of some items, "image" and "text" or one of them, on the CPU in float32.

    Returns (n, d) for n items of a side, in their order, `batch` at a time.
    """
    found: dict[str, list[Tensor]] = {}
    for start in range(0, len(items), batch):
        some = items[start : start + batch]
        with precision(source.about["precision"], device):
            pictures = [source.transform(item.open()) for item in some if item.open]
            if pictures:
                codes = source.model.encode_image(torch.stack(pictures).to(device))
                found.setdefault("image", []).append(codes)
            texts = [item.caption for item in some if item.caption is not None]
            if texts:
                codes = source.model.encode_text(source.tokenizer(texts).to(device))
                found.setdefault("text", []).append(codes)
    whole = {name: torch.cat(codes).float().cpu() for name, codes in found.items()}
    for name, codes in whole.items():
        if not torch.isfinite(codes).all():
            row = int((~torch.isfinite(codes).all(dim=1)).nonzero()[0])
            raise InputError(f"the {name} of {items[row].name} has features that aren't finite")
    if normalize:
        return {name: functional.normalize(codes, dim=1) for name, codes in whole.items()}
    return whole


def cut(source: Source, items: Sequence[Item]) -> list[str]:
    """Names of the items whose captions are longer than the text tower reads: their ends are cut.

    Errors: ValueError for captions that the tokenizer refuses.
    """
    texts = [item for item in items if item.caption is not None]
    tokenizer: Any = source.tokenizer
    length, found = tokenizer.context_length, []
    for start in range(0, len(texts), PART):
        some = texts[start : start + PART]
        tokens = tokenizer([item.caption for item in some], context_length=length + 1)
        longer = (tokens[:, -1] != 0).tolist()
        found += [item.name for item, one in zip(some, longer, strict=True) if one]
    return found


def write(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """A file of features, whole or not at all.

    tensors: what goes in by name, of any shape. about: what is said of them.
    """
    files.write_bytes(path, files.packed(tensors, about))


def kept(path: Path) -> dict[str, Tensor] | None:
    """A part that an earlier call finished; None if there is none, or a damaged one.

    Returns the tensors by name, shapes as `write` got them.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path) if path.is_file() else None
    except SafetensorError:
        return None


def read(path: Path | str) -> FeatureFile:
    """A file of features.

    Errors: ValueError for a file that is damaged or holds something else; FileNotFoundError.
    """
    if not Path(path).is_file():
        raise MissingFile(f"there is no {path}; make it: mmcl clip features ... --out {path}")
    with files.safetensors(path, "np") as (content, about):
        arrays = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    if about.get("format") != FORMAT:
        raise InputError(f"{path} holds no features of this book; make some: mmcl clip features")
    names = about.pop("names")
    return FeatureFile(arrays.get("image"), arrays.get("text"), names, about)
