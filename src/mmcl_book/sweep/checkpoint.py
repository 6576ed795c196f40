"""Accepting a checkpoint: the weights with which a recorded task ended, trained once more.

The room of the experiment has a module `checkpoint` with the task's settings (`TASK`) and `SEED`,
`trained(settings, seed)`, which gives its networks, and `scored(networks, settings, seed)`, rows as
the experiment's. Weights are kept only if they score as the accepted sweep says.
"""

import importlib.util
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from mmcl import files
from mmcl.errors import InputError
from mmcl.naming import nearest
from mmcl_experiments import names, rooms
from mmcl_experiments.provenance import cost, origin
from mmcl_experiments.recorded import live
from mmcl_experiments.recorded.places import checkpoint_path

PROFILE = "default"
EXACT = 1e-6  # of scores; the same processor trains the same weights


def room_of(experiment: str) -> ModuleType:
    """The module that says what is kept of an experiment; ValueError where there is none."""
    place = f"mmcl_experiments.{nearest(experiment, names(), 'experiment')}.checkpoint"
    if importlib.util.find_spec(place) is None:
        known = [each for each in names() if (rooms.HERE / each / "checkpoint.py").is_file()]
        raise InputError(f"no weights are kept of {experiment}, only of: {', '.join(known)}")
    return importlib.import_module(place)


def accept(root: Path, experiment: str, room: ModuleType, *, dirty: bool = False) -> Path:
    """Train the room's task, check it by the accepted one, write weights and what made them.

    dirty: keep what uncommitted code made. Errors: ValueError says why it can't be kept; then
    nothing is written.
    """
    settings = rooms.settings(experiment, profile=PROFILE, **room.TASK)
    recorded = live.accepted(experiment, PROFILE).get(live.name_of(experiment, settings, room.SEED))
    if recorded is None:
        text = f"{experiment} has no accepted task of seed {room.SEED} with {room.TASK}"
        raise InputError(f"{text}; accept its sweep first")
    code = origin()  # as it is now, whatever is edited while this trains
    if code["dirty"] is not False and not dirty:
        raise InputError("no commit holds the code as it is; commit (or pass --dirty)")
    started = time.monotonic()
    networks = room.trained(settings, room.SEED)
    gap = farthest(room.scored(networks, settings, room.SEED), pd.DataFrame(recorded["rows"]))
    if not gap <= EXACT:
        raise InputError(
            f"what was trained here scores up to {gap:.2g} otherwise than the accepted sweep; "
            f"accept a sweep of this machine first: mmcl sweep {experiment}"
        )
    del settings["device"]
    made = {"experiment": experiment, "settings": settings, "seed": room.SEED}
    path = checkpoint_path(root, PROFILE, experiment)
    files.write_bytes(path, files.packed(networks.state_dict(), made))
    about: dict[str, Any] = {
        **made,
        "command": f"mmcl record accept --checkpoint {experiment}",
        "sha256": files.sha256(path),
        "parameters": sum(each.numel() for each in networks.parameters()),
        "farthest_score": gap,
        "provenance": code | cost(time.monotonic() - started),
    }
    files.write_json(path.with_suffix(".json"), about)
    return path


def farthest(found: pd.DataFrame, recorded: pd.DataFrame) -> float:
    """The largest difference of values between rows and the recorded ones of the same name.

    Errors: ValueError where a row isn't recorded.
    """
    named = [name for name in found if name != "value"]
    both = found.merge(recorded, on=named, validate="one_to_one")
    if len(both) != len(found):
        raise InputError(f"{len(found) - len(both)} of {len(found)} rows aren't in the sweep")
    return float((both.value_x - both.value_y).abs().max(skipna=False))
