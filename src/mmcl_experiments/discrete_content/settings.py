"""Settings of `discrete_content`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.block_identifiability import settings as blocks


@dataclass(frozen=True)
class Settings(blocks.Settings):
    """What `run` reads, as it is at the profile `default`."""

    values: int = 3  # that each coordinate of content can take


SEEDS, SMOKE, PAPER = blocks.SEEDS, blocks.SMOKE, blocks.PAPER
