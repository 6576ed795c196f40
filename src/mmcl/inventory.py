"""What a chapter reads beside code: outside files and recorded sweeps, with their checksums."""

from collections.abc import Mapping
from pathlib import Path

from mmcl import data, experiments, files, places, reach
from mmcl.errors import FileError, UserError
from mmcl.notebooks import code_cells, read, text_of

ABSENT = "absent"


def named(root: Path, notebook: Path) -> list[str]:
    """The outside files that a chapter's cells, and the code that they reach, name."""
    package = reach.package_folder(root)
    sources = [text_of(cell) for cell in code_cells(read(notebook))]
    modules = reach.reached(package, sources)
    if "mmcl.data" not in modules:
        return []
    reading = [name for name in modules if name not in ("mmcl.data", "mmcl.outside")]
    paths = [reach.module_file(package, name) for name in reading]
    texts = [path.read_text(encoding="utf-8") for path in paths if path is not None]
    everything = "\n".join([*sources, *texts])
    # A module may put a name together, so the file's own part without its ending is enough.
    return [name for name in data.names() if Path(name).stem in everything]


def states(root: Path, notebook: Path, *, as_registered: bool = False) -> dict[str, str]:
    """{file: checksum, or "absent"} for a chapter's key: its outside files and recorded sweeps.

    as_registered: take the files for present and right, whatever this machine has. Accepted
    records are made so; one that is not stale there is not stale where the files are missing.
    """
    found = {}
    for name in named(root, notebook):
        if as_registered:
            found[name] = data.source(name).sha256
        else:
            found[name] = checksum(name)
    cells = [reach.facts_of(reach.python_of(text_of(c))) for c in code_cells(read(notebook))]
    if any("mmcl.outside" in cell.imports for cell in cells):
        words = set[str]().union(*(cell.strings for cell in cells))
        for word in sorted(words & set(experiments.names())):
            path = places.sweep_path(root, "default", word)
            if path.is_file():
                found[path.relative_to(root).as_posix()] = files.sha256(path)
    return found


def checksum(name: str) -> str:
    """The checksum of an outside file, whatever it should be; ABSENT where there is none."""
    try:
        place = data.folder() / name
    except FileError:  # no folder is known
        return ABSENT
    return files.sha256(place) if place.is_file() else ABSENT


def fetched(wanted: Mapping[str, str]) -> list[str]:
    """Try to get the absent files among `states`; the reasons why some can't be had, one a line.

    Stops at the first that fails: the others won't fare better, and a chapter runs without them.
    """
    for name, state in wanted.items():
        if state == ABSENT and name in data.names():
            try:
                data.path(name)
            except UserError as error:
                return [f"{name}: {error}"]
    return []
