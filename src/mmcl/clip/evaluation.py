"""How good a CLIP is on pairs that it has not seen, and how good it could be.

A caption has words for what a picture shows, so that several pictures fit it: even a retriever
that reads every picture without error is right only so often.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from mmcl.clip.model import pictures
from mmcl.clip.pairs import Captioned
from mmcl.clip.tokenizer import Tokenizer
from mmcl.errors import InputError
from mmcl.randomness import stream
from mmcl.world import captions, factors, palettes
from mmcl.world.factors import FACTORS

GROUP = 256  # pairs that are told apart
READ = ("shape", "x", "y", "size")  # what a caption says without loss
PROMPTS = 64  # captions that stand for one value


@torch.no_grad()
def encode(
    model: Any,
    images: Tensor,
    texts: list[str],
    tokenizer: Tokenizer,
    *,
    normalize: bool = True,
    chunk: int = 512,
) -> tuple[Tensor, Tensor]:
    """Codes (n, d), in float32, of pictures (bytes) and of captions; of length one, or as is."""
    was = model.training
    model.eval()
    x = encode_images(model, images, normalize, chunk)
    parts = (texts[start : start + chunk] for start in range(0, len(texts), chunk))
    t = [encode_texts(model, part, tokenizer, normalize) for part in parts]
    model.train(was)
    return x, torch.cat(t)


@torch.no_grad()
def encode_images(model: Any, images: Tensor, normalize: bool = True, chunk: int = 512) -> Tensor:
    """Codes (n, d) of pictures (bytes)."""
    device = next(model.parameters()).device
    parts = (pictures(part.to(device)) for part in images.split(chunk))
    return torch.cat(
        [model.encode_image(part, normalize=normalize).cpu() for part in parts]
    ).float()


@torch.no_grad()
def encode_texts(
    model: Any, texts: list[str], tokenizer: Tokenizer, normalize: bool = True
) -> Tensor:
    """Codes (n, d) of captions."""
    device = next(model.parameters()).device
    return model.encode_text(tokenizer(texts).to(device), normalize=normalize).cpu().float()


def prototypes(
    model: Any, tokenizer: Tokenizer, choices: Iterable[dict[str, Any]], each: int = PROMPTS
) -> Tensor:
    """A code (c, d) for each choice of factors' values: the mean over captions that agree in it.

    In all else the captions are the same for every choice.
    """
    drawn, means = factors.draw(each, stream(0, "prompts")), []
    for values in choices:
        texts = captions.captions(drawn.assign(**values), stream(0, "words of prompts"))
        means.append(encode_texts(model, texts, tokenizer).mean(dim=0))
    return torch.stack(means)


def recall(codes_x: Tensor, codes_t: Tensor, group: int = GROUP) -> dict[str, float]:
    """How often the nearest code of the other side is the partner's, among `group` pairs.

    "text_to_image" asks for the picture of a caption; "mean" is of both. Pairs beyond the last
    whole group are left out. Errors: ValueError for fewer pairs than one group.

    Shapes: codes (n, d) of length one, row i of both a pair.
    """
    n = check_groups(len(codes_x), group)
    x, t = (codes[:n].view(-1, group, codes.shape[1]) for codes in (codes_x, codes_t))
    similarity = x @ t.mT
    own = torch.arange(group)
    to_text = (similarity.argmax(dim=2) == own).float().mean().item()
    to_image = (similarity.argmax(dim=1) == own).float().mean().item()
    return {"image_to_text": to_text, "text_to_image": to_image, "mean": (to_text + to_image) / 2}


def ceiling(table: pd.DataFrame, texts: list[str], group: int = GROUP) -> dict[str, float]:
    """The recall of a retriever that reads factors and captions without error.

    Given a picture, a caption among others is the partner with a probability in proportion to
    p(caption | picture) / p(caption): the same for all pictures that fit it, and the larger, the
    fewer hues its color word has. Given a caption, all pictures that fit it are equally likely.
    The best choice is right with the largest of these probabilities. Assumes the world's own laws:
    factors independent and even (dependence "none").
    """
    n = check_groups(len(table), group)
    facts = np.stack([table[name].to_numpy()[:n] for name in READ], axis=1)
    words = [captions.parse(text) for text in texts[:n]]
    said = np.array([[getattr(word, name) for name in READ] for word in words])
    colors = {(word.palette, word.color): None for word in words}
    of_word = {color: place for place, color in enumerate(colors)}
    color = np.array([of_word[word.palette, word.color] for word in words])
    width = np.array([share(palette, name) for palette, name in colors])
    fits = np.stack([in_bin(table["hue"].to_numpy()[:n], *each) for each in colors], axis=1)
    right = {"image_to_text": [], "text_to_image": []}
    for start in range(0, n, group):
        rows = slice(start, start + group)
        match = (facts[rows, None] == said[None, rows]).all(axis=2) & fits[rows][:, color[rows]]
        weight = match / width[color[rows]]
        right["image_to_text"].append((weight.max(axis=1) / weight.sum(axis=1)).mean())
        right["text_to_image"].append((1 / match.sum(axis=0)).mean())
    found = {name: float(np.mean(values)) for name, values in right.items()}
    return {**found, "mean": float(np.mean(list(found.values())))}


def in_bin(hues: np.ndarray, palette: int, word: str) -> np.ndarray:
    """Whether a color word is the nearest of its palette to each hue.

    Shapes: hues (n,), from 0 to 1; returns (n,) bool. palette: the number of one.
    """
    names, _ = palettes.hues(palette)
    return palettes.nearest(hues, palette) == names.index(word)


def share(palette: int, word: str) -> float:
    """The share of the circle of hues that a color word has in its palette."""
    names, hues = palettes.hues(palette)
    around = np.sort(hues)
    place = int(np.searchsorted(around, hues[names.index(word)]))
    after = (around[(place + 1) % len(around)] - around[place]) % 1
    return float((after + (around[place] - around[place - 1]) % 1) / 2)


def zero_shot(
    model: Any, codes_x: Tensor, table: pd.DataFrame, tokenizer: Tokenizer
) -> dict[str, dict[str, float]]:
    """Accuracy of naming each factor by captions alone, with chance, for what captions say.

    Codes of values are `prototypes`. A hue's values are the words of the first palette.

    Shapes: codes_x (n, d) of length one, with a row of table each. Returns {factor: {"accuracy",
    "chance"}}.
    """
    scores = {}
    for name in (*READ, "hue"):
        values, truth = palettes.hues(0)[1], palettes.nearest(table["hue"].to_numpy(), 0)
        if name != "hue":
            values, truth = np.arange(len(FACTORS[name].values)), table[name].to_numpy()
        means = prototypes(model, tokenizer, [{name: value} for value in values])
        nearest = (codes_x @ functional.normalize(means).T).argmax(dim=1).numpy()
        scores[name] = {"accuracy": float((nearest == truth).mean()), "chance": 1 / len(values)}
    return scores


def scores(model: nn.Module, pairs: Captioned, tokenizer: Tokenizer) -> dict[str, Any]:
    """Recall at 1 among 256, its ceiling, their ratio, and zero-shot accuracies, held out."""
    x, t = encode(model, pairs.images, pairs.captions, tokenizer)
    found, best = recall(x, t), ceiling(pairs.table, pairs.captions)
    return {
        "pairs": check_groups(len(x), GROUP),
        "group": GROUP,
        "recall": found,
        "ceiling": best,
        "share_of_ceiling": found["mean"] / best["mean"],
        "zero_shot": zero_shot(model, x, pairs.table, tokenizer),
    }


def check_groups(n: int, group: int) -> int:
    """How many of n pairs make whole groups. Errors: ValueError if none do."""
    if n < group:
        raise InputError(f"there are {n} pairs; give at least {group}, one group")
    return n - n % group
