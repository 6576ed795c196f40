"""Reading and writing files: atomic writes, checksums, and loaders that can execute nothing."""

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mmcl.errors import FileError, InputError, reason, todo, unreadable

NEW = 0o666  # what a program asks for; the system takes away what the umask says
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def write_bytes(path: Path | str, content: bytes) -> Path:
    """Write a file so that a reader sees either the old one or the whole new one.

    The content goes to a temporary file in the same folder, which then replaces `path`. A new file
    may be read by whom the umask lets, as any other; one that is replaced keeps its permissions.
    Errors: FileError names the file and what to do when it can't be written.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = mode_of(path)
        handle, temporary = beside(path, NEW if mode is None else mode)
        with os.fdopen(handle, "wb") as stream:
            if mode is not None:
                with suppress(OSError):  # some file systems have none; it is then no wider
                    temporary.chmod(mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise FileError(f"can't write {path}: {reason(error)}; {todo(error)}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return path


def mode_of(path: Path) -> int | None:
    """The permissions of a file that is there; None for a new one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return stat.S_IMODE(found.st_mode) & 0o777 if stat.S_ISREG(found.st_mode) else None


def beside(path: Path, mode: int) -> tuple[int, Path]:
    """A temporary file in the folder of `path`, open for writing: its handle and its path.

    `tempfile` would make one that nobody else may read, and the umask can't be asked for without
    setting it, for all threads. Here the system applies it.
    """
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with suppress(FileExistsError):
            return os.open(temporary, FLAGS, mode), temporary


def write_text(path: Path | str, text: str) -> Path:
    """Write text as UTF-8, atomically: see `write_bytes`."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: Path | str, value: Any) -> Path:
    """Write a value as indented JSON, atomically. NaN and infinity are refused (ValueError)."""
    return write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_text(path: Path | str, encoding: str = "utf-8") -> str:
    """The text of a file that a user may have made.

    Errors: MissingFile or FileError, InputError for bytes that are no text; each names the file.
    """
    path = Path(path)
    try:
        return path.read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        text = f"{path} is no text in UTF-8 ({error.reason} at byte {error.start})"
        raise InputError(f"{text}; save it as UTF-8") from error
    except OSError as error:
        raise unreadable(path, error) from error


def read_json(path: Path | str) -> Any:
    """Read JSON; a broken file gives an InputError that names the file and the line."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not valid JSON: line {error.lineno}: {error.msg}") from error


def read_yaml(path: Path | str) -> Any:
    """Read YAML with the safe loader; a broken file gives an InputError that names it."""
    import yaml

    try:
        return yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from error


@contextmanager
def safetensors(
    path: Path | str, framework: str = "pt", todo: str = "get or make it again"
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """An open safetensors file, and what `packed` wrote of it, if anything; executes nothing.

    Errors: InputError, with what to do, for a file that is damaged; MissingFile, FileError.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework=framework) as content:
            yield content, json.loads((content.metadata() or {}).get("mmcl", "{}"))
    except (SafetensorError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is no whole safetensors file ({error}); {todo}") from error
    except OSError as error:
        raise unreadable(path, error) from error


def packed(tensors: dict[str, Any], about: dict[str, Any]) -> bytes:
    """Tensors by name, and what is to be said of them, as the bytes of a safetensors file."""
    from safetensors.torch import save

    kept = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    return save(kept, {"mmcl": json.dumps(about)})


def plain(value: Any) -> Any:
    """A number of NumPy or torch, or an array of no dimension, as Python's own; else the value."""
    without = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    return value.item() if without else value


def sha256(path: Path | str) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks. Errors: MissingFile, FileError."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def home() -> Path | None:
    """The user's home folder; None for a user whom the system doesn't know, without HOME."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expanded(path: Path | str) -> Path:
    """The path with `~` as the home folder. Errors: FileError where nobody knows which it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        what = "set HOME, or give the whole path"
        raise FileError(f"{path}: the home folder of this user is unknown; {what}") from error
