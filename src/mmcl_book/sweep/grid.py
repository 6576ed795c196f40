"""What a sweep consists of: every combination of settings at every seed, checked and keyed."""

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mmcl_experiments as experiments
from mmcl.errors import InputError
from mmcl_book.run.plan import parsed
from mmcl_book.sweep import work
from mmcl_experiments import nearest, rooms
from mmcl_experiments.recorded.tasks import key


@dataclass(frozen=True)
class Task:
    """One experiment under one combination of settings and one seed."""

    settings: Mapping[str, Any]
    seed: int
    key: str
    name: str


@dataclass(frozen=True)
class Grid:
    """All tasks of a sweep; `varied` names the settings that have several values."""

    experiment: str
    profile: str
    code: str
    tasks: list[Task]
    varied: list[str]


def plan(
    experiment: str,
    *,
    profile: str = "default",
    seeds: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Grid:
    """The tasks of a sweep, seed after seed, so that a part of it has all settings.

    seeds: "A:B", B not included; the profile's without it. settings: {name: "VALUE[,VALUE...]"}.
    The device is no setting: it belongs to the worker and stands in the provenance. A task has
    the settings that leave a trace: one that came later is left out where it changes nothing.
    Errors: ValueError names what is wrong and the nearest valid name.
    """
    base = experiments.settings(experiment, profile=profile)
    del base["device"]
    chosen = {
        name: values(experiment, profile, name, text, base)
        for name, text in (settings or {}).items()
    }
    varied = [name for name, found in chosen.items() if len(found) > 1]
    code = work.code_of(experiment)
    tasks = []
    for seed in seeds_of(experiment, profile, seeds):
        for combination in itertools.product(*chosen.values()):
            each = {**base, **dict(zip(chosen, combination, strict=True))}
            changed = [f"{name}={each[name]}" for name in varied]
            each = rooms.counted(rooms.stated(experiment), each)
            name = ", ".join([*changed, f"seed {seed}"])
            tasks.append(Task(each, seed, key(experiment, each, seed, code), name))
    return Grid(experiment, profile, code, tasks, varied)


def seeds_of(experiment: str, profile: str, text: str | None) -> range:
    """The seeds of a text "A:B", else as many as the profile says, from 0 on."""
    if text is None:
        return range(experiments.seeds(experiment, profile))
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if match is None or int(match[1]) >= int(match[2]):
        raise InputError(
            f"seeds is {text!r}; give A:B with 0 <= A < B, such as 0:5 for seeds 0, 1, 2, 3 and 4"
        )
    return range(int(match[1]), int(match[2]))


def values(
    experiment: str, profile: str, name: str, text: str, base: Mapping[str, Any]
) -> list[Any]:
    """The values of one setting, each once, of the type that the profile has."""
    if name == "device":
        raise InputError("the device is no setting; give it to the workers as MMCL_DEVICE")
    nearest(name, list(base), f"setting of {experiment}")
    found: dict[str, Any] = {}
    for piece in pieces(text):
        if not piece:
            raise InputError(f"--set {name}={text} has an empty value; give VALUE[,VALUE...]")
        change: dict[str, Any] = {name: parsed(piece, base[name])}
        value = experiments.settings(experiment, profile=profile, **change)[name]
        try:
            found[json.dumps(value, allow_nan=False)] = value
        except (TypeError, ValueError) as error:
            wanted = "give finite numbers, true, false, texts or lists of them"
            raise InputError(f"--set {name}={text}: {piece} won't do; {wanted}") from error
    return [json.loads(each) for each in found]


def pieces(text: str) -> list[str]:
    """Split at the commas that stand in no brackets and no quotation marks."""
    first, *rest = text.split(",")
    found = [first]
    for part in rest:
        if unfinished(found[-1]):
            found[-1] += f",{part}"
        else:
            found.append(part)
    return [piece.strip() for piece in found]


def unfinished(text: str) -> bool:
    """Whether a bracket or a quotation mark is open at the end of a text."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    depth = sum((each in "([{") - (each in ")]}") for each in bare)
    return depth > 0 or "'" in bare or '"' in bare
