"""Arrays of numpy, torch and pandas as numbers of numpy; what holds none is refused by name."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mmcl.errors import InputError

REAL = ("floating", "integer", "mixed-integer-float", "decimal", "empty")  # as pandas names objects


def numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Real numbers as float64; those that are missing are NaN. name: what an error calls them.

    Errors: ValueError for complex numbers, dates, text, or rows of unequal lengths.

    Their shape stays.
    """
    array = read(values, name)
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name} are {array.dtype}, not real numbers; turn them into floats")
    return np.asarray(array, dtype=np.float64)


def read(values: Any, name: str) -> np.ndarray:
    """What stands there as an array of numpy, of numbers where it holds nothing else.

    A tensor may be of bfloat16, a column of pandas of Float64 or Int64; a category is a label,
    whatever its name. Errors: ValueError for complex numbers and for rows of unequal lengths.

    Its shape stays.
    """
    if hasattr(values, "detach"):
        values = _of_tensor(values.detach().cpu())
    elif isinstance(values, pd.DataFrame):
        columns = [_plain(values.iloc[:, place]) for place in range(values.shape[1])]
        values = pd.DataFrame(dict(enumerate(columns)), index=range(len(values))).to_numpy()
    elif isinstance(values, pd.Series):
        values = _plain(values)
    elif isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} are no table ({error}); give rows of one length") from error
    if array.dtype == object:
        array = _of_objects(array)
    if array.dtype.kind == "c":
        raise InputError(
            f"{name} are complex; give real and imaginary parts as columns of their own"
        )
    return array


def _of_tensor(tensor: Any) -> np.ndarray:
    """numpy has no bfloat16, but float32 holds all of its numbers."""
    if tensor.is_complex():
        tensor = tensor.resolve_conj()
    try:
        return tensor.numpy()
    except TypeError:
        return tensor.float().numpy()


def _plain(column: pd.Series) -> np.ndarray:
    """A column of pandas without its own types, which numpy takes for objects."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return column.astype(object).map(str, na_action="ignore").to_numpy(dtype=object)
    if isinstance(kind, pd.api.extensions.ExtensionDtype) and kind.kind in "iuf":
        whole = kind.kind in "iu" and not column.hasnans
        return column.to_numpy(dtype=np.int64 if whole else np.float64, na_value=np.nan)
    return column.to_numpy()


def _of_objects(array: np.ndarray) -> np.ndarray:
    """Objects that are all numbers, or missing, as numbers; others as they are."""
    kind, missing = pd.api.types.infer_dtype(array.ravel(), skipna=True), pd.isna(array)
    if kind == "complex":
        return array.astype(np.complex128)
    if kind not in REAL:
        return array
    whole = kind == "integer" and not missing.any()
    return np.where(missing, np.nan, array).astype(np.int64 if whole else np.float64)
