"""Reading and writing files: atomic writes, checksums, and loaders that can execute nothing."""

import codecs
import hashlib
import io
import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from mmcl.errors import FileError, InputError, reason, todo, unreadable

MARKS = {  # at the start of a text, and the encoding that they say
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
SAVE = "save it as UTF-8"
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


def read_text(path: Path | str) -> str:
    """The text of a file that a user may have made: UTF-8, or what a mark at its start says.

    Errors: MissingFile or FileError, InputError for bytes in another encoding, with the line; each
    names the file.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}{foreign(content, error)}; {SAVE}") from error
    if "\0" in text:
        raise InputError(f"{path} holds zero bytes, as UTF-16 without its mark does; {SAVE}")
    return text


def foreign(content: bytes, error: UnicodeDecodeError) -> str:
    """Where bytes stop to be text, and how that line reads in the encoding of old Windows files."""
    line = content.count(b"\n", 0, error.start) + 1
    guess = content.split(b"\n")[line - 1].decode("cp1252", "replace").strip()[:60]
    name = error.encoding.upper()
    hint = f" (in Windows-1252 it is {guess!r})" if error.encoding == "utf-8" else ""
    return f", line {line}, is no text in {name}{hint}"


def probed(path: Path) -> Path:
    """The path, once it is clear that a file can be written there; nothing is left behind.

    Errors: FileError where none can.
    """
    write_text(path.with_name(f".{path.name}.{os.getpid()}"), "").unlink()
    return path


def there(path: Path | str) -> Path | None:
    """The path of a file that is there, whose name may be in another Unicode form; else None.

    The e and the accent of café.png are one character on some machines, and two on others.
    """
    path = Path(path)
    forms = [partial(unicodedata.normalize, form) for form in ("NFC", "NFD")]
    tried = [path, *(path.with_name(form(path.name)) for form in forms if path.name)]
    tried += [Path(form(str(path))) for form in forms]
    return next((each for each in tried if each.is_file()), None)


def read_json(path: Path | str) -> Any:
    """Read JSON; a broken file gives an InputError that names the file and the line."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not valid JSON: line {error.lineno}: {error.msg}") from error


def read_yaml(path: Path | str) -> Any:
    """Read YAML with the safe loader, in C where there is one; InputError names a broken file."""
    import yaml

    try:
        return yaml.load(read_text(path), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
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
