"""Picture files with a label each, and their features, taken once and kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmcl.clip import features
from mmcl.clip.inputs import Item
from mmcl.clip.pictures import PICTURES, Found, Say, is_hidden, opener
from mmcl.clip.weights import Source
from mmcl.errors import InputError, MissingFile
from mmcl.features.probes import Labelled

SHOWN = 3  # names in a message


@dataclass(frozen=True)
class Pictures:
    """Files of one part of a data set. labels: (n,), or (n, attributes)."""

    name: str
    paths: list[Path]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: np.ndarray) -> "Pictures":
        return Pictures(self.name, [self.paths[row] for row in rows], self.labels[rows])

    def renamed(self, name: str) -> "Pictures":
        """The same under another name, which is that of the file of its features."""
        return Pictures(name, self.paths, self.labels)


@dataclass(frozen=True)
class Extractor:
    """Takes features by one model, and keeps them in a folder."""

    source: Source
    cache: Path
    batch: int = 64
    device: str = "cpu"
    progress: features.Progress = lambda done, wanted: None

    def take(self, pictures: Pictures) -> np.ndarray:
        """Features (n, d) as released: not normalized. Goes on where an earlier call stopped.

        Errors: ValueError that names a picture that can't be read, or a kept file of others.
        """
        items = [item(path) for path in pictures.paths]
        path = self.cache / f"{pictures.name}.safetensors"
        how = {"batch": self.batch, "device": self.device, "progress": self.progress}
        found = features.read(features.extract(self.source, items, path, **how)).image
        assert found is not None  # every item has a picture
        return found

    def labelled(self, pictures: Pictures) -> Labelled:
        """The same with its labels."""
        return Labelled(self.take(pictures), pictures.labels)


def item(path: Path) -> Item:
    """A file as something to encode. Errors: FileNotFoundError."""
    try:
        state = path.stat()
    except FileNotFoundError as error:
        raise MissingFile(
            f"there is no picture {path}; get or unpack the data set again"
        ) from error
    mark = f"{state.st_size} {state.st_mtime_ns}"
    picture = opener(path, released=True)
    return Item(f"{path.parent.name}/{path.name}", None, picture, mark)


def found_folder(root: Path, places: Iterable[str], what: str) -> Path:
    """The first of some places below a folder that is there. Errors: FileNotFoundError."""
    tried = list(places)
    for place in tried:
        if (root / place).is_dir():
            return root / place
    raise MissingFile(
        f"{root} has no folder of {what}; put it, or a link to it, at one of: {', '.join(tried)}"
    )


def by_class(folder: Path, name: str, say: Say = lambda message: None) -> Pictures:
    """All pictures of a folder that has a folder for each class, sorted; labels are their names.

    Hidden files and folders, and what an archive's maker left, are no part of it. say: told which
    other files are left out.
    Errors: ValueError for pictures outside of classes, for a class without pictures, for nothing.
    """
    listed = sorted(path for path in folder.iterdir() if not is_hidden(path.name))
    classes = [path for path in listed if path.is_dir()]  # or links to one
    if not classes:
        loose = sum(path.suffix.lower() in PICTURES for path in listed)
        there = f"{loose} pictures and no folders" if loose else "no folders"
        raise InputError(f"{folder} holds {there}; sort its pictures into a folder for each class")
    found, labels = Found(), []
    for each in classes:
        names = sorted(path.name for path in each.iterdir() if not is_hidden(path.name))
        good = [each / name for name in names if name.lower().endswith(PICTURES)]
        if not good:
            raise InputError(
                f"{each} holds no pictures ({', '.join(PICTURES)}); unpack it again, or "
                "remove the folder if the class isn't part of it"
            )
        for path in (each / name for name in names if not name.lower().endswith(PICTURES)):
            found.leave(path, path.suffix.lower() or "without a kind")
        found.paths += good
        labels += [each.name] * len(good)
    if told := found.told(folder):
        say(told)
    return Pictures(name, found.paths, np.array(labels))


def pool(pictures: Pictures, most: int, rng: np.random.Generator) -> Pictures:
    """At most so many pictures of each label, drawn at random: what shots are drawn from.

    Features of all of ImageNet's training pictures would cost a hundred times what shots need.
    """
    rows = []
    for label in np.unique(pictures.labels):
        places = np.flatnonzero(pictures.labels == label)
        rows.append(np.sort(rng.permutation(places)[:most]))
    return pictures[np.concatenate(rows)]


def some(names: Iterable[Any]) -> str:
    """The first few of many names, for a message."""
    listed = list(names)
    return ", ".join(map(str, listed[:SHOWN])) + (" ..." if len(listed) > SHOWN else "")
