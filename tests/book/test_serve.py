"""The local server."""

import errno
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from site_checks import served

from mmcl_book.cli import serve
from mmcl_book.cli.serve import HOST, open_server


def test_a_site_is_served_on_loopback(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    with served(tmp_path) as base, urllib.request.urlopen(f"{base}/index.html") as answer:
        assert answer.read() == b"hello"
        assert base.startswith(f"http://{HOST}:")


def test_a_taken_port_gives_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    with open_server(tmp_path, 8500) as one, open_server(tmp_path, one.server_address[1]) as two:
        assert two.server_address[1] > one.server_address[1]


def test_a_missing_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run mmcl book"):
        open_server(tmp_path / "nothing", 8000)


@pytest.mark.parametrize("port", [-1, 70000])
def test_an_impossible_port_is_refused(tmp_path: Path, port: int) -> None:
    (tmp_path / "index.html").write_text("hello")
    with pytest.raises(ValueError, match="port"):
        open_server(tmp_path, port)


def test_pages_are_asked_for_anew_and_only_failures_are_reported(tmp_path: Path, capsys) -> None:
    (tmp_path / "index.html").write_text("hello")
    with served(tmp_path) as base:
        with urllib.request.urlopen(f"{base}/index.html") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/nothing.html")
    said = capsys.readouterr().err
    assert "nothing.html" in said
    assert "index.html" not in said


def test_no_free_port_and_other_troubles_are_said(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "index.html").write_text("hello")
    monkeypatch.setattr(serve, "TRIES", 0)
    with open_server(tmp_path, 0) as taken:
        port = taken.server_address[1]
        with pytest.raises(OSError, match=f"no free port from {port} to {port}; give another"):
            open_server(tmp_path, port)

    def broken(*_):
        raise OSError(errno.EADDRNOTAVAIL, "no loopback")

    monkeypatch.setattr(serve, "ThreadingHTTPServer", broken)
    with pytest.raises(OSError, match="no loopback"):
        open_server(tmp_path, 0)


def test_the_address_is_said_until_it_is_interrupted(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "index.html").write_text("hello")

    def interrupted(server):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.ThreadingHTTPServer, "serve_forever", interrupted)
    serve.serve(tmp_path, 0)
    first, second = capsys.readouterr().err.splitlines()
    assert f"serving {tmp_path} at http://{HOST}:" in first
    assert second == "stopped"
