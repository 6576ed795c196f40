"""The model card: what a CLIP is, what made it, how good it is, what it is not for."""

from typing import Any

import pandas as pd

TEXT = """\
# {model}, seed {seed}

A small CLIP ({parameters:,} parameters), trained from nothing on pictures and captions whose
factors are known: one solid in front of a wall, and a sentence of a grammar with {words} words.

## Made by

    {command}

{steps:,} steps of {batch} pairs in {precision}, {training_s:.0f} s.
From {pairs:,} pairs of a world: {world}.
Code {commit}; {versions}; {device}, threads: {threads}.
Weights: safetensors, SHA-256 {sha256}.

## How good it is

On {n:,} pairs of a world that no CLIP of this book is trained on (recall at 1 among {group}):

| asked for | recall | at best |
| --- | --- | --- |
{recalls}

At best: what one who reads factors and captions without error would reach, as several pictures fit
a caption. It reaches {share:.3f} of that.

| factor named by captions alone | accuracy | by chance |
| --- | --- | --- |
{zero_shot}

## What it is for

Asking which factors its features hold, where the truth is known.
It has seen no photograph and no word beyond the grammar's: on anything else it means nothing.
"""


def text(found: dict[str, Any]) -> str:
    """The card of what `folder.train` has found, as Markdown."""
    from mmcl.clip.tokenizer import tokenizer

    scores, recipe, made = found["scores"], found["recipe"], found["provenance"]
    return TEXT.format(
        **{name: found[name] for name in ("model", "seed", "parameters", "command", "sha256",
                                          "training_s")},
        **{name: recipe[name] for name in ("steps", "batch", "precision", "pairs")},
        words=len(tokenizer().words) - 1,
        world=", ".join(f"{name} {value}" for name, value in found["world"].items()),
        commit=f"{made.get('commit')}{', changed' if made.get('dirty') else ''}",
        versions=", ".join(f"{k} {v}" for k, v in made.get("versions", {}).items()),
        device=made.get("device"),
        threads=made.get("threads"),
        n=scores["pairs"],
        group=scores["group"],
        recalls="\n".join(
            f"| {name.replace('_', ' ')} | {value:.3f} | {scores['ceiling'][name]:.3f} |"
            for name, value in scores["recall"].items()
        ),
        share=scores["share_of_ceiling"],
        zero_shot="\n".join(
            f"| {name} | {each['accuracy']:.3f} | {each['chance']:.3f} |"
            for name, each in scores["zero_shot"].items()
        ),
    )  # fmt: skip


def table(log: list[dict[str, Any]]) -> str:
    """The log as CSV."""
    return pd.DataFrame(log).to_csv(index=False, float_format="%.6g")
