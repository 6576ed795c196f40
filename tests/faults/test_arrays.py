"""Files of somebody else: what is read, what is refused in words, and that nothing is executed."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file

from mmcl.features import arrays

X = np.arange(12, dtype=np.float32).reshape(4, 3)


class Bomb:
    """Opening a pickle of this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def npy(folder):
    np.save(folder / "a.npy", X)
    return folder / "a.npy"


def npz(folder):
    np.savez(folder / "a.npz", image=X)
    return folder / "a.npz"


def parquet(folder):
    pd.DataFrame(X, columns=list("abc")).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def nested(folder):
    pd.DataFrame({"features": list(X)}).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def safetensors(folder):
    save_file({"image": X}, folder / "a.safetensors", {"mmcl": json.dumps({"model": "small"})})
    return folder / "a.safetensors"


@pytest.mark.parametrize("write", [npy, npz, parquet, nested, safetensors])
def test_numbers_come_back(write, tmp_path):
    path = write(tmp_path)
    table = arrays.read(path)
    assert np.array_equal(table.values, X)
    assert table.values.dtype == np.float32
    assert table.name == str(path)
    assert table.about == ({"model": "small"} if write is safetensors else {})


def test_two_sets_of_weights_are_two_models(tmp_path):
    tags = []
    for weights in ("a" * 64, "b" * 64):
        about = {"model": "small", "source": {"sha256": weights}}
        save_file({"image": X}, tmp_path / "x.safetensors", {"mmcl": json.dumps(about)})
        tags.append(arrays.read(tmp_path / "x.safetensors").model)
    assert tags == ["small aaaaaaaa", "small bbbbbbbb"]
    assert arrays.read(safetensors(tmp_path)).model == "small"
    assert arrays.read(npy(tmp_path)).model is None


def test_an_npy_file_stays_on_the_disk(tmp_path):
    assert isinstance(arrays.read(npy(tmp_path)).values, np.memmap)


def test_one_of_several_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", image=X, text=2 * X)
    save_file({"image": X, "text": 2 * X}, tmp_path / "a.safetensors")
    for kind in ("npz", "safetensors"):
        path = f"{tmp_path}/a.{kind}"
        assert np.array_equal(arrays.read(f"{path}:text").values, 2 * X)
        with pytest.raises(ValueError, match=f"several arrays; give {path}:NAME.*image, text"):
            arrays.read(path)
        with pytest.raises(ValueError, match="there is no 'txt' in"):
            arrays.read(f"{path}:txt")


def test_one_column_is_a_table_too(tmp_path):
    np.save(tmp_path / "a.npy", X[:, 0])
    assert arrays.read(tmp_path / "a.npy").values.shape == (4, 1)


def object_array(folder):
    np.save(folder / "a.npy", np.array([Bomb(folder / "boom"), None]), allow_pickle=True)
    return folder / "a.npy"


def object_in_npz(folder):
    np.savez(folder / "a.npz", a=np.array([Bomb(folder / "boom"), None]))
    return folder / "a.npz"


def a_pickle(folder):
    (folder / "a.pkl").write_bytes(pickle.dumps(Bomb(folder / "boom")))
    return folder / "a.pkl"


def disguised(folder):
    (folder / "a.npy").write_bytes(pickle.dumps(Bomb(folder / "boom")))
    return folder / "a.npy"


def torn(folder):
    path = npy(folder)
    path.write_bytes(path.read_bytes()[:-8])
    return path


def torn_zip(folder):
    path = npz(folder)
    path.write_bytes(path.read_bytes()[:60])
    return path


def torn_tensors(folder):
    path = safetensors(folder)
    path.write_bytes(path.read_bytes()[:60])
    return path


def no_parquet(folder):
    (folder / "a.parquet").write_text("a,b\n1,2\n")
    return folder / "a.parquet"


def cube(folder):
    np.save(folder / "a.npy", np.zeros((2, 3, 4)))
    return folder / "a.npy"


def text(folder):
    np.save(folder / "a.npy", np.array([["a", "b"]]))
    return folder / "a.npy"


def named_columns(folder):
    pd.DataFrame({"name": ["a"], "x": [1.0]}).to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


REFUSED = {
    object_array: "which aren't opened since they can execute",
    object_in_npz: "which aren't opened since they can execute",
    a_pickle: "is a pickle, which can execute what it likes",
    disguised: "which aren't opened since they can execute", torn: "write it again",
    torn_zip: "write it again", torn_tensors: "write it again", no_parquet: "write it again",
    cube: r"has shape \(2, 3, 4\); give \(n, d\)", text: "which are no numbers",
    named_columns: "the columns name are no numbers; leave them out",
}  # fmt: skip


@pytest.mark.parametrize("write", REFUSED)
def test_what_is_refused(write, tmp_path):
    with pytest.raises(ValueError, match=REFUSED[write]):
        arrays.read(write(tmp_path))
    assert not (tmp_path / "boom").exists()


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        arrays.read(tmp_path / "a.npy")
    with pytest.raises(ValueError, match=r"a\.csv is no file of arrays; give one of \.npy"):
        arrays.read("a.csv")


def test_labels(tmp_path):
    np.save(tmp_path / "a.npy", np.array([3, 1, 2]))
    assert arrays.read_labels(tmp_path / "a.npy").tolist() == [3, 1, 2]
    np.save(tmp_path / "b.npy", np.array([["cat"], ["dog"]]))
    assert arrays.read_labels(tmp_path / "b.npy").tolist() == ["cat", "dog"]
    (tmp_path / "c.txt").write_text("cat\n dog \n\n")
    assert arrays.read_labels(tmp_path / "c.txt").tolist() == ["cat", "dog"]
    pd.DataFrame({"label": ["cat", "dog"]}).to_parquet(tmp_path / "d.parquet")
    assert arrays.read_labels(tmp_path / "d.parquet").tolist() == ["cat", "dog"]
    np.save(tmp_path / "e.npy", np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="of float64; give one integer or text a row"):
        arrays.read_labels(tmp_path / "e.npy")
    with pytest.raises(FileNotFoundError):
        arrays.read_labels(tmp_path / "f.txt")


def test_labels_that_are_whole_numbers_as_texts_are_numbers(tmp_path):
    (tmp_path / "a.txt").write_text("9\n10\n-3\n0\n")
    assert arrays.read_labels(tmp_path / "a.txt").tolist() == [9, 10, -3, 0]
    np.save(tmp_path / "a.npy", np.array(["2", "11"]))
    assert arrays.read_labels(tmp_path / "a.npy").tolist() == [2, 11]
    for odd in ("007", "+7", "1.0", "-0", "cat", "1" * 30):  # names, or none of int64
        (tmp_path / "a.txt").write_text(f"9\n{odd}\n")
        assert arrays.read_labels(tmp_path / "a.txt").tolist() == ["9", odd]


def test_one_array_without_a_name_has_none(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(3))
    with pytest.raises(ValueError, match=r"a\.npy holds one array, .* no 'image'; give .*a\.npy$"):
        arrays.read(f"{tmp_path}/a.npy:image")
    torch.save(torch.eye(3), tmp_path / "a.pt")
    with pytest.raises(ValueError, match=r"a\.pt holds one array, .* no 'image'; give .*a\.pt$"):
        arrays.read(f"{tmp_path}/a.pt:image")


def test_no_column_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.empty((50, 0)))
    with pytest.raises(ValueError, match=r"shape \(50, 0\) and no column"):
        arrays.read(tmp_path / "a.npy")
