"""Chapters that read outside files: live where the files can be had, else the recorded result.

A page always says which. A chapter's key holds the state of the files that its code names, so a
chapter that ran without them runs again once they are there.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import data, experiments, features, files, reach, records, results
from mmcl.errors import FileError, MissingFile, UserError
from mmcl.notebooks import code_cells, read, text_of

ABSENT = "absent"


def measured(
    experiment: str, *variants: dict[str, Any], profile: str = "default", seed: int = 0
) -> pd.DataFrame:
    """`experiments.run_seeds`, or the recorded rows of the same variants where a file is missing.

    Says on the page which of the two it is. Recorded rows are those of the profile `default`; of
    the seeds that were asked for, or as many of the first that were recorded.
    Errors: as `run_seeds`; FileNotFoundError when there are neither files nor a record.
    """
    try:
        table = experiments.run_seeds(experiment, *variants, profile=profile, seed=seed)
    except FileError as error:
        found = results.recorded(experiment, profile="default")
        chosen = _selected(found, variants or ({},), seed)
        table = pd.concat(list(chosen), ignore_index=True)
        about = results.about(experiment, profile="default")
        records.show(results.Notice(f"Not computed here, because {reason(error)}. {about.text}"))
        return table
    records.show(results.Notice(f"Computed here: {experiment}, from the files themselves."))
    return table


def reason(error: Exception) -> str:
    """Why a file can't be had, without the folder of this machine."""
    try:
        return str(error).replace(f"{data.folder()}/", "")
    except FileError:  # no folder is known
        return str(error)


def _selected(
    found: pd.DataFrame, variants: tuple[dict[str, Any], ...], seed: int
) -> Iterator[pd.DataFrame]:
    """Recorded rows of each variant, of as many seeds as it wants, from `seed` on if there are."""
    for place, variant in enumerate(variants):
        rows: Any = found
        for name, value in variant.items():
            if name != "seeds":
                rows = rows.loc[[each == value for each in rows[name]]]
        if not len(rows):
            raise MissingFile(f"the recorded sweep has no rows of {variant}")
        count, recorded = variant.get("seeds", 1), sorted(rows.seed.unique())
        wanted = [each for each in range(seed, seed + count) if each in recorded]
        yield rows[rows.seed.isin(wanted or recorded[:count])].assign(variant=place)


def pairs(source: str, seed: int = 0) -> tuple[features.Features, features.Features]:
    """Pairs of `mmcl.features`; where they can't be had, made-up ones, and the page says so.

    They run a page's code. No number of a page comes from made-up pairs.
    """
    try:
        return features.pairs(source)
    except FileError as error:
        text = f"Made-up pairs stand in for {source!r}, so that the code runs"
        records.show(results.Notice(f"{text}, because {reason(error)}."))
        from mmcl.randomness import stream  # brings torch, which the ledger does without

        return features.stand_in(stream(seed, "stand-in"))


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
            path = results.sweep_path(root, "default", word)
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
