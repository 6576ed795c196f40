"""Made-up pairs, which run a page's code where outside files can't be had; the page says so.

A chapter's key holds the state of the files that its code declares (`mmcl_book.keys.inventory`),
so a chapter that ran without them runs again once they are there.
"""

from mmcl.errors import FileError
from mmcl.features import tagged as features
from mmcl_experiments.notices import Notice, show
from mmcl_experiments.recorded.live import reason


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
