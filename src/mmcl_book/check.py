"""`mmcl check`: sources by the gates, numbers by the ledger, live records by accepted ones."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mmcl import files
from mmcl.errors import UserError
from mmcl_book import lint, notebooks, project
from mmcl_book.ledger import claims, readme
from mmcl_book.ledger.claims import Claim
from mmcl_book.records import standing
from mmcl_book.records import store as records
from mmcl_experiments import names, results
from mmcl_experiments.chapter import Value

LARGE = 300_000  # bytes of an accepted sweep


class Line(NamedTuple):
    """One line of the report."""

    level: Literal["ok", "warning", "error"]
    text: str


def verdict_lines(
    root: Path, profile: str, ledger: dict[str, Claim], out: Path | None = None
) -> Iterator[Line]:
    """A line for each claim, with its status, and at `default` whether its number has drifted."""
    for claim in ledger.values():
        verdict = claims.judge(claim, profile, root, out)
        level = "error" if verdict.status in claims.ERRORS else "ok"
        yield Line(level, f"{claim.id}: {verdict.status}: {verdict.reason}")
        if verdict.stale:
            again = claims.command(claim, profile)
            text = f"{claim.id}: {verdict.source} was made with older code; run: {again}"
            yield Line("warning", text)
        if profile == "default" and profile in claim.profiles and claim.tolerance is not None:
            yield from drift_lines(root, claim, claim.tolerance, verdict.value)


def drift_lines(root: Path, claim: Claim, tolerance: float, live: Value | None) -> Iterator[Line]:
    """Whether a live value at `default` is too far from the accepted one, or there is none."""
    path = records.accepted_path(root, "default", claim.record)
    where, accept = path.relative_to(root), f"run: mmcl record accept {claim.record}"
    if not path.is_file():
        level = "error" if any(path.parent.glob("*.json")) else "warning"
        yield Line(level, f"{claim.id}: no accepted record {where}; {accept}")
    elif (accepted := records.load(path)["values"].get(claim.metric)) is None:
        yield Line("error", f"{claim.id}: {where} has no {claim.metric}; {accept}")
    elif live is not None and not near(live, accepted["value"], tolerance):
        far = f"now {live}, accepted {accepted['value']}, tolerance {tolerance}"
        yield Line("error", f"{claim.id}: {far}; find out why, or {accept}")


def near(value: Value, accepted: Value, tolerance: float) -> bool:
    """Whether a value is within tolerance of the accepted one; text and booleans must be equal."""
    if isinstance(value, bool | str) or isinstance(accepted, bool | str):
        return value == accepted
    return abs(value - accepted) <= tolerance


def told(lines: Callable[..., Iterator[Line]], *given: Any) -> Iterator[Line]:
    """The lines about a file; what its reader can't use is an error."""
    try:
        yield from lines(*given)
    except UserError as error:
        yield Line("error", str(error))


def misnamed(where: str, said: tuple[str, str]) -> Line:
    """The line about a file of another name or profile than it says."""
    return Line("error", f"{where}: it says that it is {' at '.join(said)}; accept the right one")


def store_lines(root: Path) -> Iterator[Line]:
    """Accepted records that can't be read, or that no chapter or benchmark stands for."""
    known = set(project.chapters(root))
    for profile, pattern in (("default", "*.json"), ("paper", "*.json"), ("bench", "**/*.json")):
        folder = root / "results" / profile
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).with_suffix("").as_posix()
            where = path.relative_to(root).as_posix()
            if profile != "bench" and name not in known:
                yield Line("error", f"{where}: the book has no chapter {name}; remove it")
            else:
                yield from told(record_lines, path, where, name, profile)


def record_lines(path: Path, where: str, name: str, profile: str) -> Iterator[Line]:
    """An accepted record of another name; a benchmark of another size, or of uncommitted code."""
    record = records.load(path)
    if (said := (record["chapter"], record["profile"])) != (name, profile):
        yield misnamed(where, said)
    elif profile == "bench" and record["parameters"].get("size") != "full":
        yield Line("error", f"{where}: it was measured at a size for tests; run: make bench")
    elif profile == "bench" and record["provenance"]["dirty"] is not False:
        text = f"{where}: it was measured with code that no commit holds; run: make bench"
        yield Line("warning", text)


def result_lines(root: Path) -> Iterator[Line]:
    """Accepted sweeps and published tables that can't be read, or whose code has changed."""
    for path in sorted((root / "results" / "published").glob("*.yml")):
        try:
            results.published(path.stem, root=root)
        except UserError as error:
            yield Line("error", str(error))
    for path in sorted((root / "results").glob("*/sweeps/*.json")):
        yield from told(sweep_lines, path, root)


def sweep_lines(path: Path, root: Path) -> Iterator[Line]:
    """An accepted sweep of another name, of no experiment, of older code, or too large."""
    where, contents = path.relative_to(root).as_posix(), results.read_sweep(path)
    if (size := path.stat().st_size) > LARGE:
        yield Line("warning", f"{where}: it has {size / 1000:.0f} kB; record fewer rows a task")
    said = contents[0]["experiment"], contents[0]["profile"]
    if said != (path.stem, path.parts[-3]):
        yield misnamed(where, said)
    elif path.stem not in names():
        yield Line("error", f"{where}: there is no experiment {path.stem}; remove it")
    elif count := len(standing.stale(contents, root)):
        old = f"{count} of {len(contents)} tasks were run with older code"
        yield Line("warning", f"{where}: {old}; {standing.renewal(*said)}")


def readme_lines(root: Path) -> Iterator[Line]:
    """Whether the README's table agrees with ledger and records."""
    if not readme.agrees(root):
        text = "README.md: the table of results is not the ledger's; run: mmcl record show"
        yield Line("error", text)


def output_lines(root: Path, profile: str, out: Path | None = None) -> Iterator[Line]:
    """Outputs that would show folders of this machine to readers."""
    private = {str(root), str(files.home() or root)} - {"/"}
    executed = (out or root / "_build" / profile) / "executed" / "notebooks"
    for chapter in project.chapters(root):
        copy = executed / f"{chapter}.ipynb"
        for cell in notebooks.read(copy)["cells"] if copy.is_file() else ():
            text = json.dumps(cell.get("outputs", []))
            found = sorted(folder for folder in private if f"{folder}/" in text)
            if found:
                where = f"{chapter}: cell {cell.get('id', '?')}"
                yield Line("error", f"{where}: its output shows the folder {found[0]}; hide it")


def lines(root: Path, profile: str, out: Path | None = None) -> Iterator[Line]:
    """All that there is to say about a project at a profile, and about its run in `out`."""
    for finding in lint.project_findings(root):
        yield Line("error", str(finding))
    yield from verdict_lines(root, profile, claims.load(root), out)
    yield from store_lines(root)
    yield from result_lines(root)
    yield from told(readme_lines, root)
    yield from output_lines(root, profile, out)


def report(root: Path, profile: str, out: Path | None = None) -> int:
    """Print the report; return 1 when there is an error in it, else 0."""
    counts: Counter[str] = Counter()
    for line in lines(root, profile, out):
        counts[line.level] += 1
        print(f"{'' if line.level == 'ok' else line.level + ': '}{line.text}")
    print(f"{counts['ok']} claims in order, {counts['warning']} warnings, {counts['error']} errors")
    return int(counts["error"] > 0)
