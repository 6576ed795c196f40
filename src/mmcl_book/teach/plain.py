"""A chapter's Markdown without Sphinx: what JupyterLab and Colab can show.

Claims become their values, citations names, links titles, and directives quoted blocks with a
title in bold. Exercises have the numbers of the site. Math and code stay as they are.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mmcl_book import notebooks, project
from mmcl_book.lint import markdown
from mmcl_book.site.shown import Ledger, as_text

ROLE = re.compile(r"\{(?P<name>[a-z:]+)\}`(?P<target>[^`]+)`")
FENCE = re.compile(
    r"^(?P<mark>`{3,}|:{3,})\{(?P<name>[^}\s]+)\}(?P<argument>[^\n]*)\n", re.MULTILINE
)
TITLES = {
    "prf:theorem": "Theorem", "prf:proposition": "Proposition", "exercise": "Exercise",
    "solution": "Solution", "note": "Note", "hint": "Hint", "tip": "Tip", "warning": "Careful",
}  # fmt: skip
BARE = ("badge", "claims", "checked", "quiz", "decks")  # what says nothing outside the site
ENTRY = re.compile(r"@\w+\{(?P<key>[^,\s]+),(?P<body>.*?)\n\}", re.DOTALL)
LABEL = re.compile(
    r"^[`:]{3,}\{(?P<kind>exercise|prf:\w+)\} *(?P<title>.*)\n:label: (?P<label>\S+)$", re.MULTILINE
)
FIELD = re.compile(r"^\s*(author|year)\s*=\s*[{\"](.*?)[}\"],?\s*$", re.MULTILINE)


def cited(root: Path) -> dict[str, str]:
    """How each work of the bibliography is called in a sentence: "Liu et al. (2024)"."""
    found = {}
    for entry in ENTRY.finditer((root / "book/references.bib").read_text(encoding="utf-8")):
        fields = dict(FIELD.findall(entry["body"]))
        people = [
            each.split(",")[0].strip("{} ") for each in fields.get("author", "").split(" and ")
        ]
        who = {1: people[0], 2: " and ".join(people)}.get(len(people), f"{people[0]} et al.")
        found[entry["key"]] = f"{who} ({fields.get('year', 'n.d.')})"
    return found


def labeled(root: Path) -> dict[str, str]:
    """What a label names: "exercise 7" of the whole book, "proposition *Bounded slope*"."""
    found: dict[str, str] = {}
    cells = (
        notebooks.read(project.notebook(root, name))["cells"] for name in project.chapters(root)
    )
    place = 0
    for each in LABEL.finditer(
        "\n".join(notebooks.text_of(cell) for part in cells for cell in part)
    ):
        place += each["kind"] == "exercise"
        called = str(place) if each["kind"] == "exercise" else f"*{each['title'].strip()}*"
        found[each["label"]] = f"{TITLES[each['kind']].lower()} {called}"
    return found


class Plain:
    """Turns the text of cells into plain Markdown."""

    def __init__(self, root: Path, profile: str = "default") -> None:
        self.root, self.ledger, self.works = root, Ledger(root, profile), cited(root)
        self.labels = labeled(root)
        self.stale: set[str] = set()  # claims whose records are of older code
        self.said: dict[str, Callable[[str], str]] = {
            "claim": self.claimed,
            "holds": lambda target: self.claimed(f"{target}|holds"),
            "doc": self.linked,
            **dict.fromkeys(("ref", "prf:ref"), lambda target: self.labels.get(target, target)),
            "math": lambda target: f"${target}$",
            **dict.fromkeys(("cite:t", "cite"), self.named),
            "cite:p": lambda target: f"({self.named(target, brackets=False)})",
        }

    def claimed(self, target: str) -> str:
        """A claim's value. That its record is of older code is remembered, not said."""
        shown = self.ledger.show(target)
        if shown.stale:
            self.stale.add(target)
        return as_text(replace(shown, stale=False))

    def named(self, target: str, *, brackets: bool = True) -> str:
        """Works by their keys."""
        every = "; ".join(self.works.get(key.strip(), key.strip()) for key in target.split(","))
        return every if brackets else every.replace(" (", ", ").replace(")", "")

    def linked(self, target: str) -> str:
        """A chapter or page, by its title."""
        words = re.fullmatch(r"(.*?)\s*<(.*)>", target)
        name = Path((words[2] if words else target).strip("/")).name
        if words:
            return words[1]
        path = self.root / "notebooks" / f"{name}.ipynb"
        if not path.is_file():
            return name.replace("_", " ")
        text = notebooks.text_of(notebooks.read(path)["cells"][0])
        return f"{markdown.headings(text)[0][1]} ({name[:2]})"

    def role(self, match: re.Match[str]) -> str:
        """What a role says."""
        say = self.said.get(match["name"])
        return say(match["target"].strip()) if say else match["target"].rsplit("<", 1)[0].strip()

    def text(self, source: str, drop: tuple[str, ...] = ()) -> str:
        """A cell's text. drop: directives that are left out, with all that is in them."""
        return ROLE.sub(self.role, self.blocks(source, drop)).strip() + "\n"

    def blocks(self, source: str, drop: tuple[str, ...]) -> str:
        """Directives as quoted blocks, inner ones first come out of their outer one."""
        match = FENCE.search(source)
        if match is None:
            return source
        close = re.compile(rf"^{match['mark'][0]}{{{len(match['mark'])},}}[ \t]*$", re.MULTILINE)
        end = close.search(source, match.end())
        body = source[match.end() : end.start() if end else len(source)]
        rest = self.blocks(source[end.end() if end else len(source) :].lstrip("\n"), drop)
        before = source[: match.start()]
        name, given = match["name"], match["argument"].strip()
        if name in (*BARE, *drop):
            return before + rest
        head = markdown.OPTIONS.match(body)
        inner = self.blocks(body[head.end() if head else 0 :].strip(), drop)
        if name == "literalinclude":
            return f"{before}It is `{given}`, beside this file.\n{rest}"
        options = dict(markdown.OPTION.findall(head[0])) if head else {}
        return f"{before}{self.block(match, options, inner)}\n\n{rest}"

    def block(self, opening: re.Match[str], options: dict[str, str], inner: str) -> str:
        """One directive: opening, as `FENCE` matches it, its options, and what is in it."""
        given = opening["argument"].strip()
        title = self.heading(opening["name"], given, options.get("label", ""))
        lines = (f"**{title}**", "", *inner.split("\n"))
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def heading(self, name: str, given: str, label: str) -> str:
        """A directive's title: its kind, and its number or in brackets its own title."""
        kind = TITLES.get(name, "")
        if name in ("exercise", "solution"):
            number = self.labels.get(label or given, "").removeprefix("exercise ")
            return f"{kind} {number}".strip()
        return f"{kind} ({given})" if given and kind else kind or given
