"""Sites to test: a small sample book, and the real book at smoke size; each made once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kept_book
import pytest
import sample_book
from filelock import FileLock

from mmcl_book.site import build


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], Any]], Path]:
    """Make a folder once for all workers: once(name, make) -> folder."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def get(name: str, make: Callable[[Path], Any]) -> Path:
        folder, done, failed = (base / f"{name}{end}" for end in ("", ".done", ".failed"))
        with FileLock(base / f"{name}.lock"):
            if failed.exists():
                pytest.fail(f"could not make the book {name}:\n{failed.read_text()}")
            if not done.exists():
                failed.write_text("it was interrupted")
                try:
                    make(folder)
                except Exception as error:
                    failed.write_text(str(error))
                    raise
                failed.unlink()
                done.touch()
        return folder

    return get


def make_sample(root: Path) -> None:
    """The sample book, built at both sizes."""
    sample_book.make(root)
    build.build(root, "default", clean=True)
    build.build(root, "smoke", clean=True)


def make_real(folder: Path) -> None:
    """A link to the real book, which is kept from one run of the suite to the next."""
    folder.symlink_to(kept_book.make(), target_is_directory=True)


@pytest.fixture(scope="session")
def built_sample(once: Callable[..., Path]) -> Path:
    """The root of the built sample book; not to be changed."""
    return once("sample", make_sample)


@pytest.fixture(scope="session")
def real(once: Callable[..., Path]) -> Path:
    """The root of the real book with solutions as cells, built at smoke; not to be changed."""
    return once("real", make_real).resolve()


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A book of one's own, unbuilt."""
    return sample_book.make(tmp_path / "book")
