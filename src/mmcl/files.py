"""Reading and writing files: atomic writes, checksums, and loaders that can execute nothing."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_bytes(path: Path | str, content: bytes) -> Path:
    """Write a file so that a reader sees either the old one or the whole new one.

    The content goes to a temporary file in the same folder, which then replaces `path`.
    Errors: OSError names the folder and what to do when it can't be written.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"
        )
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        raise OSError(
            f"can't write {path}: {error.strerror or error}; "
            "choose a folder that you may write to, or free some space"
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return path


def write_text(path: Path | str, text: str) -> Path:
    """Write text as UTF-8, atomically: see `write_bytes`."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: Path | str, value: Any) -> Path:
    """Write a value as indented JSON, atomically. NaN and infinity are refused (ValueError)."""
    return write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> Any:
    """Read JSON; a broken file gives a ValueError that names the file and the line."""
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not valid JSON: line {error.lineno}: {error.msg}") from error


def read_yaml(path: Path | str) -> Any:
    """Read YAML with the safe loader; a broken file gives a ValueError that names it."""
    import yaml

    path = Path(path)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error


def sha256(path: Path | str) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
