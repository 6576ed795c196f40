"""Claims on a page: the {claim} role, the {claims} table, and when to render them again."""

import math
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from mmcl.errors import UserError
from mmcl_book.ledger import claims
from mmcl_book.ledger.claims import Claim, Verdict
from mmcl_book.site.remembered import remember, warn, watch
from mmcl_book.site.tables import table_node

# status: (mark, words); marks are read together with the words, never by color alone
STATUS = {
    "holds": ("✓", "holds"),
    "missed": ("✗", "missed"),
    "fails": ("⊘", "fails, as expected"),
    "unexpected": ("!", "unexpected: was expected to fail"),
    "open": ("?", "open"),
    "measured": ("", "measured"),
    "not measured": ("", "not measured at this size"),
    "missing": ("!", "missing"),
}
HEADINGS = ("Claim", "Published", "Measured here", "Bar", "Status")
WIDTHS = (44, 14, 14, 14, 14)
LOUD = ("missed", "unexpected", "open", "fails")  # these words stand in the line of text


@dataclass(frozen=True)
class Shown:
    """What a reader sees of a claim: a value, a mark, words, a longer explanation."""

    text: str
    css: str
    mark: str = ""
    words: str = ""
    title: str = ""
    stale: bool = False

    @property
    def loud(self) -> bool:
        """Whether its words stand in the line of text, rather than for screen readers only."""
        return self.css.removeprefix("claim-") in LOUD or self.mark == "[R]"


def bar_text(claim: Claim) -> str:
    """The bar in words, with its numbers written as the claim's value is where that says them."""
    if not claim.bar:
        return "no bar"
    kind, bounds = claims.parse_bar(claim.bar)
    words = {">=": "at least", "<=": "at most", "is true": "true"}.get(kind, kind)
    text = f"{words} {' and '.join(bound_text(bound, claim.format) for bound in bounds)}".strip()
    rate = claim.false_alarm
    return text if rate is None else f"{text}, false alarm {rate:g}"


def bound_text(bound: float, style: str) -> str:
    """A bound in a claim's format, or in full where that would round it to another number."""
    text = format(bound, style)
    shown = float(text.rstrip("%").replace(",", "")) / (100 if text.endswith("%") else 1)
    return text if math.isclose(shown, bound, rel_tol=1e-6) else f"{bound:g}"


def css_of(status: str) -> str:
    """The style of a status."""
    return "claim-" + status.replace(" ", "-")


def show_measured(verdict: Verdict) -> Shown:
    """The measured value with its status."""
    claim = verdict.claim
    mark, words = STATUS[verdict.status]
    value, tag = claims.published_text(claim)
    published = f"published: {value}" + (f" ({claims.EVIDENCE[tag]})" if tag else "")
    parts = [claim.sentence, f"bar: {bar_text(claim)}", f"status: {words}", published]
    if verdict.stale:
        parts.append("recorded with older code: to be measured again")
    title = ". ".join(part.rstrip(".") for part in parts)
    return Shown(verdict.text, css_of(verdict.status), mark, words, title, verdict.stale)


def show_published(claim: Claim) -> Shown:
    """The published value with its evidence tag."""
    value, tag = claims.published_text(claim)
    words = "unverified" if tag == "R" else ""
    title = f"{claim.sentence.rstrip('.')}. Published value, {claim.place}"
    if tag:
        title += f". Evidence {tag}: {claims.EVIDENCE[tag]}"
    return Shown(value, "claim-published", f"[{tag}]" if tag else "", words, title)


class claim_value(nodes.inline):
    """A claim's value in a line of text; the search sees its child, in plain text."""


def as_node(shown: Shown) -> claim_value:
    """The node of a shown claim, with plain text for the search."""
    node = claim_value("", "", nodes.Text(as_text(shown)), classes=["claim", shown.css])
    node["shown"] = shown
    return node


def as_text(shown: Shown) -> str:
    """A claim in plain text: value, mark, and the words where they matter."""
    tail = " ".join(part for part in (shown.mark, shown.words if shown.loud else "") if part)
    stale = " (stale record)" if shown.stale else ""
    return f"{shown.text} {tail}".strip() + stale


def visit_html(translator: Any, node: claim_value) -> None:
    """Write a claim: value, mark, words visible where they matter, else for screen readers."""
    shown: Shown = node["shown"]
    words = escape(shown.words)
    html = [f'<span class="claim {shown.css}" title="{escape(shown.title)}">']
    html.append(f'<span class="claim-text">{escape(shown.text)}</span>')
    if shown.mark:
        html.append(f'<span class="claim-mark" aria-hidden="true">{escape(shown.mark)}</span>')
    if words and shown.text != shown.words:
        hidden = "claim-words" if shown.loud else "claim-words visually-hidden"
        html.append(f'<span class="{hidden}"> {words}</span>')
    if shown.stale:
        html.append('<span class="claim-stale"> stale record</span>')
    translator.body.append("".join(html) + "</span>")
    raise nodes.SkipNode


class Ledger:
    """The claims of one build, judged once each."""

    def __init__(self, root: Path, profile: str) -> None:
        self.root, self.profile = root, profile
        try:
            self.claims = claims.load(root / "book" / "claims.yml")
        except UserError as error:
            raise ExtensionError(str(error)) from error
        self.verdicts: dict[str, Verdict] = {}

    def judge(self, name: str) -> Verdict:
        """The verdict of a claim; KeyError for an unknown id."""
        if name not in self.verdicts:
            self.verdicts[name] = claims.judge(self.claims[name], self.profile, self.root)
        return self.verdicts[name]

    def show(self, target: str) -> Shown:
        """What `{claim}` shows for "id" or "id|published"; KeyError for an unknown id or part."""
        name, _, part = (piece.strip() for piece in target.partition("|"))
        if part not in ("", "published"):
            raise KeyError(target)
        if part:
            return show_published(self.claims[name])
        return show_measured(self.judge(name))

    def of_chapter(self, chapter: str) -> list[str]:
        """Ids of the claims of a chapter, a benchmark, a machine's, or of all, in order."""
        return [
            name
            for name, claim in self.claims.items()
            if chapter in ("", claim.record, claim.record.split("/")[0])
        ]

    def table(self, chapter: str) -> tuple[tuple[Shown, Shown], ...]:
        """What `{claims}` shows of a chapter, or of all: measured and published values."""
        verdicts = [self.judge(name) for name in self.of_chapter(chapter)]
        return tuple((show_measured(v), show_published(v.claim)) for v in verdicts)


def ledger_of(app: Sphinx) -> Ledger:
    """The build's ledger, read once."""
    if not hasattr(app, "mmcl_ledger"):
        ledger = Ledger(Path(app.srcdir), app.config.mmcl_profile)
        app.mmcl_ledger = ledger  # type: ignore[attr-defined]
    return app.mmcl_ledger  # type: ignore[attr-defined]


class ClaimRole(SphinxRole):
    """`{claim}`: a claim's measured value, or with `id|published` its published one."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Warn, and show the id, when the claim is unknown or has no record."""
        ledger = ledger_of(self.env.app)
        try:
            shown = ledger.show(self.text)
        except KeyError:
            known = "the claims are in book/claims.yml"
            warn(self, "claim", f"unknown claim {self.text!r}; {known}")
            return [nodes.literal("", self.text)], []
        remember(self.env, "claims", self.text, shown)
        if shown.css == css_of("missing"):
            warn(self, "claim", lacking(ledger.judge(self.text.strip())))
        return [as_node(shown)], []


def lacking(verdict: Verdict) -> str:
    """Which record or number a page wants and lacks."""
    return f"claim {verdict.claim.id!r} has no value: {verdict.reason}"


class ClaimsDirective(SphinxDirective):
    """`{claims}`: the claims of a chapter, or of the whole book, as a table."""

    optional_arguments = 1
    option_spec = {"caption": directives.unchanged}  # noqa: RUF012 (docutils' own convention)

    def run(self) -> list[nodes.Node]:
        """Build the table; an unknown chapter is a warning."""
        ledger = ledger_of(self.env.app)
        chapter = self.arguments[0].strip() if self.arguments else ""
        names = ledger.of_chapter(chapter)
        if chapter and not names:
            warn(self, "claim", f"no claim in book/claims.yml has the record {chapter!r}")
            return []
        verdicts = [ledger.judge(name) for name in names]
        remember(self.env, "claims", f"{{claims}} {chapter}", ledger.table(chapter))
        for verdict in verdicts:
            if verdict.status == "missing":
                warn(self, "claim", lacking(verdict))
        return [self.table(verdicts)]

    def table(self, verdicts: list[Verdict]) -> nodes.table:
        """The table's nodes."""
        rows = []
        for verdict in verdicts:
            claim, (mark, words) = verdict.claim, STATUS[verdict.status]
            sentence, _ = self.state.inline_text(claim.sentence, self.lineno)
            state = as_node(Shown(words, css_of(verdict.status), mark))
            texts = [[nodes.Text(verdict.text)], [nodes.Text(bar_text(claim))]]
            rows.append([sentence, [as_node(show_published(claim))], *texts, [state]])
        title = self.options.get("caption", "")
        return table_node(HEADINGS, rows, css="claims", title=title, widths=WIDTHS)


def show_again(app: Sphinx, target: str) -> Any:
    """What a role or a table would show now; KeyError for an unknown claim."""
    ledger = ledger_of(app)
    if target.startswith("{claims}"):
        return ledger.table(target[8:].strip())
    return ledger.show(target)


def setup(app: Sphinx) -> None:
    """Register node, role, directive and events."""
    app.add_node(claim_value, html=(visit_html, None))
    app.add_role("claim", ClaimRole())
    app.add_directive("claims", ClaimsDirective)
    watch(app, "claims", show_again)
