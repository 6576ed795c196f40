"""Outside files: found, downloaded from a server on loopback, and all that can go wrong."""

import errno
import hashlib
import http.server
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcl import data
from mmcl_book import cli

CONTENT = b"features" * 4096
NAME = "shelf/features.npy"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT in the way that the last part of the folder says."""

    asked: list[str] = []  # noqa: RUF012 (shared on purpose: one server a test)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        how = self.path.split("/")[1]
        if how in ("404", "500"):
            self.send_error(int(how))
            return
        if how == "once" and len(self.asked) == 1:
            self.send_error(503)
            return
        if how == "slow":
            time.sleep(1.0)
        body = CONTENT[::-1] if how == "other" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if how == "truncated" else body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A registry of one file on a loopback server; gives a function that says how it answers."""
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    Handler.asked = []
    monkeypatch.delenv("MMCL_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "HOST", f"http://127.0.0.1:{found.server_address[1]}")
    monkeypatch.setattr(data, "RETRIES", 0)

    def answer(how: str) -> None:
        entry = data.Source(NAME, how, hashlib.sha256(CONTENT).hexdigest(), "MIT", "a test")
        monkeypatch.setattr(data, "SOURCES", (entry,))

    yield answer
    found.shutdown()
    found.server_close()


def left_over(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_file_is_downloaded_once(server, tmp_path):
    server("well")
    assert data.state(NAME) == "absent"
    path = data.path(NAME)
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(tmp_path / "cache")
    assert data.path(NAME) == path
    assert Handler.asked == ["/well/features.npy"]
    assert data.state(NAME) == "right"


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_others_may_read_a_download_as_any_new_file(server, umask):
    server("well")
    before = os.umask(umask)
    try:
        assert data.path(NAME).stat().st_mode & 0o777 == 0o666 & ~umask
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("404", ConnectionError, "404"),
        ("500", ConnectionError, "500"),
        ("truncated", (ConnectionError, ValueError), "MMCL_DATA"),
        ("other", ValueError, "isn't what it was"),
    ],
)
def test_a_bad_answer_says_what_to_do_and_leaves_nothing(server, tmp_path, how, error, words):
    server(how)
    with pytest.raises(error, match=words) as caught:
        data.path(NAME)
    assert "MMCL_DATA" in str(caught.value)
    assert f"/{how}/features.npy" in str(caught.value)
    assert left_over(tmp_path) == []


def test_a_server_that_keeps_silent_is_given_up(server, tmp_path, monkeypatch):
    server("slow")
    monkeypatch.setattr(data, "TIMEOUT", 0.2)
    with pytest.raises(ConnectionError, match="timed out"):
        data.path(NAME)
    assert left_over(tmp_path) == []


def test_without_a_network_the_next_step_is_said(server, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server("well")
    monkeypatch.setattr(data, "HOST", f"http://127.0.0.1:{port}")
    with pytest.raises(ConnectionError, match="when you are online"):
        data.path(NAME)


def test_a_download_that_fails_is_tried_again(server, monkeypatch):
    server("once")
    monkeypatch.setattr(data, "RETRIES", 1)
    assert data.path(NAME).read_bytes() == CONTENT
    assert len(Handler.asked) == 2


def test_nothing_of_this_machine_is_printed(server, tmp_path, capsys, monkeypatch):
    """A cell's output stands on a page: no folder of this machine, and no line for each try."""
    monkeypatch.setattr(data, "RETRIES", 1)
    server("once")
    data.path(NAME)
    said = capsys.readouterr()
    assert str(tmp_path) not in said.out + said.err
    assert "again" not in said.out + said.err


def test_a_full_disk_is_named_as_such(server, tmp_path, monkeypatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    server("well")
    monkeypatch.setattr("shutil.move", full)
    with pytest.raises(OSError, match="No space left on device; free some space"):
        data.path(NAME)
    assert left_over(tmp_path) == []


def test_a_spoiled_copy_in_the_cache_is_replaced(server):
    server("well")
    data.path(NAME).write_bytes(b"spoiled")
    assert data.state(NAME) == "wrong"
    assert data.path(NAME).read_bytes() == CONTENT


def test_a_folder_stands_in_for_downloads(server, tmp_path, monkeypatch):
    server("well")
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="unset MMCL_DATA"):
        data.path(NAME)
    place = tmp_path / NAME
    place.parent.mkdir()
    place.write_bytes(CONTENT + b"!")
    with pytest.raises(ValueError, match="replace it by"):
        data.path(NAME)
    place.write_bytes(CONTENT)
    assert data.path(NAME) == place
    assert Handler.asked == []


def test_arrays_are_loaded_without_running_anything(server, tmp_path, monkeypatch):
    monkeypatch.setenv("MMCL_DATA", str(tmp_path))
    (tmp_path / "shelf").mkdir()
    for values, good in ((np.arange(6.0), True), (np.array([{}]), False)):
        np.save(tmp_path / NAME, values, allow_pickle=True)
        digest = hashlib.sha256((tmp_path / NAME).read_bytes()).hexdigest()
        monkeypatch.setattr(data, "SOURCES", (data.Source(NAME, "", digest, "MIT", "a test"),))
        if good:
            np.testing.assert_array_equal(data.load(NAME), values)
        else:
            with pytest.raises(ValueError, match="allow_pickle=False"):
                data.load(NAME)


def test_names_are_checked_and_a_near_one_is_offered():
    with pytest.raises(ValueError, match=r"did you mean 'clip_coco500/features_clip\.npy'"):
        data.path("clip_coco500/feature_clip.npy")
    with pytest.raises(ValueError, match="is no array"):
        data.load("clip_vocabulary/Objects365_names_fix.csv")


def test_every_address_names_a_commit_and_every_checksum_is_whole():
    for entry in data.SOURCES:
        owner, repository, commit, *_ = entry.place.split("/")
        assert owner
        assert repository
        assert len(commit) == 40
        assert int(commit, 16)
        assert len(entry.sha256) == 64
        assert entry.license in ("MIT", "Apache-2.0", "CC BY 4.0", "Unlicense")
    assert len(set(data.names())) == len(data.SOURCES)


def test_the_command_verifies_what_is_here_and_fetches_what_is_not(server, capsys):
    server("well")
    assert cli.main(["data", "list"]) == 0
    assert capsys.readouterr().out.startswith(f"absent  {NAME}")
    assert cli.main(["data", "verify"]) == 1
    assert cli.main(["data", "fetch", NAME]) == 0
    assert cli.main(["data", "verify", NAME]) == 0
    assert cli.main(["data", "fetch", "shelf/feature.npy"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_the_real_files_are_the_registrys():
    if not os.environ.get("MMCL_DATA"):
        if "data" in os.environ.get("MMCL_REQUIRE", "").split(","):
            pytest.fail("MMCL_DATA is not set; name the folder with the files")
        pytest.skip("MMCL_DATA is not set")
    assert {data.state(name) for name in data.names()} == {"right"}
    image, text = data.load("clip_coco500/features_clip.npy")
    assert image.shape == text.shape == (500, 512)
    for codes in (image, text):  # normalized in half precision
        np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, atol=1e-3)
