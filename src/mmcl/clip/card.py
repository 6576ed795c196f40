"""The model card: what a CLIP is, what made it, how good it is, what it is not for."""

from pathlib import Path
from typing import Any

import pandas as pd

from mmcl import files

TEXT = Path(__file__).with_suffix(".md")  # with the names of what is filled in


def text(found: dict[str, Any]) -> str:
    """The card of what `folder.train` has found, as Markdown."""
    from mmcl.clip.tokenizer import tokenizer

    scores, recipe, made = found["scores"], found["recipe"], found["provenance"]
    return files.read_text(TEXT).format(
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
    return pd.DataFrame(log).to_csv(index=False, float_format="%.6g", lineterminator="\n")
