import os

import pytest

from mmcl import files


def test_what_is_written_is_read_again(tmp_path):
    path = files.write_json(tmp_path / "new" / "a.json", {"a": [1, 2.5, "é"]})
    assert files.read_json(path) == {"a": [1, 2.5, "é"]}
    assert [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path = files.write_text(tmp_path / "a.txt", "old")

    def broken(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match=r"a\.txt.*No space left.*free some space"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cant_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="choose a folder that you may write to"):
        files.write_text(tmp_path / "file" / "a.txt", "text")


def test_numbers_that_json_doesnt_know_are_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_broken_files_are_named_with_the_place(tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1,\n oops}')
    with pytest.raises(ValueError, match=r"a\.json is not valid JSON: line 2"):
        files.read_json(tmp_path / "a.json")
    (tmp_path / "a.yml").write_text("a: [1")
    with pytest.raises(ValueError, match=r"a\.yml is not valid YAML"):
        files.read_yaml(tmp_path / "a.yml")


def test_yaml_executes_nothing(tmp_path):
    (tmp_path / "a.yml").write_text("!!python/object/apply:os.getcwd []")
    with pytest.raises(ValueError, match="not valid YAML"):
        files.read_yaml(tmp_path / "a.yml")


def test_checksum_of_a_known_text(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a").startswith("ba7816bf8f01cfea")
