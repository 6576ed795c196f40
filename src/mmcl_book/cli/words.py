"""Class features for `mmcl probe`: of a file, or of prompts that a model encodes."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmcl.clip import lists
from mmcl.errors import InputError, UsageError
from mmcl.features import arrays, tip

HOLE = "{}"  # where a prompt names its class


def check(options: Namespace) -> None:
    """UsageError for heads and words of which one is there without the other."""
    wanted = [head for head in options.heads if head in tip.WORDED]
    given = options.class_features is not None or options.prompts is not None
    if wanted and not given:
        text = f"--head {wanted[0]} needs words"
        raise UsageError(f"{text}: give --class-features FILE, or --prompts with --pretrained")
    if given and not wanted:
        raise UsageError(f"words are for --head {', '.join(tip.WORDED)}; give one of these")
    if options.class_features is not None and options.prompts is not None:
        raise UsageError("give --class-features or --prompts, not both")
    if options.class_labels is not None and options.class_features is None:
        raise UsageError("--class-labels says whose the rows of --class-features are; give both")
    if options.prompts is not None and options.pretrained is None:
        raise UsageError("--prompts have to be encoded: give --pretrained WEIGHTS, and --model")


def of_file(options: Namespace, classes: np.ndarray, features: arrays.Table) -> np.ndarray:
    """Class features (c, d) of a file, made by the model of the features."""
    table = arrays.read(options.class_features)
    arrays.check_same(features, table)
    labels = None if options.class_labels is None else arrays.read_labels(options.class_labels)
    return tip.class_features(np.asarray(table.values, float), labels, classes, table.name)


def of_prompts(options: Namespace, classes: np.ndarray, source: Any) -> np.ndarray:
    """Class features (c, d) of prompts that a model encodes."""
    from mmcl.clip import features, inputs

    texts, labels = written(options.prompts, classes)
    source.model.to(options.device)
    items = [inputs.Item(text, text) for text in texts]
    found = features.encoded(source, items, options.batch, True, options.device)["text"].numpy()
    return tip.class_features(found.astype(float), labels, classes, "--prompts")


def written(prompts: Sequence[str], classes: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Prompts, and the class of each: templates for all classes, or a list that has them.

    Errors: UsageError for a template without a place for the class; InputError for a list's lines.
    """
    if len(prompts) == 1 and Path(prompts[0]).suffix.lower() in lists.LISTS:
        lines = lists.read(arrays.existing(Path(prompts[0])), "label", "prompt")
        for number, row in lines:
            if len(row) < 2:
                text = f"{prompts[0]}, line {number}"
                raise InputError(f"{text}: give a label and a prompt on each line")
        names: list[Any] = [row["label"] for _, row in lines]
        if classes.dtype.kind in "iu":  # labels of the features are numbers
            names = [int(name) if name.lstrip("-").isdecimal() else name for name in names]
        return [row["prompt"] for _, row in lines], np.array(names)
    for prompt in prompts:
        if HOLE not in prompt:
            text = f"--prompts {prompt!r} has no place for a class"
            raise UsageError(f"{text}; give 'a photo of a {HOLE}', or a .csv of label, prompt")
    pairs = [(prompt, name) for name in classes.tolist() for prompt in prompts]
    texts = [prompt.replace(HOLE, str(name).replace("_", " ")) for prompt, name in pairs]
    return texts, np.array([name for _, name in pairs])
