"""The packages' modules by their content, and that of all they import: one digest each.

A digest knows neither name nor place of its module, so a module can be renamed and moved. Modules
that import each other in a circle have digests made of the whole circle.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from mmcl_book.keys.canonical import Facts, Hole, Part, facts_of

# What leaves no trace in a key, as no number comes from it: it moves, refuses or shows what others
# made. Short on purpose: what computes, chooses or rounds a number has no place here.
PRESS = (
    "mmcl.errors",  # kinds of errors and their words
    "mmcl.naming",  # hands on a name, or refuses it
    "mmcl.files",  # bytes, text, JSON and YAML as they are; settings and results count by value
    "mmcl_experiments.recorded.places",  # folders
    "mmcl_experiments.notices",  # sentences on a page
    "mmcl_experiments.provenance",  # when, where and how long
    "mmcl_experiments.results",  # hands on recorded rows; their file counts by its checksum
    "mmcl_book",  # the press: runs, stores, judges and shows what others made
)
PACKAGES = ("mmcl", "mmcl_experiments", "mmcl_book")
EXPERIMENTS = "mmcl_experiments"
SETTINGS = (EXPERIMENTS, "settings")  # a room's: its values count, the file leaves no trace
RUNNERS = tuple(f"{EXPERIMENTS}.rooms.{name}" for name in
                ("run", "run_seeds", "settings", "module", "seeds"))  # fmt: skip
MEASURED = ("mmcl_experiments.recorded.live.measured",)
CHAPTER = "mmcl_experiments.chapter.Chapter"
IMPORTER = "importlib.import_module"


def module_of(experiment: str) -> str:
    """The module that runs an experiment."""
    return f"{EXPERIMENTS}.{experiment}.run"


def sha(*texts: str) -> str:
    """A SHA-256 of texts, in hexadecimal."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def is_press(name: str) -> bool:
    """Whether a module leaves no trace."""
    parts = name.split(".")
    whole = any(name == each or name.startswith(f"{each}.") for each in PRESS)
    return whole or (parts[0], parts[-1]) == SETTINGS


@lru_cache(maxsize=1024)
def _facts_of_file(file: Path, module: str, modified: int, size: int) -> Facts:
    return facts_of(file.read_text(encoding="utf-8"), module, file.name == "__init__.py")


class Tree:
    """The modules of a folder's packages, as their files are when they are first looked at."""

    def __init__(self, files: Mapping[str, tuple[Path, int, int]]):
        self.files = files  # {module: file, time of its last edit, size}
        self._needs: dict[str, frozenset[str]] = {}
        self._digests: dict[str, str] = {}

    def facts(self, name: str) -> Facts:
        """The facts of a module."""
        file, modified, size = self.files[name]
        return _facts_of_file(file, name, modified, size)

    # What dotted names stand for

    def module_in(self, path: str) -> str | None:
        """The module with which a dotted name begins, the longest there is."""
        parts = path.split(".")
        names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((name for name in names if name in self.files), None)

    def resolved(self, path: str) -> tuple[str | None, str]:
        """The module that defines what a dotted name stands for, and its name there.

        Follows names that modules hand on. Of other packages: None, and the name as it is.
        """
        seen = set[str]()
        while (module := self.module_in(path)) is not None and path not in seen:
            seen.add(path)
            name, *rest = path[len(module) + 1 :].split(".")
            if not name or is_press(module) or name not in self.facts(module).bound:
                return module, ".".join([name, *rest])
            path = ".".join([self.facts(module).bound[name], *rest])
        return None, path

    def full(self, path: str) -> str:
        """A dotted name as that of what it stands for, where it is defined."""
        module, name = self.resolved(path)
        return ".".join(filter(None, (module, name)))

    def named(self, hole: Hole) -> str | None:
        """The module that a text names in a call of what runs experiments, or imports."""
        function = self.full(hole.path)
        if function in (*RUNNERS, *MEASURED, CHAPTER):
            name = module_of(str(hole.text))
        else:
            name = str(hole.text) if function == IMPORTER else ""
        return name if name in self.files and not is_press(name) else None

    # What a source needs

    def needs(self, facts: Facts) -> frozenset[str]:
        """The modules that a source imports, takes names from or names to what runs them."""
        found = {name for path in facts.imports for name in self._imported(path)}
        for part in facts.parts:
            if isinstance(part, Hole):
                found.add(
                    self.named(part) if part.text is not None else self.resolved(part.path)[0]
                )
        found |= {self.named(hole) for hole in facts.uses}
        return frozenset(name for name in found if name and not is_press(name))

    def _imported(self, path: str) -> Iterator[str | None]:
        """What an import of a dotted name brings: its module, and packages with code on the way.

        A package that only hands on names leaves no trace where it isn't what is wanted.
        """
        parts = path.split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            if name not in self.files or is_press(name):
                continue
            if end == len(parts) or not self.facts(name).bare:
                yield name
            if end < len(parts) and parts[end] in self.facts(name).bound:
                yield self.resolved(".".join(parts[: end + 1]))[0]

    def needs_of(self, name: str) -> frozenset[str]:
        """The same of a module."""
        if name not in self._needs:
            self._needs[name] = self.needs(self.facts(name))
        return self._needs[name]

    def reached(self, facts: Iterable[Facts]) -> list[str]:
        """All modules that sources reach, through all that these need; sorted."""
        return sorted(self.closed(name for each in facts for name in self.needs(each)))

    def closed(self, names: Iterable[str]) -> set[str]:
        """Modules, and all that they need."""
        found, waiting = set[str](), list(names)
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting += self.needs_of(name)
        return found

    # Digests

    def digest(self, name: str) -> str:
        """The digest of a module and all that it reaches."""
        if name not in self._digests:
            reached = self.closed(self.needs_of(name))
            circle = {name, *(each for each in reached if name in self.closed(self.needs_of(each)))}
            outer = {each for member in circle for each in self.needs_of(member)} - circle
            self._close(circle, {each: self.digest(each) for each in outer})
        return self._digests[name]

    def digest_of(self, facts: Facts) -> str:
        """The same of a source that is no module."""
        needed = self.needs(facts)
        return self._digest(facts, needed, {name: self.digest(name) for name in needed})

    def _digest(self, facts: Facts, needed: Iterable[str], digests: Mapping[str, str]) -> str:
        text = "".join(self._filled(part, digests) for part in facts.parts)
        return sha(text, *sorted(digests[name] for name in needed))

    def _filled(self, part: Part, digests: Mapping[str, str]) -> str:
        """A part as text: what a hole stands for, by the digest of its module."""
        if isinstance(part, str):
            return part
        if part.text is not None:
            module = self.named(part)
            return f"<{digests[module]}>" if module else f"str:{part.text!r}"
        module, name = self.resolved(part.path)
        if module is None:
            return f"<{name}>"
        return f"<{'' if is_press(module) else digests[module]}:{name}>"

    def _close(self, circle: Iterable[str], outer: Mapping[str, str]) -> None:
        """Give the modules of a circle (of one, most often) their digests.

        Each begins without any; as many rounds as there are members tell apart what can be.
        outer: the digests of what they need beside each other.
        """
        colors = dict.fromkeys(circle, "")
        for _ in circle:
            now = {**outer, **colors}
            colors = {n: self._digest(self.facts(n), self.needs_of(n), now) for n in circle}
        whole = sorted(colors.values()) if len(colors) > 1 else []
        self._digests |= {name: sha(color, *whole) for name, color in colors.items()}

    def own(self, name: str) -> str:
        """A digest of a module alone, which says whether its own file differs from another's."""
        facts = self.facts(name)
        return sha(repr(facts.parts), *sorted(facts.imports))


def snapshot(folder: Path) -> Tree:
    """The modules of the packages in a folder, as they are now."""
    found = {}
    for file in sorted(file for name in PACKAGES for file in (folder / name).rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        stat = file.stat()
        found[name] = (file, stat.st_mtime_ns, stat.st_size)
    return _tree(tuple(found.items()))


@lru_cache(maxsize=16)
def _tree(files: tuple[tuple[str, tuple[Path, int, int]], ...]) -> Tree:
    return Tree(dict(files))
