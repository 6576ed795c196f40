"""The few-shot suite of eleven data sets in CoOp's layout: fixed splits in split_zhou_*.json.

A split lists [file, label, class name] under train, val and test. FGVC-Aircraft comes with lists
of its own; ImageNet has folders, and its validation part is its test, as released.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmcl import files
from mmcl.errors import InputError, MissingFile
from mmcl_experiments.suites import imagenet
from mmcl_experiments.suites.pictures import Pictures, Say, some

PARTS = ("train", "val", "test")
IMAGES = {  # the folder of pictures, where it isn't the data set's own
    "caltech-101": "101_ObjectCategories",
    "oxford_pets": "images",
    "oxford_flowers": "jpg",
    "food-101": "images",
    "sun397": "SUN397",
    "dtd": "images",
    "eurosat": "2750",
    "ucf101": "UCF-101-midframes",
}
AIRCRAFT = "fgvc_aircraft"


@dataclass(frozen=True)
class DataSet:
    """Parts of a data set: labels are class names."""

    name: str
    train: Pictures
    val: Pictures
    test: Pictures


def read(root: Path | str, say: Say = lambda message: None) -> list[DataSet]:
    """All data sets of a folder, by name. say: told which files are left out.

    Errors: FileNotFoundError when there is none; ValueError that names a split file and what is
    wrong with it, or pictures that it lists and that aren't there.
    """
    root, found = Path(root), []
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        splits = sorted(folder.glob("split_zhou_*.json"))
        if splits:
            found.append(of_split(folder, splits[0]))
        elif folder.name == AIRCRAFT:
            found.append(of_lists(folder))
        elif folder.name == "imagenet":
            found.append(of_imagenet(root, say))
    if not found:
        raise MissingFile(
            f"{root} has no data set of the suite; wanted folders such as "
            "caltech-101/split_zhou_Caltech101.json, as CoOp's DATASETS.md lays them out"
        )
    return found


def of_split(folder: Path, split: Path) -> DataSet:
    """A data set with a split file."""
    content = files.read_json(split)
    if not isinstance(content, dict) or not all(
        isinstance(content.get(part), list) and content[part] for part in PARTS
    ):
        raise InputError(f"{split} lacks the lists {', '.join(PARTS)}; get it again")
    images = folder / IMAGES.get(folder.name, ".")
    parts = {part: listed(content[part], images, split, part) for part in PARTS}
    return whole(folder.name, parts, split)


def listed(rows: list[Any], images: Path, split: Path, part: str) -> Pictures:
    """The pictures of one list; ValueError for a row of another form, or files that are missing."""
    for place, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 3
                and isinstance(row[0], str) and isinstance(row[2], str)):  # fmt: skip
            raise InputError(
                f"{split}: row {place} of {part} is {row!r}; wanted [file, label, class name]: "
                "get it again"
            )
    paths = [images / row[0] for row in rows]
    paths = [files.there(path) or path for path in paths]
    absent = [path for path in paths if not path.is_file()]
    if absent:
        raise MissingFile(
            f"{split} lists {len(absent)} pictures that aren't there, such as {absent[0]}; unpack "
            "the data set's pictures to where the split wants them"
        )
    return Pictures(part, paths, np.array([row[2] for row in rows]))


def of_lists(folder: Path) -> DataSet:
    """FGVC-Aircraft: images_variant_train.txt and so on, a picture's number and its variant."""
    parts = {}
    for part in PARTS:
        path = folder / f"images_variant_{part}.txt"
        if not path.is_file():
            raise MissingFile(f"there is no {path}; unpack FGVC-Aircraft's data/ there")
        lines = [line.split(" ", 1) for line in files.read_text(path).splitlines() if line]
        rows = [[f"{line[0]}.jpg", 0, line[-1]] for line in lines]
        parts[part] = listed(rows, folder / "images", path, part)
    return whole(folder.name, parts, folder)


def of_imagenet(root: Path, say: Say) -> DataSet:
    """ImageNet, whose validation part serves as both: a hazard of the released protocol."""
    found = imagenet.read(root, say)
    return DataSet("imagenet", found.train, found.tests["val"], found.tests["val"])


def whole(name: str, parts: dict[str, Pictures], place: Path) -> DataSet:
    """A data set of whose classes each one is trained on; else ValueError."""
    known = set(parts["train"].labels.tolist())
    for part in ("val", "test"):
        new = sorted(set(parts[part].labels.tolist()) - known)
        if new:
            raise InputError(
                f"{place}: {part} has classes that train lacks: {some(new)}; get the split again"
            )
    return DataSet(name, parts["train"], parts["val"], parts["test"])
