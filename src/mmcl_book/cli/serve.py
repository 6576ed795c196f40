"""Shows a built site on this machine: loopback only."""

import errno
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mmcl.errors import FileError, InputError, MissingFile
from mmcl_book.terminal import say

HOST = "127.0.0.1"
TRIES = 20  # how many ports after the wanted one


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and reports only failures."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing of requests that went well."""
        if str(getattr(code, "value", code)).startswith(("4", "5")):
            super().log_request(code, size)

    def end_headers(self) -> None:
        """Ask browsers to look for a newer page each time: sites are rebuilt."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


def open_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` on `port`, or on the next free one.

    Errors: FileNotFoundError when there is no site; ValueError for an impossible port;
    OSError when no port nearby is free.
    """
    folder = Path(folder)
    if not (folder / "index.html").is_file():
        raise MissingFile(f"{folder} holds no site (no index.html); run mmcl book first")
    if not 0 <= port <= 65535:
        raise InputError(f"port {port} is impossible; give a number from 0 to 65535")
    handler = partial(QuietHandler, directory=str(folder))
    last = min(port + TRIES, 65535)
    for number in range(port, last + 1):
        try:
            return ThreadingHTTPServer((HOST, number), handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise FileError(f"no free port from {port} to {last}; give another one with --port")


def serve(folder: Path, port: int = 8000) -> None:
    """Serve a site until interrupted, and print its address on stderr."""
    with open_server(folder, port) as server:
        address = f"http://{HOST}:{server.server_address[1]}/"
        say(f"serving {folder} at {address} (Ctrl+C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
