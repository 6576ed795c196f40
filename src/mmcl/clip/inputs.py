"""What features are taken of: folders of pictures, lists of pairs, and worlds of this book."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mmcl.errors import InputError, MissingFile
from mmcl.files import read_text
from mmcl.world import store
from mmcl.world.dataset import World

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
LISTS = (".csv", ".jsonl")
SHOWN = 5


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


def items(paths: Sequence[Path | str]) -> list[Item]:
    """All that there is in folders, lists of pairs and picture files, in a fixed order.

    A folder is looked through with what is below it, sorted, unless `mmcl world` made it; a list is
    CSV with the columns image and caption, or JSON lines with these keys, one of them at least, and
    paths from the list's folder on.
    Errors: FileNotFoundError or ValueError that names what is missing; all items have pictures or
    none, and all have captions or none.
    """
    found: list[Item] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += _world(path) if (path / store.INDEX).is_file() else _folder(path)
        elif not path.is_file():
            raise MissingFile(f"there is no {path}; give a folder, a list or a picture")
        elif path.suffix.lower() in LISTS:
            found += _list(path)
        else:
            found.append(_picture(path, path.name))
    for what, there in (
        ("pictures", [item.open is not None for item in found]),
        ("captions", [item.caption is not None for item in found]),
    ):
        if any(there) and not all(there):
            lone = found[there.index(False)].name
            raise InputError(f"some items have {what} and {lone} has none; take them apart")
    return found


def _folder(folder: Path) -> list[Item]:
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
    if not files:
        raise InputError(f"{folder} holds no pictures ({', '.join(PICTURES)}); give another folder")
    return [_picture(path, path.relative_to(folder).as_posix()) for path in files]


def _picture(path: Path, name: str, caption: str | None = None) -> Item:
    if path.suffix.lower() not in PICTURES:
        raise InputError(f"{path} is no picture and no list; give {', '.join(PICTURES + LISTS)}")
    state = path.stat()
    return Item(name, caption, partial(opened, path), f"{state.st_size} {state.st_mtime_ns}")


def opened(path: Path) -> Any:
    """A picture, decoded. Errors: ValueError that names a file that can't be read."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(
            f"{path} can't be read as a picture ({error}); mend it or take it out, and run again: "
            "what was finished is kept"
        ) from error


def _list(path: Path) -> list[Item]:
    """The items of a list."""
    rows = _csv(path) if path.suffix.lower() == ".csv" else _jsonl(path)
    found = []
    for line, row in rows:
        image, caption = row.get("image") or None, row.get("caption") or None
        if image is None and caption is None:
            raise InputError(f"{path}, line {line}, has no image and no caption; give one of them")
        if image is None:
            found.append(Item(f"{path.name}:{line}", caption))
            continue
        place = path.parent / image
        if not place.is_file():
            raise MissingFile(f"{path}, line {line}: there is no {place}; mend the list")
        found.append(_picture(place, image, caption))
    if not found:
        raise InputError(f"{path} lists nothing; give rows of image and caption")
    return found


def _csv(path: Path) -> list[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(read_text(path, "utf-8-sig"), newline=""))
    try:
        columns = reader.fieldnames or []
        if not {"image", "caption"} & set(columns):
            raise InputError(
                f"{path} has the columns {', '.join(columns) or 'none'}; give image, caption"
            )
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}, isn't CSV: {error}") from error


def _jsonl(path: Path) -> list[tuple[int, dict[str, Any]]]:
    rows = []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}, line {line}, isn't JSON: {error.msg}") from error
        if not isinstance(row, dict):
            raise InputError(f'{path}, line {line}: give {{"image": ..., "caption": ...}}')
        rows.append((line, row))
    return rows


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
