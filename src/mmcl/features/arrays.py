"""Arrays from files that somebody else made: rows of numbers, or labels. Nothing is executed.

`.npy`, `.npz`, `.parquet` and `.safetensors`; `FILE:NAME` picks one of several arrays in a file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmcl import errors, files
from mmcl.errors import InputError, MissingFile

KINDS = (".npy", ".npz", ".parquet", ".safetensors")
UNSAFE = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib")


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
    found, about, place = opened(str(text))
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2:
        raise InputError(f"{place} has shape {found.shape}; give (n, d), a row for each item")
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
    """Labels (n,) of a file: an array of integers or texts, or lines of a `.txt` or `.csv`.

    Errors: as `read`; ValueError for labels that are floats or of another shape.
    """
    if Path(str(text)).suffix in (".txt", ".csv"):
        lines = files.read_text(existing(Path(str(text)))).splitlines()
        return np.array([line.strip() for line in lines if line.strip()])
    found, _, place = opened(str(text))
    found = found.squeeze()
    if found.ndim != 1 or found.dtype.kind not in "iubU":
        raise InputError(
            f"{place} has shape {found.shape} of {found.dtype}; give one integer or text a row"
        )
    return found


def opened(text: str) -> tuple[np.ndarray, Mapping[str, Any], str]:
    """The array of `FILE` or `FILE:NAME`, what is said of it, and what to call it in messages."""
    path, name = Path(text), None
    if path.suffix not in (*KINDS, *UNSAFE) and ":" in text:
        text, _, name = text.rpartition(":")
        path = Path(text)
    if path.suffix in UNSAFE:
        raise InputError(
            f"{path} is a pickle, which can execute what it likes when it is opened; save the "
            f"array with numpy.save, or as one of {', '.join(KINDS[1:])}"
        )
    if path.suffix not in KINDS:
        raise InputError(f"{path} is no file of arrays; give one of {', '.join(KINDS)}")
    readers: Mapping[str, Callable[[Path], tuple[Any, Mapping[str, Any]]]] = {
        ".npy": npy, ".npz": npz, ".parquet": parquet, ".safetensors": safetensors,
    }  # fmt: skip
    arrays, about = readers[path.suffix](existing(path))
    if name is None and len(arrays) == 1:
        name = next(iter(arrays))
    if name is None or name not in arrays:
        wanted = f"there is no {name!r} in {path}" if name else f"{path} holds several arrays"
        raise InputError(f"{wanted}; give {path}:NAME with one of {', '.join(sorted(arrays))}")
    place = str(path) if len(arrays) == 1 else f"{path}:{name}"
    return np.asanyarray(arrays[name]), about, place


def existing(path: Path) -> Path:
    """The path, if there is a file; else FileNotFoundError."""
    if not path.is_file():
        raise MissingFile(f"there is no file {path}; look at the folder and the spelling")
    return path


def npy(path: Path) -> tuple[dict[str, np.ndarray], Mapping[str, Any]]:
    """The array, which stays on the disk."""
    try:
        return {path.stem: np.load(path, mmap_mode="r", allow_pickle=False)}, {}
    except (ValueError, OSError, EOFError) as error:
        raise unreadable(path, error) from error


def npz(path: Path) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
    """Arrays by name."""
    import zipfile

    try:
        with np.load(path, allow_pickle=False) as content:
            return {name: content[name] for name in content.files}, {}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error


def parquet(path: Path) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """A table of numbers as one array, its columns in order; one column of lists as its rows."""
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except Exception as error:  # pyarrow has many kinds, without a common base
        raise unreadable(path, error) from error
    about = {str(name): value for name, value in table.attrs.items()}
    if len(table.columns) == 1 and table.dtypes.iloc[0].kind == "O":
        rows = table.iloc[:, 0].tolist()
        if all(isinstance(row, np.ndarray) for row in rows):
            return {path.stem: np.stack(rows)}, about
    texts = [str(name) for name, kind in table.dtypes.items() if kind.kind not in "fiub"]
    if texts and len(table.columns) > 1:
        raise InputError(
            f"{path}: the columns {', '.join(texts[:5])} are no numbers; leave them out"
        )
    values = table.to_numpy()
    return {path.stem: values.astype(str) if values.dtype.kind == "O" else values}, about


def safetensors(path: Path) -> tuple[dict[str, np.ndarray], Mapping[str, Any]]:
    """Arrays by name; of a file by `mmcl clip features`, what it says of the model too."""
    with files.safetensors(path, "np", "write it again") as (content, about):
        return {name: content.get_tensor(name) for name in content.keys()}, about  # noqa: SIM118


def unreadable(path: Path, error: Exception) -> errors.UserError:
    """What is wrong with a file, and what to do."""
    if isinstance(error, OSError) and error.errno is not None:
        return errors.unreadable(path, error)
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "allow_pickle" in text or "pickled" in text or "Python objects" in text:
        return InputError(
            f"{path} holds Python objects (a pickle), which aren't opened since they can execute "
            "what they like; save numbers: numpy.save(file, array.astype('float32'))"
        )
    return InputError(f"{path} can't be read ({text}); write it again")
