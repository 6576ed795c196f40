"""The store of records: the numbers of a chapter's run with their provenance.

A live record is `<OUT>/records/<chapter>.json`, which `mmcl_experiments.chapter` writes; an
accepted one, tracked by git, is `results/<profile>/<chapter>.json` and changes only through
`accept`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError
from mmcl_book import keys
from mmcl_book.keys import inventory
from mmcl_experiments.chapter import SCHEMA, Value


def live_path(root: Path, profile: str, chapter: str, out: Path | None = None) -> Path:
    """Where the record of the last run is: below _build/<profile>, or below `out`."""
    return (out or root / "_build" / profile) / "records" / f"{chapter}.json"


def executed(root: Path, profile: str) -> bool:
    """Whether any chapter was executed at a profile, in the project's own folder."""
    base = root / "_build" / profile
    found = (*(base / "records").glob("*.json"), *(base / "executed").rglob("*.ipynb"))
    return bool(found)


def accepted_path(root: Path, profile: str, chapter: str) -> Path:
    """Where the accepted record is."""
    return root / "results" / profile / f"{chapter}.json"


def load(path: Path) -> dict[str, Any]:
    """Read a record. Errors: FileNotFoundError, or ValueError for a file that is no record."""
    record = files.read_json(path)
    wanted = {"schema", "chapter", "profile", "seed", "parameters", "values", "key", "provenance"}
    if not isinstance(record, dict) or not wanted <= record.keys():
        lacks = sorted(wanted - set(record if isinstance(record, dict) else ()))
        raise InputError(f"{path} is no record: it lacks {', '.join(lacks)}; run the chapter again")
    if record["schema"] != SCHEMA:
        raise InputError(
            f"{path} has schema {record['schema']}, not {SCHEMA}; run the chapter again"
        )
    return record


def current_key(root: Path, record: Mapping[str, Any]) -> str | None:
    """The key that a run like a record's would have now; None when its chapter is gone."""
    if record["profile"] == "bench":
        return keys.bench_key(root, record["chapter"])
    notebook = root / "notebooks" / f"{record['chapter']}.ipynb"
    if not notebook.is_file():
        return None
    data = inventory.states(root, notebook, as_registered=True)
    how = {"profile": record["profile"], "seed": record["seed"], "settings": record["parameters"]}
    return keys.key(root, notebook, data=data, **how)


def accept(root: Path, profile: str, chapter: str, *, dirty: bool = False) -> Path:
    """Copy a live record to results/ and return the new file.

    dirty: take a record made with uncommitted code.
    Errors: ValueError says why the record can't stand for the book.
    """
    if profile == "smoke":
        raise InputError("records at smoke say nothing about the claims; accept default or paper")
    path = live_path(root, profile, chapter)
    again = f"run: mmcl run {chapter} --profile {profile} --force"
    if not path.is_file():
        raise InputError(f"{chapter} has no record at {profile}; {again}")
    record = load(path)
    if record["seed"] != 0 or record["parameters"]:
        raise InputError(f"{path.name} was made with another seed or other parameters; {again}")
    if record["key"] != current_key(root, record):
        raise InputError(f"{path.name} was made with other code than there is now; {again}")
    if record["provenance"]["dirty"] is not False and not dirty:
        raise InputError(
            f"{path.name} was made with code that no commit holds; commit, then {again} "
            "(or pass --dirty to accept it as it is)"
        )
    return files.write_json(accepted_path(root, profile, chapter), record)


def diff(root: Path, profile: str, chapter: str) -> list[tuple[str, Value | None, Value | None]]:
    """Values that differ between the accepted and the live record: (name, accepted, live).

    Errors: ValueError when one of the two records is missing.
    """
    both = []
    for path, how in (
        (accepted_path(root, profile, chapter), f"mmcl record accept {chapter}"),
        (live_path(root, profile, chapter), f"mmcl run {chapter}"),
    ):
        if not path.is_file():
            raise InputError(
                f"there is no {path.relative_to(root)}; run: {how} --profile {profile}"
            )
        both.append({name: entry["value"] for name, entry in load(path)["values"].items()})
    old, new = both
    return [
        (name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
