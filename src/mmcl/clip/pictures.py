"""Picture files: which of a folder's count, and what is seen of each.

A picture is seen as people see it: turned as its EXIF orientation says, and white where it's
transparent, so that the color that lies hidden there decides nothing. Sixteen bits are scaled to
eight. open_clip and torchvision do neither of the first two: `released` pictures are theirs.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmcl.errors import InputError

PICTURES = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm",
    ".avif",
)  # fmt: skip
FOREIGN = ("__macosx",)  # folders that an archive's maker left
SIXTEEN = 257  # 65535 / 255
OPAQUE = ("RGB", "L", "1", "CMYK", "YCbCr", "LAB", "HSV")
Say = Callable[[str], None]


@dataclass
class Found:
    """Pictures of a folder, sorted, and why other files there aren't among them, with counts."""

    paths: list[Path] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)  # the first file of each kind

    def leave(self, path: Path, why: str) -> None:
        """Count a file that isn't taken."""
        self.left[why] += 1
        self.first.setdefault(why, path.name)

    def told(self, folder: Path) -> str:
        """What is left out, in a line; empty if nothing is."""
        kinds = [f"{n} {why} ({self.first[why]})" for why, n in self.left.most_common()]
        return f"{folder}: left out, as they aren't read: {', '.join(kinds)}" if kinds else ""


def is_hidden(name: str) -> bool:
    """Whether a file or a folder isn't meant for people: `._0.jpg`, `.ipynb_checkpoints`."""
    return name.startswith(".") or name.lower() in FOREIGN


def below(folder: Path) -> Found:
    """All pictures of a folder and the folders below it, links followed; hidden ones left out."""
    found = Found()
    for path in sorted(walked(folder, (folder.resolve(),))):
        inside = path.relative_to(folder).parts
        kind = path.suffix.lower()
        if any(map(is_hidden, inside)):
            found.leave(path, "hidden")
        elif not path.is_file():
            found.leave(path, "links to nothing")
        elif kind in PICTURES:
            found.paths.append(path)
        else:
            found.leave(path, kind or "without a kind")
    return found


def walked(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """All files below a folder; a link to a folder above it isn't entered again."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if not path.is_dir():  # follows links; one to itself is none
                yield path
            elif (real := path.resolve()) not in above:
                yield from walked(path, (*above, real))


def opener(path: Path, *, released: bool = False) -> Callable[[], Any]:
    """What opens a picture, when it's called."""
    return partial(opened, path, released)


def opened(path: Path, released: bool = False) -> Any:
    """A picture, decoded to RGB. Of several frames the first.

    released: as open_clip and torchvision decode it: not turned, and with the hidden color.
    Errors: InputError that names a file that can't be read, or whose numbers have no scale.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            if picture.mode[0] in "IF":
                picture = eight_bits(picture, path)
            if released:
                return picture.convert("RGB")
            picture.load()  # some formats know their orientation only then
            return over_white(ImageOps.exif_transpose(picture))
    except InputError:
        raise
    except Exception as error:  # each format has its own kinds of errors
        raise InputError(
            f"{path} can't be read as a picture ({error}); mend it or take it out, and run again: "
            "what was finished is kept"
        ) from error


def eight_bits(picture: Any, path: Path) -> Any:
    """A gray picture of 16 bits with 8; InputError for 32, of which nobody knows what white is."""
    from PIL import Image

    sixteen = picture.mode.startswith("I;16") or picture.format in ("PNG", "PPM")
    if not sixteen or picture.mode == "F":
        kind = "numbers with a fraction" if picture.mode == "F" else "whole numbers of 32 bits"
        raise InputError(f"{path} holds {kind}, of which nothing says what is white; save 8 or 16")
    values = np.asarray(picture).astype(np.int64)
    gray = Image.fromarray(((values + SIXTEEN // 2) // SIXTEEN).astype(np.uint8))
    gray.getexif().update(picture.getexif())
    return gray


def over_white(picture: Any) -> Any:
    """A picture as it looks on white paper, in RGB."""
    from PIL import Image

    if picture.mode in OPAQUE and "transparency" not in picture.info:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    if seen.getextrema()[3][0] == 255:
        return picture.convert("RGB")
    paper = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(paper, seen).convert("RGB")
