"""Settings of `redrawn_blocks`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.block_identifiability import settings as blocks


@dataclass(frozen=True)
class Settings(blocks.Settings):
    """What `run` reads, as it is at the profile `default`: the cells of `block_identifiability`."""

    repeats: int = 1


SEEDS = {"smoke": 1, "default": 3, "paper": 3}
SMOKE = {name: value for name, value in blocks.SMOKE.items() if name != "repeats"}
PAPER = {name: value for name, value in blocks.PAPER.items() if name != "repeats"}
