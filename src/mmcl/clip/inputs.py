"""What features are taken of: folders of pictures, lists of pairs, and worlds of this book."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.clip import lists, pictures
from mmcl.errors import InputError, MissingFile
from mmcl.world import store
from mmcl.world.dataset import World

SEEN = "upright, on white"  # how pictures are decoded: another way gives other features
Say = Callable[[str], None]


@dataclass(frozen=True)
class Item:
    """A picture, a caption, or a pair. open: gives the Pillow picture; mark: changes with it."""

    name: str
    caption: str | None = None
    open: Callable[[], Any] | None = None
    mark: str = ""

    @property
    def key(self) -> str:
        """A name of what there is to encode."""
        return json.dumps([self.name, self.caption, self.mark])


def items(paths: Sequence[Path | str], say: Say = lambda message: None) -> list[Item]:
    """All that there is in folders, lists of pairs and picture files, in a fixed order.

    A folder is looked through with what is below it, sorted, unless `mmcl world` made it; a list is
    CSV with the columns image and caption, or JSON lines with these keys, one of them at least, and
    paths from the list's folder on. say: told which files of a folder are left out.
    Errors: FileNotFoundError or ValueError that names what is missing; all items have pictures or
    none, and all have captions or none.
    """
    found: list[Item] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += _world(path) if (path / store.INDEX).is_file() else _folder(path, say)
        elif (file := files.there(path)) is None:
            raise MissingFile(f"there is no {path}; give a folder, a list or a picture")
        elif path.suffix.lower() in lists.LISTS:
            found += _list(file)
        else:
            found.append(_picture(file, path.name))
    for what, there in (
        ("pictures", [item.open is not None for item in found]),
        ("captions", [item.caption is not None for item in found]),
    ):
        if any(there) and not all(there):
            lone = found[there.index(False)].name
            raise InputError(f"some items have {what} and {lone} has none; take them apart")
    return found


def _folder(folder: Path, say: Say) -> list[Item]:
    found = pictures.below(folder)
    if told := found.told(folder):
        say(told)
    if not found.paths:
        kinds = ", ".join(pictures.PICTURES)
        raise InputError(f"{folder} holds no pictures ({kinds}); give another folder")
    return [_picture(path, path.relative_to(folder).as_posix()) for path in found.paths]


def _picture(path: Path, name: str, caption: str | None = None) -> Item:
    if path.suffix.lower() not in pictures.PICTURES:
        kinds = ", ".join(pictures.PICTURES + lists.LISTS)
        raise InputError(f"{path} is no picture and no list; give {kinds}")
    state = path.stat()
    mark = f"{state.st_size} {state.st_mtime_ns} {SEEN}"
    return Item(name, caption, pictures.opener(path), mark)


def _list(path: Path) -> list[Item]:
    """The items of a list."""
    found = []
    for line, row in lists.read(path, "image", "caption"):
        image, caption = row.get("image"), row.get("caption")
        if image is None and caption is None:
            raise InputError(f"{path}, line {line}, has no image and no caption; give one of them")
        if image is None:
            found.append(Item(f"{path.name}:{line}", caption))
            continue
        place = files.there(path.parent / image)
        if place is None:
            raise MissingFile(
                f"{path}, line {line}: there is no {path.parent / image}; mend the list"
            )
        found.append(_picture(place, image, caption))
    return found


def _world(folder: Path) -> list[Item]:
    """The pairs of a world, opened shard by shard."""
    world = World(folder, keep=2)
    marks = [world.shards[store.name_of(place)]["sha256"] for place in range(len(world.shards))]

    def picture(place: int, row: int) -> Any:
        from PIL import Image

        return Image.fromarray(world.shard(place).images[row])

    return [
        Item(f"{place * store.BLOCK + row:06d}", caption, partial(picture, place, row), mark)
        for place, mark in enumerate(marks)
        for row, caption in enumerate(world.shard(place).captions)
    ]


def digest(items: Sequence[Item], *more: str) -> str:
    """One name for these items, under what else matters."""
    return hashlib.sha256("\n".join([*more, *(item.key for item in items)]).encode()).hexdigest()
