"""The ledger: what the papers claim, what this book measured, and whether the bar is met.

`book/claims/RECORD.yml` has the claims of one record, of a chapter or below `cpu` and `cuda` of a
benchmark: a mapping from each claim's id to its fields, which `Claim` lists. What isn't said is as
in `Claim`, or as in the file's `defaults`; `metric` is the id without its first word.

A published value has its evidence: V read in the primary source, S in a secondary one, D derived,
R recalled and unverified; a null value was not found. Headlines are shown in the README. A bar on
chance (a p-value, a number of standard errors) says how often a true null would miss it, with all
the comparisons of which it takes the worst: false_alarm, at most 1e-4.

A claim without a bar has a tolerance: how far `mmcl check` lets it be from the accepted record;
text has to stay as it is, whatever the tolerance. Unless chosen by hand, it is the largest of
- a quarter of what seeds, or the interval, span in the accepted record;
- two units of the printed digit (one, where two are over half of the number), and one of a count;
  of a number that is printed as a power of ten, half of it;
- three times what another kind of processor changed, as far as that was tried;
- once what another start of ICA changed, where one was seen.
An interval's end has what its middle has; what is typed in, a setting or a published figure, a
millionth. A number for which this is over half of it, and over half of what its claim tells apart,
is unstable: `expect: open`, and a comment says why.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

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
BAR = re.compile(rf"(>=|<=) {NUMBER}|(between) {NUMBER} {NUMBER}|(is true)")


@dataclass(frozen=True)
class Claim:
    """One claim of the ledger; the first three fields are what its file says of all."""

    id: str
    record: str
    profiles: tuple[str, ...]  # at which it is judged
    sentence: str
    place: str  # in the papers, or whose it is
    metric: str
    published: Mapping[str, Any] | None = None  # value and evidence
    bar: str | None = None
    false_alarm: float | None = None  # how often chance alone misses the bar
    tolerance: float | None = None
    expect: str = "holds"
    format: str = ".2f"
    headline: bool | str = False  # one of the few that the README shows; text: in these words


def is_number(value: Any) -> bool:
    """Whether a value is an int or a float, but no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_name(value: Any) -> bool:
    """Whether a value is made of dotted words."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    """Whether a value is text that says something."""
    return isinstance(value, str) and bool(value.strip())


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
    "metric": (is_name, "dotted words such as sphere.r2.mean"),
    "profiles": (lambda value: value and isinstance(value, list | tuple), "a list such as [paper]"),
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
    kept: str = ""  # the file in results/ that its number is read from; none if it is computed


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore
    """PyYAML's safe loader, in C where there is one, which refuses a key that stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping; YAMLError names a key that stands twice, and the mapping's line."""
        for key, count in Counter(str(key.value) for key, _ in node.value).items():
            if count > 1:
                raise yaml.MarkedYAMLError(None, None, f"{key} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(root: Path) -> dict[str, Claim]:
    """The ledger of a project: {id: claim}, in the order of the files' names and of their lines.

    Errors: ValueError with file, id and reason for anything malformed.
    """
    ledger: dict[str, Claim] = {}
    folder = root / "book" / "claims"
    for path in sorted(folder.rglob("*.yml")):
        for claim in of_file(path, path.relative_to(folder).with_suffix("").as_posix()):
            if claim.id in ledger:
                other = f"its id stands in {ledger[claim.id].record}.yml, too; give another"
                raise InputError(f"{path}: claim {claim.id}: {other}")
            ledger[claim.id] = claim
    return ledger


def of_file(path: Path, record: str) -> Iterator[Claim]:
    """The claims of a record."""
    if not (CHAPTER.fullmatch(record) or BENCH.fullmatch(record)):
        wanted = "a chapter such as 04_hypersphere.yml, or a benchmark such as cpu/step.yml"
        raise InputError(f"{path} is no record's; name it after {wanted}")
    try:
        content = yaml.load(files.read_text(path), Loader) or {}
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}; give {{id: claim}}")
    defaults = content.pop("defaults", {})
    for name, entry in content.items():
        try:
            if not (isinstance(entry, dict) and isinstance(defaults, dict)):
                raise InputError(f"it is {entry!r}; give a mapping with sentence, bar, ...")
            yield claim_of(name, record, defaults | entry)
        except InputError as error:
            raise InputError(f"{path}: claim {name}: {error}") from error


def claim_of(name: Any, record: str, entry: Mapping[str, Any]) -> Claim:
    """A claim of its id, its record and its fields; ValueError says what is wrong with it."""
    sizes = ("bench",) if BENCH.fullmatch(record) else ("default", "paper")
    known = {field.name: field.default for field in fields(Claim)}
    for key in entry:
        nearest(key, tuple(known)[2:], "key")
    given = {"sentence": None, "place": None, "metric": str(name).partition(".")[2], **entry}
    given = {"id": name, "profiles": sizes[:1], **given}
    for key, (good, wanted) in RULES.items():
        if given.get(key, known[key]) is not known[key] and not good(given[key]):
            raise InputError(f"{key} is {given[key]!r}; give {wanted}")
    for profile in given["profiles"]:
        nearest(profile, sizes, "profile")
    claim = Claim(**{**given, "record": record, "profiles": tuple(given["profiles"])})
    nearest(claim.expect, EXPECT, "value of expect")
    if claim.published is not None:
        nearest(claim.published["evidence"], tuple(EVIDENCE), "evidence")
    if claim.bar is not None:
        parse_bar(claim.bar)
    elif claim.false_alarm is not None:
        raise InputError("it has a false_alarm and no bar; give the bar, or leave out the rate")
    elif claim.tolerance is None:
        raise InputError("without bar and tolerance it could drift unseen; give one of them")
    return claim


def published_text(claim: Claim) -> tuple[str, str]:
    """The published value as it was printed, and its evidence tag if it has one."""
    published = claim.published or {}
    value, tag = published.get("value"), published.get("evidence") or ""
    return ("not published" if value is None else str(value)), tag


def parse_bar(bar: Any) -> tuple[str, list[float]]:
    """A bar's kind and bounds. Errors: ValueError for a bar of another shape."""
    match = BAR.fullmatch(bar) if isinstance(bar, str) else None
    if match is None:
        raise InputError(f"bar is {bar!r}; give '>= x', '<= x', 'between a b', 'is true', or null")
    kind, *bounds = (group for group in match.groups() if group is not None)
    limits = [float(bound) for bound in bounds]
    if limits != sorted(limits):
        raise InputError(f"bar is {bar!r}; give the lower bound first")
    return kind, limits


def met(bar: str, value: Value) -> bool:
    """Whether a value meets a bar. Errors: ValueError when the value is of the wrong kind."""
    kind, bounds = parse_bar(bar)
    if isinstance(value, str) or isinstance(value, bool) != (kind == "is true"):
        raise InputError(f"the bar is {bar!r}, and the value {value!r} is of another kind")
    low = bounds[0] if kind in (">=", "between") else -float("inf")
    high = bounds[-1] if kind in ("<=", "between") else float("inf")
    return value if isinstance(value, bool) else low <= value <= high


def written(claim: Claim, value: Value) -> str:
    """A value as a page shows it."""
    if isinstance(value, bool | str):
        return value if isinstance(value, str) else ("yes" if value else "no")
    return re.sub(r"^-(?=[0.]+%?$)", "", format(value, claim.format))  # no "-0.00"


def source_of(claim: Claim, profile: str, root: Path, live: Path | None, kept: bool) -> Path | None:
    """The record to judge a claim by; None where it isn't judged at this profile."""
    if profile == "smoke":
        return None
    if profile in claim.profiles and not kept:
        return records.live_path(root, profile, claim.record, live)
    if kept or claim.profiles in (("paper",), ("bench",)):
        size = profile if profile in claim.profiles else claim.profiles[0]
        return records.accepted_path(root, size, claim.record)
    return None


def command(claim: Claim, profile: str) -> str:
    """What measures a claim again."""
    if claim.profiles == ("bench",):
        return f"python -m benchmarks {claim.record.split('/')[1]}, and copy its file as it says"
    size = "paper" if claim.profiles == ("paper",) else profile
    return f"mmcl run {claim.record} --profile {size}"


def judge(
    claim: Claim, profile: str, root: Path, live: Path | None = None, *, accepted: bool = False,
    current: Callable[[Path, dict[str, Any]], str | None] = records.current_key,  # a record's, now
) -> Verdict:  # fmt: skip
    """How a claim stands at a profile, by the live record; for paper and bench the accepted one.

    live: where `mmcl run --out` wrote; accepted: always by the accepted one (nothing was executed).
    """
    nearest(profile, PROFILES, "profile")
    path = source_of(claim, profile, root, live, accepted)
    if path is None:
        reason = f"judged at {', '.join(claim.profiles)}, not at {profile}"
        return Verdict(claim, "not measured", None, "not measured at this size", reason)
    source = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    try:
        record = records.load(path)
        entry = record["values"][claim.metric]
        value = entry["value"]
        status, reason = status_of(claim, value)
    except FileNotFoundError:
        reason = f"there is no {source}; run: {command(claim, profile)}"
        return Verdict(claim, "missing", None, "no record", reason, source)
    except KeyError:
        reason = f"{source} has no {claim.metric!r}; note it in the chapter, or mend the ledger"
        return Verdict(claim, "missing", None, "no value", reason, source)
    except UserError as error:
        return Verdict(claim, "missing", None, "no value", f"{source}: {error}", source)
    fresh = path == records.live_path(root, profile, claim.record, live)
    stale = not fresh and record["key"] != current(root, record)
    sweep = "/sweeps/".join(entry.get("source", "").split("/"))
    kept = f"results/{sweep}.json" if sweep else "" if fresh else source
    return Verdict(claim, status, value, written(claim, value), reason, source, stale, kept)


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
