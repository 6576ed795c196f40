"""The README's table of results, made from the ledger and the accepted records."""

import re
from pathlib import Path

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.ledger import claims
from mmcl_book.ledger.claims import Claim
from mmcl_book.records import store as records
from mmcl_experiments import nearest

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
HEADINGS = ("result", "here", "published", "verdict", "shown by")
MOST = 12  # results: what a visitor reads at a glance
OTHER = re.compile(r"\{([a-z0-9_.]+)\}")  # in a headline: the value of another claim


def recorded(claim: Claim, root: Path) -> list[str]:
    """A claim's accepted value, how that stands to its bar, and what shows it, as words."""
    profile = "default" if "default" in claim.profiles else claim.profiles[0]
    number, _, _ = claim.record.partition("_")
    command = f"`mmcl run {number}" + (" --profile paper`" if profile == "paper" else "`")
    if profile == "bench":
        command = "`make bench`"
    path = records.accepted_path(root, profile, claim.record)
    record = records.load(path) if path.is_file() else {"values": {}}
    if claim.metric not in record["values"]:
        return ["–", "not recorded", command]
    value, time = record["values"][claim.metric]["value"], record["provenance"]["wall_s"]
    verdict, _ = claims.status_of(claim, value)
    if claim.bar is not None:
        verdict += f": {'meets' if claims.met(claim.bar, value) else 'misses'} {claim.bar}"
    return [claims.written(claim, value), verdict, f"{command}, {max(1, round(time))} s"]


def row(claim: Claim, ledger: dict[str, Claim], root: Path) -> list[str]:
    """A headline's line: what it says, the value here, what was published, and our verdict.

    Errors: ValueError for the id of a claim, in braces, that there isn't.
    """

    def value_of(found: re.Match[str]) -> str:
        return recorded(ledger[nearest(found[1], tuple(ledger), "claim")], root)[0]

    words = claim.headline if isinstance(claim.headline, str) else claim.sentence
    published, tag = claims.published_text(claim)
    if tag:
        published += f" ({tag}: {claims.EVIDENCE[tag]})"
    value, verdict, command = recorded(claim, root)
    return [OTHER.sub(value_of, words), value, published, verdict, command]


def table(root: Path) -> str:
    """The table of the headline claims in Markdown; pages show all claims.

    Errors: ValueError for more headlines than a visitor reads.
    """
    ledger = claims.load(root)
    headlines = [claim for claim in ledger.values() if claim.headline]
    if len(headlines) > MOST:
        wanted = f"the README shows at most {MOST}; take the mark from some"
        raise InputError(f"the ledger has {len(headlines)} headlines, and {wanted}")
    rows = [list(HEADINGS), ["---"] * len(HEADINGS), *(row(c, ledger, root) for c in headlines)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        for cells in rows
    )


def renewed(root: Path) -> str:
    """The README's text with the table as it should be.

    Errors: ValueError when the README doesn't mark where the table goes.
    """
    readme = root / "README.md"
    text = files.read_text(readme) if readme.is_file() else ""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        where = "put both where the table should be"
        raise InputError(f"{readme.name} has no {BEGIN} ... {END}; {where}")
    return f"{head}{BEGIN}\n{table(root)}\n{END}{tail}"


def agrees(root: Path) -> bool:
    """Whether the README's table is what ledger and accepted records say."""
    return renewed(root) == (root / "README.md").read_text(encoding="utf-8")


def update(root: Path) -> bool:
    """Renew the table; return whether it changed."""
    if agrees(root):
        return False
    files.write_text(root / "README.md", renewed(root))
    return True
