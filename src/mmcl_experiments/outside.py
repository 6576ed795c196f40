"""Chapters that read outside files: live where the files can be had, else the recorded result.

A page always says which. A chapter's key holds the state of the files that its code declares
(see `mmcl_book.keys.inventory`), so a chapter that ran without them runs again once they are there.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

import mmcl_experiments as experiments
from mmcl import data
from mmcl.errors import FileError, MissingFile
from mmcl.features import tagged as features
from mmcl_experiments import results
from mmcl_experiments.notices import Notice, show


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
        show(Notice(f"Not computed here, because {reason(error)}. {about.text}", about.sweep))
        return table
    show(Notice(f"Computed here: {experiment}, from the files themselves."))
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
    """Pairs of `mmcl.features.tagged`; where they can't be had, made-up ones, and the page says so.

    They run a page's code. No number of a page comes from made-up pairs.
    """
    try:
        return features.pairs(source)
    except FileError as error:
        text = f"Made-up pairs stand in for {source!r}, so that the code runs"
        show(Notice(f"{text}, because {reason(error)}."))
        from mmcl.randomness import stream  # brings torch, which the ledger does without

        return features.stand_in(stream(seed, "stand-in"))
