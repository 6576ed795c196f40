"""Claims on a page: the {claim} role, the {claims} table, and when to render them again."""

import math
from dataclasses import dataclass, replace
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
from mmcl_book.records import store as records
from mmcl_book.site.remembered import remember, warn, watch
from mmcl_book.site.tables import table_node
from mmcl_book.terminal import count

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
HEADINGS = ("Claim", "Published", "Measured", "Bar", "Status")
FOLDED = ("Claim", "Measured", "Tolerance", "Status")  # of a number without a bar
MORE = '<details class="claims-more"><summary>{} without a bar</summary>'
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
    origin: str = ""  # of a measured value: recorded, or computed by this build

    @property
    def loud(self) -> bool:
        """Whether its words stand in the line of text, rather than for screen readers only."""
        return self.css.removeprefix("claim-") in LOUD or self.mark == "[R]"


def bar_text(claim: Claim) -> str:
    """The bar in words, with its numbers written as the claim's value is where that says them."""
    if not claim.bar:
        return f"none; within {claim.tolerance:g} of the accepted record"
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
    if verdict.value is not None:
        parts.append(f"recorded: {verdict.kept}" if verdict.kept else "computed by this build")
    if verdict.stale:
        parts.append("recorded with older code: to be measured again")
    title = ". ".join(part.rstrip(".") for part in parts)
    origin = "" if verdict.value is None else "recorded" if verdict.kept else "computed"
    return Shown(verdict.text, css_of(verdict.status), mark, words, title, verdict.stale, origin)


def show_held(verdict: Verdict) -> Shown:
    """The mark of a checked sentence: the status of the claim that looks at all its rows."""
    whole = show_measured(verdict)
    return replace(whole, text="", title=f"Checked: {whole.title}")


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
    origin = f' data-origin="{shown.origin}"' if shown.origin else ""
    html = [f'<span class="claim {shown.css}"{origin} title="{escape(shown.title)}">']
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
        self.executed = records.executed(root, profile)  # else by what was accepted
        try:
            self.claims = claims.load(root)
        except UserError as error:
            raise ExtensionError(str(error)) from error
        self.verdicts: dict[str, Verdict] = {}
        self.keys: dict[str, str | None] = {}

    def current(self, root: Path, record: dict[str, Any]) -> str | None:
        """The key that a record would have now, computed once for all of its claims."""
        which = f"{record['profile']} {record['chapter']} {record['seed']} {record['parameters']}"
        if which not in self.keys:
            self.keys[which] = records.current_key(root, record)
        return self.keys[which]

    def judge(self, name: str) -> Verdict:
        """The verdict of a claim; KeyError for an unknown id."""
        if name not in self.verdicts:
            how = {"accepted": not self.executed, "current": self.current}
            self.verdicts[name] = claims.judge(self.claims[name], self.profile, self.root, **how)
        return self.verdicts[name]

    def show(self, target: str) -> Shown:
        """What a role shows: "id", "id|published", "id|holds"; KeyError for unknown id or part."""
        name, _, part = (piece.strip() for piece in target.partition("|"))
        if part == "published":
            return show_published(self.claims[name])
        if part == "holds":
            return show_held(self.judge(name))
        if part:
            raise KeyError(target)
        return show_measured(self.judge(name))

    def of(self, records: str) -> list[Verdict]:
        """The verdicts of chapters, benchmarks or machines, or of all, in order."""
        return [
            self.judge(name)
            for record in records.split() or [""]
            for name, claim in self.claims.items()
            if record in ("", claim.record, claim.record.split("/")[0])
        ]


def ledger_of(app: Sphinx) -> Ledger:
    """The build's ledger, read once."""
    if not hasattr(app, "mmcl_ledger"):
        app.mmcl_ledger = Ledger(Path(app.srcdir), app.config.mmcl_profile)  # type: ignore
    return app.mmcl_ledger  # type: ignore[attr-defined]


class ClaimRole(SphinxRole):
    """`{claim}`: a claim's measured value, or with `id|published` its published one."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Warn, and show the id, when the claim is unknown or has no record."""
        ledger = ledger_of(self.env.app)
        try:
            shown = ledger.show(self.text)
        except KeyError:
            known = "the claims are in book/claims"
            warn(self, "claim", f"unknown claim {self.text!r}; {known}")
            return [nodes.literal("", self.text)], []
        remember(self.env, "claims", self.text, shown)
        if shown.css == css_of("missing"):
            warn(self, "claim", lacking(ledger.judge(self.text.partition("|")[0].strip())))
        return [as_node(shown)], []


class HoldsRole(ClaimRole):
    """`{holds}`: the mark of the claim that checks the sentence before it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """As `{claim}`, without the value."""
        self.text = f"{self.text.strip()}|holds"
        return super().run()


def lacking(verdict: Verdict) -> str:
    """Which record or number a page wants and lacks."""
    return f"claim {verdict.claim.id!r} has no value: {verdict.reason}"


class ClaimsDirective(SphinxDirective):
    """`{claims}`: the claims of chapters, or of the whole book; numbers without a bar are folded.

    What a reader opens is HTML's own `details`, so it needs no script.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"caption": directives.unchanged}  # noqa: RUF012 (docutils' own convention)

    def run(self) -> list[nodes.Node]:
        """Build the tables; an unknown record is a warning."""
        ledger, records = ledger_of(self.env.app), "".join(self.arguments)
        if unknown := [record for record in records.split() if not ledger.of(record)]:
            warn(self, "claim", f"no claim in book/claims has the record {unknown[0]!r}")
            return []
        verdicts = ledger.of(records)
        remember(self.env, "claims", f"{{claims}} {records}", verdicts)
        groups: dict[bool, list[Verdict]] = {True: [], False: []}
        for verdict in verdicts:
            groups[bool(verdict.claim.bar or verdict.claim.published)].append(verdict)
            if verdict.status == "missing":
                warn(self, "claim", lacking(verdict))
        tables: list[nodes.Node] = [self.table(groups[True], HEADINGS)] if groups[True] else []
        if not groups[False]:
            return tables
        more = MORE.format(count(len(groups[False]), "number"))
        ends = [nodes.raw("", html, format="html") for html in (more, "</details>")]
        return [*tables, ends[0], self.table(groups[False], FOLDED), ends[1]]

    def table(self, verdicts: list[Verdict], heads: tuple[str, ...]) -> nodes.table:
        """A table's nodes."""
        rows = []
        for verdict in verdicts:
            claim, (mark, words) = verdict.claim, STATUS[verdict.status]
            cells = {
                "Claim": self.state.inline_text(claim.sentence, self.lineno)[0],
                "Published": [as_node(show_published(claim))],
                "Measured": [nodes.Text(verdict.text + " (recorded)" * bool(verdict.kept))],
                "Bar": [nodes.Text(bar_text(claim))],
                "Tolerance": [nodes.Text(f"{claim.tolerance}")],
                "Status": [as_node(Shown(words, css_of(verdict.status), mark))],
            }
            rows.append([cells[head] for head in heads])
        title = self.options.get("caption", "") if heads == HEADINGS else ""
        widths = [44 if head == "Claim" else 14 for head in heads]
        return table_node(heads, rows, css="claims", title=title, widths=widths)


def show_again(app: Sphinx, target: str) -> Any:
    """What a role or a table would show now; KeyError for an unknown claim."""
    ledger = ledger_of(app)
    records = target.removeprefix("{claims}")
    return ledger.show(target) if records == target else ledger.of(records)


def setup(app: Sphinx) -> None:
    """Register node, role, directive and events."""
    app.add_node(claim_value, html=(visit_html, None))
    app.add_role("claim", ClaimRole())
    app.add_role("holds", HoldsRole())
    app.add_directive("claims", ClaimsDirective)
    watch(app, "claims", show_again)
