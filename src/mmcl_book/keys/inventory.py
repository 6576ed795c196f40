"""What a chapter reads beside code and results: outside files, with their checksums."""

from collections.abc import Mapping
from pathlib import Path

from mmcl import data, files
from mmcl.errors import FileError, UserError
from mmcl_book import keys as reach
from mmcl_experiments.real_pairs import sources

ABSENT = "absent"
sources.register()  # files of a room, beside those of `mmcl.data`


def named(root: Path, notebook: Path) -> list[str]:
    """The outside files that a chapter's cells, and the modules that they reach, say they read.

    They say so by the text in a call of `data.load` or `data.path`, or in a constant READS.
    """
    found = reach.files_of(root, reach.cells_of(notebook).facts)
    return [name for name in data.names() if name in found]


def codes(root: Path, notebook: Path) -> dict[str, str]:
    """{experiment: digest of its code} of those that a chapter's cells measure, for `measured`."""
    tree, facts = reach.tree_of(root), reach.cells_of(notebook).facts
    found = sorted(reach.named(tree, facts, reach.MEASURED))
    there = [each for each in found if reach.module_of(each) in tree.files]
    return {each: reach.code_of(tree, each) for each in there}


def states(root: Path, notebook: Path, *, as_registered: bool = False) -> dict[str, str]:
    """{file: checksum, or "absent"} for a chapter's key: its outside files.

    as_registered: take the files for present and right, whatever this machine has. Accepted
    records are made so; one that is not stale there is not stale where the files are missing.
    """
    return {
        name: data.source(name).sha256 if as_registered else checksum(name)
        for name in named(root, notebook)
    }


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
