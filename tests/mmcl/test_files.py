import os
import stat
import unicodedata

import pytest

from mmcl import files


@pytest.fixture(params=[0o022, 0o027, 0o077], ids=["022", "027", "077"])
def new_mode(request):
    """The permissions of a new file under some umasks."""
    before = os.umask(request.param)
    yield 0o666 & ~request.param
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


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


def test_whatever_is_written_has_the_permissions_of_any_new_file(tmp_path, new_mode):
    import torch

    from mmcl.clip import features
    from mmcl.world import store
    from mmcl_book.cli.world import contact_sheet
    from mmcl_experiments.chapter import Chapter

    chapter = Chapter("01_tiny", profile="smoke", out=tmp_path / "out")
    chapter.note("answer", 42)
    chapter.save()
    files.write_bytes(tmp_path / "bytes", b"content")
    files.write_text(tmp_path / "text", "content")
    files.write_json(tmp_path / "json", [1])
    features.write(tmp_path / "a.safetensors", {"image": torch.ones(2, 2)}, {})
    store.make(tmp_path / "world", store.Spec(size=16), 2)
    contact_sheet(tmp_path / "world")
    found = {path.name: mode(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert len(found) == 8
    assert set(found.values()) == {new_mode}, found


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o444])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, new_mode, kept):
    path = files.write_text(tmp_path / "a", "old")
    path.chmod(kept)
    files.write_text(path, "new")
    assert (path.read_text(), mode(path)) == ("new", kept)


def test_a_private_file_is_private_while_it_is_written(tmp_path, monkeypatch):
    path, seen = files.write_text(tmp_path / "a", "old"), []
    path.chmod(0o600)
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(os.fstat(handle).st_mode & 0o777))
    files.write_text(path, "new")
    assert seen == [0o600]


def test_files_that_cant_be_read_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no .*a\.json"):
        files.read_json(tmp_path / "a.json")
    with pytest.raises(OSError, match="can't be read: Is a directory"):
        files.read_yaml(tmp_path)
    (tmp_path / "b.yml").write_bytes("é".encode("latin-1"))
    with pytest.raises(ValueError, match=r"b\.yml, line 1, is no text in UTF-8"):
        files.read_yaml(tmp_path / "b.yml")


def test_texts_are_read_as_their_marks_say(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / "a.txt").write_bytes("Käse\r\n犬\n".encode(encoding))
        assert files.read_text(tmp_path / "a.txt") == "Käse\n犬\n"
    (tmp_path / "a.txt").write_bytes("dog\nKäse\n".encode("cp1252"))
    with pytest.raises(ValueError, match=r"line 2, is no text in UTF-8 \(.* it is 'Käse'\); save"):
        files.read_text(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes("dog\n".encode("utf-16-le"))
    with pytest.raises(ValueError, match="zero bytes, as UTF-16 without its mark"):
        files.read_text(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes("dog\n".encode("utf-16")[:-1])
    with pytest.raises(ValueError, match="line 1, is no text in UTF-16-LE; save"):
        files.read_text(tmp_path / "a.txt")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_in_another_unicode_form_is_the_same_name(tmp_path, form):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    path = tmp_path / unicodedata.normalize(form, "café") / unicodedata.normalize(form, "é.png")
    path.parent.mkdir()
    path.write_text("")
    assert files.there(path) == path
    assert files.there(path.with_name(unicodedata.normalize(other, "é.png"))) == path
    assert files.there(unicodedata.normalize(other, str(path))) == path
    assert files.there(tmp_path / "e.png") is None
