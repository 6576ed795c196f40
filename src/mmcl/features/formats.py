"""Kinds of files that hold arrays, each opened by its own library, and nothing executed.

A reader gets a path and the name of an array, or None where the file has to hold one alone, and
reads no other: what lies beside it may be of any kind. It returns the array, what the file says of
itself, and the name, or None where there is no other array.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from mmcl import errors, files
from mmcl.errors import InputError, MissingPackage

Read = tuple[np.ndarray, Mapping[str, Any], str | None]
TORCH = (".pt", ".pth", ".bin")
HDF5 = (".h5", ".hdf5")
KINDS = (".npy", ".npz", ".parquet", ".safetensors", *TORCH, *HDF5)
UNSAFE = (".pkl", ".pickle", ".joblib", ".ckpt")
PICKLE = "which aren't opened since they can execute what they like; save numbers: "
NUMBERS = ("int", "uint", "float", "double", "halffloat", "bool")  # as Arrow names types begin
SHOWN = 20  # names in a message
NO_FEATURES = ("id", "index", "idx", "label", "labels", "class", "target", "split")


def read(path: Path, name: str | None) -> Read:
    """The array of a file. Errors: InputError and FileError, in words that name the file."""
    kind = path.suffix.lower()
    readers = {".npy": npy, ".npz": npz, ".parquet": parquet, ".safetensors": safetensors}
    readers |= dict.fromkeys(TORCH, pytorch) | dict.fromkeys(HDF5, hdf5)
    with in_words(path):
        return readers[kind](path, name)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What libraries raise, of many kinds without a common base, in a sentence with the file."""
    try:
        yield
    except errors.UserError:
        raise
    except Exception as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> errors.UserError:
    """What is wrong with a file, and what to do."""
    if isinstance(error, OSError) and error.errno is not None:
        return errors.unreadable(path, error)
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "allow_pickle" in text or "pickled" in text or "Python objects" in text:
        how = "numpy.save(file, array.astype('float32'))"
        return InputError(f"{path} holds Python objects (a pickle), {PICKLE}{how}")
    return InputError(f"{path} can't be read ({text}); write it again")


def npy(path: Path, name: str | None) -> Read:
    """The array, which stays on the disk; it has no name. Errors: InputError for one."""
    if name is not None:
        raise alone(path, name)
    return np.load(path, mmap_mode="r", allow_pickle=False), {}, None


def npz(path: Path, name: str | None) -> Read:
    """One of the arrays."""
    with np.load(path, allow_pickle=False) as content:
        name = picked(path, content.files, name)
        return content[name], {}, several(name, content.files)


def alone(path: Path, name: str) -> InputError:
    """The error for a name where a file holds one array without any."""
    return InputError(f"{path} holds one array, which has no name, and no {name!r}; give {path}")


def picked(path: Path, names: Sequence[str], name: str | None) -> str:
    """The name that was given, or that of the only array; InputError for others, and for none."""
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        wanted = f"there is no {name!r} in {path}" if name else f"{path} holds several arrays"
        if not names:
            raise InputError(f"{path} holds no array; give another file")
        known = ", ".join(sorted(names)[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
        raise InputError(f"{wanted}; give {path}:NAME with one of {known}")
    return name


def several(name: str, names: Sequence[str]) -> str | None:
    """The name, where there are others."""
    return name if len(names) > 1 else None


def safetensors(path: Path, name: str | None) -> Read:
    """One of the tensors; of a file by `mmcl clip features`, what it says of the model too."""
    with files.safetensors(path, "np", "write it again") as (content, about):
        names = list(content.keys())
        name = picked(path, names, name)
        kind = content.get_slice(name).get_dtype()
        if kind.startswith("F8"):
            raise too_few_digits(f"{path}:{name}", kind)
        values = bfloat16(path, name) if kind == "BF16" else content.get_tensor(name)
        return values, about, several(name, names)


def too_few_digits(place: str, kind: str) -> InputError:
    """The error for numbers of eight bits."""
    text = f"{place} holds {kind}, whose scale isn't in the file"
    return InputError(f"{text}; save the array as float32, float16 or bfloat16")


def bfloat16(path: Path, name: str) -> np.ndarray:
    """A tensor of bfloat16, which NumPy doesn't know, in float32: its bits are the upper half.

    Its shape is as in the file.
    """
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        entry = json.loads(stream.read(size))[name]
    start, end = entry["data_offsets"]
    upper = np.memmap(path, "<u2", "r", 8 + size + start, ((end - start) // 2,))
    return (upper.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])


def pytorch(path: Path, name: str | None) -> Read:
    """A tensor that torch saved, or one of a dictionary of them; all else is refused unopened."""
    import pickle
    import warnings

    import torch

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        how = "torch.save(tensor, file)"
        raise InputError(f"{path} holds more than tensors (a pickle), {PICKLE}{how}") from error
    found = {"": content} if isinstance(content, torch.Tensor) else content
    if not isinstance(found, dict):
        raise InputError(
            f"{path} holds a {type(content).__name__}; save a tensor, or a dict of some"
        )
    tensors = {str(name): each for name, each in found.items() if isinstance(each, torch.Tensor)}
    if not tensors:
        raise InputError(f"{path} holds no tensor; save one, or a dict of some")
    if name and isinstance(content, torch.Tensor):
        raise alone(path, name)
    name = "" if "" in tensors and name is None else picked(path, list(tensors), name)
    tensor = tensors[name].detach().to_dense()
    kind = str(tensor.dtype).removeprefix("torch.")
    if kind.startswith("float8"):
        raise too_few_digits(f"{path}:{name}", kind)
    values = (tensor.float() if kind == "bfloat16" else tensor).numpy()
    return values, {}, several(name, list(tensors))


def hdf5(path: Path, name: str | None) -> Read:
    """One of the datasets, by its path in the file, of whatever group."""
    try:
        h5py: Any = import_module("h5py")
    except ImportError as error:
        raise MissingPackage(f"{path} needs h5py to be read; run: pip install h5py") from error
    with h5py.File(path, "r") as content:
        names: list[str] = []
        content.visititems(lambda each, of: names.append(each) if hasattr(of, "shape") else None)
        name = picked(path, names, name)
        return content[name][()], {}, several(name, names)


def parquet(path: Path, name: str | None) -> Read:
    """A column that is named, of numbers, texts or lists; else the only one, or all as one array.

    All: columns in their order, of which none may be an id or a label, which would be a feature.
    """
    import pandas as pd

    kinds = columns(path)
    if name is None and len(kinds) > 1:
        check_features(path, kinds)
        table = pd.read_parquet(path, columns=list(kinds))
        return table.to_numpy(), {str(key): value for key, value in table.attrs.items()}, None
    name = picked(path, list(kinds), name)
    table = pd.read_parquet(path, columns=[name])
    about = {str(key): value for key, value in table.attrs.items()}
    values = of_lists(path, name) if "list" in kinds[name] else table[name]
    return whole(f"{path}:{name}", values), about, several(name, list(kinds))


def columns(path: Path) -> dict[str, str]:
    """The columns of a Parquet file and their types, without what is only an index of rows."""
    from pyarrow import parquet as file

    with in_words(path):
        schema = file.read_schema(path)
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    return {name: str(schema.field(name).type) for name in schema.names if name not in index}


def check_features(path: Path, kinds: Mapping[str, str]) -> None:
    """InputError for columns that can't be features together."""
    other = [name for name, kind in kinds.items() if not kind.startswith(NUMBERS)]
    if other:
        raise InputError(
            f"{path}: the columns {', '.join(other[:5])} are no numbers; leave them out, or give "
            f"{path}:NAME with one of {', '.join(list(kinds)[:5])}"
        )
    broken = {name for name, kind in kinds.items() if kind.startswith(("float", "double", "half"))}
    ids = [name for name in kinds if (broken and name not in broken) or name.lower() in NO_FEATURES]
    if ids:
        raise InputError(
            f"{path}: the columns {', '.join(ids[:5])} look like numbers of rows or labels, which "
            "would be taken for features; leave them out"
        )


def of_lists(path: Path, name: str) -> np.ndarray:
    """A column of lists as (n, d). Errors: InputError that names a row of another length."""
    from pyarrow import parquet as file

    compute: Any = import_module("pyarrow.compute")

    rows = file.read_table(path, columns=[name])[name].combine_chunks()
    sizes = np.asarray(compute.fill_null(compute.list_value_length(rows), -1))
    odd = np.flatnonzero(sizes != sizes[0]) if len(sizes) else []
    if len(odd):
        raise InputError(
            f"{path}:{name} has rows of {sizes[0]} numbers, and row {odd[0]} (counted from 0) has "
            f"{max(int(sizes[odd[0]]), 0)}; give rows of one length"
        )
    return np.asarray(rows.flatten()).reshape(len(rows), -1)


def whole(place: str, values: Any) -> np.ndarray:
    """A column as an array; InputError that names the first row that lacks a value.

    Shape (n,); of text, as str.
    """
    import pandas as pd

    if isinstance(values, np.ndarray):
        return values
    missing = np.flatnonzero(pd.isna(values))
    if len(missing):
        raise InputError(
            f"{place} lacks {len(missing)} values, the first in row {missing[0]} (counted from 0); "
            "leave these rows out"
        )
    found = values.to_numpy()
    return found.astype(str) if found.dtype.kind == "O" else found
