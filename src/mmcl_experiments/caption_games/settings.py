"""Settings of `caption_games`: what a reader gets, and where other profiles differ."""

from dataclasses import dataclass

from mmcl_experiments.images_and_captions import settings as images


@dataclass(frozen=True)
class Settings(images.Settings):
    """What `run` reads, as it is at the profile `default`."""

    size: int = 4
    tau: float = 0.0  # the temperature; 0: learned, from .2 on
    negatives: str = "cross-modal"  # cross-modal, both
    hue_in_words: bool = True


SEEDS, PAPER = images.SEEDS, {**images.PAPER, "size": 12}
SMOKE = {**images.SMOKE, "size": 3}
