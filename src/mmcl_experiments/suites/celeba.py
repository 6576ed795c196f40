"""CelebA as it is given out: aligned pictures, forty attributes of each, and the partition."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcl import files
from mmcl.errors import InputError, MissingFile
from mmcl_experiments.suites.pictures import Pictures

IMAGES = "img_align_celeba"
ATTRIBUTES, PARTITION = "list_attr_celeba.txt", "list_eval_partition.txt"
PARTS = {"train": "0", "test": "2"}  # 1 is for validation


@dataclass(frozen=True)
class Faces:
    """train and test with labels (n, attributes) of bool, and the attributes' names."""

    train: Pictures
    test: Pictures
    attributes: list[str]


def read(root: Path | str) -> Faces:
    """The files of a folder.

    Errors: FileNotFoundError for a missing part; ValueError that names the file and the line.
    """
    root = Path(root)
    if not (root / IMAGES).is_dir():
        raise MissingFile(f"there is no {root / IMAGES}; unpack img_align_celeba.zip there")
    names, table = attributes(existing(root / ATTRIBUTES))
    parts = listed(existing(root / PARTITION), 1, ("0", "1", "2"), 1, "0, 1 or 2")
    strange = [file for file in parts if file not in table]
    if strange:
        raise InputError(f"{root / PARTITION} has {strange[0]}, of which {ATTRIBUTES} says nothing")
    found = {}
    for part, number in PARTS.items():
        chosen = [file for file, each in parts.items() if each == [number]]
        if not chosen:
            raise InputError(f"{root / PARTITION} has no picture for {part}; get it again")
        labels = np.array([table[file] for file in chosen])
        found[part] = Pictures(part, [root / IMAGES / file for file in chosen], labels)
    return Faces(found["train"], found["test"], names)


def existing(path: Path) -> Path:
    """The path, if there is a file; else FileNotFoundError."""
    if not path.is_file():
        raise MissingFile(f"there is no {path}; it comes with CelebA, beside the pictures")
    return path


def attributes(path: Path) -> tuple[list[str], dict[str, np.ndarray]]:
    """Names of the attributes, and for each picture which of them it has."""
    lines = files.read_text(path).splitlines()
    names = lines[1].split() if len(lines) > 2 else []
    if not names:
        raise InputError(f"{path} has no names of attributes in its second line; get it again")
    known = listed(path, len(names), ("1", "-1"), 3, f"{len(names)} times 1 or -1")
    return names, {file: np.array(words) == "1" for file, words in known.items()}


def listed(
    path: Path, count: int, allowed: tuple[str, ...], first: int, wanted: str
) -> dict[str, list[str]]:
    """The words behind each picture's name, so many of those allowed, from a line on.

    first: that line's number. wanted: the words, as an error says it.
    """
    found = {}
    for number, line in enumerate(files.read_text(path).splitlines()[first - 1 :], first):
        file, *words = line.split() or [""]
        if file and (len(words) != count or set(words) - set(allowed)):
            raise InputError(f"{path}, line {number}: wanted a file and {wanted}; get it again")
        if file:
            found[file] = words
    return found
