"""Features with the name of the model that made them, and components that read no other model's.

Two models of one family and one size have different spaces: numbers at the same place mean
different things. So features carry a tag, and whatever was fitted on one model refuses another's.
"""

import csv
import json
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from mmcl import data
from mmcl.errors import InputError

B16, B32 = "OpenAI CLIP ViT-B/16", "OpenAI CLIP ViT-B/32"
UNTRAINED = "CLIP ViT-B/16, untrained"
OURS = "our CLIP, seed 0"
# Files whose names are put together below; chapters' keys find them here.
READS = ("clip_coco500/features_clip.npy", "clip_coco500/features_clip_random.npy")


@dataclass(frozen=True)
class Features:
    """Feature vectors (n, d) of one modality, as float64.

    model: the tag of the network that made them; modality: "image" or "text"; normalized: whether
    every row has length one, which is the sphere that CLIP's loss sees. temperature: of that loss
    after training, where it is known; CLIP's own holds the factor on cosines to 100 at most.
    Errors: ValueError for a shape, for NaN, an empty tag, or rows that aren't of length one
    (within 0.2 %, what half precision leaves) though they should be.
    """

    values: np.ndarray
    model: str
    modality: str
    normalized: bool
    temperature: float = 0.01

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        if values.ndim != 2 or 0 in values.shape or not np.isfinite(values).all():
            raise InputError(f"features have shape {values.shape}; give (n, d), all finite")
        if not self.model:
            raise InputError("features need the name of the model that made them; give a model")
        if self.normalized and abs(np.linalg.norm(values, axis=1) - 1).max() > 2e-3:
            raise InputError("features are said to be normalized and aren't; say normalized=False")
        object.__setattr__(self, "values", values)

    def on_sphere(self) -> Self:
        """The same features, each of length one."""
        lengths = np.linalg.norm(self.values, axis=1, keepdims=True)
        return replace(self, values=self.values / lengths, normalized=True)


@dataclass(frozen=True)
class Basis:
    """Components that were fitted on the features of one model, and read only its features."""

    transformer: Any
    model: str
    normalized: bool

    @classmethod
    def fit(cls, transformer: Any, features: Features) -> Self:
        """Fit a scikit-learn transformer, such as `LinearICA`, and remember whose features."""
        return cls(transformer.fit(features.values), features.model, features.normalized)

    def components(self, features: Features) -> np.ndarray:
        """What the transformer makes of features: (n, k).

        Errors: ValueError for features of another model, or on another scale.
        """
        if features.model != self.model:
            raise InputError(
                f"these components were fitted on features of {self.model!r}, and the features "
                f"are of {features.model!r}: two models have two spaces, even if both have "
                f"{features.values.shape[1]} dimensions; fit components on this model's features"
            )
        if features.normalized != self.normalized:
            raise InputError(
                f"these components were fitted on features with normalized={self.normalized}, and "
                f"these have normalized={features.normalized}; treat both alike, with on_sphere()"
            )
        return self.transformer.transform(features.values)


def paired(x: Features, t: Features) -> None:
    """ValueError unless two sets of features are row by row of one model."""
    if x.model != t.model:
        raise InputError(f"features of {x.model!r} and {t.model!r} are no pairs; give one model's")
    if x.values.shape != t.values.shape:
        raise InputError(f"features have shapes {x.values.shape} and {t.values.shape}; pair them")


# What there is. A source of pairs is a name and a function; further models add theirs here.


def _coco(name: str, model: str) -> tuple[Features, Features]:
    images, texts = data.load(f"clip_coco500/{name}.npy")
    return Features(images, model, "image", True), Features(texts, model, "text", True)


def _ours(n: int = 500) -> tuple[Features, Features]:
    """Pairs that no CLIP was trained on, by the checkpoint that this book keeps; as many as COCO's.

    Taken live: the pictures are rendered and encoded, a second for each five hundred.
    """
    from mmcl.clip import ours, pairs  # which bring torch

    clip = ours.trained("default", 0)
    found = ours.codes(clip, pairs.held_out(n, clip.config["vision_cfg"]["image_size"]))
    tau = float((-clip.model.logit_scale.detach()).exp())
    return (
        Features(found["image"], OURS, "image", True, tau),
        Features(found["text"], OURS, "text", True, tau),
    )


PAIRS = {
    "clip": lambda: _coco("features_clip", B16),
    "untrained": lambda: _coco("features_clip_random", UNTRAINED),
    "ours": _ours,
}


def pairs(source: str) -> tuple[Features, Features]:
    """Image and text features of a source in PAIRS, row by row.

    Errors: ValueError for an unknown source; OSError when its file can't be had.
    """
    if source not in PAIRS:
        raise InputError(f"unknown source {source!r}; valid: {', '.join(PAIRS)}")
    return PAIRS[source]()


def vocabulary(name: str) -> tuple[Features, list[str]]:
    """CLIP ViT-B/32 text features of `a {word}` and the words: "lvis" or "objects365".

    The features aren't normalized. Underscores in words become spaces.
    Errors: ValueError for another name; OSError when a file can't be had.
    """
    if name == "lvis":
        text = data.path("clip_vocabulary/lvis_v1_train_cat_info.json").read_text("utf-8")
        entries = sorted(json.loads(text), key=lambda entry: entry["id"])
        words = [entry["name"] for entry in entries]
        values = data.load("clip_vocabulary/lvis_v1_clip_a+cname.npy")
    elif name == "objects365":
        place = data.path("clip_vocabulary/Objects365_names_fix.csv")
        with place.open(encoding="utf-8", newline="") as file:
            words = [row[-1] for row in csv.reader(file)]
        values = data.load("clip_vocabulary/o365_clip_a+cnamefix.npy")
    else:
        raise InputError(f"unknown vocabulary {name!r}; valid: lvis, objects365")
    if len(words) != len(values):
        raise InputError(f"{name} has {len(words)} words for {len(values)} features")
    return Features(values, B32, "text", False), [word.replace("_", " ") for word in words]


def stand_in(rng: np.random.Generator, *, n: int = 200, d: int = 32) -> tuple[Features, Features]:
    """Made-up pairs that run the code of a page where real ones can't be had. Not CLIP.

    Two cones on the sphere whose rows share a third of what varies.
    """
    shared, own = rng.laplace(size=(n, d)), rng.laplace(size=(2, n, d))
    means = 2 * rng.standard_normal((2, 1, d))
    made = [
        Features(shared + noise + mean, "stand-in", kind, False).on_sphere()
        for noise, mean, kind in zip(own, means, ("image", "text"), strict=True)
    ]
    return made[0], made[1]
