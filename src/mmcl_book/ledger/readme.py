"""The README's table of results, made from the ledger and the accepted records."""

from pathlib import Path

from mmcl import files
from mmcl.errors import InputError
from mmcl_book.ledger import claims
from mmcl_book.ledger.claims import Claim
from mmcl_book.records import store as records

BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
HEADINGS = ("claim", "published (evidence)", "recorded", "bar", "command", "time")


def row(claim: Claim, root: Path) -> list[str]:
    """A claim's line: what was published, what is recorded, and how to get it again."""
    profile = "default" if "default" in claim.profiles else claim.profiles[0]
    recorded, time = "–", "–"
    published, tag = claims.published_text(claim)
    if tag:
        published += f" ({tag}: {claims.EVIDENCE[tag]})"
    path = records.accepted_path(root, profile, claim.record)
    if path.is_file():
        record = records.load(path)
        entry = record["values"].get(claim.metric)
        if entry is not None:
            recorded = claims.written(claim, entry["value"])
            time = f"{max(1, round(record['provenance']['wall_s']))} s"
    command = f"`mmcl run {claim.record}" + (" --profile paper`" if profile == "paper" else "`")
    if profile == "bench":
        command = "`make bench`"
    return [claim.sentence, published, recorded, claim.bar or "–", command, time]


def table(root: Path) -> str:
    """The table of the headline claims in Markdown; pages show all of them."""
    ledger = claims.load(root)
    headlines = [row(claim, root) for claim in ledger.values() if claim.headline]
    rows = [list(HEADINGS), ["---"] * len(HEADINGS), *headlines]
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
