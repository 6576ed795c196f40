"""ImageNet and the four shifted test sets, in the layouts that their archives and CoOp give them.

Classes are the folders of the training part, which WordNet names (n01440764). No list of classes
is kept here: what a test set has is read from its folders, and answers are masked to that.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcl.errors import InputError, MissingFile
from mmcl_experiments.suites.pictures import Pictures, Say, by_class, found_folder, some

WNID = re.compile(r"n\d{8}")
TRAIN = ("imagenet/images/train", "imagenet/train", "train")
VAL = ("imagenet/images/val", "imagenet/val", "val")
TARGETS = {
    "v2": (
        "imagenetv2/imagenetv2-matched-frequency-format-val",
        "imagenetv2-matched-frequency-format-val",
        "imagenetv2",
    ),
    "sketch": ("imagenet-sketch/images", "imagenet-sketch/sketch", "imagenet-sketch", "sketch"),
    "r": ("imagenet-rendition/imagenet-r", "imagenet-r"),
    "a": ("imagenet-adversarial/imagenet-a", "imagenet-a"),
}


@dataclass(frozen=True)
class ImageNet:
    """train, tests by name ("val" and the shifted ones), and the shifted ones that aren't there."""

    train: Pictures
    tests: dict[str, Pictures]
    missing: tuple[str, ...]


def read(root: Path | str, say: Say = lambda message: None) -> ImageNet:
    """The files of a folder; labels are WordNet's names. say: told which files are left out.

    Errors: FileNotFoundError for training or validation part; ValueError for folders that aren't
    named by WordNet, a class that training doesn't know, V2's numbers that can't be told, an
    empty class.
    """
    root = Path(root)
    train = by_class(found_folder(root, TRAIN, "ImageNet's training pictures"), "train", say)
    classes = checked_names(train)
    place = found_folder(root, VAL, "ImageNet's validation pictures")
    tests = {"val": by_class(place, "val", say)}
    missing = []
    for name, places in TARGETS.items():
        try:
            folder = found_folder(root, places, f"ImageNet {name}")
        except MissingFile:
            missing.append(name)
            continue
        found = by_class(folder, name, say)
        tests[name] = numbered(found, classes, folder) if name == "v2" else found
    for found in tests.values():
        check_known(found, classes)
    return ImageNet(train, tests, tuple(missing))


def checked_names(pictures: Pictures) -> list[str]:
    """The classes, sorted; ValueError unless all are WordNet's names."""
    classes = sorted(set(pictures.labels.tolist()))
    wrong = [name for name in classes if not WNID.fullmatch(name)]
    if wrong:
        raise InputError(
            f"the folders {some(wrong)} of {pictures.paths[0].parents[1]} aren't named as WordNet "
            "names classes (n01440764); rename or move them"
        )
    return classes


def numbered(pictures: Pictures, classes: list[str], folder: Path) -> Pictures:
    """V2's labels 0 to 999 as WordNet's names: a number is a class's place in sorted order.

    Read as numbers: sorted as texts, 10 comes before 2, which many loaders get wrong.
    """
    names = set(pictures.labels.tolist())
    numbers = {name: int(name) for name in names if name.isdecimal()}
    if not numbers:
        return pictures  # somebody has renamed the folders
    if sorted(numbers.values()) != list(range(len(classes))) or len(numbers) != len(names):
        raise InputError(
            f"{folder} has {len(names)} folders and ImageNet {len(classes)} classes; a number "
            "means a place among all classes, so both must be whole: wanted the folders 0 to "
            f"{len(classes) - 1}"
        )
    labels = np.array([classes[numbers[label]] for label in pictures.labels.tolist()])
    return Pictures(pictures.name, pictures.paths, labels)


def check_known(pictures: Pictures, classes: list[str]) -> None:
    """ValueError for classes that nothing is trained on."""
    new = sorted(set(pictures.labels.tolist()) - set(classes))
    if new:
        raise InputError(
            f"{pictures.paths[0].parents[1]} has the classes {some(new)}, which the training part "
            "lacks; complete that, or remove these folders"
        )
