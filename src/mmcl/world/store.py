"""A world on disk: shards of pairs with checksums, made block by block, resumable.

`FOLDER/index.json` says what the world is and which shards are whole; a shard
`shard-00000.npz` has 1,000 pairs. Each block of pairs has its own random streams, so pair i is
the same however many pairs there are and wherever the work was interrupted.
"""

import io
import math
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mmcl import files
from mmcl.errors import InputError, unreadable
from mmcl.naming import nearest
from mmcl.randomness import stream
from mmcl.world import captions, factors
from mmcl.world.render import check_size, domain_of, render

BLOCK = 1000
SCHEMA = 1
INDEX = "index.json"


@dataclass(frozen=True)
class Spec:
    """What a world is, but for how many pairs of it there are.

    Errors: ValueError for an unknown domain or dependence, or a size or seed that can't be.
    """

    seed: int = 0
    size: int = 64
    domain: str = "photo"
    dependence: str = "none"

    def __post_init__(self):
        stream(self.seed, "factors")
        check_size(self.size)
        domain_of(self.domain)
        nearest(self.dependence, factors.DEPENDENCES, "dependence")


class Shard(NamedTuple):
    """Pairs: images (n, size, size, 3) bytes, captions, and the factors that made them."""

    images: np.ndarray
    captions: list[str]
    table: pd.DataFrame


def block(spec: Spec, place: int, rows: int = BLOCK, device: str = "cpu") -> Shard:
    """The first pairs of a block: the same for the same spec and place."""
    rngs = {name: stream(spec.seed, f"{name} {place}") for name in ("factors", "captions", "noise")}
    table = factors.draw(BLOCK, rngs["factors"], dependence=spec.dependence)
    texts = captions.captions(table, rngs["captions"])[:rows]
    table = table.iloc[:rows]
    look = {"size": spec.size, "domain": spec.domain, "rng": rngs["noise"], "device": device}
    return Shard(render(table, **look).numpy(), texts, table)


def make(
    folder: Path | str,
    spec: Spec,
    n: int,
    *,
    device: str = "cpu",
    say: Callable[[str], None] = lambda message: None,
    progress: Callable[[int, int], None] = lambda done, wanted: None,
) -> Path:
    """Make the first n pairs of a world in a folder, or what is missing of them; its index.

    say: told why a shard is made anew. progress: told how many of the missing pairs are done.
    Errors: ValueError before anything is written, for n < 1 or a folder with another world or more
    pairs; OSError for a full disk: what was finished is kept, and the same call goes on from there.
    """
    folder = Path(folder)
    done = check_folder(folder, spec, n)
    for kind in ("shard-*", INDEX):  # half-written files that a killed run has left
        for leftover in folder.glob(f".{kind}.*.tmp"):
            leftover.unlink(missing_ok=True)
    wanted = {name_of(k): min(BLOCK, n - k * BLOCK) for k in range(math.ceil(n / BLOCK))}
    waiting = {
        name: rows for name, rows in wanted.items() if not _whole(folder, name, rows, done, say)
    }
    made, total = 0, sum(waiting.values())
    progress(made, total)
    for place, (name, rows) in enumerate(wanted.items()):
        if name in waiting:
            content = packed(block(spec, place, rows, device))
            files.write_bytes(folder / name, content)
            done[name] = {"rows": rows, "sha256": sha256(content).hexdigest()}
            _write_index(folder, spec, n, done)
            made += rows
            progress(made, total)
    return _write_index(folder, spec, n, done)


def name_of(place: int) -> str:
    """The file of a block."""
    return f"shard-{place:05d}.npz"


def _write_index(folder: Path, spec: Spec, n: int, done: dict[str, Any]) -> Path:
    content = {
        "schema": SCHEMA,
        "n": n,
        "world": asdict(spec),
        "shards": dict(sorted(done.items())),
    }
    return files.write_json(folder / INDEX, content)


def read_index(folder: Path | str) -> dict[str, Any]:
    """The index of a world. Errors: ValueError for a folder without one, or a broken one."""
    path = Path(folder) / INDEX
    if not path.is_file():
        raise InputError(f"{folder} holds no world; make one: mmcl world --n 1000 --out {folder}")
    content = files.read_json(path)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InputError(f"{path} is no index of a world (schema {SCHEMA}); remove the folder")
    return content


def check_folder(folder: Path, spec: Spec, n: int) -> dict[str, Any]:
    """The finished shards of a folder, none for a new one.

    Errors: ValueError for n < 1, or a folder with another world or with more pairs.
    """
    if n < 1:
        raise InputError(f"n is {n}; give an integer >= 1")
    if not (folder / INDEX).exists():
        return {}
    content = read_index(folder)
    other = differences(content["world"], asdict(spec))
    if content["n"] > n:
        other.append(f"it holds {content['n']} pairs, more than {n}")
    if other:
        raise InputError(f"{folder} holds another world: {'; '.join(other)}; give another folder")
    return content["shards"]


def differences(there: dict[str, Any], wanted: dict[str, Any], prefix: str = "") -> list[str]:
    """What two settings don't agree in, in words."""
    found = []
    for name, value in wanted.items():
        was = there.get(name) if isinstance(there, dict) else None
        if isinstance(value, dict) and isinstance(was, dict):
            found += differences(was, value, f"{prefix}{name}.")
        elif was != value:
            found.append(f"{prefix}{name} is {was!r} there and {value!r} here")
    return found


def _whole(
    folder: Path, name: str, rows: int, done: dict[str, Any], say: Callable[[str], None]
) -> bool:
    """Whether a shard is there with these rows and unchanged since it was made."""
    path = folder / name
    if name not in done or done[name]["rows"] != rows:
        return False
    if path.is_file() and files.sha256(path) == done[name]["sha256"]:
        return True
    say(f"{path} is {'damaged' if path.is_file() else 'missing'}; making it again")
    return False


def packed(shard: Shard) -> bytes:
    """A shard as the bytes of an npz file, the same for the same pairs."""
    buffer = io.BytesIO()
    columns = {f"factor_{name}": shard.table[name].to_numpy() for name in shard.table}
    texts = np.array(shard.captions, dtype=np.str_)
    np.savez(buffer, allow_pickle=False, images=shard.images, captions=texts, **columns)
    return buffer.getvalue()


def load(folder: Path | str, name: str, checksum: str) -> Shard:
    """A shard of a world.

    Errors: ValueError that names the file and what to do, for one that is missing or not as it was
    made. Nothing in a file is executed.
    """
    path = Path(folder) / name
    again = "run the same `mmcl world` command again, which makes it anew"
    if not path.is_file():
        raise InputError(f"{path} is missing; {again}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    if sha256(content).hexdigest() != checksum:
        raise InputError(f"{path} is damaged: its checksum isn't the one in {INDEX}; {again}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            columns = {name: arrays[f"factor_{name}"] for name in factors.FACTORS}
            return Shard(arrays["images"], arrays["captions"].tolist(), pd.DataFrame(columns))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path} is no shard of this version: {error}; {again}") from error
