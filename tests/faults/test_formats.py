"""Kinds of files that people have: what was named is read, and what's wrong is one sentence."""

import json
import pickle
import struct
import sys
import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from mmcl.features import arrays
from mmcl_book import cli

X = np.arange(12, dtype=np.float32).reshape(4, 3)
T = torch.from_numpy(X)
HALVES = T.bfloat16() + 0.5  # all are numbers that bfloat16 has


class Bomb:
    """Opening a pickle of this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


# Read what was named


@pytest.mark.parametrize("kind", [".pt", ".pth", ".bin", ".PT"])
def test_a_tensor_that_torch_saved(kind, tmp_path):
    torch.save(T, tmp_path / f"a{kind}")
    table = arrays.read(tmp_path / f"a{kind}")
    assert np.array_equal(table.values, X)
    assert table.name == str(tmp_path / f"a{kind}")


def test_one_of_a_dictionary_of_tensors(tmp_path):
    held = {"image": T.clone().requires_grad_(), "text": HALVES, "epoch": 3, "names": ["a"]}
    torch.save(held, tmp_path / "a.pt")
    assert np.array_equal(arrays.read(f"{tmp_path}/a.pt:image").values, X)
    text = arrays.read(f"{tmp_path}/a.pt:text").values
    assert text.dtype == np.float32
    assert np.array_equal(text, X + 0.5)
    with pytest.raises(ValueError, match=r"several arrays; give .*NAME with one of image, text"):
        arrays.read(tmp_path / "a.pt")
    torch.save({"image": T}, tmp_path / "a.pt")
    assert np.array_equal(arrays.read(tmp_path / "a.pt").values, X)


def test_bfloat16_is_widened_and_a_neighbor_does_not_matter(tmp_path):
    more = {"image": HALVES, "text": T, "tiny": T.to(torch.float8_e4m3fn)}
    save_torch(more, tmp_path / "a.safetensors", {"mmcl": json.dumps({"model": "small"})})
    image = arrays.read(f"{tmp_path}/a.safetensors:image")
    assert image.values.dtype == np.float32
    assert np.array_equal(image.values, X + 0.5)
    assert image.about == {"model": "small"}
    assert np.array_equal(arrays.read(f"{tmp_path}/a.safetensors:text").values, X)
    with pytest.raises(ValueError, match="tiny holds F8_E4M3, whose scale isn't in the file"):
        arrays.read(f"{tmp_path}/a.safetensors:tiny")


def test_numbers_beside_objects(tmp_path):
    paths = np.array([Bomb(tmp_path / "boom"), None])
    np.savez(tmp_path / "a.npz", features=X, paths=paths)
    assert np.array_equal(arrays.read(f"{tmp_path}/a.npz:features").values, X)
    with pytest.raises(ValueError, match="which aren't opened since they can execute"):
        arrays.read(f"{tmp_path}/a.npz:paths")
    assert not (tmp_path / "boom").exists()


def test_a_column_of_parquet_by_its_name(tmp_path):
    table = pd.DataFrame(
        {"uuid": list("abcd"), "emb": list(X), "one": X[:, 0], "label": list("xyyx")}
    )
    table.to_parquet(tmp_path / "a.parquet")
    assert np.array_equal(arrays.read(f"{tmp_path}/a.parquet:emb").values, X)
    assert np.array_equal(arrays.read(f"{tmp_path}/a.parquet:one").values, X[:, :1])
    assert arrays.read_labels(tmp_path / "a.parquet").tolist() == list("xyyx")
    assert arrays.read_labels(f"{tmp_path}/a.parquet:uuid").tolist() == list("abcd")
    with pytest.raises(ValueError, match=r"emb, label are no numbers; .* give .*NAME with one of"):
        arrays.read(tmp_path / "a.parquet")
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), 3)
    parquet.write_table(
        pa.table({"emb": fixed, "id": pa.array([1, 2, 3, 4])}), tmp_path / "b.parquet"
    )
    assert np.array_equal(arrays.read(f"{tmp_path}/b.parquet:emb").values, X)


def test_an_index_that_pandas_keeps_is_no_column(tmp_path):
    table = pd.DataFrame(X, columns=list("abc"), index=[7, 5, 3, 1])
    table.to_parquet(tmp_path / "a.parquet")
    assert np.array_equal(arrays.read(tmp_path / "a.parquet").values, X)


def test_capitals_and_unicode_forms_of_names(tmp_path):
    np.save(tmp_path / "a.npy", X)
    (tmp_path / "a.npy").rename(tmp_path / "UPPER.NPY")
    assert np.array_equal(arrays.read(tmp_path / "UPPER.NPY").values, X)
    np.save(tmp_path / "cafe\u0301.npy", X)
    assert np.array_equal(arrays.read(tmp_path / "caf\u00e9.npy").values, X)
    np.savez(tmp_path / "a:b.npz", X)  # a colon is no name where there is such a file
    assert np.array_equal(arrays.read(tmp_path / "a:b.npz").values, X)


def hdf5_of(content):
    """What stands in for h5py here: a file with datasets, as it is opened and walked through."""

    class File(dict):
        def __init__(self, path, mode):
            super().__init__(content)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def visititems(self, see):
            for name, each in self.items():
                see(name, each)

        def __getitem__(self, name):
            return {(): super().__getitem__(name)}

    return types.SimpleNamespace(File=File)


def test_hdf5_is_read_where_h5py_is(tmp_path, monkeypatch):
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    group = types.SimpleNamespace()
    held = {"train": group, "train/x": X, "train/y": np.array([b"cat", "hält".encode()] * 2)}
    monkeypatch.setitem(sys.modules, "h5py", hdf5_of(held))
    assert np.array_equal(arrays.read(f"{tmp_path}/a.h5:train/x").values, X)
    assert arrays.read_labels(f"{tmp_path}/a.h5:train/y").tolist() == ["cat", "hält"] * 2
    with pytest.raises(ValueError, match=r"give .*NAME with one of train/x, train/y"):
        arrays.read(tmp_path / "a.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModuleNotFoundError, match=r"a\.h5 needs h5py .*; run: pip install h5py"):
        arrays.read(tmp_path / "a.h5")


# Refused in words


def whole_model(path):
    torch.save({"x": T, "more": Bomb(path.parent / "boom")}, path.with_suffix(".pt"))
    return path.with_suffix(".pt")


def plain_pickle(path):
    path.with_suffix(".pt").write_bytes(pickle.dumps(Bomb(path.parent / "boom")))
    return path.with_suffix(".pt")


def torch_list(path):
    torch.save([T, T], path.with_suffix(".pt"))
    return path.with_suffix(".pt")


def numbers_alone(path):
    torch.save({"epoch": 3}, path.with_suffix(".pt"))
    return path.with_suffix(".pt")


def torn_torch(path):
    torch.save(T, path.with_suffix(".pt"))
    path.with_suffix(".pt").write_bytes(path.with_suffix(".pt").read_bytes()[:200])
    return path.with_suffix(".pt")


def torch_float8(path):
    torch.save(T.to(torch.float8_e5m2), path.with_suffix(".pt"))
    return path.with_suffix(".pt")


def columns(**content):
    def write(path):
        pd.DataFrame(content).to_parquet(path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")

    return write


def header_of_nonsense(path):
    text = b'{"a": {"dtype": "F32"}}'
    path.with_suffix(".safetensors").write_bytes(struct.pack("<Q", len(text)) + text)
    return path.with_suffix(".safetensors")


def no_arrays(path):
    np.savez(path.with_suffix(".npz"))
    return path.with_suffix(".npz")


REFUSED = {
    "more than tensors": (whole_model, r"more than tensors \(a pickle\), which aren't opened"),
    "a pickle": (plain_pickle, "which aren't opened since they can execute what they like"),
    "a list of tensors": (torch_list, "holds a list; save a tensor, or a dict of some"),
    "no tensor": (numbers_alone, "holds no tensor; save one, or a dict of some"),
    "a torn file of torch's": (torn_torch, "write it again"),
    "eight bits": (torch_float8, "holds float8_e5m2, whose scale isn't in the file"),
    "an id among floats": (columns(key=[1, 2], x=[0.5, 1.5]), "the columns key look like numbers"),
    "an id by its name": (columns(id=[1, 2], x=[5, 6]), "the columns id look like numbers of rows"),
    "ragged rows": (columns(emb=[[1.0, 2.0], [3.0]]),
                    r"emb has rows of 2 numbers, and row 1 \(counted from 0\) has 1; give"),
    "a row that lacks": (columns(emb=[[1.0, 2.0], None]), r"row 1 \(counted from 0\) has 0; give"),
    "a lost header": (header_of_nonsense, "is no whole safetensors file"),
    "nothing": (no_arrays, "holds no array; give another file"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, tmp_path):
    write, words = REFUSED[case]
    path = write(tmp_path / "a")
    with pytest.raises(ValueError, match=words) as told:
        arrays.read(path)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "boom").exists()


def test_missing_labels_are_no_class(tmp_path):
    pd.DataFrame({"label": ["cat", None, "dog"]}).to_parquet(tmp_path / "a.parquet")
    words = r"label lacks 1 values, the first in row 1 \(counted from 0\); leave these rows out"
    with pytest.raises(ValueError, match=words):
        arrays.read_labels(tmp_path / "a.parquet")


def test_the_command_reads_a_tensor_of_torch(tmp_path, capsys):
    torch.save(torch.randn(20, 3), tmp_path / "a.pt")
    save_file({"x": X}, tmp_path / "b.safetensors")
    assert cli.main(["diagnose", f"{tmp_path}/a.pt", f"{tmp_path}/b.safetensors"]) == 1
    assert "has 20 rows and" in capsys.readouterr().err
