"""The ledger: what the papers claim, what this book measured, and whether the bar is met."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from mmcl import files
from mmcl.errors import InputError, UserError
from mmcl_book.records import store as records
from mmcl_experiments import PROFILES, nearest
from mmcl_experiments.chapter import CHAPTER, NAME, Value
from mmcl_experiments.recorded.published import EVIDENCE

EXPECT = ("holds", "fails", "open")
ALARM = 1e-4  # the most that a bar on chance may miss by chance
BENCH = re.compile(r"(cpu|cuda)/[a-z_]+")  # a benchmark's record, below results/bench
ERRORS = ("missed", "unexpected", "missing")  # statuses that make a check fail
NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
BARS = (
    re.compile(rf"(>=|<=) {NUMBER}"),
    re.compile(rf"(between) {NUMBER} {NUMBER}"),
    re.compile(r"(is true)"),
)


@dataclass(frozen=True)
class Claim:
    """One line of the ledger; see book/claims.yml for the meaning of each field."""

    id: str
    sentence: str
    place: str
    record: str
    metric: str
    profiles: tuple[str, ...]
    published: Mapping[str, Any] | None = None  # value and evidence
    bar: str | None = None
    false_alarm: float | None = None  # how often chance alone misses the bar
    tolerance: float | None = None
    expect: str = "holds"
    format: str = ""
    headline: bool | str = False  # one of the few that the README shows; text: in these words


def is_number(value: Any) -> bool:
    """Whether a value is an int or a float, but no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    """Whether a value is text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_name(value: Any) -> bool:
    """Whether a value is made of dotted words."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_published(value: Any) -> bool:
    """Whether a value is a printed one with its evidence."""
    whole = isinstance(value, dict) and set(value) == {"value", "evidence"}
    return whole and isinstance(value["value"], int | float | str | None)


def is_format(value: Any) -> bool:
    """Whether a number can be written in a format."""
    try:
        return bool(format(1.0, value))
    except (TypeError, ValueError):
        return False


# What each field may be, where it isn't left out or null: a test, and what to give.
RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (is_name, "dotted words such as sphere.r2.mean"),
    "sentence": (is_text, "text"),
    "place": (is_text, "text"),
    "record": (is_text, "text"),
    "metric": (is_name, "dotted words such as sphere.r2.mean"),
    "profiles": (lambda value: isinstance(value, list) and value != [], "a list such as [default]"),
    "published": (is_published, "{value: a number, text or null, evidence: V}, or null"),
    "false_alarm": (lambda rate: is_number(rate) and 0 < rate <= ALARM,
                    f"a rate above 0, at most {ALARM:g}"),
    "tolerance": (lambda value: is_number(value) and value >= 0, "a number >= 0, or null"),
    "format": (is_format, "a Python format such as '.3f'"),
    "headline": (lambda value: isinstance(value, bool) or is_text(value), "true, false or text"),
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """How a claim stands at a profile. `text` is what a page shows, `source` the record's file."""

    claim: Claim
    status: str
    value: Value | None
    text: str
    reason: str
    source: str | None = None
    stale: bool = False


def load(path: Path | str) -> dict[str, Claim]:
    """Read the ledger: {id: claim}, in the file's order.

    Errors: ValueError with file, id and reason for anything malformed.
    """
    entries = files.read_yaml(path)
    if entries is None:
        return {}
    if not isinstance(entries, list):
        raise InputError(f"{path} holds a {type(entries).__name__}; give a list of claims")
    ledger: dict[str, Claim] = {}
    for number, entry in enumerate(entries, 1):
        given = entry.get("id") if isinstance(entry, dict) else None
        name = given or f"number {number}"
        try:
            claim = claim_of(entry)
            if claim.id in ledger:
                raise InputError("the id is used twice; give each claim its own")
        except InputError as error:
            raise InputError(f"{path}: claim {name}: {error}") from error
        ledger[claim.id] = claim
    return ledger


def claim_of(entry: Any) -> Claim:
    """One entry of the file as a claim; ValueError says what is wrong with it."""
    if not isinstance(entry, dict):
        raise InputError(f"it is {entry!r}; give a mapping with id, sentence, place, ...")
    known = {field.name: field for field in fields(Claim)}
    for name in entry:
        nearest(name, tuple(known), "key")
    lacks = [name for name in known if known[name].default is MISSING and name not in entry]
    if lacks:
        raise InputError(f"it lacks {', '.join(lacks)}")
    for name, (good, wanted) in RULES.items():
        if entry.get(name) is None and known[name].default is None:
            continue
        if name in entry and not good(entry[name]):
            raise InputError(f"{name} is {entry[name]!r}; give {wanted}")
    check_source(entry["record"], entry["profiles"])
    claim = Claim(**{**entry, "profiles": tuple(entry["profiles"])})
    nearest(claim.expect, EXPECT, "value of expect")
    if claim.published is not None:
        nearest(claim.published["evidence"], tuple(EVIDENCE), "evidence")
    if claim.bar is not None:
        parse_bar(claim.bar)
    elif claim.false_alarm is not None:
        raise InputError("it has a false_alarm and no bar; give the bar, or leave out the rate")
    return claim


def check_source(record: str, profiles: list[str]) -> None:
    """ValueError when a claim's record and profiles are no chapter's and no benchmark's."""
    for profile in profiles:
        nearest(profile, ("default", "paper", "bench"), "profile")
    if "bench" in profiles and profiles != ["bench"]:
        raise InputError(f"profiles is {profiles!r}; a benchmark's claim has [bench] alone")
    kind, example = CHAPTER, "chapter such as 04_hypersphere"
    if profiles == ["bench"]:
        kind, example = BENCH, "benchmark such as cpu/step"
    if not kind.fullmatch(record):
        raise InputError(f"record is {record!r}; give a {example}")


def published_text(claim: Claim) -> tuple[str, str]:
    """The published value as it was printed, and its evidence tag if it has one."""
    published = claim.published or {}
    value, tag = published.get("value"), published.get("evidence") or ""
    return ("not published" if value is None else str(value)), tag


def parse_bar(bar: Any) -> tuple[str, list[float]]:
    """A bar's kind and bounds. Errors: ValueError for a bar of another shape."""
    for pattern in BARS:
        if isinstance(bar, str) and (match := pattern.fullmatch(bar)):
            kind, *bounds = match.groups()
            limits = [float(bound) for bound in bounds]
            if limits != sorted(limits):
                raise InputError(f"bar is {bar!r}; give the lower bound first")
            return kind, limits
    raise InputError(f"bar is {bar!r}; give '>= x', '<= x', 'between a b', 'is true', or null")


def met(bar: str, value: Value) -> bool:
    """Whether a value meets a bar. Errors: ValueError when the value is of the wrong kind."""
    kind, bounds = parse_bar(bar)
    if kind == "is true":
        if not isinstance(value, bool):
            raise InputError(f"the bar is {bar!r} but the value is {value!r}, no boolean")
        return value
    if isinstance(value, bool | str):
        raise InputError(f"the bar is {bar!r} but the value is {value!r}, no number")
    low = bounds[0] if kind != "<=" else -float("inf")
    high = bounds[-1] if kind != ">=" else float("inf")
    return low <= value <= high


def written(claim: Claim, value: Value) -> str:
    """A value as a page shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format(value, claim.format)


def source_of(claim: Claim, profile: str, root: Path, live: Path | None) -> Path | None:
    """The record to judge a claim by; None where it isn't judged at this profile."""
    if profile == "smoke":
        return None
    if profile in claim.profiles:
        return records.live_path(root, profile, claim.record, live)
    if claim.profiles in (("paper",), ("bench",)):
        return records.accepted_path(root, claim.profiles[0], claim.record)
    return None


def command(claim: Claim, profile: str) -> str:
    """What measures a claim again."""
    if claim.profiles == ("bench",):
        return f"python -m benchmarks {claim.record.split('/')[1]}, and copy its file as it says"
    size = "paper" if claim.profiles == ("paper",) else profile
    return f"mmcl run {claim.record} --profile {size}"


def judge(claim: Claim, profile: str, root: Path, live: Path | None = None) -> Verdict:
    """How a claim stands at a profile, by the live record; for paper and bench the accepted one.

    live: the folder of a run elsewhere than in _build/<profile>, as `mmcl run --out` takes it.
    """
    nearest(profile, PROFILES, "profile")
    path = source_of(claim, profile, root, live)
    if path is None:
        reason = f"judged at {', '.join(claim.profiles)}, not at {profile}"
        return Verdict(claim, "not measured", None, "not measured at this size", reason)
    source = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    try:
        record = records.load(path)
        value = record["values"][claim.metric]["value"]
        status, reason = status_of(claim, value)
    except FileNotFoundError:
        reason = f"there is no {source}; run: {command(claim, profile)}"
        return Verdict(claim, "missing", None, "no record", reason, source)
    except KeyError:
        lacks = f"{source} has no value {claim.metric!r}"
        reason = f"{lacks}; note it in the chapter, or mend the ledger"
        return Verdict(claim, "missing", None, "no value", reason, source)
    except UserError as error:
        return Verdict(claim, "missing", None, "no value", f"{source}: {error}", source)
    fresh = path == records.live_path(root, profile, claim.record, live)
    stale = not fresh and record["key"] != records.current_key(root, record)
    return Verdict(claim, status, value, written(claim, value), reason, source, stale)


def status_of(claim: Claim, value: Value) -> tuple[str, str]:
    """Status and reason of a measured value."""
    if claim.bar is None:
        return ("open" if claim.expect == "open" else "measured"), "measured; there is no bar"
    good = met(claim.bar, value)
    reason = f"{written(claim, value)} {'meets' if good else 'misses'} the bar {claim.bar}"
    if claim.expect == "open":
        return "open", reason
    if claim.expect == "fails":
        return ("unexpected" if good else "fails"), f"{reason}; it was expected to miss it"
    return ("holds" if good else "missed"), reason
