"""The local server."""

import urllib.request
from pathlib import Path

import pytest
from site_checks import served

from mmcl.book.serve import HOST, open_server


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
