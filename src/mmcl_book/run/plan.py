"""What a run will do: everything that was asked for is checked here, before anything runs."""

import ast
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError, UsageError
from mmcl_book import keys as reach
from mmcl_book import project
from mmcl_book.keys import inventory
from mmcl_book.notebooks import code_cells, read, tags_of
from mmcl_experiments import PROFILES, checked_seed, nearest
from mmcl_experiments.chapter import writable

OWN = {"PROFILE": "--profile", "SEED": "--seed", "OUT": "--out"}


@dataclass(frozen=True)
class Job:
    """One chapter to execute, and where its files go."""

    chapter: str
    notebook: Path
    base: Path
    key: str
    profile: str
    seed: int
    settings: Mapping[str, Any]
    live: bool
    codes: Mapping[str, str]  # of the experiments that its cells measure

    @property
    def executed(self) -> Path:
        return self.base / "executed" / "notebooks" / f"{self.chapter}.ipynb"

    @property
    def record(self) -> Path:
        return self.base / "records" / f"{self.chapter}.json"

    @property
    def state(self) -> Path:
        return self.base / "state" / f"{self.chapter}.json"

    @property
    def failed(self) -> Path:
        return self.base / "failed" / f"{self.chapter}.ipynb"

    @property
    def staging(self) -> Path:
        """Where this process's run of the chapter writes before it is complete."""
        return self.base / ".staging" / f"{os.getpid()}-{self.chapter}"

    def previous_seconds(self) -> float | None:
        """How long the run took that these files come from; None when it has to run (again)."""
        try:
            state = files.read_json(self.state)
            same = (
                state["key"] == self.key
                and state.get("live", False) == self.live
                and state["executed"] == files.sha256(self.executed)
                and state["record"] == files.sha256(self.record)
            )
            return float(state["seconds"]) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None


def plan(
    root: Path,
    chapters: Iterable[str],
    *,
    profile: str = "default",
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    jobs: int = 1,
    out: Path | str | None = None,
    live: bool = False,
) -> list[Job]:
    """The jobs of a run, one for each chapter (all chapters when none is named).

    settings: {parameter: value, or its text as on the command line}. live: see `execute.run`.
    Errors: UsageError names what is wrong and the nearest valid name.
    """
    try:
        nearest(profile, PROFILES, "profile")
        checked_seed(seed)
        if type(jobs) is not int or jobs < 1:
            raise InputError(f"jobs is {jobs!r}; give an integer >= 1")
        names = [project.chapter(root, given) for given in chapters] or project.chapters(root)
        base = root / "_build" / profile if out is None else files.expanded(out).absolute()
        found = []
        for name in dict.fromkeys(names):
            notebook = project.notebook(root, name)
            if not notebook.is_file():
                raise InputError(f"_toc.yml names {name}, but there is no {notebook}")
            chosen = checked_settings(notebook, settings or {})
            about = {"settings": chosen, "data": outside_of(root, notebook)}
            key = reach.key(root, notebook, profile=profile, seed=seed, **about)
            codes = inventory.codes(root, notebook)
            found.append(Job(name, notebook, base, key, profile, seed, chosen, live, codes))
        for folder in ("executed", "records", "state"):
            writable(base / folder)
    except InputError as error:
        raise UsageError(str(error)) from error
    return found


def outside_of(root: Path, notebook: Path) -> dict[str, str]:
    """The state of a chapter's outside files, after an attempt to get those that are missing.

    Done before any chapter starts, so that no two of them download the same file. A chapter whose
    files can't be had shows what was recorded.
    """
    found = inventory.states(root, notebook)
    if inventory.ABSENT in found.values():
        for reason in inventory.fetched(found):
            print(f"{notebook.stem}: {reason}; it shows recorded results", file=sys.stderr)
        found = inventory.states(root, notebook)
    return found


def checked_settings(notebook: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by type, without those that equal the notebook's own value.

    Errors: ValueError for a notebook without its parameters, an unknown name or a wrong value.
    """
    marked = [cell for cell in code_cells(read(notebook)) if "parameters" in tags_of(cell)]
    if len(marked) != 1:
        raise InputError(f"{notebook.name} has {len(marked)} cells tagged parameters; give it one")
    if not settings:
        return {}
    from papermill import inspect_notebook

    known = inspect_notebook(notebook)
    valid = [name for name in known if name not in OWN]
    chosen = {}
    for name, given in settings.items():
        if name in OWN:
            raise InputError(f"{name} is set by {OWN[name]}, not by --set")
        if name not in known:
            where = f"parameter of {notebook.stem}"
            if not valid:
                raise InputError(f"unknown {where} {name!r}; it has none that can be set")
            nearest(name, valid, where)
        default = literal(notebook, known[name])
        value = typed(name, given, default)
        if value != default:
            chosen[name] = value
    return chosen


def literal(notebook: Path, parameter: Mapping[str, Any]) -> Any:
    """The value that a notebook gives a parameter; InputError for one that is computed."""
    text = parameter["default"]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        what = f"{notebook.name} has {parameter['name']} = {text}, which is no plain value"
        raise InputError(f"{what}; give it one that --set can replace") from error


def typed(name: str, given: Any, default: Any) -> Any:
    """A value of the default's type from what was given; ValueError for another type."""
    value = parsed(given, default) if isinstance(given, str) else given
    if type(default) is float and type(value) is int:
        value = float(value)
    if default is None or type(value) is type(default):
        return value
    raise InputError(
        f"{name} is {given!r}; the notebook has {default!r}, so give a {type(default).__name__}"
    )


def parsed(text: str, default: Any) -> Any:
    """A value from its text on the command line; text that is no value of Python stays text."""
    if isinstance(default, str) and text[:1] not in ("'", '"'):
        return text
    try:
        return ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
