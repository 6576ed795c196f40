"""CelebA as it is given out: aligned pictures, forty attributes of each, and the partition."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcl import files
from mmcl.errors import InputError, MissingFile
from mmcl_experiments.suites.pictures import Pictures

IMAGES, ATTRIBUTES, PARTITION = (
    "img_align_celeba",
    "list_attr_celeba.txt",
    "list_eval_partition.txt",
)
PARTS = {0: "train", 1: "val", 2: "test"}


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
    parts = partition(existing(root / PARTITION))
    strange = [file for file in parts if file not in table]
    if strange:
        raise InputError(f"{root / PARTITION} has {strange[0]}, of which {ATTRIBUTES} says nothing")
    found = {}
    for number, part in PARTS.items():
        listed = [file for file, each in parts.items() if each == number]
        if part != "val":
            if not listed:
                raise InputError(f"{root / PARTITION} has no picture for {part}; get it again")
            labels = np.array([table[file] for file in listed])
            found[part] = Pictures(part, [root / IMAGES / file for file in listed], labels)
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
    table = {}
    for number, line in enumerate(lines[2:], 3):
        file, *values = line.split() or [""]
        if file and (len(values) != len(names) or set(values) - {"1", "-1"}):
            raise InputError(
                f"{path}, line {number}: wanted a file and {len(names)} times 1 or -1; get it again"
            )
        if file:
            table[file] = np.array(values) == "1"
    return names, table


def partition(path: Path) -> dict[str, int]:
    """The part of each picture: 0 train, 1 validation, 2 test."""
    parts = {}
    for number, line in enumerate(files.read_text(path).splitlines(), 1):
        words = line.split()
        if words and (len(words) != 2 or words[1] not in ("0", "1", "2")):
            raise InputError(f"{path}, line {number}: wanted a file and 0, 1 or 2; get it again")
        if words:
            parts[words[0]] = int(words[1])
    return parts
