"""Files of a hub of models, through huggingface_hub's own cache, each failure with a next step.

HF_ENDPOINT names another hub, HF_HUB_OFFLINE=1 uses the cache alone, HF_HOME says where it is.
"""

import os
import re
from pathlib import Path
from typing import Any

from mmcl import errors, files
from mmcl.clip.compatibility import INSTALL
from mmcl.errors import FileError, InputError, MissingPackage, NoConnection

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
PICKLED = "open_clip_pytorch_model.bin"
TIMEOUT = 10.0  # seconds without an answer; huggingface_hub tries again for a minute
AGAIN = 3  # starts from the beginning after a download that broke off
HERE = "or download the file elsewhere and give --model NAME --pretrained FILE"


def safe(file: str) -> str:
    """The safetensors file that stands beside a listed one."""
    if file in ("", PICKLED):
        return WEIGHTS
    return re.sub(r"\.(bin|pth|pt)$", ".safetensors", file)


def config(repository: str, revision: str | None) -> tuple[Path, dict[str, Any]]:
    """The configuration of a repository. Errors: as `fetched`."""
    return fetched(repository, CONFIG, revision)


def weights(repository: str, revision: str | None, file: str) -> tuple[Path, dict[str, Any]]:
    """The weights of a repository: safetensors, or none. Errors: as `fetched`."""
    if not file.endswith(".safetensors"):
        raise InputError(
            f"{repository} lists {file}, which can execute code when it is loaded; "
            "choose other weights, or convert it and give the safetensors file"
        )
    return fetched(repository, file, revision)


def fetched(repository: str, file: str, revision: str | None = None) -> tuple[Path, dict[str, Any]]:
    """A file of a repository, from the cache or the hub, and where it comes from.

    Returns its path, and kind, repository, file, revision (a commit) and sha256.
    Errors: ValueError for a name that can't be, a file that isn't there, or one whose content isn't
    what the hub announced; ConnectionError when the hub can't be asked or breaks off; OSError for
    a disk that is full. Each says what to do.
    """
    try:
        from huggingface_hub import constants, hf_hub_download
        from huggingface_hub.errors import HFValidationError
    except ImportError as error:
        raise MissingPackage(f"huggingface_hub isn't installed; run: {INSTALL}") from error
    what = f"{file} of {repository}" + (f" at {revision}" if revision else "")
    endpoint = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT
    choice: dict[str, Any] = {"etag_timeout": TIMEOUT, "endpoint": endpoint, "tqdm_class": bar()}
    try:
        path = Path(hf_hub_download(repository, file, revision=revision, **choice))
    except HFValidationError as error:
        raise InputError(f"{repository!r} is no repository; give hub:OWNER/NAME") from error
    except Exception as error:
        raise explained(error, what, endpoint) from error
    digest = checked(path, what)
    found = {"kind": "hub", "repository": repository, "file": file, "sha256": digest}
    return path, {**found, "revision": path.parent.name}


def bar() -> type:
    """A progress bar that gives up on a hub that breaks off again and again.

    huggingface_hub starts again as often as bytes came, which for such a hub has no end.
    """
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        again = 0

        def update(self, n: float | None = 1) -> bool | None:
            if n is not None and n < 0:
                self.again += 1
                if self.again > AGAIN:
                    raise ConnectionError(f"it broke off {self.again} times")
            return super().update(n)

    return Bar


def explained(error: Exception, what: str, endpoint: str) -> Exception:
    """What went wrong with a hub, and the next step."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    if any(isinstance(each, OfflineModeIsEnabled) for each in causes):
        text = f"{what} isn't in the cache, and HF_HUB_OFFLINE is set; unset it, {HERE}"
        return NoConnection(text)
    if isinstance(error, GatedRepoError):
        return InputError(f"{what} is for those who are let in; ask at {endpoint}, {HERE}")
    if isinstance(error, RepositoryNotFoundError | RevisionNotFoundError):
        text = f"{endpoint} has no such repository or revision: {what}; check its name"
        return InputError(text)
    if isinstance(error, EntryNotFoundError) and not isinstance(error, LocalEntryNotFoundError):
        text = f"{endpoint} has no {what}"
        if what.startswith(WEIGHTS):
            text += "; this book loads safetensors alone"
        return InputError(f"{text}; choose another repository, {HERE}")
    cause = causes[-1] if isinstance(error, LocalEntryNotFoundError) else error
    reason = str(cause).strip().partition("\n")[0] or type(cause).__name__
    if isinstance(error, OSError) and error.errno is not None:
        return FileError(f"can't keep {what}: {errors.reason(error)}; {errors.todo(error)}, {HERE}")
    return NoConnection(
        f"can't get {what} from {endpoint}: {reason}; try again later, name another hub in "
        f"HF_ENDPOINT, {HERE}"
    )


def checked(path: Path, what: str) -> str:
    """The SHA-256 of a file of the cache.

    Large files lie there under the SHA-256 that the hub announced: one with another content is
    removed. Errors: ValueError.
    """
    digest, kept = files.sha256(path), path.resolve()
    if re.fullmatch(r"[0-9a-f]{64}", kept.name) and kept.name != digest:
        path.unlink()
        kept.unlink(missing_ok=True)
        raise InputError(
            f"{what} has the SHA-256 {digest}, but the hub announced {kept.name}; it was removed: "
            f"try again, {HERE}"
        )
    return digest
