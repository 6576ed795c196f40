"""Where the project is, and where its results are."""

from pathlib import Path

from mmcl.errors import MissingFile

MARKS = ("_toc.yml", "book/claims")
RELEASE = Path(__file__).parents[1] / "_release"  # what a wheel carries: see setup.py


def project_root(start: Path | None = None) -> Path:
    """The project's folder: the nearest one above `start` (the current one), else the checkout.

    Errors: FileNotFoundError when there is neither.
    """
    start = (start or Path.cwd()).resolve()
    checkout = Path(__file__).resolve().parents[3]
    for folder in (start, *start.parents, checkout):
        if all((folder / mark).exists() for mark in MARKS):
            return folder
    raise MissingFile(
        f"no book at {start} or above (wanted: {' and '.join(MARKS)}); "
        "go to the folder that you cloned"
    )


def results_root() -> Path:
    """The folder whose `results/` are read: the project's, without one what a release carries.

    Errors: FileNotFoundError when there is neither.
    """
    try:
        return project_root()
    except MissingFile:
        if RELEASE.is_dir():
            return RELEASE
        raise


def published_path(root: Path, name: str) -> Path:
    """Where a paper's numbers stand."""
    return root / "results" / "published" / f"{name}.yml"


def published_names(root: Path) -> list[str]:
    """The papers' tables that a project has."""
    return sorted(path.stem for path in published_path(root, "any").parent.glob("*.yml"))


def checkpoint_path(root: Path, profile: str, experiment: str) -> Path:
    """Where the weights are with which a task of an accepted sweep ended."""
    return root / "results" / profile / "checkpoints" / f"{experiment}.safetensors"


def sweep_path(root: Path, profile: str, experiment: str) -> Path:
    """Where an accepted sweep is."""
    return root / "results" / profile / "sweeps" / f"{experiment}.json"
