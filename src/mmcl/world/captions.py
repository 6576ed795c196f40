"""Captions by a grammar, and the parser that reads them back.

A caption says shape, place, size and color of the object, in one of five sentences, with a
synonym for each word and a color word from one of three palettes: the word whose hue is nearest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from mmcl.errors import InputError
from mmcl.world import palettes
from mmcl.world.factors import FACTORS, check

SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "shape": {
        "sphere": ("sphere", "ball"), "box": ("box", "block"), "cylinder": ("cylinder", "drum"),
        "cone": ("cone", "funnel"), "torus": ("torus", "ring"), "capsule": ("capsule", "pill"),
        "octahedron": ("octahedron", "diamond"),
    },
    "x": {
        "left": ("left", "left-hand"), "center": ("center", "central"),
        "right": ("right", "right-hand"),
    },
    "y": {"bottom": ("bottom", "lower"), "middle": ("middle", "mid"), "top": ("top", "upper")},
    "size": {
        "small": ("small", "little"), "medium": ("medium", "average"), "large": ("large", "big"),
    },
}  # fmt: skip
SENTENCES = (
    "look at the {size} {hue} {shape} on the {y} {x} side",
    "the {shape} of this picture is {size} and {hue} and lies {y} {x}",
    "one {hue} {shape} of {size} size in the {y} row and the {x} column",
    "in the {y} {x} area you see some {size} {shape} , colored {hue}",
    "{y} {x} : {hue} {shape} , {size}",
)


@dataclass(frozen=True)
class Reading:
    """What a caption says: factors by the place of their value, the color word and its hue."""

    shape: int
    x: int
    y: int
    size: int
    palette: int
    phrasing: int
    color: str
    hue: float
    words: Mapping[str, str]


def captions(table: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """A caption for each row of a table of factors. rng chooses synonyms, and nothing else.

    Errors: ValueError for a factor that is missing, unknown or out of range.
    """
    check(table)
    n = len(table)
    words = {"hue": color_words(table)}
    for name, synonyms in SYNONYMS.items():
        choices = np.array([synonyms[value] for value in FACTORS[name].values])
        words[name] = choices[table[name].to_numpy(), rng.integers(2, size=n)].tolist()
    rows = zip(*words.values(), strict=True)
    sentences = (SENTENCES[k] for k in table["phrasing"])
    return [
        sentence.format(**dict(zip(words, row, strict=True)))
        for sentence, row in zip(sentences, rows, strict=True)
    ]


def color_words(table: pd.DataFrame) -> list[str]:
    """The color word of each row: the nearest to its hue in its palette."""
    found = np.empty(len(table), dtype=object)
    for palette in range(len(palettes.NAMES)):
        rows = (table["palette"] == palette).to_numpy()
        names, _ = palettes.hues(palette)
        found[rows] = np.array(names, dtype=object)[
            palettes.nearest(table["hue"].to_numpy()[rows], palette)
        ]
    return found.tolist()


def parse(caption: str) -> Reading:
    """Read a caption back.

    Errors: ValueError with the caption and what was expected, for one that the grammar can't make.
    """
    for phrasing, pattern in enumerate(_patterns()):
        match = pattern.fullmatch(caption)
        if match:
            words = match.groupdict()
            places = {name: _places()[name][words[name]] for name in SYNONYMS}
            palette, hue = _colors()[words["hue"]]
            return Reading(
                **places,
                palette=palette,
                phrasing=phrasing,
                color=words["hue"],
                hue=hue,
                words=words,
            )
    known = "\n  ".join(SENTENCES)
    raise InputError(f"no sentence of the grammar reads {caption!r}; they are\n  {known}")


@cache
def _places() -> dict[str, dict[str, int]]:
    """For each factor with synonyms, the place of the value that each word means."""
    return {
        name: {
            word: FACTORS[name].values.index(value)
            for value, words in synonyms.items()
            for word in words
        }
        for name, synonyms in SYNONYMS.items()
    }


@cache
def _colors() -> dict[str, tuple[int, float]]:
    """The palette and the hue of each color word."""
    found = {}
    for palette in range(len(palettes.NAMES)):
        names, hues = palettes.hues(palette)
        found |= {name: (palette, float(hue)) for name, hue in zip(names, hues, strict=True)}
    return found


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """A regular expression for each sentence, with a group for each word."""
    words = {name: list(known) for name, known in _places().items()} | {"hue": list(_colors())}
    groups = {
        name: f"(?P<{name}>{'|'.join(map(re.escape, known))})" for name, known in words.items()
    }
    return tuple(re.compile(sentence.format(**groups)) for sentence in SENTENCES)


def vocabulary() -> tuple[str, ...]:
    """Every word that a caption can have, sorted, after an empty one for padding."""
    texts = [re.sub(r"\{\w+\}", " ", sentence) for sentence in SENTENCES]
    texts += [*_colors(), *(word for known in _places().values() for word in known)]
    return ("", *sorted({word for text in texts for word in text.split()}))


def tokens(texts: list[str]) -> np.ndarray:
    """(n, LENGTH) places of words in the vocabulary, 0 after the end.

    Errors: ValueError for a word that isn't in it, or a text that is too long.
    """
    place = {word: i for i, word in enumerate(vocabulary())}
    found = np.zeros((len(texts), LENGTH), dtype=np.int64)
    for row, text in zip(found, texts, strict=True):
        words = text.split()
        unknown = [word for word in words if word not in place]
        if unknown or len(words) > LENGTH:
            wrong = f"the unknown word {unknown[0]!r}" if unknown else f"{len(words)} words"
            raise InputError(f"{text!r} has {wrong}; give captions of mmcl.world.captions")
        row[: len(words)] = [place[word] for word in words]
    return found


LENGTH = max(len(sentence.split()) for sentence in SENTENCES) + 1  # "barbie pink" is two words
