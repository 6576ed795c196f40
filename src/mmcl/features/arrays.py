"""Arrays from files that somebody else made: rows of numbers, or labels. Nothing is executed.

`FILE`, or `FILE:NAME` for one of several arrays, or a column, in a file; kinds are in `formats`.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmcl import files
from mmcl.clip import lists
from mmcl.errors import InputError, MissingFile
from mmcl.features import formats

TEXTS = (".txt", *lists.LISTS)
DIGITS = re.compile(r"0|-?[1-9][0-9]{0,17}")  # a whole number that int64 holds
NAMED = re.compile(
    rf"(.*?(?:{'|'.join(map(re.escape, (*formats.KINDS, *formats.UNSAFE, *TEXTS)))})):(.+)",
    re.IGNORECASE,
)  # FILE:NAME


@dataclass(frozen=True)
class Table:
    """Rows of numbers (n, d) and what their file says of them: model, normalized, ..."""

    values: np.ndarray
    name: str
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str | None:
        """What made the numbers: the model's name and its weights' checksum; None if unknown."""
        source = self.about.get("source")
        weights = source.get("sha256", "") if isinstance(source, dict) else ""
        return f"{self.about['model']} {weights[:8]}".strip() if "model" in self.about else None


def read(text: str | Path) -> Table:
    """Numbers (n, d) of a file; `FILE:NAME` where it holds several arrays. `.npy` isn't copied.

    Errors: FileNotFoundError; ValueError for an unknown kind of file, a pickle, an array of
    objects, text or another shape, and for several arrays without a name.
    """
    found, about, place = opened(text)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2:
        raise InputError(f"{place} has shape {found.shape}; give (n, d), a row for each item")
    if not found.shape[1]:
        raise InputError(f"{place} has shape {found.shape} and no column; give features")
    if found.dtype.kind not in "fiub":
        raise InputError(f"{place} holds {found.dtype}, which are no numbers; give floats")
    return Table(found, place, about)


def check_same(first: Table, second: Table) -> None:
    """ValueError for two tables of different models: their spaces have nothing in common."""
    columns = first.values.shape[1], second.values.shape[1]
    if columns[0] != columns[1]:
        raise InputError(
            f"{first.name} has {columns[0]} columns and {second.name} {columns[1]}; "
            "give features of one model"
        )
    if None not in (first.model, second.model) and first.model != second.model:
        raise InputError(
            f"{first.name} is of {first.model} and {second.name} of {second.model}: two spaces, "
            "between which nothing carries over; take both features with one model"
        )
    prepared = first.about.get("preprocessing"), second.about.get("preprocessing")
    if None not in prepared and prepared[0] != prepared[1]:
        raise InputError(
            f"{first.name} and {second.name} were made with different preprocessing, "
            f"{prepared[0]} and {prepared[1]}; take both features with one"
        )


def read_labels(text: str | Path) -> np.ndarray:
    """Labels (n,) of a file: an array of integers or texts, or a list (`mmcl.clip.lists.labels`).

    Texts are in one Unicode form, so that one class has one name; where all of them are whole
    numbers they become integers, so that 10 comes after 9 and is the 10 of another file.
    Errors: as `read`; ValueError for labels that are floats or missing, or of another shape.
    """
    path, name = parted(text)
    kind = path.suffix.lower()
    if kind in TEXTS:
        return whole(np.array(lists.labels(existing(path), name)))
    if kind == ".parquet" and name is None:
        columns = formats.columns(existing(path))
        known = [column for column in columns if column.lower() in lists.LABELS]
        text = f"{path}:{known[0]}" if len(known) == 1 and len(columns) > 1 else text
    found, _, place = opened(text)
    found = found.squeeze()
    if found.dtype.kind in "SO":
        found = np.array([decoded(each, place) for each in found.ravel().tolist()])
    if found.ndim != 1 or found.dtype.kind not in "iubU":
        raise InputError(
            f"{place} has shape {found.shape} of {found.dtype}; give one integer or text a row"
        )
    if found.dtype.kind == "U":
        found = np.array([unicodedata.normalize("NFC", each) for each in found.tolist()])
        found = whole(found)
    return found


def whole(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as integers, if each is the text of one as Python writes it (no 007, no +7)."""
    if not all(DIGITS.fullmatch(each) for each in labels.tolist()):
        return labels
    return labels.astype(np.int64)


def decoded(value: Any, place: str) -> str:
    """A text of a file that keeps texts as bytes."""
    if not isinstance(value, bytes):
        raise InputError(f"{place} holds {value!r}; give one integer or text a row")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{place} holds {value!r}, which is no UTF-8; save texts so") from error


def parted(text: str | Path) -> tuple[Path, str | None]:
    """The file and the name of `FILE:NAME`; None for a file alone."""
    found = NAMED.fullmatch(str(text))
    if found is None or files.there(str(text)):
        return Path(text), None
    return Path(found[1]), found[2]


def opened(text: str | Path) -> tuple[np.ndarray, Mapping[str, Any], str]:
    """The array of `FILE` or `FILE:NAME`, what is said of it, and what to call it in messages.

    The shape is as in the file. Errors: InputError for a pickle or another kind of file.
    """
    path, name = parted(text)
    kind = path.suffix.lower()
    if kind in formats.UNSAFE:
        raise InputError(
            f"{path} is a pickle, which can execute what it likes when it is opened; save the "
            f"array with numpy.save, or as one of {', '.join(formats.KINDS[1:])}"
        )
    if kind not in formats.KINDS:
        raise InputError(f"{path} is no file of arrays; give one of {', '.join(formats.KINDS)}")
    found, about, name = formats.read(existing(path), name)
    return np.asanyarray(found), about, f"{path}:{name}" if name else str(path)


def existing(path: Path) -> Path:
    """The path, if there is a file; else FileNotFoundError."""
    if (found := files.there(path)) is None:
        raise MissingFile(f"there is no file {path}; look at the folder and the spelling")
    return found
